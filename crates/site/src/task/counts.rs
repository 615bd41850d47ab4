//! How the queues of this server did since it started.

use super::{Queue, Registry, TaskState};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// The counts of every queue.
#[derive(Debug, Default)]
pub struct QueueCounts([QueueCount; Queue::ALL.len()]);

/// The counts of one.
#[derive(Debug, Default)]
pub struct QueueCount {
    kinds: OnceLock<Vec<&'static str>>,
    succeeded: AtomicU64,
    failed: AtomicU64,
}

impl QueueCounts {
    /// Those of one queue.
    pub fn of(&self, queue: Queue) -> &QueueCount {
        let n = Queue::ALL.iter().position(|one| *one == queue);
        &self.0[n.expect("`ALL` has every queue")]
    }

    /// Which kinds of task are in which queue.
    pub(super) fn know(&self, registry: &Registry) {
        for queue in Queue::ALL {
            self.of(queue).kinds.get_or_init(|| registry.names(queue));
        }
    }

    /// A task ended.
    pub(super) fn ended(&self, queue: Queue, state: TaskState) {
        let count = self.of(queue);
        let counter = match state {
            TaskState::Completed => &count.succeeded,
            TaskState::Error | TaskState::Canceled => &count.failed,
            TaskState::Queued | TaskState::Processing | TaskState::Suspending => return,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

impl QueueCount {
    /// The kinds of task in it; none before its workers began.
    pub fn kinds(&self) -> &[&'static str] {
        self.kinds.get().map_or(&[], Vec::as_slice)
    }

    /// Tasks that ended well.
    pub fn succeeded(&self) -> u64 {
        self.succeeded.load(Ordering::Relaxed)
    }

    /// Tasks that ended in an error, or were called off.
    pub fn failed(&self) -> u64 {
        self.failed.load(Ordering::Relaxed)
    }
}
