//! What a kind of task has to say, and what it is given to do its work.

use super::progress::Reporter;
use super::seen::{Category, Summary};
use super::{Progress, Queue};
use crate::actor::Actor;
use async_trait::async_trait;
use entity::{TaskId, Timestamp, UserId};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::Debug;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use wire::NodeCapability;

/// The property of the summary of a completed task that can be begun anew.
pub const CAN_RETRY: &str = "can_retry";

/// What a task does, step by step.
#[async_trait]
pub trait TaskKind: Send + Sync + 'static {
    /// Stored with each task: never change it.
    const NAME: &'static str;
    /// Whose workers do it.
    const QUEUE: Queue;
    /// In which list its owner finds it; `None`: only administrators see it.
    const CATEGORY: Option<Category> = None;
    /// The server's own upkeep: no time budget, some retries whatever the settings say (the next
    /// cron run tries again), and no trace after completion.
    const UPKEEP: bool = false;
    /// It leaves something behind while it runs, which [`cleanup`](Self::cleanup) removes.
    const CLEANS_UP: bool = false;
    /// What a node must be switched on for to do it; `None`: it is no work for nodes, and is done
    /// wherever it was claimed.
    const NEEDS: Option<NodeCapability> = None;
    /// What a step resumes from; saved after each.
    type State: Serialize + DeserializeOwned + Send;

    /// What it is about and in which phase it is; kept with each state that is saved.
    fn summary(_state: &Self::State) -> Option<Summary> {
        None
    }

    /// Whether it can be begun anew though it was completed: some of it was not done. Whoever looks
    /// at it finds that by the property [`CAN_RETRY`] of its summary.
    fn leaves_some(_state: &Self::State) -> bool {
        false
    }

    /// Does a bounded piece of the work, soon enough for others to have their turn: a batch of
    /// rows, a few seconds of copying. May be repeated with the same state after a crash, and is
    /// dropped wherever it waits when the task is called off.
    /// # Errors
    /// [`TaskError`]: tried again from the same state, or given up.
    async fn step(&self, run: &Run, state: Self::State) -> Result<Step<Self::State>, TaskError>;

    /// The task was called off: gives up what goes on elsewhere, such as a job of another program.
    /// Happens at least once, before [`cleanup`](Self::cleanup).
    /// # Errors
    /// Any; tried again a few times, then the task ends all the same.
    async fn on_cancel(&self, _run: &Run, _state: Self::State) -> Result<(), BoxError> {
        Ok(())
    }

    /// The task ended, in whatever way: removes what it left behind, such as its temporary folder.
    /// Happens at least once where [`CLEANS_UP`](Self::CLEANS_UP) says so. Answers the state that
    /// the task could be begun anew with.
    /// # Errors
    /// Any; tried again a few times.
    async fn cleanup(&self, _run: &Run, state: Self::State) -> Result<Self::State, BoxError> {
        Ok(state)
    }
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
    /// Of the request that caused it.
    pub correlation: Uuid,
    /// The server is going down: return [`Step::Again`] soon.
    pub stopping: CancellationToken,
    /// Nobody waits for this step any more: for what it does on other threads, which do not end
    /// when it is dropped.
    pub dropped: CancellationToken,
    pub(super) actor: Option<Actor>,
    pub(super) reporter: Arc<Reporter>,
}

impl Run {
    /// One without an actor, whose progress nobody keeps.
    pub fn new(id: TaskId, stopping: CancellationToken) -> Self {
        Self {
            id,
            owner: None,
            correlation: Uuid::new_v4(),
            stopping,
            dropped: CancellationToken::new(),
            actor: None,
            reporter: Arc::default(),
        }
    }

    /// On whose behalf the step works: the owner of the task, with the rights they had as it began.
    /// # Errors
    /// `Fail` for a task of the system, which has no owner.
    pub fn actor(&self) -> Result<&Actor, TaskError> {
        let nobody = || TaskError::Fail("the task belongs to nobody".into());
        self.actor.as_ref().ok_or_else(nobody)
    }

    /// Tells how far the task is, under a key that clients know. Cheap: it is written about once a
    /// second.
    pub fn report(&self, key: impl Into<String>, progress: Progress) {
        self.reporter.set(key.into(), progress);
    }

    /// A part of the work of which there is nothing more to tell.
    pub fn retract(&self, key: &str) {
        self.reporter.remove(key);
    }
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
