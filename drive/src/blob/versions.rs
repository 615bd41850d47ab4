//! Versions of a file.

use super::VersionError;
use super::current::{self, Content};
use super::retention::{self, LetGo};
use crate::context::Core;
use crate::error::FileError;
use crate::lock::Target;
use crate::tasks;
use crate::tree::{Change, ResolvedPath};
use entity::{BlobId, BlobKind, FileId, blob, file};
use site::access::Right;
use site::actor::Actor;
use site::task;
use std::sync::Arc;
use store::blobs;
use store::journal::Op;
use wire::FileUri;

/// The service behind versions.
#[derive(Clone, Debug)]
pub struct Versions {
    core: Arc<Core>,
}

impl Versions {
    pub fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// Makes an existing version the current one.
    /// # Errors
    /// `NotFound`, `VersionError::NotFound`, `LockError::Conflict`, `NotAllowed`
    pub async fn set_current(
        &self,
        actor: &Actor,
        uri: &FileUri,
        version: BlobId,
    ) -> Result<(), FileError> {
        let mut change = Change::on(&self.core, actor, uri).await?;
        let (resolved, file, blob) = self.find(&change, uri, version).await?;
        if blob.kind != BlobKind::Version {
            return Err(VersionError::NotFound.into());
        }
        let content = Content {
            blob: version,
            size_bytes: blob.size_bytes,
            at: change.now,
            is_hashed: true,
            lets_go: LetGo::Pictures,
        };
        current::make_current(&mut change, &file, content).await?;
        change.log(actor.entry(Op::Modify, &file).after(resolved.drive_path()));
        change.commit().await
    }

    /// Deletes a version that is not the current one, or a thumbnail.
    /// # Errors
    /// `NotFound`, `VersionError::NotFound`, `CurrentStays`, `LockError::Conflict`
    pub async fn delete(
        &self,
        actor: &Actor,
        uri: &FileUri,
        version: BlobId,
    ) -> Result<(), FileError> {
        let mut change = Change::on(&self.core, actor, uri).await?;
        let (_, file, _) = self.find(&change, uri, version).await?;
        if file.current_blob_id == Some(version) {
            return Err(VersionError::CurrentStays.into());
        }
        let freed = self
            .unlink(&mut change, &file, &[(file.id, version)])
            .await?;
        change.release(freed).await?;
        change.log(actor.entry(Op::Describe, &file));
        change.commit().await?;
        self.core.open_blobs.forget([version]).await;
        Ok(())
    }

    async fn find(
        &self,
        change: &Change<'_>,
        uri: &FileUri,
        version: BlobId,
    ) -> Result<(ResolvedPath, file::Model, blob::Model), FileError> {
        let resolved = change.resolve(uri).await?;
        resolved.navigator.require(change.actor, Right::Versions)?;
        let file = resolved.existing()?.clone();
        change
            .check_locks(&[Target::shallow(resolved.drive_path())])
            .await?;
        let blob = blobs::of_file(change.db(), file.id)
            .await?
            .into_iter()
            .find(|blob| {
                blob.id == version
                    && blob.kind != BlobKind::LivePhoto
                    && blob.upload_session_id.is_none()
            });
        Ok((resolved, file, blob.ok_or(VersionError::NotFound)?))
    }

    /// Lets go of blobs; answers their bytes.
    async fn unlink(
        &self,
        change: &mut Change<'_>,
        file: &file::Model,
        links: &[(FileId, BlobId)],
    ) -> Result<i64, FileError> {
        if links.is_empty() {
            return Ok(0);
        }
        let held = blobs::holds(change.db(), &[file.id]).await?;
        let freed = held
            .iter()
            .filter(|hold| links.contains(&(hold.file_id, hold.blob_id)))
            .map(|hold| hold.size_bytes)
            .sum();
        let now = change.now;
        blobs::unlink(change.db(), links, now).await?;
        task::queue_once(change.tx(), tasks::recycle_blobs(now)).await?;
        Ok(freed)
    }

    /// Applies the owner's present retention settings to one file.
    /// # Errors
    /// `Store`
    pub async fn prune(&self, file: FileId) -> Result<(), FileError> {
        retention::prune(&self.core, file).await
    }
}
