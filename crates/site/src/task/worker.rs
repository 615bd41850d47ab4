//! The workers of this replica.

use super::registry::Registry;
use super::run::{Running, after};
use super::told::AtEnd;
use super::watch::{InHand, watch};
use super::{Queue, QueueCounts, QueueLimits};
use crate::clock::Clock;
use entity::{Timestamp, UserId, task};
use futures_util::FutureExt as _;
use std::collections::HashMap;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;
use store::bus::Topic;
use store::tasks::{self, Lease, Shares, Wanted};
use store::{Store, StoreResult};
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

/// Shortest pause between two looks at the queue that found nothing to take.
const SHORTEST_PAUSE: Duration = Duration::from_millis(50);
/// Tasks taken at once, however many hands are free.
const MOST_CLAIMED: u64 = 500;
/// Tasks that are called off which a queue takes at once though it has no hand free.
const HANDS_FOR_CANCELLED: u64 = 8;

/// How workers wait and hold.
#[derive(Clone, Copy, Debug)]
pub struct WorkerOptions {
    /// How long a worker holds a task without a sign of life.
    pub lease: Duration,
    /// Longest time between two looks at the queue: moved clocks, and tasks of other replicas of
    /// which no news comes, are seen only then; own tasks and due times are seen at once.
    pub poll: Duration,
    /// Longest time between two looks at the tasks in hand: whether somebody on a replica of which
    /// no news comes wants them to end.
    pub watch: Duration,
    /// How long running steps may take to end when the server stops.
    pub grace: Duration,
    /// Which server this is, if there is never another one of that name at the same time: what one
    /// of that name left in the middle is taken up at once.
    pub holder: Option<u64>,
}

impl Default for WorkerOptions {
    fn default() -> Self {
        Self {
            lease: Duration::from_mins(1),
            poll: Duration::from_secs(2),
            watch: Duration::from_millis(700),
            grace: Duration::from_secs(10),
            holder: None,
        }
    }
}

/// What every running task needs.
pub(super) struct Shared {
    pub store: Store,
    pub clock: Arc<dyn Clock>,
    pub options: WorkerOptions,
    pub stopping: CancellationToken,
    /// How they did.
    pub counts: Arc<QueueCounts>,
    /// Tasks in hand, to be interrupted, or given back if they do not end in time.
    pub in_hand: InHand,
    /// What follows tasks of people.
    pub at_end: AtEnd,
}

/// Runs tasks until it is stopped. Dropping it leaves its tasks to the end of their leases.
pub struct WorkerPool {
    stopping: CancellationToken,
    dispatcher: JoinHandle<()>,
    watcher: JoinHandle<()>,
}

impl fmt::Debug for WorkerPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WorkerPool")
            .field("stopping", &self.stopping.is_cancelled())
            .finish_non_exhaustive()
    }
}

impl WorkerPool {
    /// Starts the workers. `limits` is asked before each claim, so settings count at once.
    pub fn start(
        store: Store,
        clock: Arc<dyn Clock>,
        registry: Registry,
        limits: impl Fn(Queue) -> QueueLimits + Send + Sync + 'static,
        options: WorkerOptions,
        counts: Arc<QueueCounts>,
    ) -> Self {
        counts.know(&registry);
        let stopping = CancellationToken::new();
        let shared = Arc::new(Shared {
            store,
            clock,
            options,
            stopping: stopping.clone(),
            counts,
            in_hand: InHand::default(),
            at_end: registry.at_end.clone(),
        });
        let watcher = tokio::spawn(watch(Arc::clone(&shared)));
        let dispatcher = Dispatcher {
            shared,
            registry,
            limits: Box::new(limits),
            running: JoinSet::new(),
            busy: HashMap::new(),
        };
        Self {
            stopping,
            dispatcher: tokio::spawn(dispatcher.run()),
            watcher,
        }
    }

    /// Takes no more tasks, lets running steps end for a while, gives the rest back to the queue.
    pub async fn stop(self) {
        self.stopping.cancel();
        for work in [self.dispatcher, self.watcher] {
            if let Err(error) = work.await {
                tracing::error!(%error, "the workers crashed");
            }
        }
    }
}

struct Dispatcher {
    shared: Arc<Shared>,
    registry: Registry,
    limits: Box<dyn Fn(Queue) -> QueueLimits + Send + Sync>,
    running: JoinSet<(Queue, Option<UserId>)>,
    busy: HashMap<Queue, Busy>,
}

/// What a queue has in hand.
#[derive(Default)]
struct Busy {
    all: usize,
    shares: Shares,
}

impl Dispatcher {
    async fn run(mut self) {
        let stopping = self.shared.stopping.clone();
        let mut tasks = self.shared.store.bus().follow(Topic::Tasks);
        self.take_back().await;
        while !stopping.is_cancelled() {
            tasks.heard();
            let pause = match self.fill().await {
                Ok(pause) => pause,
                Err(error) => {
                    tracing::error!(%error, "cannot look for tasks");
                    self.shared.options.poll
                }
            };
            tokio::select! {
                () = stopping.cancelled() => {}
                () = tasks.news() => {}
                Some(ended) = self.running.join_next(), if !self.running.is_empty() => {
                    self.ended(ended);
                }
                () = tokio::time::sleep(pause) => {}
            }
        }
        self.drain().await;
    }

    /// What was left in the middle when this server was killed.
    async fn take_back(&self) {
        let Some(holder) = self.shared.options.holder else {
            return;
        };
        let now = self.shared.clock.now();
        match tasks::take_back(&self.shared.store, holder, now).await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "tasks that were left in the middle go on"),
            // Then their leases run out.
            Err(error) => tracing::warn!(%error, "cannot take tasks back"),
        }
    }

    /// Gives free workers something to do. Answers how long to wait for the next due time.
    async fn fill(&mut self) -> StoreResult<Duration> {
        while let Some(ended) = self.running.try_join_next() {
            self.ended(ended);
        }
        let mut next = None;
        for queue in Queue::ALL {
            match self.fill_queue(queue).await {
                Ok(due) => next = next.into_iter().chain(due).min(),
                // The others need not wait for it.
                Err(error) => tracing::error!(%error, queue = queue.as_str(), "cannot take tasks"),
            }
        }
        let now = self.shared.clock.now();
        let wait = next.map_or(self.shared.options.poll, |due| {
            Duration::from_micros(u64::try_from(due.0.saturating_sub(now.0)).unwrap_or(0))
        });
        Ok(wait.clamp(SHORTEST_PAUSE, self.shared.options.poll))
    }

    /// Gives the free workers of one queue something to do. Answers when its next task is due.
    async fn fill_queue(&mut self, queue: Queue) -> StoreResult<Option<Timestamp>> {
        let kinds = self.registry.names(queue);
        let limits = (self.limits)(queue);
        let busy = self.busy.entry(queue).or_default();
        let free = limits.worker_num.saturating_sub(busy.all);
        busy.shares.of_hands(limits.worker_num);
        if kinds.is_empty() {
            return Ok(None);
        }
        // What is to end need not wait for a free hand.
        let (wanted, most) = match free {
            0 => (Wanted::Cancelled, HANDS_FOR_CANCELLED),
            free => (
                Wanted::Shared(&busy.shares),
                (free as u64).min(MOST_CLAIMED),
            ),
        };
        let now = self.shared.clock.now();
        let due = tasks::next_due(&self.shared.store, &kinds, wanted).await?;
        if due.is_some_and(|due| due <= now) {
            let lease = Lease {
                until: after(now, self.shared.options.lease),
                holder: self.shared.options.holder,
            };
            let of = (kinds.as_slice(), wanted);
            let rows = tasks::claim(&self.shared.store, of, now, lease, most).await?;
            for row in rows {
                self.spawn(queue, limits, row);
            }
        }
        Ok(due)
    }

    fn spawn(&mut self, queue: Queue, limits: QueueLimits, row: task::Model) {
        let Some(kind) = self.registry.get(&row.kind) else {
            return;
        };
        let owner = row.owner_id;
        let busy = self.busy.entry(queue).or_default();
        busy.all += 1;
        busy.shares.take(owner);
        let running = Running::new(Arc::clone(&self.shared), kind, limits, row);
        self.running.spawn(async move {
            let (held, shared) = (running.held.clone(), Arc::clone(&running.shared));
            // Steps are caught when they crash; this is the worker itself, whose hand is free then.
            let ended = AssertUnwindSafe(running.until_it_ends()).catch_unwind();
            if ended.await.is_err() {
                tracing::error!(task = %held.id, "a worker crashed");
            }
            shared.in_hand.let_go(&held);
            (queue, owner)
        });
    }

    fn ended(&mut self, ended: Result<(Queue, Option<UserId>), tokio::task::JoinError>) {
        match ended {
            Ok((queue, owner)) => {
                if let Some(busy) = self.busy.get_mut(&queue) {
                    busy.all = busy.all.saturating_sub(1);
                    busy.shares.give_back(owner);
                }
            }
            // It was ended.
            Err(error) => tracing::error!(%error, "a worker is gone"),
        }
    }

    async fn drain(mut self) {
        let all = async { while self.running.join_next().await.is_some() {} };
        if tokio::time::timeout(self.shared.options.grace, all)
            .await
            .is_err()
        {
            self.running.shutdown().await;
        }
        for held in self.shared.in_hand.left() {
            let now = self.shared.clock.now();
            if let Err(error) = tasks::give_back(&self.shared.store, &held, now).await {
                tracing::warn!(task = %held.id, %error, "cannot give a task back");
            }
        }
    }
}
