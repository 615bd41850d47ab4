//! New files and folders.

use super::TreeError;
use crate::error::FileError;
use crate::policy::choice::Wanted;
use crate::policy::rules;
use crate::tree::{Change, FileEntry, ResolvedPath, Tree, bounds, metadata_bounds};
use entity::{FileId, FileKind, file};
use site::access::Right;
use site::actor::Actor;
use std::collections::BTreeMap;
use store::files::{self, FirstContent};
use store::journal::Op;
use store::metadata;
use wire::metadata_key::SHARED_REDIRECT;
use wire::{FileName, FileSystem, FileUri};

/// What to create.
#[derive(Clone, Debug)]
pub struct NewNode {
    pub uri: FileUri,
    pub kind: FileKind,
    pub metadata: BTreeMap<String, String>,
    /// Fail where an existing folder would otherwise be returned unchanged.
    pub err_on_conflict: bool,
}

impl Tree {
    /// Creates an empty file or a folder, and the folders above it that are missing.
    /// # Errors
    /// `NameTaken`, `BadName`, `Refused`, `NotAllowed`, `LockError::Conflict`, `BadMetadata`,
    /// `MetadataTooLong`, `PathTooLong`
    pub async fn create(&self, actor: &Actor, new: NewNode) -> Result<FileEntry, FileError> {
        let mut change = Change::on(&self.core, actor, &new.uri).await?;
        let resolved = change.resolve(&new.uri).await?;
        resolved.navigator.require(actor, Right::Create)?;
        if resolved.is_root() {
            return Err(TreeError::RootExists.into());
        }
        if let Some(existing) = resolved.node() {
            if new.err_on_conflict || existing.kind != new.kind {
                return Err(TreeError::NameTaken(existing.name.clone()).into());
            }
            return Ok(resolved.entry(actor, existing.clone()));
        }
        let is_visitor = actor.user_id() != Some(resolved.navigator.owner);
        metadata_bounds::check(&self.core, &new.metadata, is_visitor)?;
        change.check_locks(&[resolved.arrival()]).await?;
        let is_symbolic = new.metadata.contains_key(SHARED_REDIRECT);
        if is_symbolic && resolved.navigator.fs != FileSystem::My {
            return Err(TreeError::ShortcutElsewhere.into());
        }
        let row = make_path(&mut change, &resolved, new.kind, is_symbolic).await?;
        metadata_bounds::take_room(&change, metadata_bounds::size(&new.metadata)).await?;
        metadata::set(change.db(), row.id, new.metadata).await?;
        change.commit().await?;
        Ok(resolved.entry(actor, row))
    }
}

/// Creates what is missing of a path: folders, and at its end a node of `kind`.
pub(crate) async fn make_path(
    change: &mut Change<'_>,
    resolved: &ResolvedPath,
    kind: FileKind,
    is_symbolic: bool,
) -> Result<file::Model, FileError> {
    let end = End {
        kind,
        is_symbolic,
        content: None,
    };
    make(change, resolved, end).await
}

/// The same for a file whose content is there already.
pub(crate) async fn make_file(
    change: &mut Change<'_>,
    resolved: &ResolvedPath,
    content: FirstContent,
) -> Result<file::Model, FileError> {
    let end = End {
        kind: FileKind::File,
        is_symbolic: false,
        content: Some(content),
    };
    make(change, resolved, end).await
}

/// What comes at the end of a path.
struct End {
    kind: FileKind,
    is_symbolic: bool,
    content: Option<FirstContent>,
}

async fn make(
    change: &mut Change<'_>,
    resolved: &ResolvedPath,
    end: End,
) -> Result<file::Model, FileError> {
    let missing = resolved.missing();
    let mut parent = resolved.chain.last().cloned().ok_or(TreeError::NotFound)?;
    if parent.is_symbolic {
        return Err(TreeError::SymbolicFolder.into());
    }
    if parent.kind != FileKind::Folder {
        return Err(TreeError::NotFolder.into());
    }
    // All names are checked before the first row is written.
    let names = missing
        .iter()
        .map(FileName::new)
        .collect::<Result<Vec<_>, _>>()?;
    if end.kind == FileKind::File
        && let Some(name) = names.last()
    {
        check_name(change, name, parent.id).await?;
    }
    let path = resolved.drive_path();
    if !names.is_empty() {
        bounds::check_new(&path, end.kind)?;
    }
    let mut above = Vec::new();
    for (n, name) in names.iter().enumerate() {
        let is_last = n + 1 == names.len();
        let new = files::NewFile {
            kind: if is_last { end.kind } else { FileKind::Folder },
            owner: change.owner,
            parent: Some(parent.id),
            name: name.as_str().to_owned(),
            is_symbolic: is_last && end.is_symbolic,
            content: end.content.filter(|_| is_last),
            at: change.now,
        };
        let row = files::insert(change.db(), new).await.map_err(|error| {
            if error.is_duplicate() {
                FileError::from(TreeError::NameTaken(name.as_str().to_owned()))
            } else {
                error.into()
            }
        })?;
        above.push(row.id);
        parent = row;
    }
    if above.pop().is_some() {
        // One entry for all of it: whole paths of many folders would be much to write down.
        let entry = change.actor.entry(Op::Create, &parent).after(path);
        change.log(entry.with_folders(&above));
    }
    Ok(parent)
}

/// Checks a file's name against the policy that would take its bytes in a folder.
pub(crate) async fn check_name(
    change: &Change<'_>,
    name: &FileName,
    folder: FileId,
) -> Result<(), FileError> {
    // The actor was read in this very request; only somebody else's drive needs another look.
    let offered = if change.actor.user_id() == Some(change.owner) {
        change.actor.group().policies()
    } else {
        change.account().await?.1.policies()
    };
    let policies = &change.core.policies;
    let chosen = policies.for_folder(change.db(), &offered, Wanted::in_folder(folder));
    if let Some(chosen) = chosen.await? {
        rules::check_name(&chosen.policy.row, name)?;
    }
    Ok(())
}
