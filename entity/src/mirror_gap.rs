//! What members of mirrors lack.

use crate::{PolicyId, Timestamp};
use sea_orm::entity::prelude::*;

/// A member of a mirror that has not got a blob, or not as it should be. It goes when it has.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "mirror_gaps")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The mirror.
    pub policy_id: PolicyId,
    /// The policy that is one of its members.
    pub member_id: PolicyId,
    pub key: String,
    pub noted_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
