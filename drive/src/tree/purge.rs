//! Removing a detached subtree for good: in small transactions, so that the server stays
//! responsive, and from the leaves up, so that a crash leaves a smaller subtree of the same kind
//! that the trash sweep finishes.

use crate::error::FileError;
use crate::tasks::abort_upload;
use crate::tasks::recycle_blobs;
use crate::tree::delete::PURGING;
use crate::tree::{Author, Change, SystemChange, Tree};
use entity::{BlobId, FileId, FileKind, UserId, file};
use site::task::{queue, queue_once};
use store::{blobs, files, metadata, uploads};

/// Files removed by one transaction.
const STEP: u64 = 1_000;
/// Folders looked into by one query.
const FOLDERS: usize = 200;

impl Tree {
    /// Removes what has been in the trash long enough, or is being removed already, with everything
    /// below. Resumable; a node that is gone, or was restored, is left alone.
    /// # Errors
    /// `Store`
    pub async fn purge(&self, id: FileId) -> Result<(), FileError> {
        self.purge_tree(id, false).await
    }

    pub(crate) async fn purge_tree(&self, id: FileId, keep_bytes: bool) -> Result<(), FileError> {
        self.core.steps.reached("purge: begins").await;
        let Some(top) = self.claim(id).await? else {
            return Ok(());
        };
        self.core.steps.reached("purge: claimed").await;
        self.purge_from(&top, keep_bytes).await
    }

    /// Removes a node and everything below. Resumable, as long as nobody else puts anything there.
    pub(super) async fn purge_from(
        &self,
        top: &file::Model,
        keep_bytes: bool,
    ) -> Result<(), FileError> {
        let (owner, id) = (top.owner_id, top.id);
        if top.kind != FileKind::Folder {
            return self.purge_rows(owner, &[id], keep_bytes).await;
        }
        let mut folders = vec![id];
        let mut from = 0;
        while from < folders.len() {
            let until = folders.len().min(from + FOLDERS);
            let level: Vec<FileId> = folders[from..until].to_vec();
            self.purge_files(owner, &level, keep_bytes).await?;
            self.find_folders(&level, &mut folders).await?;
            from = until;
        }
        // Deepest first: a folder goes only when nothing points at it.
        folders.reverse();
        for batch in folders.chunks(STEP as usize) {
            self.purge_rows(owner, batch, keep_bytes).await?;
        }
        Ok(())
    }

    /// Marks a node as going for good, so that nobody can restore it any more. `None`: it is not
    /// to go.
    async fn claim(&self, id: FileId) -> Result<Option<file::Model>, FileError> {
        let Some((change, top)) = SystemChange::with_file(&self.core, None, id).await? else {
            return Ok(None);
        };
        let is_due = top.purge_at.is_some_and(|at| at <= self.core.now());
        if top.trashed_at.is_none() || top.parent_id.is_some() || !is_due {
            return Ok(None);
        }
        if top.purge_at != Some(PURGING) {
            files::set_purging(change.db(), &[id], PURGING).await?;
            change.commit().await?;
        }
        Ok(Some(top))
    }

    async fn find_folders(
        &self,
        parents: &[FileId],
        found: &mut Vec<FileId>,
    ) -> Result<(), FileError> {
        let mut after = FileId(0);
        loop {
            let db = self.core.store.read();
            let rows = files::some_children(db, parents, FileKind::Folder, after, STEP).await?;
            let Some(last) = rows.last() else {
                return Ok(());
            };
            after = *last;
            found.extend(rows);
        }
    }

    async fn purge_files(
        &self,
        owner: UserId,
        parents: &[FileId],
        keep_bytes: bool,
    ) -> Result<(), FileError> {
        loop {
            let db = self.core.store.read();
            let rows = files::some_children(db, parents, FileKind::File, FileId(0), STEP).await?;
            if rows.is_empty() {
                return Ok(());
            }
            self.purge_rows(owner, &rows, keep_bytes).await?;
        }
    }

    async fn purge_rows(
        &self,
        owner: UserId,
        ids: &[FileId],
        keep_bytes: bool,
    ) -> Result<(), FileError> {
        let mut change = SystemChange::by_system(&self.core, owner).await?;
        let let_go = purge_in(&mut change, ids, keep_bytes).await?;
        change.commit().await?;
        self.core.open_blobs.forget(let_go).await;
        Ok(())
    }
}

/// Removes rows of the tree that nothing lies below, with all that hangs on them. Answers the
/// blobs that they let go of.
pub(super) async fn purge_in<By: Author>(
    change: &mut Change<'_, By>,
    ids: &[FileId],
    keep_bytes: bool,
) -> Result<Vec<BlobId>, FileError> {
    let now = change.now;
    for session in uploads::of_files(change.db(), ids).await? {
        if session.details.is_direct {
            let bytes = blobs::by_id(change.db(), session.blob_id).await?;
            if let Some(task) = bytes.and_then(|bytes| abort_upload(&session, bytes.key, now)) {
                queue(change.tx(), task).await?;
            }
        }
        // As chunks take them: the session before its lock.
        uploads::remove(change.db(), &session.id).await?;
        store::locks::remove(change.db(), &session.lock_token).await?;
    }
    let holds = blobs::holds(change.db(), ids).await?;
    blobs::unlink_all(change.db(), ids, &holds, now).await?;
    let held: Vec<BlobId> = holds.iter().map(|hold| hold.blob_id).collect();
    if keep_bytes {
        blobs::keep_bytes(change.db(), &held).await?;
    }
    metadata::remove_all(change.db(), ids).await?;
    crate::share::forget_files(change.db(), ids).await?;
    files::delete(change.db(), ids).await?;
    let freed = holds.iter().map(|hold| hold.size_bytes).sum();
    change.release(freed).await?;
    if !holds.is_empty() {
        queue_once(change.tx(), recycle_blobs(now)).await?;
    }
    Ok(held)
}
