//! Renaming and metadata: what a file is called and what is said about it.

use super::TreeError;
use crate::error::FileError;
use crate::lock::{LockError, Target};
use crate::tree::bounds::{self, Moved};
use crate::tree::create::check_name;
use crate::tree::{Change, FileEntry, ResolvedPath, Tree, drive_path, metadata_bounds};
use entity::{FileId, FileKind, file};
use site::access::Right;
use site::actor::Actor;
use site::limits::{PATCHED, PATCHES};
use site::settings::live::LiveSettings;
use std::collections::BTreeMap;
use store::journal::Op;
use store::{files, metadata};
use wire::metadata_key::{Action, MetadataPatch, THUMB_DISABLED};
use wire::{FileName, FileUri};

/// One change of metadata, as sent.
#[derive(Clone, Debug)]
pub struct Patch {
    pub key: String,
    pub value: String,
    pub remove: bool,
}

/// What a call changes about each of its files: its last word on each key.
struct Described {
    set: Vec<(String, String)>,
    removed: Vec<String>,
    /// The files count as changed.
    touches: bool,
}

impl Described {
    /// # Errors
    /// `BadMetadata`, `TooManyPatches`
    fn of(settings: &LiveSettings, patches: &[Patch], files: usize) -> Result<Self, FileError> {
        if patches.len() > PATCHES || patches.len().saturating_mul(files) > PATCHED {
            return Err(TreeError::TooManyPatches.into());
        }
        let mut last = BTreeMap::new();
        let mut touches = false;
        for patch in patches {
            let wire = MetadataPatch {
                key: &patch.key,
                value: &patch.value,
                remove: patch.remove,
                private: false,
            };
            let effect = settings.metadata_rules.check_patch(wire, &settings.ids)?;
            touches |= effect.bumps_updated_at;
            let value = (effect.action == Action::Set).then(|| patch.value.clone());
            last.insert(patch.key.clone(), value);
        }
        let (mut set, mut removed) = (Vec::new(), Vec::new());
        for (key, value) in last {
            match value {
                Some(value) => set.push((key, value)),
                None => removed.push(key),
            }
        }
        Ok(Self {
            set,
            removed,
            touches,
        })
    }

    /// Some statements for all files, however many there are.
    async fn write(&self, change: &Change<'_>, files: &[FileId]) -> Result<(), FileError> {
        let bytes = metadata_bounds::size(self.set.iter().map(|(key, value)| (key, value)));
        metadata_bounds::take_room(change, bytes * files.len()).await?;
        let removed: Vec<&str> = self.removed.iter().map(String::as_str).collect();
        metadata::remove_from(change.db(), files, &removed).await?;
        if !self.set.is_empty() {
            metadata::set_on(change.db(), files, &self.set).await?;
            metadata_bounds::check_room(change, files).await?;
        }
        if self.touches {
            files::touch(change.db(), files, change.now).await?;
        }
        Ok(())
    }
}

impl Tree {
    /// Renames, keeping id and versions.
    /// # Errors
    /// `NotFound`, `NotAllowed`, `LockError::Conflict`, `BadName`, `NameTaken`, `PathTooLong`
    pub async fn rename(
        &self,
        actor: &Actor,
        uri: &FileUri,
        new_name: &str,
    ) -> Result<FileEntry, FileError> {
        let mut change = Change::on(&self.core, actor, uri).await?;
        let resolved = change.resolve(uri).await?;
        resolved.navigator.require(actor, Right::Rename)?;
        let node = resolved.existing()?.clone();
        if resolved.is_root() {
            return Err(TreeError::RootNotRenamed.into());
        }
        let name = FileName::new(new_name)?;
        if node.kind == FileKind::File {
            let folder = node.parent_id.unwrap_or(node.id);
            check_name(&change, &name, folder).await?;
        }
        change
            .check_locks(&[Target::deep(resolved.drive_path()).as_member()])
            .await?;
        let parent = resolved
            .uri
            .parent()
            .unwrap_or_else(|| resolved.uri.to_root());
        let uri = parent.join(name.as_str());
        let after = drive_path(&resolved.navigator.prefix, uri.segments());
        let moved = Moved {
            node: &node,
            from: resolved.drive_path(),
            to: after.clone(),
        };
        bounds::check_moved(&change, &[moved]).await?;
        let renamed = files::set_name(change.db(), node.id, name.as_str(), change.now).await;
        renamed.map_err(|error| {
            if error.is_duplicate() {
                FileError::from(TreeError::NameTaken(name.as_str().to_owned()))
            } else {
                error.into()
            }
        })?;
        if FileName::new(node.name.clone())
            .ok()
            .and_then(|old| old.extension())
            != name.extension()
        {
            metadata::remove(change.db(), node.id, &[THUMB_DISABLED]).await?;
        }
        let entry = actor.entry(Op::Rename, &node).before(resolved.drive_path());
        change.log(entry.after(after));
        let now = change.now;
        change.commit().await?;
        let file = file::Model {
            name: name.as_str().to_owned(),
            name_folded: files::fold(name.as_str()),
            updated_at: now,
            ..node
        };
        let resolved = ResolvedPath { uri, ..resolved };
        Ok(resolved.entry(actor, file))
    }

    /// Changes metadata of several files; what is refused for one stops only that one.
    /// # Errors
    /// `BadMetadata`, `TooManyPatches` before anything is changed; `Batch`
    pub async fn patch_metadata(
        &self,
        actor: &Actor,
        uris: &[String],
        patches: &[Patch],
    ) -> Result<(), FileError> {
        let (items, mut failed) = self.own_items(uris)?;
        if patches.is_empty() {
            return Err(TreeError::NoPatches.into());
        }
        let described = Described::of(&self.core.settings(), patches, uris.len())?;
        if items.is_empty() {
            return FileError::of_batch(failed);
        }
        let mut change = Change::of_own_drive(&self.core, actor).await?;
        let mut nodes = Vec::new();
        for (text, uri) in &items {
            let node = match self.patchable(&change, uri).await {
                Ok(node) => node,
                // A lock stops the whole batch, so that the client can offer to release it.
                Err(error @ (FileError::Lock(LockError::Conflict(_)) | FileError::OwnerOnly)) => {
                    return Err(error);
                }
                Err(error) => {
                    failed.push(((*text).clone(), error));
                    continue;
                }
            };
            if !nodes.contains(&node.id) {
                nodes.push(node.id);
                change.log(actor.entry(Op::Describe, &node));
            }
        }
        described.write(&change, &nodes).await?;
        change.commit().await?;
        FileError::of_batch(failed)
    }

    async fn patchable(
        &self,
        change: &Change<'_>,
        uri: &FileUri,
    ) -> Result<file::Model, FileError> {
        let resolved = change.resolve(uri).await?;
        resolved.navigator.require(change.actor, Right::Metadata)?;
        let node = resolved.existing()?;
        if resolved.is_root() {
            return Err(TreeError::RootHasNoMetadata.into());
        }
        change
            .check_locks(&[Target::shallow(resolved.drive_path())])
            .await?;
        Ok(node.clone())
    }
}
