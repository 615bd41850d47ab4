//! The tree: files and folders.

use crate::{BlobId, FileId, Timestamp, UserId};
use sea_orm::entity::prelude::*;

/// A file, as on the wire.
pub const KIND_FILE: i16 = 0;
/// A folder, as on the wire.
pub const KIND_FOLDER: i16 = 1;

/// One name in a user's tree; the bytes are in `blobs`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "files")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: FileId,
    /// [`KIND_FILE`] or [`KIND_FOLDER`].
    pub kind: i16,
    pub owner_id: UserId,
    /// `None`: a drive's root, or the top of something trashed.
    pub parent_id: Option<FileId>,
    /// `""` for a root, a UUID for the top of something trashed.
    pub name: String,
    /// Lower case of `name`, for case-insensitive search.
    pub name_folded: String,
    /// Size of the current version; 0 for folders and unfinished uploads.
    pub size_bytes: i64,
    /// The current version; `None` for folders and empty placeholders.
    pub current_blob_id: Option<BlobId>,
    /// A shortcut to a share: never walked into.
    pub is_symbolic: bool,
    /// How the owner wants to see this folder: JSON text.
    pub view: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// Set on the top node of something in the trash.
    pub trashed_at: Option<Timestamp>,
    /// When the trash sweep may remove it for good.
    pub purge_at: Option<Timestamp>,
}

impl ActiveModelBehavior for ActiveModel {}
