//! Running one claimed task until it ends, sleeps, or is lost.

use super::owner::{OwnerError, actor_of};
use super::progress::Reporter;
use super::public_state::PublicState;
use super::registry::AnyKind;
use super::seen::without_logins;
use super::told::EndedTask;
use super::watch::Interruption;
use super::worker::Shared;
use super::{BoxError, QueueLimits, Run, Step, TaskError, TaskState, causes};
use entity::{NodeId, Timestamp, task};
use futures_util::FutureExt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};
use storage::step::reached;
use store::StoreResult;
use store::cause::Cause;
use store::tasks::{self, Held, TaskChange};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;
use uuid::Uuid;

/// Shortest time between two reports of how far a task is.
const REPORT_PAUSE: Duration = Duration::from_secs(1);

/// One claimed task on its way.
pub(super) struct Running {
    pub shared: Arc<Shared>,
    pub(super) kind: Arc<dyn AnyKind>,
    pub limits: QueueLimits,
    pub held: Held,
    pub(super) run: Run,
    pub(super) name: String,
    /// As it was claimed, or as it was written last.
    pub(super) state: TaskState,
    pub(super) private: String,
    public: PublicState,
    retries: i64,
    node: Option<NodeId>,
    is_cancelled: bool,
    /// Somebody has it in a list.
    is_seen: bool,
    created_at: Timestamp,
    interrupted: watch::Receiver<Option<Interruption>>,
}

/// What a step led to.
enum Ended {
    Step(Step<String>),
    Failed(TaskError),
    Interrupted(Interruption),
}

impl Running {
    pub fn new(
        shared: Arc<Shared>,
        kind: Arc<dyn AnyKind>,
        limits: QueueLimits,
        row: task::Model,
    ) -> Self {
        let correlation = row.correlation_id.as_deref().map(Uuid::parse_str);
        let mut run = Run::new(row.id, shared.stopping.clone());
        run.owner = row.owner_id;
        // Those without one were queued by an earlier version.
        run.correlation = correlation.and_then(Result::ok).unwrap_or(run.correlation);
        run.reporter = Arc::new(Reporter::of(row.progress.as_deref()));
        let held = Held {
            id: row.id,
            lease_owner: row.lease_owner.unwrap_or_default(),
        };
        Self {
            interrupted: shared.in_hand.take(held.clone()),
            shared,
            kind,
            limits,
            held,
            run,
            name: row.kind,
            state: row.state,
            private: row.private_state,
            public: PublicState::parse(&row.public_state),
            retries: row.retries,
            node: row.node_id,
            is_cancelled: row.cancel_requested_at.is_some(),
            is_seen: row.category.is_some(),
            created_at: row.created_at,
        }
    }

    /// Steps until the task leaves this worker. When the database fails the task stays leased
    /// and some worker takes it up later, from the last state that was saved.
    pub async fn until_it_ends(mut self) {
        let cause = Cause {
            correlation: self.run.correlation,
            address: None,
        };
        let span = tracing::info_span!(
            "task", id = %self.held.id, kind = self.name, correlation = %cause.correlation
        );
        let work = async {
            reached("task: claimed");
            if let Err(error) = self.go_on().await {
                tracing::error!(%error, "cannot save a task");
            }
        };
        cause.of(work).instrument(span).await;
    }

    async fn go_on(&mut self) -> StoreResult<()> {
        if !self.state.is_active() {
            return self.tidy_up().await;
        }
        if self.is_cancelled {
            return self.call_off().await;
        }
        self.steps().await
    }

    async fn steps(&mut self) -> StoreResult<()> {
        loop {
            let started = Instant::now();
            let ended = self.step().await;
            reached("task: stepped");
            self.public.ran_for(started.elapsed());
            self.public.is_failing = matches!(ended, Ended::Failed(_));
            let now = self.shared.clock.now();
            let change = match ended {
                Ended::Interrupted(Interruption::Lost) => return Ok(()),
                Ended::Interrupted(Interruption::Cancelled) => return self.call_off().await,
                Ended::Interrupted(Interruption::OwnerGone) => {
                    self.failed(TaskError::Fail(OwnerError::Gone.into()), now)
                }
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
            if !change.state.is_active() {
                return self.end(change, now).await;
            }
            let goes_on = change.lease_until.is_some();
            if !self.write(change, now).await? || !goes_on {
                return Ok(());
            }
        }
    }

    /// Writes a change, with all that steps changed.
    async fn write(&mut self, change: TaskChange, now: Timestamp) -> StoreResult<bool> {
        let change = self.whole(change);
        tasks::save(&self.shared.store, &self.held, now, change).await
    }

    /// The same for the end of it, which its owner is told of.
    pub(super) async fn write_end(
        &mut self,
        change: TaskChange,
        now: Timestamp,
    ) -> StoreResult<bool> {
        let change = self.whole(change);
        let store = &self.shared.store;
        let Some(ended) = self.ended(now) else {
            return tasks::save(store, &self.held, now, change).await;
        };
        let more = (ended.entry(), self.shared.at_end.follows(&ended));
        tasks::end(store, &self.held, now, change, more).await
    }

    fn whole(&mut self, change: TaskChange) -> TaskChange {
        self.state = change.state;
        TaskChange {
            private_state: Some(self.private.clone()),
            public_state: Some(self.public.to_text()),
            summary: self.kind.summary(&self.private),
            progress: self.run.reporter.take(),
            node: self.node,
            ..change
        }
    }

    /// For whom it ends, if it is in anybody's list.
    fn ended(&self, now: Timestamp) -> Option<EndedTask> {
        let began = self.public.begun_at.unwrap_or(self.created_at.0);
        let micros = u64::try_from(now.0.saturating_sub(began)).unwrap_or(0);
        Some(EndedTask {
            id: self.held.id,
            kind: self.name.clone(),
            state: self.state,
            owner: self.run.owner.filter(|_| self.is_seen)?,
            took: Duration::from_micros(micros),
        })
    }

    /// One step on behalf of the owner, with the lease renewed while it lasts.
    async fn step(&mut self) -> Ended {
        if let Err(error) = self.prepare().await {
            return Ended::Failed(error);
        }
        let budget = if self.kind.upkeep() {
            Duration::MAX
        } else {
            self.limits
                .max_execution
                .saturating_sub(self.public.executed())
        };
        let dropped = CancellationToken::new();
        self.run.dropped = dropped.clone();
        let _dropped = dropped.drop_guard();
        let mut interrupted = self.interrupted.clone();
        let started = Instant::now();
        let step = AssertUnwindSafe(self.kind.step(&self.run, &self.private)).catch_unwind();
        tokio::select! {
            result = step => match result {
                Ok(Ok(step)) => Ended::Step(step),
                Ok(Err(error)) => Ended::Failed(error),
                Err(_) => Ended::Failed(TaskError::Fail("the task crashed".into())),
            },
            why = interruption(&mut interrupted) => Ended::Interrupted(why),
            () = self.hold_on() => Ended::Interrupted(Interruption::Lost),
            () = self.report(started) => Ended::Interrupted(Interruption::Lost),
            () = sleep_at_most(budget) => {
                Ended::Failed(TaskError::Fail("the task ran longer than its queue allows".into()))
            }
        }
    }

    /// What has to be known before a step: who acts, and which node does the work.
    async fn prepare(&mut self) -> Result<(), TaskError> {
        let store = &self.shared.store;
        if let Some(owner) = self.run.owner {
            self.run.actor = match actor_of(store, owner).await {
                Ok(actor) => Some(actor),
                Err(OwnerError::Gone) => return Err(TaskError::Fail(OwnerError::Gone.into())),
                Err(error) => return Err(error.into()),
            };
        }
        if let Some(capability) = self.kind.needs() {
            let node = tasks::able_node(store, capability.into()).await?;
            self.node = Some(node.ok_or("no available node")?);
        }
        Ok(())
    }

    /// Renews the lease; returns when the task is lost.
    pub(super) async fn hold_on(&self) {
        loop {
            tokio::time::sleep(self.shared.options.lease / 3).await;
            let until = after(self.shared.clock.now(), self.shared.options.lease);
            let (store, held) = (self.shared.store.clone(), self.held.clone());
            let renewed = async move { tasks::renew(&store, &held, until).await };
            if !is_held("renew a lease", renewed).await {
                return;
            }
        }
    }

    /// Writes how far the task is, whenever there is something new, but not all the time; returns
    /// when the task is lost.
    async fn report(&self, started: Instant) {
        loop {
            self.run.reporter.more().await;
            if let Some(progress) = self.run.reporter.take() {
                let (store, held) = (self.shared.store.clone(), self.held.clone());
                let mut public = self.public.clone();
                public.ran_for(started.elapsed());
                let (now, told) = (self.shared.clock.now(), (progress, public.to_text()));
                let reported = async move { tasks::report(&store, &held, now, told).await };
                if !is_held("write how far a task is", reported).await {
                    return;
                }
            }
            tokio::time::sleep(REPORT_PAUSE).await;
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
        let text = without_logins(&causes(&*error));
        if !fatal && self.shared.stopping.is_cancelled() {
            // Probably failed because everything is going down.
            return hand_back(now);
        }
        if fatal || !self.limits.may_retry(self.retries, self.kind.upkeep()) {
            tracing::warn!(error = text, "a task failed");
            return TaskChange {
                error: Some(text),
                ..TaskChange::to(TaskState::Error)
            };
        }
        tracing::info!(error = text, "a task is retried");
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

/// Writes beside a step, which may have a transaction open: in a task of its own, so that neither
/// waits for the other. Answers whether the task is still held, as far as known.
async fn is_held(
    what: &str,
    write: impl Future<Output = StoreResult<bool>> + Send + 'static,
) -> bool {
    match tokio::spawn(write).await {
        Ok(Ok(is_held)) => return is_held,
        Ok(Err(error)) => tracing::warn!(%error, "cannot {what}"),
        Err(error) => tracing::warn!(%error, "cannot {what}"),
    }
    true
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

/// Returns when somebody interrupts.
async fn interruption(told: &mut watch::Receiver<Option<Interruption>>) -> Interruption {
    match told.wait_for(Option::is_some).await.map(|why| *why) {
        Ok(Some(why)) => why,
        // Not in hand any more.
        Ok(None) | Err(_) => Interruption::Lost,
    }
}
