//! Completion: bytes first, then one transaction that makes them the file's content.

use super::UploadError;
use super::current::{self, Content};
use super::removal::nobodys;
use super::retention::{self, LetGo};
use super::upload::Uploads;
use crate::error::FileError;
use crate::policy::Policy;
use crate::policy::mirror::check_members;
use crate::tree::SystemChange;
use entity::{BlobKind, blob, upload_session};
use site::actor::Actor;
use storage::{DriverError, PartWritten, UploadPlan, Written};
use store::journal::Op;
use store::{blobs, locks, metadata, uploads};
use wire::metadata_key::UPLOAD_SESSION_ID;

impl Uploads {
    /// Puts the bytes in place and makes them the file's content. Idempotent: of several that
    /// complete the same session one commits, and all succeed if it did.
    pub(super) async fn complete(
        &self,
        actor: &Actor,
        session: &upload_session::Model,
        plan: &UploadPlan,
        parts: Vec<PartWritten>,
    ) -> Result<(), FileError> {
        let policy = self.core.policies.get(session.policy_id).await?;
        match policy.driver.complete_upload(plan, &parts).await {
            Ok(written) => {
                let stored = (plan, written);
                self.make_content(actor, session, &policy, stored).await
            }
            Err(DriverError::UploadGone(_)) => self.became_content(session).await,
            Err(error) => Err(self.spare_if_taken(session.blob_id, error).await?.into()),
        }
    }

    /// Goes on with an upload whose storage takes no part any more: a completion had begun, here
    /// or before a crash, and only that of a whole upload does.
    pub(super) async fn resume_completion(
        &self,
        actor: &Actor,
        session: &upload_session::Model,
        plan: &UploadPlan,
    ) -> Result<(), FileError> {
        if self.is_over(session).await? {
            return self.became_content(session).await;
        }
        let policy = self.core.policies.get(session.policy_id).await?;
        let written = policy.driver.resume_completion(plan).await?;
        // Clients may have sent a vendor more than was reserved, or less than they said.
        if let Some(written) = written.filter(|all| all.size_bytes == plan.size_bytes) {
            let stored = (plan, written);
            return self.make_content(actor, session, &policy, stored).await;
        }
        // Its bytes are lost or wrong, so it would only be in the way of the next.
        self.discard(actor, session).await?;
        self.became_content(session).await
    }

    /// Whether a session has ended meanwhile, in whatever way.
    pub(super) async fn is_over(&self, session: &upload_session::Model) -> Result<bool, FileError> {
        let found = uploads::by_id(self.core.store.read(), &session.id).await?;
        Ok(found.is_none())
    }

    /// How a session ended that somebody else ended meanwhile.
    /// # Errors
    /// `SessionGone` unless the file holds what was uploaded
    pub(super) async fn became_content(
        &self,
        session: &upload_session::Model,
    ) -> Result<(), FileError> {
        let db = self.core.store.read();
        let blob = blobs::by_id(db, session.blob_id).await?;
        let is_stored = blob.is_some_and(|blob| blob.upload_session_id.is_none());
        if is_stored && blobs::is_held(db, session.file_id, session.blob_id).await? {
            Ok(())
        } else {
            Err(UploadError::SessionGone.into())
        }
    }

    pub(super) async fn make_content(
        &self,
        actor: &Actor,
        session: &upload_session::Model,
        policy: &Policy,
        (plan, written): (&UploadPlan, Written),
    ) -> Result<(), FileError> {
        self.core.steps.reached("upload: stored").await;
        if self
            .settle_session((actor, session), policy, (plan, &written))
            .await?
        {
            self.core.steps.reached("upload: committed").await;
            return Ok(());
        }
        let ended = self.became_content(session).await;
        if ended.is_err() {
            self.drop_bytes(session, policy, plan).await?;
        }
        ended
    }

    /// Removes bytes that came to their key when their upload was already undone: recycling may
    /// have been there before them.
    async fn drop_bytes(
        &self,
        session: &upload_session::Model,
        policy: &Policy,
        plan: &UploadPlan,
    ) -> Result<(), FileError> {
        let blob = blobs::by_id(self.core.store.read(), session.blob_id).await?;
        let is_undone =
            |blob: blob::Model| blob.reference_count <= 0 && blob.upload_session_id.is_some();
        if blob.is_none_or(is_undone) {
            let nobodys = nobodys(&self.core, policy, vec![plan.key.clone()]).await?;
            policy.driver.delete(&nobodys).await?;
        }
        Ok(())
    }

    /// Ends the session and makes its blob what the file holds. Answers whether it still ran.
    async fn settle_session(
        &self,
        (actor, session): (&Actor, &upload_session::Model),
        policy: &Policy,
        (plan, written): (&UploadPlan, &Written),
    ) -> Result<bool, FileError> {
        let core = &self.core;
        let begun = SystemChange::with_file(core, Some(actor), session.file_id).await?;
        let Some((mut change, file)) = begun else {
            return Ok(false);
        };
        let now = change.now;
        let row = uploads::locked(change.db(), &session.id).await?;
        if row.is_none_or(|row| row.expires_at <= now) {
            // One that ran out or was ended holds no lock: others may have been here since.
            change.undo().await?;
            return Ok(false);
        }
        let size = written.size_bytes as i64;
        if size != session.size_bytes {
            // What was not reserved is never counted: whoever looks at sizes must do so before.
            change.undo().await?;
            return Err(FileError::Internal(
                "an upload is not as long as its session",
            ));
        }
        check_members(change.tx(), policy, plan.key.as_str(), now).await?;
        let path = locks::by_token(change.db(), &session.lock_token)
            .await?
            .map(|lock| lock.path);
        uploads::remove(change.db(), &session.id).await?;
        locks::remove(change.db(), &session.lock_token).await?;
        let hash = written.blake3.map(|hash| hash.to_vec());
        blobs::set_stored(change.db(), session.blob_id, size, hash, now).await?;
        metadata::remove(change.db(), file.id, &[UPLOAD_SESSION_ID]).await?;
        let content = Content {
            blob: session.blob_id,
            size_bytes: size,
            at: session.details.last_modified.unwrap_or(now),
            is_hashed: written.blake3.is_some(),
            lets_go: LetGo::ExcessAndPictures,
        };
        if session.details.blob_kind == BlobKind::Version {
            current::make_current(&mut change, &file, content).await?;
        } else {
            let shown = file.current_blob_id;
            retention::apply(&mut change, &file, shown, LetGo::Excess).await?;
            current::verify(&mut change, content).await?;
        }
        let metadata = session.details.metadata.clone();
        metadata::set(change.db(), file.id, metadata).await?;
        if session.details.is_direct {
            self.remember_completed(change.db(), session).await?;
        }
        let entry = change.entry(Op::Modify, &file);
        change.log(match path {
            Some(path) => entry.after(path),
            None => entry,
        });
        core.steps.reached("upload: written").await;
        change.commit_durably().await?;
        Ok(true)
    }
}
