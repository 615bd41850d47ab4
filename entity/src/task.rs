//! The durable queue.

use crate::{NodeId, TaskId, Timestamp, UserId};
use sea_orm::entity::prelude::*;

/// Where a task stands. A word in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "String(StringLen::None)",
    rename_all = "snake_case"
)]
pub enum TaskState {
    Queued,
    Processing,
    /// Waits until `resume_at`: for its next phase, or to be retried.
    Suspending,
    Error,
    Canceled,
    Completed,
}

impl TaskState {
    /// It has not ended.
    pub const fn is_active(self) -> bool {
        match self {
            Self::Queued | Self::Processing | Self::Suspending => true,
            Self::Error | Self::Canceled | Self::Completed => false,
        }
    }

    /// The word of the V4 API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Processing => "processing",
            Self::Suspending => "suspending",
            Self::Error => "error",
            Self::Canceled => "canceled",
            Self::Completed => "completed",
        }
    }
}

/// A piece of background work.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tasks")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: TaskId,
    pub kind: String,
    pub state: TaskState,
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

#[cfg(test)]
mod tests {
    use super::*;
    use sea_orm::Iterable as _;

    #[test]
    fn a_state_is_stored_as_the_word_it_is_shown_as() {
        for state in TaskState::iter() {
            assert_eq!(state.to_value(), state.as_str());
        }
        assert!(TaskState::try_from_value(&"gone".to_owned()).is_err());
    }
}
