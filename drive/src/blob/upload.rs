//! Chunks: any order, in parallel, repeated, before or after a restart.

use super::UploadError;
use crate::context::Core;
use crate::error::FileError;
use crate::lock::{self, LockError, Target};
use crate::tasks;
use crate::tree::{Change, Navigator, ResolvedPath, SystemChange};
use entity::{upload_part, upload_session};
use site::access;
use site::actor::Actor;
use site::task;
use std::sync::Arc;
use storage::{ByteStream, DriverError, PartDigest, PartWritten, UploadPlan};
use store::journal::Op;
use store::{Connection, blobs, files, locks, metadata, uploads};
use wire::metadata_key::{THUMB_DISABLED, UPLOAD_SESSION_ID};
use wire::{FileSystem, FileUri};

use super::place::Arrivals;
use super::visitors::{self, Visitors};
use crate::tasks::abort_upload;

/// The service behind uploads.
#[derive(Clone, Debug)]
pub struct Uploads {
    pub(super) core: Arc<Core>,
    pub(super) visitors: Visitors,
    pub(super) arrivals: Arc<Arrivals>,
}

/// What ending an upload leaves of a file that it made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Leave {
    Nothing,
    /// An empty file: somebody is about to do something else with it.
    File,
}

/// One chunk on its way in.
pub struct Chunk {
    /// 0-based.
    pub index: u64,
    /// What the client announced.
    pub size_bytes: u64,
    pub body: ByteStream,
}

impl Uploads {
    pub fn new(core: Arc<Core>) -> Self {
        Self {
            core,
            visitors: Visitors::default(),
            arrivals: Arc::default(),
        }
    }

    /// Takes a chunk; the last one, in whatever order, completes the file.
    /// # Errors
    /// `SessionGone` (also for another user's), `RouteNotAllowed`, `BadChunkIndex`,
    /// `BadChunkLength`, `LockError::Gone`, `Storage`
    pub async fn write_chunk(
        &self,
        actor: &Actor,
        session_id: &str,
        chunk: Chunk,
    ) -> Result<(), FileError> {
        let db = self.core.store.read();
        let session = find(db, session_id).await?;
        let session = self.continued(actor, session).await?;
        let policy = self.core.policies.get(session.policy_id).await?;
        if session.details.is_direct || !policy.can.relay_chunks {
            return Err(UploadError::RouteNotAllowed.into());
        }
        let plan = self.plan_of(&session).await?;
        let range = plan.part(chunk.index).ok_or(UploadError::BadChunkIndex)?;
        if range.size_bytes != chunk.size_bytes {
            let (expected, got) = (range.size_bytes, chunk.size_bytes);
            return Err(UploadError::BadChunkLength { expected, got }.into());
        }
        if !lock::is_held(db, &self.core, &session.lock_token).await? {
            if self.is_over(&session).await? {
                return self.became_content(&session).await;
            }
            return Err(LockError::Gone.into());
        }
        let written = policy
            .driver
            .write_part(&plan, range.offset, range.size_bytes, chunk.body)
            .await;
        self.core.steps.reached("chunk: stored").await;
        match written {
            Ok(written) => {
                self.receive(actor, &session, &plan, chunk.index, written)
                    .await
            }
            Err(DriverError::UploadGone(_)) => self.resume_completion(actor, &session, &plan).await,
            Err(error) => {
                // It was begun, so all of it would have had room.
                self.core.policies.note(&policy, &error, None).await;
                Err(error.into())
            }
        }
    }

    /// Whether the storage of an upload answers, which is told before a chunk is sent once more: clients
    /// that send all of a file in one need not do so to hear that it is away. What else is wrong, the
    /// chunk is told.
    /// # Errors
    /// `SessionGone` (also for another user's), `RouteNotAllowed`, `Storage`
    pub async fn look_at_storage(&self, actor: &Actor, session_id: &str) -> Result<(), FileError> {
        let session = find(self.core.store.read(), session_id).await?;
        let session = self.continued(actor, session).await?;
        let policy = self.core.policies.get(session.policy_id).await?;
        if session.details.is_direct {
            return Err(UploadError::RouteNotAllowed.into());
        }
        let plan = self.plan_of(&session).await?;
        match policy.driver.stat(&plan.key).await {
            Err(error) if error.is_away() => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// The session, if it is this actor's to go on with. One that was opened through a share ends
    /// with the right to bring files there.
    pub(super) async fn continued(
        &self,
        actor: &Actor,
        session: Option<upload_session::Model>,
    ) -> Result<upload_session::Model, FileError> {
        let uri = session
            .as_ref()
            .and_then(|session| FileUri::parse(&session.uri).ok());
        let through_share = uri.filter(|uri| uri.fs() == FileSystem::Share);
        if through_share.is_none() {
            access::signed_in(actor)?;
        }
        let session = session.ok_or(UploadError::SessionGone)?;
        let mut user = actor.user_id();
        if let Some(uri) = through_share {
            let navigator =
                Navigator::reopen(self.core.store.read(), &self.core, actor, &uri).await?;
            navigator.require(actor, access::Right::Upload)?;
            // Sessions of visitors without an account are the owner's.
            user = user.or(Some(navigator.owner));
        }
        if user == Some(session.user_id) && session.expires_at > self.core.now() {
            Ok(session)
        } else {
            Err(UploadError::SessionGone.into())
        }
    }

    /// Records a chunk, or completes the file if it was the last one missing.
    async fn receive(
        &self,
        actor: &Actor,
        session: &upload_session::Model,
        plan: &UploadPlan,
        index: u64,
        written: PartWritten,
    ) -> Result<(), FileError> {
        let db = self.core.store.read();
        let mut parts = if plan.part_count() > 1 {
            uploads::parts(db, &session.id).await?
        } else {
            Vec::new()
        };
        parts.retain(|part| part.part != index as i64);
        if parts.len() as u64 + 1 < plan.part_count() {
            let tx = self.core.store.begin().await?;
            let digest = written.digest.into_bytes();
            let (part, size) = (index as i64, written.size_bytes as i64);
            let now = self.core.now();
            if !uploads::put_part(tx.db(), &session.id, part, size, digest, now).await? {
                tx.rollback().await?;
                return self.became_content(session).await;
            }
            if !visitors::go_on(tx.db(), session, now).await? {
                tx.rollback().await?;
                return self.became_content(session).await;
            }
            tx.commit().await?;
            self.core.steps.reached("chunk: recorded").await;
            // Read again after the commit: of two chunks that were the last two, whoever
            // commits later sees both.
            parts = uploads::parts(db, &session.id).await?;
            if !parts.iter().any(|part| part.part == index as i64) {
                // The upload ended in between, and its chunks with it.
                return self.became_content(session).await;
            }
            if (parts.len() as u64) < plan.part_count() {
                return Ok(());
            }
            let all = parts
                .iter()
                .filter_map(|part| written_part(plan, part))
                .collect();
            return self.complete(actor, session, plan, all).await;
        }
        let mut all: Vec<PartWritten> = parts
            .iter()
            .filter_map(|part| written_part(plan, part))
            .collect();
        all.push(written);
        self.complete(actor, session, plan, all).await
    }

    /// Cancels an upload and removes every trace of it.
    /// # Errors
    /// `NotFound` if the file is, `SessionForeign`, `LockError::Conflict`
    pub async fn cancel(
        &self,
        actor: &Actor,
        session_id: &str,
        uri: &FileUri,
    ) -> Result<(), FileError> {
        let db = self.core.store.read();
        let resolved = ResolvedPath::resolve(db, &self.core, actor, uri).await?;
        resolved.navigator.require(actor, access::Right::Upload)?;
        let session = find(db, session_id).await?;
        if resolved.navigator.is_upload_only() {
            return self.cancel_unseen(actor, session, uri).await;
        }
        let file = resolved.existing()?.clone();
        if let Some(session) = session {
            if session.file_id != file.id {
                return Err(UploadError::SessionForeign.into());
            }
            let session = match self.continued(actor, Some(session)).await {
                Err(FileError::Upload(UploadError::SessionGone)) => {
                    return Err(UploadError::SessionForeign.into());
                }
                other => other?,
            };
            return self.discard(actor, &session).await;
        }
        // Unknown session: only what it may have left on the file is removed.
        let change = Change::on(&self.core, actor, uri).await?;
        change
            .check_locks(&[Target::deep(resolved.drive_path())])
            .await?;
        let left = metadata::get(change.db(), file.id, UPLOAD_SESSION_ID).await?;
        if left.as_deref() == Some(session_id) {
            metadata::remove(change.db(), file.id, &[UPLOAD_SESSION_ID, THUMB_DISABLED]).await?;
        }
        change.commit().await
    }

    /// Cancels an upload by who may not know what became of its name.
    async fn cancel_unseen(
        &self,
        actor: &Actor,
        session: Option<upload_session::Model>,
        uri: &FileUri,
    ) -> Result<(), FileError> {
        let uri = uri.without_password().to_string();
        let session = session.filter(|session| session.uri == uri);
        let session = session.ok_or(UploadError::SessionForeign)?;
        let session = match self.continued(actor, Some(session)).await {
            Err(FileError::Upload(UploadError::SessionGone)) => {
                return Err(UploadError::SessionForeign.into());
            }
            other => other?,
        };
        self.discard(actor, &session).await
    }

    /// Ends the upload that holds a lock; its file stays, so that what the lock was in the way
    /// of can be done to it. Answers whether it still ran.
    /// # Errors
    /// `Store`, `Storage`
    pub(crate) async fn end_locked(&self, actor: &Actor, session: &str) -> Result<bool, FileError> {
        let Some(session) = uploads::by_id(self.core.store.read(), session).await? else {
            return Ok(false);
        };
        self.undo(&session, Some(actor), Leave::File).await?;
        Ok(true)
    }

    /// Ends sessions of the target whose time is over: they no longer stand in anybody's way,
    /// even before the sweep comes by.
    pub(super) async fn end_expired(&self, actor: &Actor, uri: &FileUri) -> Result<(), FileError> {
        let db = self.core.store.read();
        let resolved = ResolvedPath::resolve(db, &self.core, actor, uri).await?;
        let Some(file) = resolved.node() else {
            return Ok(());
        };
        let now = self.core.now();
        for session in uploads::of_files(db, &[file.id]).await? {
            if session.expires_at <= now {
                self.undo(&session, None, Leave::Nothing).await?;
            }
        }
        Ok(())
    }

    /// Ends a session whose time is over, as if its owner had cancelled it.
    /// # Errors
    /// `Store`, `Storage`
    pub async fn expire(&self, session_id: &str) -> Result<(), FileError> {
        let found = uploads::by_id(self.core.store.read(), session_id).await?;
        match found {
            Some(session) => self.undo(&session, None, Leave::Nothing).await,
            None => Ok(()),
        }
    }

    /// Ends a session, whoever began it and however long it might still last.
    /// # Errors
    /// `Store`, `Storage`
    pub async fn end(&self, session_id: &str) -> Result<(), FileError> {
        let store = &self.core.store;
        let tx = store.begin().await?;
        uploads::run_out(tx.db(), session_id, self.core.now()).await?;
        tx.commit().await?;
        self.expire(session_id).await
    }

    /// Undoes a session: placeholder, reservation, lock, staged bytes.
    pub(super) async fn discard(
        &self,
        actor: &Actor,
        session: &upload_session::Model,
    ) -> Result<(), FileError> {
        self.undo(session, Some(actor), Leave::Nothing).await
    }

    async fn undo(
        &self,
        session: &upload_session::Model,
        actor: Option<&Actor>,
        leave: Leave,
    ) -> Result<(), FileError> {
        // Needs the blob row, so before it goes.
        let mut plan = match self.plan_of(session).await {
            Ok(plan) => Some(plan),
            Err(FileError::Upload(UploadError::SessionGone)) => None,
            Err(error) => return Err(error),
        };
        let core = &self.core;
        core.steps.reached("upload: ends").await;
        let begun = SystemChange::with_file(core, actor, session.file_id).await?;
        let Some((mut change, file)) = begun else {
            return Ok(());
        };
        let now = change.now;
        let row = uploads::locked(change.db(), &session.id).await?;
        let Some(row) = row.filter(|row| actor.is_some() || row.expires_at <= now) else {
            // Completed or cancelled meanwhile; or its time was over, but it was gone on with.
            return change.undo().await;
        };
        if let Some(plan) = &mut plan {
            // The driver may have noted something since.
            plan.vendor_state.clone_from(&row.details.vendor_state);
            if let Some(task) = abort_upload(&row, plan.key.as_str().to_owned(), now) {
                task::queue(change.tx(), task).await?;
            }
        }
        uploads::remove(change.db(), &session.id).await?;
        let path = locks::by_token(change.db(), &session.lock_token)
            .await?
            .map(|lock| lock.path);
        locks::remove(change.db(), &session.lock_token).await?;
        blobs::unlink(change.db(), &[(file.id, session.blob_id)], now).await?;
        change.release(session.size_bytes).await?;
        let is_empty = blobs::of_file(change.db(), file.id).await?.is_empty();
        if session.made_file && is_empty && leave == Leave::Nothing {
            metadata::remove_all(change.db(), &[file.id]).await?;
            crate::share::forget_files(change.db(), &[file.id]).await?;
            files::delete(change.db(), &[file.id]).await?;
            let entry = change.entry(Op::Delete, &file);
            change.log(match path {
                Some(path) => entry.before(path),
                None => entry,
            });
        } else {
            metadata::remove(change.db(), file.id, &[UPLOAD_SESSION_ID, THUMB_DISABLED]).await?;
        }
        task::queue_once(change.tx(), tasks::recycle_blobs(now)).await?;
        change.commit().await?;
        core.steps.reached("upload: ended").await;
        if let Some(plan) = plan.filter(|_| !row.details.is_direct) {
            let policy = core.policies.get(session.policy_id).await?;
            policy.driver.abort_upload(&plan).await?;
        }
        Ok(())
    }
}

/// The session a client names. What is no UUID is not asked for: not every database can even
/// compare with every text.
pub(super) async fn find(
    db: &Connection,
    id: &str,
) -> Result<Option<upload_session::Model>, FileError> {
    let Ok(id) = uuid::Uuid::parse_str(id) else {
        return Ok(None);
    };
    Ok(uploads::by_id(db, &id.to_string()).await?)
}

fn written_part(plan: &UploadPlan, part: &upload_part::Model) -> Option<PartWritten> {
    let range = plan.part(u64::try_from(part.part).ok()?)?;
    Some(PartWritten {
        offset: range.offset,
        size_bytes: range.size_bytes,
        digest: PartDigest::from_bytes(part.digest.clone()),
    })
}
