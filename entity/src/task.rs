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
    /// JSON text that the owner may see.
    pub public_state: String,
    /// JSON text that the task resumes from.
    pub private_state: String,
    pub error: Option<String>,
    pub retries: i64,
    /// Not before this time.
    pub resume_at: Timestamp,
    /// A worker holds it until then.
    pub lease_until: Option<Timestamp>,
    pub lease_owner: Option<String>,
    pub node_id: Option<NodeId>,
    pub correlation_id: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
