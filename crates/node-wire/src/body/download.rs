//! What the downloader of a node is asked.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TestDownloader {
    /// Which downloader, and how it is reached.
    pub node_setting: Value,
    /// SHA-1 of the compact JSON of the setting, in hex.
    #[serde(default)]
    pub node_setting_hash: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StartDownload {
    pub url: String,
    /// What the group of the person adds.
    pub options: Option<Map<String, Value>>,
    #[serde(flatten)]
    pub downloader: TestDownloader,
}

/// Asks after a job, or calls it off.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OfDownload {
    pub handle: Option<Handle>,
    #[serde(flatten)]
    pub downloader: TestDownloader,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SelectFiles {
    pub handle: Option<Handle>,
    pub args: Option<Vec<FileChoice>>,
    #[serde(flatten)]
    pub downloader: TestDownloader,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handle {
    pub id: String,
    #[serde(default)]
    pub hash: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileChoice {
    pub index: i64,
    pub download: bool,
}
