//! Short-lived secrets: captcha answers, archive links, …

use crate::{Timestamp, UserId};
use sea_orm::entity::prelude::*;

/// Something that is true until it expires or is used.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tickets")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// What it is for; a ticket of one kind never serves another.
    pub kind: String,
    pub user_id: Option<UserId>,
    /// JSON text.
    pub value: String,
    pub expires_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
