//! Running one claimed task until it ends, sleeps, or is lost.

use super::public_state::PublicState;
use super::registry::AnyKind;
use super::worker::Shared;
use super::{BoxError, QueueLimits, Run, Step, TaskError, TaskState, causes};
use crate::store::StoreResult;
use crate::store::tasks::{self, Held, TaskChange};
use entity::{Timestamp, task};
use futures_util::FutureExt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// One claimed task on its way.
pub(super) struct Running {
    pub shared: Arc<Shared>,
    pub kind: Arc<dyn AnyKind>,
    pub limits: QueueLimits,
    pub held: Held,
    run: Run,
    name: String,
    private: String,
    public: PublicState,
    retries: i64,
}

/// What a step led to.
enum Ended {
    Step(Step<String>),
    Failed(TaskError),
    /// Another replica has the task, or somebody canceled it.
    Lost,
}

impl Running {
    pub fn new(
        shared: Arc<Shared>,
        kind: Arc<dyn AnyKind>,
        limits: QueueLimits,
        row: task::Model,
    ) -> Self {
        let run = Run {
            id: row.id,
            owner: row.owner_id,
            correlation: row.correlation_id,
            stopping: shared.stopping.clone(),
        };
        Self {
            shared,
            kind,
            limits,
            held: Held {
                id: row.id,
                lease_owner: row.lease_owner.unwrap_or_default(),
            },
            run,
            name: row.kind,
            private: row.private_state,
            public: PublicState::parse(&row.public_state),
            retries: row.retries,
        }
    }

    /// Steps until the task leaves this worker. When the database fails the task stays leased
    /// and some worker takes it up later, from the last state that was saved.
    pub async fn until_it_ends(mut self) {
        if let Err(error) = self.steps().await {
            tracing::error!(task = %self.held.id, kind = self.name, %error, "cannot save a task");
        }
    }

    async fn steps(&mut self) -> StoreResult<()> {
        loop {
            let started = Instant::now();
            let ended = self.step().await;
            self.public.ran_for(started.elapsed());
            let now = self.shared.clock.now();
            let change = match ended {
                Ended::Lost => return Ok(()),
                Ended::Step(Step::Again(state)) => {
                    self.private = state;
                    if self.shared.stopping.is_cancelled() {
                        hand_back(now)
                    } else {
                        self.keep(now)
                    }
                }
                Ended::Step(Step::Sleep { until, state }) => {
                    self.private = state;
                    TaskChange {
                        resume_at: Some(until),
                        ..TaskChange::to(TaskState::Suspending)
                    }
                }
                Ended::Step(Step::Done) => TaskChange::to(TaskState::Completed),
                Ended::Failed(error) => self.failed(error, now),
            };
            let goes_on = change.lease_until.is_some();
            let change = TaskChange {
                private_state: Some(self.private.clone()),
                public_state: Some(self.public.to_text()),
                ..change
            };
            if !tasks::save(&self.shared.store, &self.held, now, change).await? || !goes_on {
                return Ok(());
            }
        }
    }

    /// One step, with the lease renewed while it lasts.
    async fn step(&self) -> Ended {
        let budget = if self.kind.upkeep() {
            Duration::MAX
        } else {
            self.limits
                .max_execution
                .saturating_sub(self.public.executed())
        };
        let step = AssertUnwindSafe(self.kind.step(&self.run, &self.private)).catch_unwind();
        tokio::select! {
            result = step => match result {
                Ok(Ok(step)) => Ended::Step(step),
                Ok(Err(error)) => Ended::Failed(error),
                Err(_) => Ended::Failed(TaskError::Fail("the task crashed".into())),
            },
            () = self.renew() => Ended::Lost,
            () = sleep_at_most(budget) => {
                Ended::Failed(TaskError::Fail("the task ran longer than its queue allows".into()))
            }
        }
    }

    /// Returns when the task is lost.
    async fn renew(&self) {
        loop {
            tokio::time::sleep(self.shared.options.lease / 3).await;
            let now = self.shared.clock.now();
            match tasks::save(&self.shared.store, &self.held, now, self.keep(now)).await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => {
                    tracing::warn!(task = %self.held.id, %error, "cannot renew a lease");
                }
            }
        }
    }

    fn keep(&self, now: Timestamp) -> TaskChange {
        let until = after(now, self.shared.options.lease);
        TaskChange {
            lease_until: Some(until),
            ..TaskChange::to(TaskState::Processing)
        }
    }

    fn failed(&mut self, error: TaskError, now: Timestamp) -> TaskChange {
        let (error, fatal): (BoxError, bool) = match error {
            TaskError::Retry(error) => (error, false),
            TaskError::Fail(error) => (error, true),
        };
        let text = causes(&*error);
        if !fatal && self.shared.stopping.is_cancelled() {
            // Probably failed because everything is going down.
            return hand_back(now);
        }
        if fatal || !self.limits.may_retry(self.retries, self.kind.upkeep()) {
            tracing::warn!(task = %self.held.id, kind = self.name, error = text, "a task failed");
            return TaskChange {
                error: Some(text),
                ..TaskChange::to(TaskState::Error)
            };
        }
        tracing::info!(task = %self.held.id, kind = self.name, error = text, "a task is retried");
        let wait = self.limits.wait(self.retries);
        self.public.remember_error(text);
        self.retries += 1;
        TaskChange {
            retries: Some(self.retries),
            resume_at: Some(after(now, wait)),
            ..TaskChange::to(TaskState::Suspending)
        }
    }
}

/// Back to the queue, due at once.
fn hand_back(now: Timestamp) -> TaskChange {
    TaskChange {
        resume_at: Some(now),
        ..TaskChange::to(TaskState::Queued)
    }
}

/// A time so much later.
pub(super) fn after(now: Timestamp, wait: Duration) -> Timestamp {
    Timestamp(
        now.0
            .saturating_add(i64::try_from(wait.as_micros()).unwrap_or(i64::MAX)),
    )
}

async fn sleep_at_most(budget: Duration) {
    if budget == Duration::MAX {
        std::future::pending::<()>().await;
    }
    tokio::time::sleep(budget).await;
}
