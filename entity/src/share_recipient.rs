//! Whom shares name.

use crate::{ShareId, Timestamp};
use sea_orm::entity::prelude::*;

/// `recipient_id` is an account.
pub const KIND_ACCOUNT: i16 = 0;
/// `recipient_id` is a group.
pub const KIND_GROUP: i16 = 1;

/// One account or group that a share grants something by name. Goes with the share.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "share_recipients")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub share_id: ShareId,
    /// [`KIND_ACCOUNT`] or [`KIND_GROUP`].
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: i16,
    #[sea_orm(primary_key, auto_increment = false)]
    pub recipient_id: i64,
    pub named_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
