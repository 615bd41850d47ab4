//! The tree: files and folders.

use crate::{BlobId, FileId, Timestamp, UserId};
use sea_orm::entity::prelude::*;
use serde::Deserialize;

/// What a row of the tree is. A number in the database, and in rows read as JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Deserialize)]
#[sea_orm(rs_type = "i16", db_type = "SmallInteger")]
#[serde(try_from = "i16")]
pub enum FileKind {
    #[sea_orm(num_value = 0)]
    File,
    #[sea_orm(num_value = 1)]
    Folder,
}

impl TryFrom<i16> for FileKind {
    type Error = DbErr;

    fn try_from(number: i16) -> Result<Self, DbErr> {
        Self::try_from_value(&number)
    }
}

/// One name in a user's tree; the bytes are in `blobs`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "files")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: FileId,
    pub kind: FileKind,
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
