//! Policies that people chose for folders.

use crate::{FileId, PolicyId};
use sea_orm::entity::prelude::*;

/// Where new bytes of a folder, and of those below it without a choice of their own, go. Goes with
/// the folder, and with the policy.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "folder_policies")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub folder_id: FileId,
    pub policy_id: PolicyId,
}

impl ActiveModelBehavior for ActiveModel {}
