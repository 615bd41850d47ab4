//! Blobs whose bytes are not what they were.

use crate::{BlobId, PolicyId, Timestamp};
use sea_orm::entity::prelude::*;

/// What is wrong with stored bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "String(StringLen::None)",
    rename_all = "snake_case"
)]
pub enum Damage {
    /// There is nothing under the key.
    Missing,
    /// There are fewer or more than there were.
    Length,
    /// As many, and others.
    Content,
}

impl Damage {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Length => "length",
            Self::Content => "content",
        }
    }
}

/// A blob that is not what it was, wherever it is kept: nobody is given its bytes.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "damaged_blobs")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub blob_id: BlobId,
    /// Where it is kept.
    pub policy_id: PolicyId,
    pub damage: Damage,
    pub found_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
