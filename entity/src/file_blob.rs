//! Which blobs a file holds.

use crate::{BlobId, FileId};
use sea_orm::entity::prelude::*;

/// One version (or thumbnail) of a file.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "file_blobs")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub file_id: FileId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub blob_id: BlobId,
}

impl ActiveModelBehavior for ActiveModel {}
