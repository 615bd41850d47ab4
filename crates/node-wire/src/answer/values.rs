//! Values that cross as gob. Sizes and counts are in bytes, speeds in bytes a second.

#![expect(
    clippy::zero_sized_map_values,
    reason = "chunks that are there are a map on the wire"
)]

use std::collections::BTreeMap;

use super::StoragePolicy;
use crate::gob::{Blob, GobError, Moment, Text, Unit, Value, from_data, record};

record! {
    /// Something that is known of a medium.
    MediaMeta = "MediaMeta" {
        "Key" => key: String,
        "Value" => text: String,
        /// `exif`, `music`, `stream`, `geocoding`.
        "Type" => kind: String,
    }
}

record! {
    /// A file or folder on the disk of who answers.
    PhysicalObject = "PhysicalObject" {
        "Name" => name: String,
        /// The path there, absolute.
        "Source" => source: String,
        /// The path from the folder that was listed, with `/`.
        "RelativePath" => relative_path: String,
        "Size" => size: i64,
        "IsDir" => is_dir: bool,
        "LastModify" => last_modify: Moment,
    }
}

record! {
    /// By what a downloader knows a job.
    TaskHandle = "TaskHandle" {
        "ID" => id: String,
        "Hash" => hash: String,
    }
}

record! {
    /// How far a download is.
    TaskStatus = "TaskStatus" {
        /// The job that took over from this one.
        "FollowedBy" => followed_by: Option<TaskHandle>,
        "SavePath" => save_path: String,
        "Name" => name: String,
        "State" => state: String,
        "Total" => total: i64,
        "Downloaded" => downloaded: i64,
        "DownloadSpeed" => download_speed: i64,
        "Uploaded" => uploaded: i64,
        "UploadSpeed" => upload_speed: i64,
        "Hash" => hash: String,
        "Files" => files: Vec<TaskFile>,
        /// A bit a piece; stock nodes mangle bytes from 0x80 on.
        "Pieces" => pieces: Blob,
        "NumPieces" => num_pieces: i64,
        "ErrorMessage" => error_message: String,
    }
}

record! {
    TaskFile = "TaskFile" {
        "Index" => index: i64,
        "Name" => name: String,
        "Size" => size: i64,
        /// From 0 to 1.
        "Progress" => progress: f64,
        "Selected" => selected: bool,
    }
}

record! {
    /// A task of a node, as it is asked for.
    TaskSummary = "SlaveTaskSummary" {
        "Status" => status: String,
        "Error" => error: String,
        /// JSON; one of `body::task`.
        "PrivateState" => private_state: String,
        "Progress" => progress: BTreeMap<String, Progress>,
    }
}

record! {
    Progress = "Progress" {
        "Total" => total: i64,
        "Current" => current: i64,
        "Identifier" => identifier: String,
    }
}

record! {
    /// A token of a vendor, which the master keeps fresh.
    CredentialResponse = "CredentialResponse" {
        "Token" => token: String,
        "ExpireAt" => expire_at: Moment,
    }
}

record! {
    /// An upload that a node may make in somebody's name.
    Prepared = "StatelessPrepareUploadResponse" {
        "Session" => session: Option<UploadSession>,
        "Req" => request: Option<UploadRequest>,
    }
}

record! {
    UploadSession = "UploadSession" {
        "UID" => uid: i64,
        "Policy" => policy: Option<StoragePolicy>,
        "FileID" => file_id: i64,
        "EntityID" => entity_id: i64,
        "Callback" => callback: String,
        "CallbackSecret" => callback_secret: String,
        "UploadID" => upload_id: String,
        "UploadURL" => upload_url: String,
        "Credential" => credential: String,
        "ChunkSize" => chunk_size: i64,
        "SentinelTaskID" => sentinel_task_id: i64,
        "NewFileCreated" => new_file_created: bool,
        "Importing" => importing: bool,
        "EncryptMetadata" => encrypt_metadata: Option<EncryptMetadata>,
        "LockToken" => lock_token: String,
        "Props" => props: Option<UploadProps>,
        "ChunksReceived" => chunks_received: BTreeMap<i64, Unit>,
    }
}

record! {
    UploadProps = "UploadProps" {
        "Uri" => uri: Option<Text>,
        "Size" => size: i64,
        "UploadSessionID" => upload_session_id: String,
        "PreferredStoragePolicy" => preferred_storage_policy: i64,
        "SavePath" => save_path: String,
        "LastModified" => last_modified: Option<Moment>,
        "MimeType" => mime_type: String,
        "Metadata" => metadata: BTreeMap<String, String>,
        "PreviousVersion" => previous_version: String,
        /// A version is 0, which is lost on the way.
        "EntityType" => entity_type: Option<i64>,
        "ExpireAt" => expire_at: Moment,
        "EncryptionSupported" => encryption_supported: Vec<String>,
        "ClientSideEncrypted" => client_side_encrypted: bool,
    }
}

record! {
    UploadRequest = "UploadRequest" {
        "Props" => props: Option<UploadProps>,
        /// Bit 0: overwrite; bit 2: do nothing.
        "Mode" => mode: i64,
        "Offset" => offset: i64,
    }
}

record! {
    EncryptMetadata = "EncryptMetadata" {
        "Algorithm" => algorithm: String,
        "Key" => key: Blob,
        "KeyPlainText" => key_plain_text: Blob,
        "IV" => iv: Blob,
    }
}

/// The envelope that stock nodes put into an envelope with code 0 if some files stay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartialDelete {
    /// 203.
    pub code: i64,
    pub failed: Vec<String>,
    pub msg: String,
    pub error: String,
}

impl PartialDelete {
    fn of(value: &Value) -> Result<Self, GobError> {
        let text = |name| match value.field(name) {
            Some(Value::Text(text)) => Ok(text.clone()),
            Some(_) => Err(GobError::WrongKind),
            None => Ok(String::new()),
        };
        let code = match value.field("Code") {
            Some(Value::Int(code)) => *code,
            _ => return Err(GobError::WrongKind),
        };
        let failed = value.field("Data").map_or(Some(Vec::new()), Value::texts);
        Ok(Self {
            code,
            failed: failed.ok_or(GobError::WrongKind)?,
            msg: text("Msg")?,
            error: text("Error")?,
        })
    }
}

/// Paths that were not deleted, from `data` of an answer: a list, or a stock node's inner envelope.
///
/// # Errors
/// All of [`GobError`].
pub fn deletion_failures(data: &str) -> Result<PartialDelete, GobError> {
    let value: Raw = from_data(data)?;
    match &value.0 {
        Value::List(_) => Ok(PartialDelete {
            code: super::Code::NotFullySuccess.number(),
            failed: value.0.texts().ok_or(GobError::WrongKind)?,
            msg: String::new(),
            error: String::new(),
        }),
        other => PartialDelete::of(other),
    }
}

/// Whatever is in a stream.
struct Raw(Value);

impl Default for Raw {
    fn default() -> Self {
        Self(Value::Any(None))
    }
}

impl crate::gob::Gob for Raw {
    fn shape() -> crate::gob::Shape {
        crate::gob::Shape::Any
    }
    fn of(value: &Value) -> Result<Self, GobError> {
        Ok(Self(value.clone()))
    }
    fn value(&self) -> Value {
        self.0.clone()
    }
    fn is_zero(&self) -> bool {
        matches!(self.0, Value::Any(None))
    }
}
