//! Received chunks of an upload.

use crate::Timestamp;
use sea_orm::entity::prelude::*;

/// One received chunk.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "upload_parts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub session_id: String,
    /// 0-based.
    #[sea_orm(primary_key, auto_increment = false)]
    pub part: i64,
    pub size_bytes: i64,
    /// Hash state of the storage driver, merged at completion.
    pub digest: Vec<u8>,
    pub received_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
