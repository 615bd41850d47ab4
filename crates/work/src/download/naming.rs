//! Under which name a file comes into the drive, where its own may be taken.

use super::reason::Reason;
use crate::conflict::{Conflict, NAMES};
use downloader::safe_path;
use drive::blob::{Uploads, VersionError};
use drive::error::FileError;
use drive::tree::{TreeError, numbered};
use site::actor::Actor;
use site::task::TaskError;
use std::collections::HashSet;
use wire::FileUri;

/// Where files of one download go to: names that differ for a torrent may be one in a drive.
#[derive(Debug, Default)]
pub(super) struct Given(HashSet<String>);

impl Given {
    pub fn add(&mut self, uri: &FileUri) {
        self.0.insert(uri.to_string().to_lowercase());
    }

    pub fn has(&self, uri: &FileUri) -> bool {
        self.0.contains(&uri.to_string().to_lowercase())
    }
}

/// The number that a file gets behind its name, 0 for none, or why it cannot come there.
pub(super) async fn number(
    uploads: &Uploads,
    actor: &Actor,
    (uri, size_bytes): (&FileUri, u64),
    (conflict, given): (Conflict, &Given),
) -> Result<Result<u32, Reason>, TaskError> {
    let replaces = conflict == Conflict::Overwrite;
    let gets_another = |number| conflict == Conflict::Rename && number < NAMES;
    let mut number = 0;
    loop {
        let uri = with_number(uri, number);
        let error = if given.has(&uri) {
            None
        } else {
            let may = uploads.may_bring(actor, &uri, size_bytes, replaces).await;
            let Err(error) = may else {
                return Ok(Ok(number));
            };
            Some(error)
        };
        if error.as_ref().is_none_or(is_taken) && gets_another(number) {
            number += 1;
            continue;
        }
        let Some(error) = error else {
            return Ok(Err(Reason::Exists));
        };
        let reason = Reason::of(&error);
        return reason.map_or_else(|| Err(TaskError::Retry(error.into())), |why| Ok(Err(why)));
    }
}

/// Whether another name would do: something was there, or came there meanwhile.
pub(super) const fn is_taken(error: &FileError) -> bool {
    matches!(
        error,
        FileError::Tree(TreeError::NameTaken(_)) | FileError::Version(VersionError::Stale)
    )
}

/// Where a file comes to.
pub(super) fn target(dst: &FileUri, name: &str) -> FileUri {
    let names = safe_path(name);
    names.iter().fold(dst.clone(), |uri, name| uri.join(name))
}

/// Where a file of that number comes to.
pub(super) fn with_number(uri: &FileUri, number: u32) -> FileUri {
    match (number, uri.name(), uri.parent()) {
        (1.., Some(name), Some(folder)) => folder.join(numbered(name, number)),
        _ => uri.clone(),
    }
}
