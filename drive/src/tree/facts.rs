//! How much may be said about files: bounds on what comes, and on what is there afterwards.

use super::Change;
use crate::context::Core;
use crate::error::FileError;
use crate::limits::{
    ACCOUNT_FACT_BYTES, FACT_BYTES, FACTS, NEW_FACTS, VISITOR_FACT_BYTES, VISITOR_FACTS,
};
use crate::store::fact_space;
use crate::wire::metadata_key::MetadataPatch;
use entity::FileId;
use std::collections::BTreeMap;

const FILE_FULL: FileError = FileError::LimitReached("There is too much metadata on this file");

/// Checks facts that come with something new.
pub(crate) fn check(
    core: &Core,
    facts: &BTreeMap<String, String>,
    is_visitor: bool,
) -> Result<(), FileError> {
    let (most, most_bytes) = if is_visitor {
        (VISITOR_FACTS, VISITOR_FACT_BYTES)
    } else {
        (NEW_FACTS, FACT_BYTES)
    };
    if facts.len() > most || size(facts) > most_bytes {
        return Err(FileError::LimitReached("Metadata too long"));
    }
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

/// Bytes of facts, keys and values.
pub(crate) fn size<'a>(facts: impl IntoIterator<Item = (&'a String, &'a String)>) -> usize {
    let sizes = facts
        .into_iter()
        .map(|(key, value)| key.len() + value.len());
    sizes.sum()
}

/// Takes room for facts from what the owner of the drive may have.
pub(crate) async fn take_room(change: &Change<'_>, bytes: usize) -> Result<(), FileError> {
    let (store, bytes) = (&change.core.store, bytes as i64);
    if fact_space::take(store, change.db(), change.owner, bytes, ACCOUNT_FACT_BYTES).await? {
        return Ok(());
    }
    Err(FileError::LimitReached(
        "There is too much metadata in this drive",
    ))
}

/// Fails if a file will have more facts than a file may have when these come.
pub(crate) async fn check_more(
    change: &Change<'_>,
    file: FileId,
    facts: &BTreeMap<String, String>,
) -> Result<(), FileError> {
    if facts.is_empty() {
        return Ok(());
    }
    let (entries, bytes) = (FACTS - facts.len(), FACT_BYTES - size(facts));
    match fact_space::overfull(change.db(), &[file], entries, bytes).await? {
        Some(_) => Err(FILE_FULL),
        None => Ok(()),
    }
}

/// Fails if one of these files has more facts by now than a file may have.
pub(crate) async fn check_room(change: &Change<'_>, files: &[FileId]) -> Result<(), FileError> {
    match fact_space::overfull(change.db(), files, FACTS, FACT_BYTES).await? {
        Some(_) => Err(FILE_FULL),
        None => Ok(()),
    }
}
