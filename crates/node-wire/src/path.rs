//! Where things are asked for. Paths begin at the root of the host: a prefix in the address of a node
//! counts for uploads by browsers only.

use base64::{Engine, engine::general_purpose::URL_SAFE};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What all of it stands below, on both sides.
pub const SLAVE: &str = "/api/v4/slave";
/// `POST`, [`Ping`](crate::body::Ping).
pub const PING: &str = "/api/v4/slave/ping";
/// `GET` at the master, unsigned: its version.
pub const SITE_PING: &str = "/api/v4/site/ping";
/// `PUT`, [`CreateUpload`](crate::body::CreateUpload).
pub const UPLOAD: &str = "/api/v4/slave/upload";
/// `DELETE`, [`DeleteFiles`](crate::body::DeleteFiles).
pub const FILE: &str = "/api/v4/slave/file";
/// `PUT`, [`CreateTask`](crate::body::CreateTask); answers an id.
pub const TASK: &str = "/api/v4/slave/task";
/// `POST`, [`Cleanup`](crate::body::Cleanup).
pub const CLEANUP: &str = "/api/v4/slave/task/cleanup";
/// `POST`, [`StartDownload`](crate::body::StartDownload); answers a handle.
pub const DOWNLOAD: &str = "/api/v4/slave/download/task";
/// `POST`, [`OfDownload`](crate::body::OfDownload); answers a status.
pub const DOWNLOAD_STATUS: &str = "/api/v4/slave/download/status";
/// `POST`, [`OfDownload`](crate::body::OfDownload).
pub const DOWNLOAD_CANCEL: &str = "/api/v4/slave/download/cancel";
/// `POST`, [`SelectFiles`](crate::body::SelectFiles).
pub const DOWNLOAD_SELECT: &str = "/api/v4/slave/download/select";
/// `POST`, [`TestDownloader`](crate::body::TestDownloader); answers a version, as plain text.
pub const DOWNLOAD_TEST: &str = "/api/v4/slave/download/test";
/// `PUT` at the master, [`Prepare`](crate::body::Prepare).
pub const PREPARE: &str = "/api/v4/slave/statelessUpload/prepare";
/// `POST` at the master, [`Finish`](crate::body::Finish).
pub const COMPLETE: &str = "/api/v4/slave/statelessUpload/complete";
/// `POST` at the master, [`Finish`](crate::body::Finish).
pub const FAILED: &str = "/api/v4/slave/statelessUpload/failed";
/// `POST` at the master, [`CreateFolder`](crate::body::CreateFolder).
pub const CREATE: &str = "/api/v4/slave/statelessUpload/create";

/// What stays as it is in a part of a path; `=` of base64 does, too.
const PART: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b'=');

/// `DELETE`, and without a chunk where a browser sends to.
pub fn session(id: &str) -> String {
    format!("{UPLOAD}/{}", part(id))
}

/// `POST`, the bytes of a chunk; the first is 0.
pub fn chunk(session_id: &str, number: u64) -> String {
    format!("{}?chunk={number}", session(session_id))
}

/// `GET` or `HEAD`: the bytes of a blob. `node` is 0 in what the master makes, else who asks. `speed`
/// is in bytes a second, 0 without a limit.
pub fn content(node: i64, blob: &str, speed: u64, name: &str, download: bool) -> String {
    let query = if download { "?download=true" } else { "" };
    let (blob, name) = (encoded(blob), part(name));
    format!("{FILE}/content/{node}/{blob}/{speed}/{name}{query}")
}

/// `GET`: the picture of a blob. The extension has no dot.
pub fn thumb(blob: &str, extension: &str) -> String {
    format!("{FILE}/thumb/{}/{}", encoded(blob), part(extension))
}

/// `GET`: what is known of a medium; answers a list of `MediaMeta`.
pub fn meta(blob: &str, extension: &str, language: &str) -> String {
    let (blob, extension) = (encoded(blob), part(extension));
    format!("{FILE}/meta/{blob}/{extension}?language={}", part(language))
}

/// `GET`: what lies in a folder; answers a list of `PhysicalObject`, empty for a missing one.
pub fn list(folder: &str, recursive: bool) -> String {
    format!("{FILE}/list?path={}&recursive={recursive}", part(folder))
}

/// `GET`: how a task is doing. One that is done, and was asked for with `delete`, is forgotten.
pub fn task(id: i64, delete: bool) -> String {
    let query = if delete { "?deleteOnComplete=true" } else { "" };
    format!("{TASK}/{id}{query}")
}

/// `GET` at the master: the token of a policy.
pub fn credential(policy_id: i64) -> String {
    format!("{SLAVE}/credential/cred_od_{policy_id}")
}

/// `POST` at the master, with an empty body: all chunks of a session are there.
pub fn callback(session_id: &str, secret: &str) -> String {
    format!(
        "/api/v4/callback/remote/{}/{}",
        part(session_id),
        part(secret)
    )
}

/// The path of a blob as a part of a path.
pub fn encoded(blob: &str) -> String {
    part(&URL_SAFE.encode(blob))
}

/// The path of a blob from a part that has no escapes any more; `None` for what is none.
pub fn blob_of(part: &str) -> Option<String> {
    String::from_utf8(URL_SAFE.decode(part).ok()?).ok()
}

fn part(text: &str) -> String {
    utf8_percent_encode(text, PART).to_string()
}
