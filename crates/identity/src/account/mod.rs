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
mod damage_letter;
mod directory;
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
mod send_mail;
mod sessions;
mod sign_in;
mod task_letter;
mod tokens;
mod two_factor;
mod webdav;

use entity::{Timestamp, UserId, group};
use moka::sync::Cache;
use site::Site;
use site::actor::Account;
use site::limiter::Limiter;
use site::outgoing::Outgoing;
use site::task::NewTask;
use std::sync::Arc;
use store::single_flight::SingleFlight;

pub use crate::error::AccountError;
pub use captcha::{CaptchaAnswer, CaptchaPicture, CaptchaPurpose};
pub use damage_letter::damage_letter;
pub(crate) use failures::{NOBODY, note_refused};
pub use invite::Invitation;
pub use letters::forget as forget_letters;
pub use passkey_sign_in::BegunSignIn;
pub use passkeys::NewPasskeyAnswer;
pub use profile::{PasswordChange, ProfileChange, TwoFactorChange};
pub use register::{NewAccount, new_settings};
pub use send_mail::{MailState, SendMail};
pub use sign_in::{SignInMethods, SignInStep, SignedIn};
pub use task_letter::letter_after;
pub use tokens::Tokens;
pub(crate) use tokens::{AppSession, new_app_session};

/// Accounts remembered; a few KiB each.
const MOST_REMEMBERED: u64 = 2_000;

/// The task that lets go of versions an account does not keep any more. Drives know how.
pub type PruneTask = fn(UserId, Timestamp) -> NewTask;

/// The account service.
#[derive(Debug)]
pub struct Accounts {
    site: Arc<Site>,
    limiter: Arc<Limiter>,
    /// Applies an account's new retention settings to what it has.
    prune: PruneTask,
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
    pub fn new(site: Arc<Site>, limiter: Arc<Limiter>, prune: PruneTask) -> Self {
        Self {
            site,
            limiter,
            prune,
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
