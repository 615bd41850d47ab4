//! What people let apps do.

use crate::oauth_client::Texts;
use crate::{ClientId, GrantId, Timestamp, UserId};
use sea_orm::entity::prelude::*;

/// One app of one account. Without the row, none of the app's tokens counts.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "oauth_grants")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: GrantId,
    pub user_id: UserId,
    pub client_id: ClientId,
    pub scopes: Texts,
    pub last_used_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
