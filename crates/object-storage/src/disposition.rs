//! How a file is called that is fetched from a store.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use storage::{BlobKey, DownloadRequest};

/// What names of files are not written with in headers and URLs.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A text as names are written in URLs, and in what is signed of them.
pub(crate) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// A key as it stands in an address.
pub(crate) fn encoded_key(key: &BlobKey) -> String {
    let segments: Vec<String> = key.as_str().split('/').map(encoded).collect();
    segments.join("/")
}

pub(crate) fn disposition(request: &DownloadRequest) -> String {
    let name = utf8_percent_encode(&request.file_name, RESERVED);
    let kind = if request.attachment {
        "attachment"
    } else {
        "inline"
    };
    format!("{kind}; filename=\"{name}\"; filename*=UTF-8''{name}")
}
