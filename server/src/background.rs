//! What a server does on its own: working on the task queue, and filling it on time.

use crate::services::Services;
use drive::mail::Mailer;
use drive::task::scheduler::Scheduler;
use drive::task::{Queue, QueueLimits, WorkerOptions, WorkerPool, kinds};
use std::sync::Arc;

/// The task queue: who works on it, and who fills it on time.
#[derive(Debug)]
pub struct Work {
    workers: WorkerPool,
    scheduler: Scheduler,
    mailer: Arc<Mailer>,
}

impl Work {
    /// Starts workers and scheduler.
    pub fn start(services: &Services) -> Self {
        let core = &services.core;
        let (uploads, tree) = (services.uploads.clone(), services.tree.clone());
        let mailer = Arc::clone(&services.mailer);
        let registry = kinds::upkeep(core, uploads, tree, services.versions.clone())
            .with(kinds::SendMail::new(Arc::clone(core), Arc::clone(&mailer)));
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
            mailer,
        }
    }

    /// Lets running steps end, then stops both.
    pub async fn stop(self) {
        self.scheduler.stop().await;
        self.workers.stop().await;
        self.mailer.close().await;
    }
}
