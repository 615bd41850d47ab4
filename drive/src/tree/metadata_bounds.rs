//! How much metadata files may have: bounds on what comes, and on what is there afterwards.

use super::{Change, TreeError};
use crate::context::Core;
use crate::error::FileError;
use entity::FileId;
use site::limits::{
    ACCOUNT_METADATA_BYTES, METADATA_BYTES, METADATA_ENTRIES, NEW_METADATA_ENTRIES,
    VISITOR_METADATA_BYTES, VISITOR_METADATA_ENTRIES,
};
use std::collections::BTreeMap;
use store::metadata_usage;
use wire::metadata_key::MetadataPatch;

/// Checks metadata that comes with something new.
pub(crate) fn check(
    core: &Core,
    metadata: &BTreeMap<String, String>,
    is_visitor: bool,
) -> Result<(), FileError> {
    let (most, most_bytes) = if is_visitor {
        (VISITOR_METADATA_ENTRIES, VISITOR_METADATA_BYTES)
    } else {
        (NEW_METADATA_ENTRIES, METADATA_BYTES)
    };
    if metadata.len() > most || size(metadata) > most_bytes {
        return Err(TreeError::MetadataTooLong.into());
    }
    let settings = core.settings();
    for (key, value) in metadata {
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

/// Bytes of metadata, keys and values.
pub(crate) fn size<'a>(metadata: impl IntoIterator<Item = (&'a String, &'a String)>) -> usize {
    let sizes = metadata
        .into_iter()
        .map(|(key, value)| key.len() + value.len());
    sizes.sum()
}

/// Takes room for metadata from what the owner of the drive may have.
pub(crate) async fn take_room(change: &Change<'_>, bytes: usize) -> Result<(), FileError> {
    let (store, bytes) = (&change.core.store, bytes as i64);
    if metadata_usage::take(
        store,
        change.db(),
        change.owner,
        bytes,
        ACCOUNT_METADATA_BYTES,
    )
    .await?
    {
        return Ok(());
    }
    Err(TreeError::DriveMetadataFull.into())
}

/// Fails if a file will have more metadata than a file may have when this comes.
pub(crate) async fn check_more(
    change: &Change<'_>,
    file: FileId,
    metadata: &BTreeMap<String, String>,
) -> Result<(), FileError> {
    if metadata.is_empty() {
        return Ok(());
    }
    let (entries, bytes) = (
        METADATA_ENTRIES - metadata.len(),
        METADATA_BYTES - size(metadata),
    );
    match metadata_usage::overfull(change.db(), &[file], entries, bytes).await? {
        Some(_) => Err(TreeError::FileMetadataFull.into()),
        None => Ok(()),
    }
}

/// Fails if one of these files has more metadata by now than a file may have.
pub(crate) async fn check_room(change: &Change<'_>, files: &[FileId]) -> Result<(), FileError> {
    match metadata_usage::overfull(change.db(), files, METADATA_ENTRIES, METADATA_BYTES).await? {
        Some(_) => Err(TreeError::FileMetadataFull.into()),
        None => Ok(()),
    }
}
