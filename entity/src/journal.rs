//! What happened, by whom.

use crate::{FileId, JournalId, Timestamp, UserId};
use sea_orm::entity::prelude::*;

/// One change, written in the transaction that made it. Append only.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "journal")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: JournalId,
    pub at: Timestamp,
    /// Whose drive changed.
    pub owner_id: UserId,
    /// Who did it; `None`: the system.
    pub actor_id: Option<UserId>,
    /// The sync client that caused it, for echo suppression.
    pub client_id: Option<String>,
    /// What [`op`](Self::op) is about, for lists of one kind of thing.
    pub category: String,
    pub op: String,
    pub file_id: Option<FileId>,
    pub is_folder: bool,
    /// Path before, from the drive's root.
    pub path_before: Option<String>,
    /// Path after, from the drive's root.
    pub path_after: Option<String>,
    /// JSON text: what else changed.
    pub detail: Option<String>,
    /// Where the request came from, if it was one.
    pub address: Option<String>,
    /// Of the request or task that did it.
    pub correlation_id: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
