//! Passwords for WebDAV clients, each with the folder it opens.

use crate::{DavAccountId, Timestamp, UserId};
use sea_orm::entity::prelude::*;

/// One WebDAV account of a user.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "dav_accounts")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: DavAccountId,
    pub owner_id: UserId,
    pub name: String,
    /// File URI of the folder that clients see as their root.
    pub uri: String,
    /// Keyed hash of the password, to look it up by.
    pub password_hash: String,
    /// The password, for its owner to see again.
    pub password_sealed: String,
    /// Bits of the wire's `DavOption`.
    pub options: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
