//! Blobs: stored versions of bytes.

use crate::{BlobId, PolicyId, Timestamp, UserId};
use sea_orm::{FromJsonQueryResult, entity::prelude::*};
use serde::{Deserialize, Serialize};

/// A version of a file's content.
pub const KIND_VERSION: i16 = 0;
/// A preview picture of another blob.
pub const KIND_THUMBNAIL: i16 = 1;
/// The moving part of a live photo.
pub const KIND_LIVE_PHOTO: i16 = 2;

/// One stored version of bytes. Never overwritten; shared by copies.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "blobs")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: BlobId,
    pub kind: i16,
    pub policy_id: PolicyId,
    /// Key in the policy's storage, unique there.
    pub key: String,
    pub size_bytes: i64,
    /// BLAKE3 of the bytes; `None` while uploading.
    pub blake3: Option<Vec<u8>>,
    /// Files that hold it; at 0 the recycle task removes the bytes.
    pub reference_count: i64,
    /// Set while its upload runs.
    pub upload_session_id: Option<String>,
    pub created_by: Option<UserId>,
    /// When the last file let go of it.
    pub unlinked_at: Option<Timestamp>,
    pub verified_at: Option<Timestamp>,
    pub props: Props,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// Properties that are never searched for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(default)]
pub struct Props {
    /// Leave the bytes in place when the row goes ("unlink only").
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub unlink_only: bool,
    /// Of thumbnails: what kind of picture it is, as an extension without a dot.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub extension: String,
}

impl ActiveModelBehavior for ActiveModel {}
