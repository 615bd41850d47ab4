//! What a server does on its own: working on the task queue, and filling it on time.

use crate::config::Config;
use crate::services::Services;
use admin::DeleteAccount;
use drive::blob::AbortUpload;
use drive::import::ImportFiles;
use drive::proof::VerifyBlob;
use drive::relocation::RelocateFiles;
use drive::upkeep;
use identity::SendMail;
use identity::account::{damage_letter, letter_after};
use site::mail::Mailer;
use site::task::{Queue, QueueLimits, Scheduler, WorkerOptions, WorkerPool};
use std::sync::Arc;
use store::bus::Carrier;
use work::compress::PackFiles;
use work::download::{ForgetDownload, RemoteDownload};
use work::extract::ExtractArchive;

/// The task queue: who works on it, and who fills it on time; and who carries news to other
/// replicas.
#[derive(Debug)]
pub struct Work {
    carrier: Option<Carrier>,
    workers: WorkerPool,
    scheduler: Scheduler,
    mailer: Arc<Mailer>,
}

impl Work {
    /// Starts all of them, as the server of this name.
    pub fn start(services: &Services, config: &Config, holder: Option<u64>) -> Self {
        let core = &services.core;
        let (uploads, tree) = (services.uploads.clone(), services.tree.clone());
        let mailer = Arc::clone(&services.mailer);
        let versions = services.versions.clone();
        let registry = upkeep::registry(core, uploads, tree, versions, damage_letter)
            .with(AbortUpload::new(Arc::clone(core)))
            .with(VerifyBlob::new(Arc::clone(core)))
            .with(RelocateFiles::new(Arc::clone(core)))
            .with(ImportFiles::new(Arc::clone(core)))
            .with(RemoteDownload::new(
                Arc::clone(core),
                services.uploads.clone(),
                services.downloads.fetchers.clone(),
            ))
            .with(ForgetDownload::new(
                Arc::clone(core),
                services.downloads.fetchers.clone(),
            ))
            .with(PackFiles::new(Arc::clone(core), services.uploads.clone()))
            .with(ExtractArchive::new(
                Arc::clone(core),
                services.tree.clone(),
                services.uploads.clone(),
                Arc::clone(&services.unpacking),
            ))
            .with(DeleteAccount::new(core))
            .with(upkeep::MakeThumbnail::new(services.thumbnails.clone()))
            .with(SendMail::new(Arc::clone(&core.site), Arc::clone(&mailer)));
        let site = Arc::clone(&core.site);
        let registry = config
            .kinds
            .add_to(registry)
            .with_at_end(move |ended| letter_after(ended, site.now()));
        let settings = Arc::clone(core);
        let limits = move |queue: Queue| {
            settings
                .settings()
                .queues
                .get(queue.as_str())
                .map_or_else(QueueLimits::default, QueueLimits::from)
        };
        let (store, clock) = (core.store.clone(), Arc::clone(&core.clock));
        let carries_news = config.carries_news;
        let deletions = Arc::clone(core);
        tokio::spawn(async move {
            if let Err(error) = upkeep::resume_deletions(&deletions).await {
                tracing::error!(%error, "cannot go on deleting");
            }
            if let Err(error) = admin::resume_deletions(&deletions).await {
                tracing::error!(%error, "cannot go on deleting accounts");
            }
        });
        Self {
            carrier: carries_news.then(|| Carrier::start(&store)).flatten(),
            workers: WorkerPool::start(
                store,
                clock,
                registry,
                limits,
                WorkerOptions {
                    holder,
                    ..WorkerOptions::default()
                },
                Arc::clone(&services.queue_counts),
            ),
            scheduler: Scheduler::start(Arc::clone(&core.site), upkeep::jobs()),
            mailer,
        }
    }

    /// Lets running steps end, then stops all of them.
    pub async fn stop(self) {
        self.scheduler.stop().await;
        self.workers.stop().await;
        self.mailer.close().await;
        if let Some(carrier) = self.carrier {
            carrier.stop().await;
        }
    }
}
