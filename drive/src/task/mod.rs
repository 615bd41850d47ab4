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
use entity::{TaskId, Timestamp, UserId};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::Debug;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

pub use limits::QueueLimits;
pub use registry::Registry;
pub use worker::{WorkerOptions, WorkerPool};

/// A task about to be queued.
#[derive(Clone, Debug)]
pub struct NewTask {
    pub kind: &'static str,
    /// What the first step begins with.
    pub private_state: serde_json::Value,
    /// `None`: the system's own.
    pub owner: Option<UserId>,
    /// Now.
    pub at: Timestamp,
    /// Not before this time; `None`: at once.
    pub resume_at: Option<Timestamp>,
    /// Of the request that caused it; goes into every log line.
    pub correlation: Option<Uuid>,
}

impl NewTask {
    /// A task of the system, due at once.
    pub fn of<K: TaskKind>(state: &K::State, now: Timestamp) -> Self {
        Self {
            kind: K::NAME,
            private_state: serde_json::to_value(state).unwrap_or_default(),
            owner: None,
            at: now,
            resume_at: None,
            correlation: None,
        }
    }

    /// Removes the bytes of blobs that nobody holds any more.
    pub fn recycle_blobs(now: Timestamp) -> Self {
        Self::of::<kinds::RecycleBlobs>(&kinds::Pass::default(), now)
    }

    /// Applies an account's version retention to everything it has: for when its settings change.
    pub fn prune_versions(owner: UserId, now: Timestamp) -> Self {
        Self::of::<kinds::PruneVersions>(&kinds::VersionPass::of(owner), now)
    }

    /// For this account's list of tasks.
    pub fn owned_by(mut self, owner: UserId) -> Self {
        self.owner = Some(owner);
        self
    }

    /// Not before this time.
    pub fn not_before(mut self, time: Timestamp) -> Self {
        self.resume_at = Some(time);
        self
    }

    /// Caused by this request.
    pub fn caused_by(mut self, correlation: Option<Uuid>) -> Self {
        self.correlation = correlation;
        self
    }
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

/// Where a task stands; stored and shown by these names (V4 API, task status).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    /// The stored name.
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
