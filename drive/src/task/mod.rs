//! Work that outlives a request: a durable queue and the workers that empty it.
//!
//! A service queues a task in the transaction of the change that needs it, so there is never one
//! without the other. Workers on any replica claim due rows, hold them by a lease and save the
//! task's own state after each step; a task whose worker died goes on from there when the lease
//! has run out. Steps must therefore be idempotent: the last one may happen twice.

pub mod cron;
pub mod kinds;
pub mod limits;
mod public_state;
pub mod registry;
mod run;
pub mod scheduler;
pub mod worker;

use crate::store::{self, StoreResult, Tx};
use async_trait::async_trait;
use entity::{FileId, TaskId, Timestamp, UserId};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::Debug;
use tokio_util::sync::CancellationToken;

pub use crate::store::tasks::{NewTask, TaskState};
pub use limits::QueueLimits;
pub use registry::Registry;
pub use worker::{WorkerOptions, WorkerPool};

/// A task of the system, due at once.
pub fn system_task<K: TaskKind>(state: &K::State, now: Timestamp) -> NewTask {
    let state = serde_json::to_value(state).unwrap_or_default();
    NewTask::of(K::NAME, state, now)
}

/// Removes the bytes of blobs that nobody holds any more.
pub fn recycle_blobs(now: Timestamp) -> NewTask {
    system_task::<kinds::RecycleBlobs>(&kinds::Pass::default(), now)
}

/// Makes the thumbnail of a file's content.
pub fn make_thumbnail(file: FileId, now: Timestamp) -> NewTask {
    system_task::<kinds::MakeThumbnail>(&kinds::ThumbnailOf { file }, now)
}

/// Applies an account's version retention to everything it has: for when its settings change.
pub fn prune_versions(owner: UserId, now: Timestamp) -> NewTask {
    system_task::<kinds::PruneVersions>(&kinds::VersionPass::of(owner), now)
}

/// Queues a task in the caller's transaction; workers are woken at commit.
pub async fn queue(tx: &mut Tx, task: NewTask) -> StoreResult<TaskId> {
    store::tasks::insert(tx, task).await
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

/// What a task does, step by step.
#[async_trait]
pub trait TaskKind: Send + Sync + 'static {
    /// Stored with each task: never change it.
    const NAME: &'static str;
    /// Whose workers do it.
    const QUEUE: Queue;
    /// The server's own upkeep: no time budget, some retries whatever the settings say (the next
    /// cron run tries again), and no trace after completion.
    const UPKEEP: bool = false;
    /// What a step resumes from; saved after each.
    type State: Serialize + DeserializeOwned + Send;

    /// Does a bounded piece of the work, soon enough for others to have their turn: a batch of
    /// rows, a few seconds of copying. May be repeated with the same state after a crash.
    /// # Errors
    /// [`TaskError`]: tried again from the same state, or given up.
    async fn step(&self, run: &Run, state: Self::State) -> Result<Step<Self::State>, TaskError>;
}

/// How a step ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step<S> {
    Done,
    /// Go on with this state, at once.
    Again(S),
    /// Go on with this state, not before `until`, on whichever replica.
    Sleep {
        until: Timestamp,
        state: S,
    },
}

/// The task a step works for.
#[derive(Clone, Debug)]
pub struct Run {
    pub id: TaskId,
    pub owner: Option<UserId>,
    pub correlation: Option<String>,
    /// The server is going down: return [`Step::Again`] soon.
    pub stopping: CancellationToken,
}

/// Any error.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Why a step failed. `?` makes any error a [`TaskError::Retry`].
#[derive(Debug)]
pub enum TaskError {
    /// May work later.
    Retry(BoxError),
    /// Will never work.
    Fail(BoxError),
}

impl<E: Into<BoxError>> From<E> for TaskError {
    fn from(error: E) -> Self {
        Self::Retry(error.into())
    }
}

/// An error and its causes in one line.
pub(crate) fn causes(error: &(dyn std::error::Error + 'static)) -> String {
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

#[cfg(test)]
pub(crate) mod tests;
