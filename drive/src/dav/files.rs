//! Changing: new folders and files, to the trash, moves and copies to a name.

use super::Dav;
use crate::blob::{Current, VersionError};
use crate::error::FileError;
use crate::lock::{Target, lies_below};
use crate::tree::bounds::{self, Moved};
use crate::tree::create::{check_name, make_path};
use crate::tree::{Change, ResolvedPath, TreeError, copy, delete};
use entity::{FileKind, Timestamp, file};
use site::access::Right;
use site::actor::Actor;
use store::journal::Op;
use store::{StoreError, files, locks, metadata};
use wire::metadata_key::THUMB_DISABLED;
use wire::{FileName, FileSystem, FileUri, name};

/// A move or copy to a path.
#[derive(Clone, Debug)]
pub struct Transfer {
    pub from: FileUri,
    pub to: FileUri,
    /// What is at `to` goes to the trash first.
    pub overwrite: bool,
    /// The time the client says the file has; without it a move leaves it and a copy is of now.
    pub modified: Option<Timestamp>,
    /// Fail unless this version is current at `from`.
    pub only: Option<Current>,
    /// Tokens of locks that are not in the way.
    pub held: Vec<String>,
}

impl Dav {
    /// Makes a folder or an empty file in a folder that exists.
    /// # Errors
    /// `NotFound` if that folder is missing; `NameTaken`, `BadName`, `Refused`, `NotAllowed`,
    /// `LockError::Conflict`
    pub async fn make(
        &self,
        actor: &Actor,
        uri: &FileUri,
        kind: FileKind,
        held: &[String],
    ) -> Result<file::Model, FileError> {
        let (mut change, resolved) = self.take(actor, uri).await?;
        resolved.navigator.require(actor, Right::Create)?;
        if let Some(node) = resolved
            .chain
            .last()
            .filter(|_| resolved.missing().is_empty())
        {
            return Err(TreeError::NameTaken(node.name.clone()).into());
        }
        if !resolved.navigator.is_upload_only() {
            new_name(&resolved)?;
        }
        let target = [resolved.arrival()];
        change.check_locks_but(&target, held).await?;
        let row = make_path(&mut change, &resolved, kind, false).await?;
        change.commit().await?;
        Ok(row)
    }

    /// Moves a file or folder, shortcuts as such, to the trash; locks on it end.
    /// # Errors
    /// `NotFound`, `NotAllowed`, `LockError::Conflict`; `VersionError::Stale` unless the version in
    /// `only` is current
    pub async fn remove(
        &self,
        actor: &Actor,
        uri: &FileUri,
        only: Option<Current>,
        held: &[String],
    ) -> Result<(), FileError> {
        let (mut change, resolved) = self.take(actor, uri).await?;
        resolved.navigator.require(actor, Right::SoftDelete)?;
        let node = movable(&resolved)?;
        check_current(&node, only)?;
        let target = [Target::deep(resolved.drive_path()).as_member()];
        change.check_locks_but(&target, held).await?;
        self.discard(&mut change, &resolved, &node).await?;
        change.commit().await
    }

    /// Moves to a name in a folder, keeping id, versions and shares, in one transaction.
    /// # Errors
    /// `NotFound` (the source, or the folder to move to), `NameTaken` without `overwrite`,
    /// `RootStays`, `IntoItself`, `BadName`, `Refused`, `LockError::Conflict`,
    /// `VersionError::Stale`, `PathTooLong`
    pub async fn relocate(&self, actor: &Actor, transfer: &Transfer) -> Result<(), FileError> {
        let mut change = self.take_own(actor, transfer).await?;
        let (from, to) = self.ends(&change, transfer, Right::Move).await?;
        let node = movable(&from)?;
        check_current(&node, transfer.only)?;
        let (from_path, to_path) = (from.drive_path(), to.drive_path());
        let name = new_name(&to)?;
        if node.kind == FileKind::File {
            check_name(&change, &name, to.nearest_folder()).await?;
        }
        let targets = [
            Target::deep(from_path.clone()).as_member(),
            Target::deep(to_path.clone()).as_member(),
        ];
        change.check_locks_but(&targets, &transfer.held).await?;
        let moved = Moved {
            node: &node,
            from: from_path.clone(),
            to: to_path.clone(),
        };
        bounds::check_moved(&change, &[moved]).await?;
        self.make_way(&mut change, &to, transfer).await?;
        end_locks(&change, &from_path).await?;
        let parent = parent_of(&to)?.id;
        let at = transfer.modified.unwrap_or(node.updated_at);
        let moved = files::relocate(change.db(), node.id, parent, name.as_str(), at).await;
        moved.map_err(|error| taken(error, &name))?;
        if name::extension_of(&node.name) != name.extension() {
            metadata::remove(change.db(), node.id, &[THUMB_DISABLED]).await?;
        }
        let entry = actor.entry(Op::Rename, &node).before(from_path);
        change.log(entry.after(to_path));
        change.commit().await
    }

    /// Copies to a name in a folder: new rows that share the blobs. Without `whole` a folder is
    /// copied without what is in it.
    /// # Errors
    /// As [`Self::relocate`], and `QuotaExceeded`, `WalkLimit`
    pub async fn duplicate(
        &self,
        actor: &Actor,
        transfer: &Transfer,
        whole: bool,
    ) -> Result<(), FileError> {
        let mut change = self.take_own(actor, transfer).await?;
        let (from, to) = self.ends(&change, transfer, Right::Copy).await?;
        let mut node = movable(&from)?;
        check_current(&node, transfer.only)?;
        let name = new_name(&to)?;
        if node.kind == FileKind::File {
            check_name(&change, &name, to.nearest_folder()).await?;
        }
        let to_path = to.drive_path();
        let target = [Target::deep(to_path.clone()).as_member()];
        change.check_locks_but(&target, &transfer.held).await?;
        self.make_way(&mut change, &to, transfer).await?;
        name.as_str().clone_into(&mut node.name);
        node.name_folded = files::fold(name.as_str());
        let parent = parent_of(&to)?.id;
        let top = copy::Top {
            parent,
            node,
            path: to_path,
        };
        let made = copy::copy_tops(&mut change, vec![top], whole).await?;
        if let (Some(modified), Some(copy)) = (transfer.modified, made.first()) {
            files::set_times(change.db(), *copy, change.now, modified).await?;
        }
        change.commit().await
    }

    /// Takes the drive in which a URI ends behind the shortcuts along it, and looks at the path
    /// there. A shortcut that was changed meanwhile leads nowhere.
    pub(super) async fn take<'a>(
        &'a self,
        actor: &'a Actor,
        uri: &FileUri,
    ) -> Result<(Change<'a>, ResolvedPath), FileError> {
        let (there, _) = self.resolve_target(actor, uri).await?;
        let change = Change::on(&self.core, actor, &there).await?;
        let resolved = change.resolve(&there).await?;
        Ok((change, resolved))
    }

    /// Takes one's own drive, in which a transfer begins and ends.
    async fn take_own<'a>(
        &'a self,
        actor: &'a Actor,
        transfer: &Transfer,
    ) -> Result<Change<'a>, FileError> {
        for uri in [&transfer.from, &transfer.to] {
            if uri.fs() != FileSystem::My {
                return Err(TreeError::NotOwnSource.into());
            }
        }
        Change::of_own_drive(&self.core, actor).await
    }

    /// Both ends of a transfer. Neither lies inside the other.
    async fn ends(
        &self,
        change: &Change<'_>,
        transfer: &Transfer,
        right: Right,
    ) -> Result<(ResolvedPath, ResolvedPath), FileError> {
        let from = change.resolve(&transfer.from).await?;
        let to = change.resolve(&transfer.to).await?;
        for resolved in [&from, &to] {
            // Behind a shortcut is a share.
            let depth = resolved.uri.segments().len();
            if resolved.chain.iter().take(depth).any(|row| row.is_symbolic) {
                return Err(TreeError::NotOwnSource.into());
            }
            resolved.navigator.require(change.actor, right)?;
        }
        from.existing()?;
        let (a, b) = (from.drive_path(), to.drive_path());
        if a == b || lies_below(&a, &b) || lies_below(&b, &a) {
            return Err(TreeError::IntoItself.into());
        }
        if to.is_root() {
            return Err(TreeError::RootNotReplaced.into());
        }
        Ok((from, to))
    }

    /// What is at the destination goes to the trash.
    async fn make_way(
        &self,
        change: &mut Change<'_>,
        to: &ResolvedPath,
        transfer: &Transfer,
    ) -> Result<(), FileError> {
        let Some(old) = to.node().cloned() else {
            return Ok(());
        };
        if !transfer.overwrite {
            return Err(TreeError::NameTaken(old.name).into());
        }
        self.discard(change, to, &old).await
    }

    async fn discard(
        &self,
        change: &mut Change<'_>,
        resolved: &ResolvedPath,
        node: &file::Model,
    ) -> Result<(), FileError> {
        end_locks(change, &resolved.drive_path()).await?;
        delete::trash(change, resolved, node).await
    }
}

/// WebDAV's locks on what goes away go with it (RFC 4918 §9.6, §9.9); who changes it holds them.
async fn end_locks(change: &Change<'_>, path: &str) -> Result<(), FileError> {
    let all = locks::of_drive(change.db(), change.owner, change.now).await?;
    let ended = all
        .iter()
        .filter(|lock| lock.application == super::locks::APPLICATION)
        .filter(|lock| lock.path == path || lies_below(&lock.path, path));
    for lock in ended {
        locks::remove(change.db(), &lock.token).await?;
    }
    Ok(())
}

/// The node at a path, if it is not the root of anything.
fn movable(resolved: &ResolvedPath) -> Result<file::Model, FileError> {
    if resolved.is_root() {
        return Err(TreeError::RootStays.into());
    }
    Ok(resolved.existing()?.clone())
}

/// What a client saw when it asked must still be so when it is done.
fn check_current(node: &file::Model, only: Option<Current>) -> Result<(), FileError> {
    match only {
        Some(only) if only.0 != node.current_blob_id => Err(VersionError::Stale.into()),
        _ => Ok(()),
    }
}

/// The name a path gives to what comes there.
pub(super) fn new_name(resolved: &ResolvedPath) -> Result<FileName, FileError> {
    parent_of(resolved)?;
    Ok(FileName::new(resolved.uri.name().unwrap_or_default())?)
}

/// The folder that a path is in, which must exist.
fn parent_of(resolved: &ResolvedPath) -> Result<&file::Model, FileError> {
    let at = match resolved.missing().len() {
        0 => resolved.chain.len().checked_sub(2),
        1 => resolved.chain.len().checked_sub(1),
        _ => None,
    };
    at.and_then(|at| resolved.chain.get(at))
        .filter(|row| row.kind == FileKind::Folder && !row.is_symbolic)
        .ok_or_else(|| TreeError::NotFound.into())
}

fn taken(error: StoreError, name: &FileName) -> FileError {
    if error.is_duplicate() {
        TreeError::NameTaken(name.as_str().to_owned()).into()
    } else {
        error.into()
    }
}
