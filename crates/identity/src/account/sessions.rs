//! Where an account is signed in, as its owner sees it and ends it.

use super::{AccountError, Accounts};
use entity::session;
use site::access;
use site::actor::Actor;
use site::actor::Origin;
use store::journal::{Entry, Op};
use store::{journal, sessions};
use uuid::Uuid;

/// Most sessions listed.
const MAX_LISTED: u64 = 200;

impl Accounts {
    /// Sessions of an account that may still be used, the last used first; at most 200.
    /// # Errors
    /// Only the database's.
    pub async fn sessions(&self, actor: &Actor) -> Result<Vec<session::Model>, AccountError> {
        let id = access::signed_in(actor)?.user.id;
        let now = self.site.now();
        Ok(sessions::living(&self.site.store, id, now, MAX_LISTED).await?)
    }

    /// Ends one of them: its tokens, access tokens included, open nothing from the next request
    /// on.
    /// # Errors
    /// `SessionNotFound`
    pub async fn end_session(
        &self,
        actor: &Actor,
        session_id: Uuid,
        origin: &Origin,
    ) -> Result<(), AccountError> {
        let id = access::signed_in(actor)?.user.id;
        let now = self.site.now();
        let mut tx = self.site.store.begin().await?;
        if !sessions::end_of(tx.db(), id, &session_id.to_string(), now).await? {
            return Err(AccountError::SessionNotFound);
        }
        let entry = Entry::of_account(id, Op::SignOutOthers).detail(origin.to_json());
        journal::append(&mut tx, now, vec![entry]);
        tx.commit().await?;
        Ok(())
    }

    /// Ends all of them, but the one given. Returns how many there were.
    /// # Errors
    /// Only the database's.
    pub async fn end_sessions(
        &self,
        actor: &Actor,
        except: Option<Uuid>,
        origin: &Origin,
    ) -> Result<u64, AccountError> {
        let id = access::signed_in(actor)?.user.id;
        let now = self.site.now();
        let except = except.map(|session_id| session_id.to_string());
        let mut tx = self.site.store.begin().await?;
        let ended = sessions::end_all(tx.db(), id, except.as_deref(), now).await?;
        let entry = Entry::of_account(id, Op::SignOutOthers).detail(origin.to_json());
        journal::append(&mut tx, now, vec![entry]);
        tx.commit().await?;
        Ok(ended)
    }
}
