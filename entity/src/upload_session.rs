//! Uploads in progress.

use crate::{BlobId, BlobKind, FileId, PolicyId, ShareId, Timestamp, UserId};
use sea_orm::{FromJsonQueryResult, entity::prelude::*};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One upload in progress; survives restarts and works on any replica.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "upload_sessions")]
pub struct Model {
    /// UUID, as the client knows it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub user_id: UserId,
    pub file_id: FileId,
    pub blob_id: BlobId,
    pub policy_id: PolicyId,
    pub uri: String,
    pub size_bytes: i64,
    /// 0 = whole file in one piece.
    pub chunk_bytes: i64,
    /// The session made the file row: cancelling removes it.
    pub made_file: bool,
    pub lock_token: String,
    pub callback_secret: String,
    /// The share through which somebody else than the owner uploads.
    pub share_id: Option<ShareId>,
    /// From where that visitor comes: an address, or the network of one.
    pub visitor_address: Option<String>,
    pub details: Details,
    pub expires_at: Timestamp,
    pub created_at: Timestamp,
}

/// What is needed only at completion.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(default)]
pub struct Details {
    pub last_modified: Option<Timestamp>,
    pub mime_type: Option<String>,
    pub metadata: BTreeMap<String, String>,
    /// Kind of the blob: version or live photo.
    pub blob_kind: BlobKind,
    /// Chunks come through this server, though the vendor would take them itself.
    pub relay: bool,
    /// The client sends its bytes to the vendor.
    pub is_direct: bool,
    /// Opaque state of the storage driver.
    pub vendor_state: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
