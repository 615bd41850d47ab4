//! Back from the trash.

use super::TreeError;
use crate::error::FileError;
use crate::lock::{LockError, Target};
use crate::tree::{Change, ResolvedPath, Tree};
use site::access::Right;
use site::actor::Actor;
use store::journal::Op;
use store::{files, metadata};
use wire::FileUri;
use wire::metadata_key::{EXPECTED_COLLECT_TIME, RESTORE_URI};

impl Tree {
    /// Puts items back where they were, under their old names.
    /// # Errors
    /// `Batch` of `NotFound` (the folder is gone) and `NameTaken`; `LockError::Conflict`
    pub async fn restore(&self, actor: &Actor, uris: &[String]) -> Result<(), FileError> {
        let (items, mut failed) = self.own_items(uris)?;
        if items.is_empty() {
            return FileError::of_batch(failed);
        }
        let mut change = Change::of_own_drive(&self.core, actor).await?;
        for (text, uri) in &items {
            match self.restore_one(&mut change, uri).await {
                Ok(()) => {}
                Err(error @ (FileError::Lock(LockError::Conflict(_)) | FileError::Store(_))) => {
                    return Err(error);
                }
                Err(error) => failed.push(((*text).clone(), error)),
            }
        }
        change.commit().await?;
        FileError::of_batch(failed)
    }

    async fn restore_one(&self, change: &mut Change<'_>, uri: &FileUri) -> Result<(), FileError> {
        let actor = change.actor;
        let resolved = change.resolve(uri).await?;
        resolved.navigator.require(actor, Right::Restore)?;
        let node = resolved.existing()?.clone();
        let origin = metadata::get(change.db(), node.id, RESTORE_URI).await?;
        let origin = origin
            .and_then(|uri| FileUri::parse(&uri).ok())
            .ok_or(TreeError::NotFound)?;
        let name = origin.name().ok_or(TreeError::NotFound)?.to_owned();
        let parent = origin.parent().unwrap_or_else(|| origin.to_root());
        let folder = change.resolve(&parent).await?;
        let folder_id = folder.folder()?.id;
        let target = ResolvedPath {
            uri: folder.uri.join(&name),
            ..folder
        };
        let path = target.drive_path();
        change
            .check_locks(&[Target::deep(path.clone()).as_member()])
            .await?;
        let moved = files::restore(change.db(), node.id, folder_id, &name).await;
        moved.map_err(|error| {
            if error.is_duplicate() {
                FileError::from(TreeError::NameTaken(name))
            } else {
                error.into()
            }
        })?;
        metadata::remove(change.db(), node.id, &[RESTORE_URI, EXPECTED_COLLECT_TIME]).await?;
        change.log(actor.entry(Op::Restore, &node).after(path));
        Ok(())
    }
}
