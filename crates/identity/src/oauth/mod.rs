//! Apps that act for people: OAuth 2.0 (RFC 6749, RFC 9700) with PKCE (RFC 7636), and OpenID
//! Connect on top, so that other software can ask the drive who somebody is.
//!
//! - Only a person consents: a token that was issued to an app never widens what apps may do.
//! - A code is good once, for ten minutes, for the app, redirect address, challenge and person it
//!   was made for. The first attempt uses it up, even a failed one; a second one ends the sign-in
//!   that the first began.
//! - A grant says what an app may do *now*: every request of the app is held against it, so taking
//!   it back, narrowing it or switching the app off takes effect at once.
//! - Secrets of apps and codes are stored as hashes, private keys sealed.

mod apps;
mod builtin;
mod claims;
mod consent;
mod error;
mod exchange;
mod id_token;
mod keys;

use site::Site;
use std::sync::Arc;
use store::batch_writer::BatchWriter;
use store::oauth_codes::{Redeemed, Redemption};

pub use apps::{AppForm, Grant, NewApp, Registered, checked_app, hash_of_secret};
pub use builtin::rows as builtin_apps;
pub use builtin::{BuiltIn, DESKTOP, IOS};
pub use claims::Claims;
pub use consent::ConsentRequest;
pub use error::OAuthError;
pub use exchange::{AppTokens, CodeExchange, Credentials};

/// The provider.
#[derive(Debug)]
pub struct OAuth {
    site: Arc<Site>,
    keys: keys::Keys,
    redeeming: BatchWriter<Redemption, Redeemed>,
}

impl OAuth {
    pub fn new(site: Arc<Site>) -> Self {
        Self {
            keys: keys::Keys::new(Arc::clone(&site)),
            redeeming: BatchWriter::default(),
            site,
        }
    }
}
