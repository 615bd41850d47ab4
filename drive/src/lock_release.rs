//! Releasing locks by their tokens.
//!
//! Above uploads, which end with their lock; what only asks for locks is in [`crate::lock`].

use crate::blob::Uploads;
use crate::context::Core;
use crate::error::FileError;
use crate::lock::{LockError, UPLOAD};
use crate::tree::SystemChange;
use site::access;
use site::actor::Actor;
use std::sync::Arc;

/// The service that releases locks.
#[derive(Clone, Debug)]
pub struct Locks {
    core: Arc<Core>,
    uploads: Uploads,
}

impl Locks {
    pub fn new(core: Arc<Core>, uploads: Uploads) -> Self {
        Self { core, uploads }
    }

    /// Releases locks: those on one's own drive, and those one holds.
    /// # Errors
    /// `UnknownToken` for an unknown token, others' among them; the ones before it stay released.
    pub async fn release(&self, actor: &Actor, tokens: &[String]) -> Result<(), FileError> {
        let me = access::signed_in(actor)?.user.id;
        for token in tokens {
            // No token has one, and not every database can even compare with it.
            if token.contains('\0') {
                return Err(LockError::UnknownToken.into());
            }
            let lock = store::locks::by_token(self.core.store.read(), token).await?;
            let lock = lock.filter(|lock| lock.owner_id == me || lock.user_id == me);
            let lock = lock.ok_or(LockError::UnknownToken)?;
            if lock.application == UPLOAD {
                // An upload without its lock could overwrite what comes in its place: it ends.
                let session = lock.detail.unwrap_or_default();
                if self.uploads.end_locked(actor, &session).await? {
                    continue;
                }
                return Err(LockError::UnknownToken.into());
            }
            let change = SystemChange::by_system(&self.core, lock.owner_id).await?;
            if !store::locks::remove(change.db(), token).await? {
                return Err(LockError::UnknownToken.into());
            }
            change.commit().await?;
        }
        Ok(())
    }
}
