//! To the trash, or gone for good.

use super::TreeError;
use crate::error::FileError;
use crate::lock::{LockError, Target, uri_of};
use crate::tree::{Change, ResolvedPath, Tree};
use entity::{FileId, Timestamp, UserId, file};
use site::access::{self, Right};
use site::actor::Actor;
use store::journal::Op;
use store::{files, listing, metadata};
use wire::metadata_key::{EXPECTED_COLLECT_TIME, RESTORE_URI};
use wire::{FileSystem, FileUri, GroupPermission};

/// `purge_at` of something that is being deleted for good right now: no longer seen anywhere.
pub(crate) const PURGING: Timestamp = Timestamp(0);

/// How to delete.
#[derive(Clone, Copy, Debug, Default)]
pub struct DeleteOptions {
    /// Leave stored bytes in place; only with `for_good`.
    pub unlink_only: bool,
    /// Skip the trash.
    pub for_good: bool,
}

impl Tree {
    /// Deletes files and folders. What fails for one item leaves the others deleted.
    /// # Errors
    /// `LockError::Conflict` before anything is changed; `Batch`; `KeepingBytes`
    pub async fn delete(
        &self,
        actor: &Actor,
        uris: &[String],
        options: DeleteOptions,
    ) -> Result<(), FileError> {
        let (items, mut failed) = self.own_items(uris)?;
        if options.for_good && options.unlink_only && !actor.may(GroupPermission::AdvancedDelete) {
            return Err(TreeError::KeepingBytes.into());
        }
        if items.is_empty() {
            return FileError::of_batch(failed);
        }
        let mut change = Change::of_own_drive(&self.core, actor).await?;
        let mut purge = Vec::new();
        let mut done: Vec<FileId> = Vec::new();
        for (text, uri) in &items {
            match self.deletable(&change, uri, options).await {
                Ok((_, node)) if done.contains(&node.id) => {}
                Ok((resolved, node)) => {
                    done.push(node.id);
                    if options.for_good {
                        detach(&mut change, &resolved, &node, PURGING).await?;
                        purge.push(node.id);
                    } else {
                        trash(&mut change, &resolved, &node).await?;
                    }
                }
                Err(error @ FileError::Lock(LockError::Conflict(_))) => return Err(error),
                Err(error) => failed.push(((*text).clone(), error)),
            }
        }
        change.commit().await?;
        for id in purge {
            self.purge_tree(id, options.unlink_only).await?;
        }
        FileError::of_batch(failed)
    }

    async fn deletable(
        &self,
        change: &Change<'_>,
        uri: &FileUri,
        options: DeleteOptions,
    ) -> Result<(ResolvedPath, file::Model), FileError> {
        let resolved = change.resolve(uri).await?;
        let right = if options.for_good {
            Right::Delete
        } else {
            Right::SoftDelete
        };
        resolved.navigator.require(change.actor, right)?;
        if resolved.is_root() {
            return Err(TreeError::RootNotDeleted.into());
        }
        let node = resolved.existing()?.clone();
        if resolved.navigator.fs == FileSystem::My {
            change
                .check_locks(&[Target::deep(resolved.drive_path()).as_member()])
                .await?;
        }
        Ok((resolved, node))
    }

    /// Deletes the whole trash of the account for good.
    /// # Errors
    /// `LoginRequired`
    pub async fn empty_trash(&self, actor: &Actor) -> Result<(), FileError> {
        let owner = access::signed_in(actor)?.user.id;
        loop {
            let tops = self.claim_trash(actor, owner).await?;
            if tops.is_empty() {
                return Ok(());
            }
            for id in tops {
                self.purge_tree(id, false).await?;
            }
        }
    }

    /// Hides some of the trash, to be purged.
    async fn claim_trash(&self, actor: &Actor, owner: UserId) -> Result<Vec<FileId>, FileError> {
        let mut change = Change::of_drive(&self.core, actor, owner).await?;
        let tops = listing::some_trash(change.db(), owner, 500).await?;
        let ids: Vec<FileId> = tops.iter().map(|top| top.id).collect();
        if ids.is_empty() {
            return Ok(ids);
        }
        files::set_purging(change.db(), &ids, PURGING).await?;
        for top in &tops {
            change.log(actor.entry(Op::Delete, top));
        }
        change.commit().await?;
        Ok(ids)
    }
}

/// Moves a node to the trash; rights and locks were looked at.
pub(crate) async fn trash(
    change: &mut Change<'_>,
    resolved: &ResolvedPath,
    node: &file::Model,
) -> Result<(), FileError> {
    let (_, group) = change.account().await?;
    let purge_at = change.now.plus_secs(group.settings.trash_retention.max(0));
    detach(change, resolved, node, purge_at).await?;
    let metadata = [
        (RESTORE_URI.to_owned(), uri_of(&resolved.drive_path())),
        (
            EXPECTED_COLLECT_TIME.to_owned(),
            purge_at.unix_secs().to_string(),
        ),
    ];
    Ok(metadata::set(change.db(), node.id, metadata).await?)
}

/// Takes a node out of its folder. Everything below stays as it is.
pub(super) async fn detach(
    change: &mut Change<'_>,
    resolved: &ResolvedPath,
    node: &file::Model,
    purge_at: Timestamp,
) -> Result<(), FileError> {
    let name = uuid::Uuid::new_v4().to_string();
    files::detach(change.db(), node.id, name, change.now, purge_at).await?;
    let op = if purge_at == PURGING {
        Op::Delete
    } else {
        Op::Trash
    };
    let mut entry = change.actor.entry(op, node);
    if resolved.navigator.fs != FileSystem::Trash {
        entry = entry.before(resolved.drive_path());
    }
    change.log(entry);
    Ok(())
}
