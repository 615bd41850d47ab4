//! Accounts: signing up, in and out, who a token speaks for, and what people change about
//! themselves.
//!
//! - A token is checked against the database on each request, so a ban holds at once, on every
//!   replica. What was read is remembered under the version stamps of account and group; whoever
//!   changes an account moves its stamp (`store::accounts::update`).
//! - A refresh token names a session (one sign-in) and a hash of mail, stored digest and site:
//!   signing out ends one session, a new password ends all.
//! - An access token names its session, too, so ending that ends it at the next request.
//! - Unknown addresses cost as much time as wrong passwords.
//! - What is begun and finished later (a second factor, a passkey, a reset) is a ticket in the
//!   database: used once, for a few minutes, by the one it was made for.

pub mod avatar;
mod by_mail;
mod captcha;
mod directory;
mod email;
pub mod email_forms;
mod error;
mod external;
mod failures;
mod gravatar;
mod identify;
mod invite;
mod ldap;
mod letter_text;
pub(crate) mod letters;
mod operator;
mod passkey_sign_in;
mod passkeys;
mod pins;
mod profile;
mod recovery;
mod register;
mod sessions;
mod sign_in;
mod tokens;
mod two_factor;
mod webdav;

use crate::actor::Account;
use crate::context::Core;
use crate::limiter::Limiter;
use crate::outgoing::Outgoing;
use crate::store::single_flight::SingleFlight;
use entity::{GroupId, Timestamp, UserId, group};
use moka::sync::Cache;
use std::net::IpAddr;
use std::sync::Arc;

pub use crate::store::accounts::{ACTIVE, INACTIVE};
pub use captcha::{CaptchaAnswer, CaptchaPicture, CaptchaPurpose};
pub use email::{BadEmail, Email};
pub use error::AccountError;
pub(crate) use failures::{NOBODY, note_refused};
pub use invite::Invitation;
pub use passkey_sign_in::BegunSignIn;
pub use passkeys::NewPasskeyAnswer;
pub use profile::{PasswordChange, ProfileChange, TwoFactorChange};
pub use register::NewAccount;
pub use sign_in::{SignInMethods, SignInStep, SignedIn};
pub use tokens::Tokens;
pub(crate) use tokens::{AppSession, new_app_session};

/// The group of administrators; the first account joins it (V4 API, seeded groups).
pub const ADMIN_GROUP: GroupId = GroupId(1);
/// The group of visitors without an account.
pub const ANONYMOUS_GROUP: GroupId = GroupId(3);

/// Accounts remembered; a few KiB each.
const MOST_REMEMBERED: u64 = 2_000;

/// Where a request comes from, for the limiter and the journal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Origin {
    pub ip: Option<IpAddr>,
    pub user_agent: String,
}

impl Origin {
    /// For the journal: JSON text.
    fn to_json(&self) -> String {
        self.with(&[])
    }

    /// The same with more details.
    pub(crate) fn with(&self, details: &[(&str, &str)]) -> String {
        let ip = self.ip.map(|ip| ip.to_string()).unwrap_or_default();
        let agent: String = self
            .user_agent
            .chars()
            .take(tokens::MAX_AGENT_CHARS)
            .collect();
        let mut json = serde_json::json!({ "ip": ip, "user_agent": agent });
        for (name, value) in details {
            json[*name] = (*value).into();
        }
        json.to_string()
    }
}

/// The account service.
#[derive(Debug)]
pub struct Accounts {
    core: Arc<Core>,
    limiter: Arc<Limiter>,
    /// Asks those who verify captchas or have faces, by the host that an operator named; `None`:
    /// none was.
    outgoing: Cache<Option<String>, Outgoing>,
    faces: gravatar::Faces,
    remembered: Cache<(UserId, Timestamp, Timestamp), Arc<Account>>,
    anonymous: Cache<Timestamp, Arc<group::Model>>,
    /// When the group of visitors last changed: asked by every request of theirs.
    anonymous_updated: SingleFlight<Option<Timestamp>>,
    /// Who came in by WebDAV lately.
    webdav_clients: Cache<webdav::Client, ()>,
}

impl Accounts {
    pub fn new(core: Arc<Core>, limiter: Arc<Limiter>) -> Self {
        Self {
            core,
            limiter,
            outgoing: Cache::builder().max_capacity(4).build(),
            faces: gravatar::faces(),
            remembered: Cache::builder().max_capacity(MOST_REMEMBERED).build(),
            anonymous: Cache::builder().max_capacity(4).build(),
            anonymous_updated: SingleFlight::default(),
            webdav_clients: Cache::builder()
                .max_capacity(webdav::MOST_CLIENTS)
                .time_to_idle(webdav::SAME_CLIENT)
                .build(),
        }
    }
}

#[cfg(test)]
mod tests;
