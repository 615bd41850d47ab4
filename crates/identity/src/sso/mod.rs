//! Single sign-on: somebody else says who a visitor is.
//!
//! - An identity is (provider, issuer, subject). Addresses can change and be chosen, so they only
//!   count where an operator said so, and only if the provider confirms them.
//! - A sign-in at a provider is begun and ended by the same browser, once, within ten minutes.
//! - Linking adds an identity to the account that is signed in; no provider can do that alone.

mod claims;
mod openid;
mod provider;

use moka::future::Cache;
use site::Site;
use std::sync::Arc;
use std::time::Duration;

pub use crate::error::SsoError;
pub use crate::external::{Person, Provider};
pub use openid::{Begin, Begun, Finish, Outcome};

/// How long a provider's endpoints and keys are remembered.
const REMEMBERED: Duration = Duration::from_mins(10);

/// Sign-ins by OpenID providers.
#[derive(Debug)]
pub struct SingleSignOn {
    site: Arc<Site>,
    /// By issuer and client id, so that new settings mean a new look.
    discovered: Cache<(String, String), Arc<provider::Discovered>>,
}

impl SingleSignOn {
    pub fn new(site: Arc<Site>) -> Self {
        let discovered = Cache::builder()
            .max_capacity(8)
            .time_to_live(REMEMBERED)
            .build();
        Self { site, discovered }
    }
}
