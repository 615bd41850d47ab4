//! Completion: bytes first, then one transaction that makes them the file's content.

use super::retention;
use super::session::SESSION_KEY;
use super::upload::Uploads;
use crate::actor::Actor;
use crate::error::FileError;
use crate::journal::{Entry, Op};
use crate::store::{blobs, drives, files, journal, locks, metadata, uploads};
use crate::task::{self, NewTask};
use crate::thumbnail;
use crate::tree::describe::THUMB_DISABLED;
use entity::{blob, upload_session};
use storage::{DriverError, PartWritten, UploadPlan};

impl Uploads {
    /// Puts the bytes in place and makes them the file's content. Idempotent: of several that
    /// complete the same session, one commits and all succeed.
    pub(super) async fn complete(
        &self,
        actor: &Actor,
        session: &upload_session::Model,
        plan: &UploadPlan,
        parts: Vec<PartWritten>,
    ) -> Result<(), FileError> {
        let core = &self.core;
        let policy = core.policies.get(session.policy_id).await?;
        let written = match policy.driver.complete_upload(plan, &parts).await {
            Ok(written) => written,
            // Another chunk's request finished the same upload a moment ago.
            Err(DriverError::UploadGone(_))
                if uploads::by_id(core.store.read(), &session.id)
                    .await?
                    .is_none() =>
            {
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        };
        let now = core.now();
        let mut tx = core.store.begin().await?;
        let Some(file) = files::by_id(tx.db(), session.file_id).await? else {
            return Err(FileError::SessionGone);
        };
        drives::take(tx.db(), file.owner_id).await?;
        let path = locks::by_token(tx.db(), &session.lock_token)
            .await?
            .map(|lock| lock.path);
        if !uploads::remove(tx.db(), &session.id).await? {
            return Ok(());
        }
        locks::remove(tx.db(), &session.lock_token).await?;
        let hash = written.blake3.map(|hash| hash.to_vec());
        let size = written.size_bytes as i64;
        blobs::set_stored(tx.db(), session.blob_id, size, hash, now).await?;
        metadata::remove(tx.db(), file.id, &[SESSION_KEY, THUMB_DISABLED]).await?;
        let facts = session.details.metadata.clone();
        metadata::set(tx.db(), file.id, facts).await?;
        let mut freed = session.size_bytes - size;
        if session.details.blob_kind == blob::KIND_VERSION {
            let at = session.details.last_modified.unwrap_or(now);
            files::set_current(tx.db(), file.id, Some(session.blob_id), size, at).await?;
            thumbnail::queue(core, &mut tx, &file, size).await?;
        }
        let kept = Some(session.blob_id);
        freed += retention::enforce(tx.db(), &file, kept, now).await?;
        drives::release(tx.db(), file.owner_id, freed).await?;
        if freed > 0 {
            task::queue_once(&mut tx, NewTask::recycle_blobs(now)).await?;
        }
        let entry = Entry::of_file(actor, Op::Modify, &file);
        let entry = match path {
            Some(path) => entry.after(path),
            None => entry,
        };
        journal::append(&mut tx, now, vec![entry]).await?;
        Ok(tx.commit_durably().await?)
    }
}
