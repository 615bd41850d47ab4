//! Uploads that a node makes in somebody's name: what it asks its master.

use serde::{Deserialize, Serialize};

use super::{UploadProps, UploadSession};

/// Answered by `answer::Prepared`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prepare {
    pub upload_request: UploadRequest,
    /// The raw id of the person.
    pub user_id: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UploadRequest {
    pub props: Option<UploadProps>,
    /// Bit 0: overwrite; bit 2: do nothing.
    #[serde(default)]
    pub mode: i64,
    #[serde(default)]
    pub offset: i64,
}

/// An upload that is done, or that failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finish {
    pub upload_session: UploadSession,
    pub user_id: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateFolder {
    /// A URI.
    pub path: String,
    /// 1, a folder; 0 is refused.
    #[serde(rename = "type", default)]
    pub kind: i64,
    pub user_id: i64,
}
