//! What signs in instead of a lost second factor.

use crate::{RecoveryCodeId, Timestamp, UserId};
use sea_orm::entity::prelude::*;

/// A code that was not used yet; using it removes the row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "recovery_codes")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: RecoveryCodeId,
    pub user_id: UserId,
    /// Keyed hash; the code itself is shown once and kept nowhere.
    pub code_hash: String,
    pub created_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
