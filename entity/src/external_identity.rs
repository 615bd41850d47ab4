//! Who people are elsewhere.

use crate::{IdentityId, Timestamp, UserId};
use sea_orm::entity::prelude::*;

/// An account's identity at one provider.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "external_identities")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: IdentityId,
    pub user_id: UserId,
    /// Number of the V4 API: 0 Logto, 2 OpenID; 3 is the directory.
    pub provider: i16,
    /// Who vouches for `subject`: without it, another provider could name the same subject.
    pub issuer: String,
    /// The provider's name for the person; never changes, unlike addresses.
    pub subject: String,
    pub linked_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
