//! The envelope of answers, and its codes on this wire.

use serde::{Deserialize, Serialize};

use crate::gob::{Gob, to_data};
use crate::sign::SignError;

/// `{"code":0,"data":…,"msg":""}`. One answer of stock nodes has its keys in upper case.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    #[serde(alias = "Code")]
    pub code: i64,
    /// A text where there is one: gob in base64, or a version.
    #[serde(
        default,
        alias = "Data",
        skip_serializing_if = "Option::is_none",
        deserialize_with = "text_or_nothing"
    )]
    pub data: Option<String>,
    #[serde(default, alias = "Msg")]
    pub msg: String,
    /// What went wrong inside.
    #[serde(default, alias = "Error", skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<String>,
}

/// What can be wrong, as numbers of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// Something inside, or with a downloader.
    Other,
    /// Some of the files could not be deleted; `data` has their paths.
    NotFullySuccess,
    NoSignature,
    NotFound,
    BadRequest,
    Expired,
    UnknownSession,
    BadLength,
    BadChunk,
    NoSuchFile,
    MasterUnreachable,
    OtherVersion,
    WrongSignature,
    CleanupFailed,
    Disk,
    Queue,
    SessionFailed,
    CallbackFailed,
}

impl Code {
    pub fn number(self) -> i64 {
        match self {
            Self::Other => -1,
            Self::NotFullySuccess => 203,
            Self::NoSignature => 403,
            Self::NotFound => 404,
            Self::BadRequest => 40_001,
            Self::Expired => 40_005,
            Self::UnknownSession => 40_011,
            Self::BadChunk => 40_012,
            Self::BadLength => 40_013,
            Self::NoSuchFile => 40_016,
            Self::MasterUnreachable => 40_060,
            Self::OtherVersion => 40_061,
            Self::WrongSignature => 40_071,
            Self::CleanupFailed => 40_081,
            Self::Disk => 50_004,
            Self::Queue => 50_005,
            Self::SessionFailed => 50_006,
            Self::CallbackFailed => 50_007,
        }
    }
}

/// Sentences that stock peers say with a code.
pub mod sentence {
    pub const TASK_NOT_FOUND: &str = "task not found";
    pub const CREDENTIAL_NOT_FOUND: &str = "Credential not found";
    pub const UNKNOWN_NODE: &str = "Unknown node ID";
    pub const NO_MASTER: &str = "failed to get master props from header";
    pub const NO_SESSION: &str = "Failed to create upload session in slave node";
    pub const UNKNOWN_TYPE: &str = "type not supported";
    pub const NO_TYPE: &str = "Type cannot be empty";
    pub const PASS_THROUGH: &str = "pass through";

    /// With [`OtherVersion`](super::Code::OtherVersion).
    pub fn other_version(master: &str, slave: &str) -> String {
        format!("Master: {master}, Slave: {slave}")
    }
}

impl Envelope {
    /// Done, with nothing to say.
    pub fn done() -> Self {
        Self::default()
    }

    /// Done, with a value as gob.
    pub fn of<T: Gob>(value: &T) -> Self {
        Self::text(to_data(value))
    }

    /// Done, with a plain text.
    pub fn text(data: String) -> Self {
        Self {
            data: Some(data),
            ..Self::default()
        }
    }

    pub fn failed(code: Code, msg: impl Into<String>) -> Self {
        Self {
            code: code.number(),
            msg: msg.into(),
            ..Self::default()
        }
    }

    /// Files that could not be deleted, as a master understands it.
    pub fn not_deleted(paths: &Vec<String>, msg: impl Into<String>) -> Self {
        Self {
            data: Some(to_data(paths)),
            ..Self::failed(Code::NotFullySuccess, msg)
        }
    }
}

impl From<SignError> for Envelope {
    fn from(error: SignError) -> Self {
        Self {
            code: error.code(),
            msg: error.to_string(),
            ..Self::default()
        }
    }
}

/// `data` of failures may be anything, of which nothing is needed.
fn text_or_nothing<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let data = serde_json::Value::deserialize(from)?;
    Ok(data.as_str().map(str::to_owned))
}
