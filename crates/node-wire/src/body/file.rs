//! Small bodies: a test of a node, files, tasks.

use serde::{Deserialize, Serialize};

/// Asks a node to call its master back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ping {
    /// Address of the master, without a path.
    pub callback: String,
}

/// Blobs that go; at least one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteFiles {
    pub files: Vec<String>,
}

/// Gives a node something to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateTask {
    /// One of the names in [`task`](super::task).
    #[serde(rename = "type")]
    pub kind: String,
    /// JSON of that kind.
    pub state: String,
}

/// Folders that a task left, and that go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cleanup {
    pub path: Vec<String>,
}
