//! Shares: files and folders handed to others.

use crate::{FileId, ShareId, Timestamp, UserId};
use sea_orm::entity::prelude::*;

/// One link to one file or folder. A file may have many; deleting a share deletes the row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "shares")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: ShareId,
    /// What its public id encodes: random and large, or small for shares of an imported site.
    pub public_number: i64,
    pub owner_id: UserId,
    pub file_id: FileId,
    /// The password, sealed, for its owner to see again; `None`: open to who has the link.
    pub password_sealed: Option<String>,
    /// Keyed hash that tries are compared with.
    pub password_hash: Option<String>,
    pub views: i64,
    pub downloads: i64,
    /// `None`: unlimited.
    pub remaining_downloads: Option<i64>,
    pub expires_at: Option<Timestamp>,
    /// Visitors see folders as their owner does.
    pub share_view: bool,
    pub show_readme: bool,
    /// Who may do what in it: JSON text; `None`: whoever has the link may read.
    pub permissions: Option<String>,
    /// Grows when somebody may have lost a right: links signed before are void then.
    pub revision: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
