//! The durable queue.

use crate::{NodeId, TaskId, Timestamp, UserId};
use sea_orm::entity::prelude::*;

/// A piece of background work.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tasks")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: TaskId,
    pub kind: String,
    /// `queued`, `processing`, `suspending`, `error`, `canceled` or `completed`.
    pub state: String,
    pub owner_id: Option<UserId>,
    /// In which of its owner's lists it is; `None`: only administrators see it.
    pub category: Option<String>,
    /// JSON text that the owner may see: errors of earlier tries, how long it ran.
    pub public_state: String,
    /// JSON text that says what it is about and in which phase it is.
    pub summary: Option<String>,
    /// JSON text that says how far it is, for as long as it has not ended.
    pub progress: Option<String>,
    /// JSON text that the task resumes from.
    pub private_state: String,
    pub error: Option<String>,
    pub retries: i64,
    /// Not before this time.
    pub resume_at: Timestamp,
    /// A worker holds it until then, also to tidy up after it ended.
    pub lease_until: Option<Timestamp>,
    pub lease_owner: Option<String>,
    /// Somebody wants it to end: whoever has it, or takes it next, sees to that.
    pub cancel_requested_at: Option<Timestamp>,
    /// Which node works on it.
    pub node_id: Option<NodeId>,
    /// Of the request that caused it.
    pub correlation_id: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
