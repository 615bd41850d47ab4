//! Locks of applications and WebDAV clients.

use crate::{LockId, Timestamp, UserId};
use sea_orm::entity::prelude::*;

/// A lock on a path of a drive, seen by every protocol and replica.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "locks")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: LockId,
    /// Who holds it, proves it with this.
    #[sea_orm(unique)]
    pub token: String,
    /// Whose drive the path is in.
    pub owner_id: UserId,
    /// Decoded, `/`-separated, from the drive's root.
    pub path: String,
    /// Covers everything below.
    pub is_deep: bool,
    pub is_folder: bool,
    /// Several may hold such a lock on the same place.
    pub is_shared: bool,
    pub user_id: UserId,
    /// `upload`, `dav`, `viewer`, …
    pub application: String,
    /// Owner element of a WebDAV lock, or a viewer id.
    pub detail: Option<String>,
    pub expires_at: Option<Timestamp>,
    pub created_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
