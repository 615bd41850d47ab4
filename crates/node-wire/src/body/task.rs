//! States of tasks on a node, as texts of JSON.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Policy, Uri};

/// [`CreateArchive`].
pub const CREATE_ARCHIVE: &str = "slave_create_archive";
/// [`ExtractArchive`].
pub const EXTRACT_ARCHIVE: &str = "slave_extract_archive";
/// [`Upload`].
pub const UPLOAD: &str = "slave_upload";

/// Packs blobs into a file of the node. Lists are `null` in what comes back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CreateArchive {
    pub entities: Option<Vec<Packed>>,
    /// By id, as text.
    pub policies: Option<BTreeMap<String, Policy>>,
    /// In bytes.
    #[serde(default)]
    pub compressed_size: i64,
    #[serde(default)]
    pub temp_path: String,
    #[serde(default)]
    pub zip_file_path: String,
    /// How many could not be packed.
    #[serde(default)]
    pub failed: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Packed {
    pub entity: Entity,
    /// In the archive; may begin with `/`.
    pub path: String,
}

/// A blob. Keys that open it are in `props`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entity {
    #[serde(default)]
    pub id: i64,
    #[serde(default)]
    pub source: String,
    /// In bytes.
    #[serde(default)]
    pub size: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage_policy_entities: Option<i64>,
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// Brings files of a node to somebody's drive.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Upload {
    #[serde(default)]
    pub max_parallel: i64,
    pub files: Option<Vec<Brought>>,
    /// By position in `files`, not by their index.
    pub transferred: Option<BTreeMap<i64, Option<Value>>>,
    pub user_id: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_5_transfer_errors: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Brought {
    pub uri: Option<Uri>,
    /// On the disk of the node.
    pub src: String,
    /// In bytes.
    pub size: i64,
    pub index: i64,
}

/// Unpacks a blob into somebody's drive.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExtractArchive {
    #[serde(default)]
    pub file_name: String,
    pub entity: Option<Entity>,
    pub policy: Option<Policy>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dst: Option<String>,
    pub user_id: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temp_path: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temp_zip_file_path: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub processed_cursor: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_mask: Option<Vec<String>>,
}
