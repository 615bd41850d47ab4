//! Where each sync client stands in the journal.

use crate::{FileId, JournalId, SubscriptionId, Timestamp, UserId};
use sea_orm::entity::prelude::*;

/// A sync client following a folder.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "event_subscriptions")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: SubscriptionId,
    pub user_id: UserId,
    pub client_id: String,
    pub folder_id: FileId,
    /// Path of the folder as of `position`.
    pub folder_path: String,
    /// Last journal entry that was delivered.
    pub position: JournalId,
    pub last_seen_at: Timestamp,
    pub created_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
