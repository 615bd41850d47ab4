//! Wrong tries at secrets.

use crate::Timestamp;
use sea_orm::entity::prelude::*;

/// How much is left of one allowance; without a row it is full.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "guesses")]
pub struct Model {
    /// A keyed hash of what is tried, or of the address that tries.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// When the allowance will be full again: each wrong try moves it on.
    pub full_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
