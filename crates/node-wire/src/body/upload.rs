//! Upload sessions, as they are given to who keeps the bytes.

#![expect(
    clippy::zero_sized_map_values,
    reason = "chunks that are there are a map on the wire"
)]

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Policy;

/// Opens a session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CreateUpload {
    pub session: UploadSession,
    #[serde(default)]
    pub overwrite: bool,
}

/// A session with all that is needed to end it.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct UploadSession {
    #[serde(rename = "UID")]
    pub uid: i64,
    pub policy: Option<Policy>,
    #[serde(rename = "FileID")]
    pub file_id: i64,
    #[serde(rename = "EntityID")]
    pub entity_id: i64,
    /// What is asked once all chunks are there; empty if nothing is.
    pub callback: String,
    pub callback_secret: String,
    #[serde(rename = "UploadID")]
    pub upload_id: String,
    #[serde(rename = "UploadURL")]
    pub upload_url: String,
    pub credential: String,
    /// In bytes; 0 for one piece. A node takes that of the policy.
    pub chunk_size: i64,
    #[serde(rename = "SentinelTaskID")]
    pub sentinel_task_id: i64,
    pub new_file_created: bool,
    pub importing: bool,
    pub encrypt_metadata: Option<EncryptMetadata>,
    pub lock_token: String,
    pub props: Option<UploadProps>,
    pub chunks_received: Option<BTreeMap<i64, Received>>,
}

/// Without secrets.
impl fmt::Debug for UploadSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UploadSession")
            .field("uid", &self.uid)
            .field("policy", &self.policy)
            .field("file_id", &self.file_id)
            .field("entity_id", &self.entity_id)
            .field("chunk_size", &self.chunk_size)
            .field("props", &self.props)
            .finish_non_exhaustive()
    }
}

/// `{}`: a chunk that is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Received {}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UploadProps {
    pub uri: Option<Uri>,
    /// In bytes.
    #[serde(default)]
    pub size: i64,
    #[serde(rename = "UploadSessionID", default)]
    pub upload_session_id: String,
    #[serde(default)]
    pub preferred_storage_policy: i64,
    /// Where the bytes go, on the disk of who keeps them.
    #[serde(default)]
    pub save_path: String,
    pub last_modified: Option<DateTime<Utc>>,
    #[serde(default)]
    pub mime_type: String,
    pub metadata: Option<BTreeMap<String, String>>,
    #[serde(default)]
    pub previous_version: String,
    pub entity_type: Option<i64>,
    #[serde(default = "zero_time")]
    pub expire_at: DateTime<Utc>,
    pub encryption_supported: Option<Vec<String>>,
    /// The bytes are cipher text already.
    #[serde(default)]
    pub client_side_encrypted: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Uri {
    pub uri: String,
}

/// Keys of a blob, in base64.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EncryptMetadata {
    pub algorithm: String,
    pub key: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_plain_text: Option<String>,
    pub iv: Option<String>,
}

/// Without secrets.
impl fmt::Debug for EncryptMetadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EncryptMetadata")
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

fn zero_time() -> DateTime<Utc> {
    crate::gob::Moment::default().0
}
