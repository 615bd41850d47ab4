//! What a server does on its own: working on the task queue, and filling it on time.

use crate::services::Services;
use drive::task::scheduler::Scheduler;
use drive::task::{Queue, QueueLimits, WorkerOptions, WorkerPool, kinds};
use std::sync::Arc;

/// The task queue: who works on it, and who fills it on time.
#[derive(Debug)]
pub struct Work {
    workers: WorkerPool,
    scheduler: Scheduler,
}

impl Work {
    /// Starts workers and scheduler.
    pub fn start(services: &Services) -> Self {
        let core = &services.core;
        let (uploads, tree) = (services.uploads.clone(), services.tree.clone());
        let registry = kinds::upkeep(core, uploads, tree, services.versions.clone());
        let settings = Arc::clone(core);
        let limits = move |queue: Queue| {
            settings
                .settings()
                .queues
                .get(queue.as_str())
                .map_or_else(QueueLimits::default, QueueLimits::from)
        };
        let (store, clock) = (core.store.clone(), Arc::clone(&core.clock));
        Self {
            workers: WorkerPool::start(store, clock, registry, limits, WorkerOptions::default()),
            scheduler: Scheduler::start(Arc::clone(core)),
        }
    }

    /// Lets running steps end, then stops both.
    pub async fn stop(self) {
        self.scheduler.stop().await;
        self.workers.stop().await;
    }
}
