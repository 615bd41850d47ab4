//! Work that outlives a request: a durable queue and the workers that empty it.
//!
//! A service queues a task in the transaction of the change that needs it, so there is never one
//! without the other. Workers on any replica claim due rows, hold them by a lease and save the
//! task's own state after each step; a task whose worker died goes on from there when the lease
//! has run out. Steps must therefore be idempotent: the last one may happen twice.
//!
//! A task that belongs to somebody acts with the rights they have at that moment, and not at all
//! for an account that was blocked. How far it is stands in its row, so any replica can tell; who
//! wants it to end writes that into the row, and whichever replica works on it stops.

mod counts;
pub mod cron;
mod ending;
mod kind;
pub mod limits;
mod owner;
mod pass;
mod patience;
mod progress;
mod prune_tasks;
mod public_state;
pub mod registry;
mod run;
pub mod scheduler;
mod seen;
mod tasks;
mod told;
mod watch;
pub mod worker;

use crate::limits::{ACTIVE_TASKS, ENDED_TASKS, TASKS_BYTES};
use entity::{TaskId, Timestamp, UserId};
use store::tasks::{TaskRoom, make_room};
use store::{self, StoreError, StoreResult, Tx, accounts};

pub use counts::{QueueCount, QueueCounts};
pub use entity::TaskState;
pub use kind::{BoxError, CAN_RETRY, Run, Step, TaskError, TaskKind};
pub use limits::QueueLimits;
pub use pass::{Pass, Trouble};
pub use patience::Patience;
pub use progress::Progress;
pub use prune_tasks::PruneTasks;
pub use registry::Registry;
pub use scheduler::{Job, Scheduler};
pub use seen::{Category, Node, Summary, TaskInfo, without_logins};
pub use store::tasks::NewTask;
pub use tasks::{TaskList, TaskListRequest, TaskPage, Tasks, TasksError};
pub use told::{EndedDetail, EndedTask};
pub use worker::{WorkerOptions, WorkerPool};

/// A task of the system, due at once.
pub fn system_task<K: TaskKind>(state: &K::State, now: Timestamp) -> NewTask {
    let private_state = serde_json::to_value(state).unwrap_or_default();
    NewTask {
        category: K::CATEGORY.map(Category::as_str),
        summary: K::summary(state).map(|summary| summary.to_text()),
        ..NewTask::of(K::NAME, private_state, now)
    }
}

/// Queues a task in the caller's transaction; workers are woken at commit.
pub async fn queue(tx: &mut Tx, task: NewTask) -> StoreResult<TaskId> {
    store::tasks::insert(tx, task).await
}

/// Why tasks of somebody are not queued.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    #[error("too many tasks of one account")]
    TooMany,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What one account may have.
const OWN_TASKS: TaskRoom = TaskRoom {
    active: ACTIVE_TASKS,
    ended: ENDED_TASKS,
    bytes: TASKS_BYTES,
};

/// Queues tasks of an account in the caller's transaction, if it may have so many.
/// # Errors
/// [`QueueError`]
pub async fn queue_for(
    tx: &mut Tx,
    owner: UserId,
    tasks: Vec<NewTask>,
) -> Result<Vec<TaskId>, QueueError> {
    // Those who ask at the same moment ask one after the other.
    accounts::locked(tx.db(), owner).await?;
    let bytes = tasks
        .iter()
        .map(|task| task.private_state.to_string().len() as u64);
    let new = (tasks.len(), bytes.sum());
    if !make_room(tx, owner, new, OWN_TASKS).await? {
        return Err(QueueError::TooMany);
    }
    let mut ids = Vec::with_capacity(tasks.len());
    for task in tasks {
        ids.push(queue(tx, task.owned_by(owner)).await?);
    }
    Ok(ids)
}

/// Queues one task of an account.
/// # Errors
/// [`QueueError`]
pub async fn queue_one_for(
    tx: &mut Tx,
    owner: UserId,
    task: NewTask,
) -> Result<TaskId, QueueError> {
    let ids = queue_for(tx, owner, vec![task]).await?;
    ids.first().copied().ok_or(QueueError::TooMany)
}

/// Queues a task unless one of its kind is about to run anyway: for kinds that look for their
/// work themselves. A running one does not count, as it may have passed what the new one is for.
pub async fn queue_once(tx: &mut Tx, task: NewTask) -> StoreResult<Option<TaskId>> {
    if store::tasks::waits(tx.db(), task.kind, task.resume_at.unwrap_or(task.at)).await? {
        return Ok(None);
    }
    store::tasks::insert(tx, task).await.map(Some)
}

/// Queues share nothing but the table: each has its own workers and limits
/// (settings `queue_{id}_*`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Queue {
    MediaMeta,
    Thumb,
    Recycle,
    IoIntense,
    RemoteDownload,
    /// Letters; has no settings.
    Mail,
}

impl Queue {
    pub const ALL: [Self; 6] = [
        Self::MediaMeta,
        Self::Thumb,
        Self::Recycle,
        Self::IoIntense,
        Self::RemoteDownload,
        Self::Mail,
    ];

    /// The id in setting names.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MediaMeta => "media_meta",
            Self::Thumb => "thumb",
            Self::Recycle => "recycle",
            Self::IoIntense => "io_intense",
            Self::RemoteDownload => "remote_download",
            Self::Mail => "mail",
        }
    }
}

/// An error and its causes in one line.
pub fn causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        if !text.contains(&next) {
            text.push_str(": ");
            text.push_str(&next);
        }
        cause = error.source();
    }
    text
}
