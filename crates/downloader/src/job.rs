//! What is fetched, and how far it is.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};
use url::Url;
use uuid::Uuid;

/// What is to be fetched.
#[derive(Clone, Debug)]
pub enum Source {
    Link(Url),
    /// The bytes of a torrent file.
    Torrent(Vec<u8>),
}

/// A job to begin.
#[derive(Clone, Debug)]
pub struct NewJob {
    pub id: Uuid,
    /// Where its files go. It is the job's own.
    pub folder: PathBuf,
    pub source: Source,
    /// As the program calls them.
    pub options: Map<String, Value>,
    /// More bytes than this are not fetched.
    pub most_bytes: u64,
}

/// The id of the job that a fetched torrent file is given to, always the same.
pub fn follow_up(id: Uuid) -> Uuid {
    Uuid::from_u128(!id.as_u128())
}

/// How a downloader knows a job.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Handle {
    pub id: String,
    /// Of the torrent, where that is known.
    pub hash: String,
}

/// A job that was begun.
#[derive(Clone, Copy, Debug)]
pub struct Job<'a> {
    pub id: Uuid,
    pub folder: &'a Path,
    pub handle: &'a Handle,
}

/// What a job does. The names are those of the V4 API.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    Downloading,
    /// All is there, and others get it.
    Seeding,
    Completed,
    Error,
    #[default]
    #[serde(other)]
    Unknown,
}

/// One file of a job.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FileStatus {
    /// The downloader's own number for it.
    pub index: i64,
    /// Path below the folder of the job, with `/`.
    pub name: String,
    pub size: i64,
    /// 0 to 1.
    pub progress: f64,
    pub selected: bool,
}

/// How far a job is (V4 API, `props.download`).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Status {
    pub name: String,
    pub state: State,
    /// 0: nobody knows yet.
    pub total: i64,
    pub downloaded: i64,
    pub download_speed: i64,
    pub uploaded: i64,
    pub upload_speed: i64,
    /// Connections to others who have some of it; `None`: nobody counts them, or none are looked for right now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peers: Option<i64>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub hash: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileStatus>,
    /// Bit set in base64, highest bit first.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub pieces: String,
    #[serde(skip_serializing_if = "is_zero")]
    pub num_pieces: i64,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub error_message: String,
    /// The job that this one led to: what a magnet link or a fetched torrent is about.
    #[serde(skip)]
    pub follow: Option<Handle>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_zero(number: &i64) -> bool {
    *number == 0
}

/// Whether a file is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Selection {
    pub index: i64,
    pub wanted: bool,
}
