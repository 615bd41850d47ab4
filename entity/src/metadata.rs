//! Key/value metadata of files.

use crate::FileId;
use sea_orm::entity::prelude::*;

/// One entry: `<category>:<name>` → text.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "metadata")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub file_id: FileId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    pub value: String,
    /// Private entries never leave the server.
    pub is_public: bool,
}

impl ActiveModelBehavior for ActiveModel {}
