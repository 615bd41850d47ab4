//! Sessions: sign-ins and the refresh tokens that come from them.

use crate::{ClientId, Timestamp, UserId};
use sea_orm::entity::prelude::*;

/// One sign-in and every token that descends from it.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "token_families")]
pub struct Model {
    /// UUID in the refresh tokens (`root_token_id`).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub user_id: UserId,
    pub ip: String,
    pub user_agent: String,
    pub created_at: Timestamp,
    pub last_used_at: Timestamp,
    pub expires_at: Timestamp,
    pub revoked_at: Option<Timestamp>,
    /// The app that was let in; `None`: a person signed in.
    pub oauth_client_id: Option<ClientId>,
}

impl ActiveModelBehavior for ActiveModel {}
