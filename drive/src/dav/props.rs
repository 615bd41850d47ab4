//! Dead properties, kept as public metadata, and times that clients set.

use super::{Dav, PropertyError};
use crate::error::FileError;
use crate::lock::Target;
use crate::tree::{Change, TreeError, metadata_bounds};
use base64::{Engine, engine::general_purpose::STANDARD};
use entity::{FileId, Timestamp};
use serde::{Deserialize, Serialize};
use site::access::Right;
use site::actor::Actor;
use site::limits::DEAD_PROPS;
use std::collections::BTreeMap;
use store::journal::Op;
use store::metadata::Metadata;
use store::{files, metadata};
use wire::FileUri;
use wire::metadata_key::{MAX_KEY_BYTES, MAX_VALUE_BYTES};

/// Metadata keys of dead properties begin with it (V4 API).
const PREFIX: &str = "dav:";

/// A property that only clients understand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadProp {
    pub namespace: String,
    pub name: String,
    /// What is inside its element, as XML that stands for itself.
    pub inner_xml: String,
    pub language: Option<String>,
}

/// A change of a dead property.
#[derive(Clone, Debug)]
pub enum PropChange {
    Set(DeadProp),
    Remove { namespace: String, name: String },
}

/// What one request changes about a file or folder.
#[derive(Clone, Debug, Default)]
pub struct PropPatch {
    /// In order.
    pub changes: Vec<PropChange>,
    pub created: Option<Timestamp>,
    pub modified: Option<Timestamp>,
}

impl PropPatch {
    /// Whether there is nothing to change.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.created.is_none() && self.modified.is_none()
    }
}

/// The stored form (V4 API).
#[derive(Serialize, Deserialize)]
struct Stored {
    #[serde(rename = "l", default, skip_serializing_if = "Option::is_none")]
    language: Option<String>,
    /// Base64 of the inner XML.
    #[serde(rename = "i", default, skip_serializing_if = "Option::is_none")]
    inner: Option<String>,
}

fn key_of(namespace: &str, name: &str) -> String {
    format!("{PREFIX}{namespace}|{name}")
}

impl DeadProp {
    fn to_entry(&self) -> (String, String) {
        let stored = Stored {
            language: self.language.clone(),
            inner: (!self.inner_xml.is_empty()).then(|| STANDARD.encode(&self.inner_xml)),
        };
        let value = serde_json::to_string(&stored).expect("texts are JSON");
        (key_of(&self.namespace, &self.name), value)
    }

    /// From metadata; `None` if it is no property, or was garbled by hand.
    fn of_entry(key: &str, value: &str) -> Option<Self> {
        let (namespace, name) = key.strip_prefix(PREFIX)?.rsplit_once('|')?;
        let stored: Stored = serde_json::from_str(value).ok()?;
        let inner = STANDARD.decode(stored.inner.unwrap_or_default()).ok()?;
        Some(Self {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            inner_xml: String::from_utf8(inner).ok()?,
            language: stored.language,
        })
    }
}

impl DeadProp {
    /// Those among the metadata of a file.
    pub(super) fn all_of(metadata: &Metadata) -> Vec<Self> {
        let entries = metadata.iter();
        entries
            .filter_map(|(key, value)| Self::of_entry(key, value))
            .collect()
    }
}

impl Dav {
    /// Dead properties of a file.
    /// # Errors
    /// `Store`
    pub async fn dead_props(&self, id: FileId) -> Result<Vec<DeadProp>, FileError> {
        let mut metadata = metadata::public_of(self.core.store.read(), &[id]).await?;
        Ok(DeadProp::all_of(&metadata.remove(&id).unwrap_or_default()))
    }

    /// Changes dead properties in order, and the times of a file or folder: all or nothing.
    /// # Errors
    /// `NotFound`, `NotAllowed`, `LockError::Conflict`; `PropertyError` for what is too long or too
    /// many, `FileMetadataFull` for all that is said about a file or in a drive
    pub async fn patch_props(
        &self,
        actor: &Actor,
        uri: &FileUri,
        patch: &PropPatch,
        held: &[String],
    ) -> Result<(), FileError> {
        let (mut change, file) = self.describable(actor, uri, held).await?;
        if !patch.changes.is_empty() {
            write(&change, file.id, &patch.changes).await?;
        }
        if patch.created.is_some() || patch.modified.is_some() {
            let created = patch.created.unwrap_or(file.created_at);
            let modified = patch.modified.unwrap_or(file.updated_at);
            files::set_times(change.db(), file.id, created, modified).await?;
        }
        change.log(actor.entry(Op::Describe, &file));
        change.commit().await
    }

    async fn describable<'a>(
        &'a self,
        actor: &'a Actor,
        uri: &FileUri,
        held: &[String],
    ) -> Result<(Change<'a>, entity::file::Model), FileError> {
        let (change, resolved) = self.take(actor, uri).await?;
        resolved.navigator.require(actor, Right::Metadata)?;
        let file = resolved.existing()?.clone();
        if resolved.is_root() {
            return Err(TreeError::RootHasNoMetadata.into());
        }
        let target = [Target::shallow(resolved.drive_path())];
        change.check_locks_but(&target, held).await?;
        Ok((change, file))
    }
}

/// Writes the last word on each property.
async fn write(change: &Change<'_>, file: FileId, changes: &[PropChange]) -> Result<(), FileError> {
    let mut last = BTreeMap::new();
    for step in changes {
        match step {
            PropChange::Set(prop) => {
                let (key, value) = prop.to_entry();
                if key.len() > MAX_KEY_BYTES || value.len() > MAX_VALUE_BYTES {
                    return Err(PropertyError::TooLong.into());
                }
                last.insert(key, Some(value));
            }
            PropChange::Remove { namespace, name } => {
                last.insert(key_of(namespace, name), None);
            }
        }
    }
    let removed = last.iter().filter(|(_, value)| value.is_none());
    let removed: Vec<&str> = removed.map(|(key, _)| key.as_str()).collect();
    metadata::remove(change.db(), file, &removed).await?;
    let set = last
        .into_iter()
        .filter_map(|(key, value)| Some((key, value?)));
    let set: Vec<(String, String)> = set.collect();
    if set.is_empty() {
        return Ok(());
    }
    let bytes = metadata_bounds::size(set.iter().map(|(key, value)| (key, value)));
    metadata_bounds::take_room(change, bytes).await?;
    metadata::set(change.db(), file, set).await?;
    metadata_bounds::check_room(change, &[file]).await?;
    if metadata::count_of(change.db(), file, PREFIX).await? > DEAD_PROPS as u64 {
        return Err(PropertyError::TooMany.into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn properties_survive_being_stored() {
        for (namespace, inner) in [("urn:x|y", "<a>ü</a>"), ("", ""), ("http://x/", "1 &lt; 2")] {
            let prop = DeadProp {
                namespace: namespace.to_owned(),
                name: "colour".to_owned(),
                inner_xml: inner.to_owned(),
                language: Some("de".to_owned()),
            };
            let (key, value) = prop.to_entry();
            assert_eq!(DeadProp::of_entry(&key, &value).unwrap(), prop);
        }
    }

    #[test]
    fn other_metadata_is_no_property() {
        assert_eq!(DeadProp::of_entry("tag:x", "{}"), None);
        assert_eq!(DeadProp::of_entry("dav:no bar", "{}"), None);
        assert_eq!(DeadProp::of_entry("dav:a|b", "garbled"), None);
    }
}
