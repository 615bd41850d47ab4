//! What the library wants to know about a file.

use super::dav_request::DavRequest;
use dav_server::fs::{DavMetaData, FsResult};
use entity::{FileKind, Timestamp, file};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use wire::IdKind;

/// A file or folder as the library sees it.
#[derive(Clone, Debug)]
pub struct Metadata {
    is_folder: bool,
    size_bytes: u64,
    modified: Timestamp,
    etag: Option<String>,
}

impl Metadata {
    /// `as_leaf`: a folder is shown as a file, so that it is not walked through.
    pub fn of(request: &DavRequest, file: &file::Model, as_leaf: bool) -> Self {
        let is_folder = file.kind == FileKind::Folder;
        Self {
            is_folder: is_folder && !as_leaf,
            size_bytes: file.size_bytes.unsigned_abs(),
            modified: file.updated_at,
            etag: (!is_folder).then(|| etag(request, file)),
        }
    }
}

/// The tag of a file's content without quotes: the public id of its current version, which never
/// changes; 0 stands for no version yet (V4 API, WebDAV).
pub fn etag(request: &DavRequest, file: &file::Model) -> String {
    let id = file.current_blob_id.map_or(0, |id| id.0);
    let settings = request.services.core.settings();
    settings.ids.encode(IdKind::Blob, id)
}

impl DavMetaData for Metadata {
    fn len(&self) -> u64 {
        self.size_bytes
    }

    fn modified(&self) -> FsResult<SystemTime> {
        let micros = u64::try_from(self.modified.0).unwrap_or(0);
        Ok(UNIX_EPOCH + Duration::from_micros(micros))
    }

    fn is_dir(&self) -> bool {
        self.is_folder
    }

    fn etag(&self) -> Option<String> {
        self.etag.clone()
    }
}
