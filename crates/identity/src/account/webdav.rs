//! WebDAV clients in the journal. They prove who they are with each request, so an entry is not
//! written for each: a client that came in counts as the same until it stays away for a while.

use super::failures::NOBODY;
use super::{AccountError, Accounts};
use entity::UserId;
use site::actor::Origin;
use site::email::Email;
use std::time::Duration;
use store::journal::{Entry, Op};
use store::{accounts as rows, journal};

/// How long a client stays away before it is a new one.
pub(super) const SAME_CLIENT: Duration = Duration::from_hours(1);
/// Clients remembered; about 300 bytes each.
pub(super) const MOST_CLIENTS: u64 = 10_000;

/// What tells clients apart: whose, from where, and the program.
pub(super) type Client = (UserId, Origin);

impl Accounts {
    /// Journals that a client came in.
    pub fn note_webdav(&self, owner: UserId, origin: &Origin) {
        let client = (owner, origin.clone());
        if self.webdav_clients.contains_key(&client) {
            return;
        }
        self.webdav_clients.insert(client, ());
        let entry = Entry::of_account(owner, Op::SignIn);
        let entry = entry.detail(origin.with(&[("method", "webdav")]));
        journal::note(&self.site.store, self.site.now(), entry);
    }

    /// Journals that a client was turned away because of its password.
    /// # Errors
    /// Only the database's.
    pub async fn note_webdav_failure(
        &self,
        email: &str,
        origin: &Origin,
    ) -> Result<(), AccountError> {
        let known = match Email::parse(email) {
            Ok(email) => rows::by_email(self.site.store.read(), email.as_str()).await?,
            Err(_) => None,
        };
        let owner = known.map_or(NOBODY, |user| user.id);
        let details = [("method", "webdav"), ("why", "wrong WebDAV password")];
        let mut entry = Entry::of_account(owner, Op::SignInFailed).detail(origin.with(&details));
        entry.actor = None;
        journal::note(&self.site.store, self.site.now(), entry);
        Ok(())
    }
}
