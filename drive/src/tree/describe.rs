//! Renaming and metadata: what a file is called and what is said about it.

use crate::access::Right;
use crate::actor::Actor;
use crate::context::Core;
use crate::error::FileError;
use crate::journal::{Entry, Op};
use crate::lock::Target;
use crate::store::{files, metadata};
use crate::tree::create::check_name;
use crate::tree::{Change, FileEntry, Place, Tree, drive_path};
use crate::wire::metadata_key::{Action, MetadataPatch};
use crate::wire::{FileName, FileUri};
use entity::file;
use std::collections::BTreeMap;

/// Metadata key that stops thumbnails; dropped when a file's extension or content changes.
pub const THUMB_DISABLED: &str = "thumb:disabled";

/// One change of metadata, as sent.
#[derive(Clone, Debug)]
pub struct Patch {
    pub key: String,
    pub value: String,
    pub remove: bool,
}

/// Checks facts that come with a new file.
pub(crate) fn check_facts(core: &Core, facts: &BTreeMap<String, String>) -> Result<(), FileError> {
    let settings = core.settings();
    for (key, value) in facts {
        let patch = MetadataPatch {
            key,
            value,
            remove: false,
            private: false,
        };
        settings.metadata_rules.check_patch(patch, &settings.ids)?;
    }
    Ok(())
}

impl Tree {
    /// Renames, keeping id and versions.
    /// # Errors
    /// `NotFound`, `Denied`, `Locked`, `BadName`, `NameTaken`
    pub async fn rename(
        &self,
        actor: &Actor,
        uri: &FileUri,
        new_name: &str,
    ) -> Result<FileEntry, FileError> {
        let mut change = Change::on(&self.core, actor, uri).await?;
        let place = change.resolve(uri).await?;
        place.space.require(actor, Right::Rename)?;
        let node = place.existing()?.clone();
        if place.is_root() {
            return Err(FileError::Denied("The root cannot be renamed"));
        }
        let name = FileName::new(new_name)?;
        if node.kind == file::KIND_FILE {
            check_name(&change, &name).await?;
        }
        change
            .check_locks(&[Target::deep(place.drive_path()).as_member()])
            .await?;
        let renamed = files::set_name(change.db(), node.id, name.as_str(), change.now).await;
        renamed.map_err(|error| {
            if error.is_duplicate() {
                FileError::NameTaken(name.as_str().to_owned())
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
        let parent = place.uri.parent().unwrap_or_else(|| place.uri.to_root());
        let uri = parent.join(name.as_str());
        let after = drive_path(&place.space.prefix, uri.segments());
        let entry = Entry::of_file(actor, Op::Rename, &node).before(place.drive_path());
        change.log(entry.after(after));
        let now = change.now;
        change.commit().await?;
        let file = file::Model {
            name: name.as_str().to_owned(),
            name_folded: files::fold(name.as_str()),
            updated_at: now,
            ..node
        };
        let place = Place { uri, ..place };
        Ok(place.entry(actor, file))
    }

    /// Changes metadata of several files; what is refused for one stops only that one.
    /// # Errors
    /// `BadMetadata` before anything is changed; `Batch`
    pub async fn patch_metadata(
        &self,
        actor: &Actor,
        uris: &[String],
        patches: &[Patch],
    ) -> Result<(), FileError> {
        let (items, mut failed) = self.own_items(uris)?;
        if patches.is_empty() {
            return Err(FileError::BadParameter("Patches cannot be empty"));
        }
        let settings = self.core.settings();
        let mut effects = Vec::with_capacity(patches.len());
        for patch in patches {
            let wire = MetadataPatch {
                key: &patch.key,
                value: &patch.value,
                remove: patch.remove,
                private: false,
            };
            effects.push(settings.metadata_rules.check_patch(wire, &settings.ids)?);
        }
        if items.is_empty() {
            return FileError::of_batch(failed);
        }
        let mut change = Change::of_own_drive(&self.core, actor).await?;
        for (text, uri) in &items {
            let node = match self.patchable(&change, uri).await {
                Ok(node) => node,
                // A lock stops the whole batch, so that the client can offer to release it.
                Err(error @ (FileError::Locked(_) | FileError::OwnerOnly)) => return Err(error),
                Err(error) => {
                    failed.push(((*text).clone(), error));
                    continue;
                }
            };
            let mut touched = false;
            for (patch, effect) in patches.iter().zip(&effects) {
                touched |= effect.bumps_updated_at;
                match effect.action {
                    Action::Set => {
                        let fact = [(patch.key.clone(), patch.value.clone())];
                        metadata::set(change.db(), node.id, fact).await?;
                    }
                    Action::Remove => {
                        metadata::remove(change.db(), node.id, &[&patch.key]).await?;
                    }
                }
            }
            if touched {
                files::touch(change.db(), node.id, change.now).await?;
            }
            change.log(Entry::of_file(actor, Op::Describe, &node));
        }
        change.commit().await?;
        FileError::of_batch(failed)
    }

    async fn patchable(
        &self,
        change: &Change<'_>,
        uri: &FileUri,
    ) -> Result<file::Model, FileError> {
        let place = change.resolve(uri).await?;
        place.space.require(change.actor, Right::Metadata)?;
        let node = place.existing()?;
        if place.is_root() {
            return Err(FileError::Denied("The root has no metadata"));
        }
        change
            .check_locks(&[Target::shallow(place.drive_path())])
            .await?;
        Ok(node.clone())
    }
}
