//! What a downloader is to forget, for as long as it takes: its program may be away when a download
//! ends, and would go on with it once it is back.

use super::RemoteDownload;
use super::choice::{ChoiceError, Fetchers};
use super::state::{Assigned, Downloading};
use async_trait::async_trait;
use downloader::{DownloaderError, Job};
use drive::context::Core;
use serde::{Deserialize, Serialize};
use site::task::{self, BoxError, Patience, Queue, Run, Step, TaskError, TaskKind};
use std::io::ErrorKind;
use std::sync::Arc;

/// A program that has just come back may not know yet what it had under way: it is told twice.
const AGAIN_SECS: i64 = 30;

/// A job that nobody wants any more.
#[derive(Debug, Serialize, Deserialize)]
pub struct Forgotten {
    job: Assigned,
    #[serde(default)]
    is_told: bool,
    #[serde(default)]
    patience: Patience,
}

/// Queued by a download that ends while its program is away.
#[derive(Debug)]
pub struct ForgetDownload {
    core: Arc<Core>,
    fetchers: Fetchers,
}

impl ForgetDownload {
    pub fn new(core: Arc<Core>, fetchers: Fetchers) -> Self {
        Self { core, fetchers }
    }
}

#[async_trait]
impl TaskKind for ForgetDownload {
    const NAME: &'static str = "forget_download";
    const QUEUE: Queue = Queue::Recycle;
    const UPKEEP: bool = true;
    type State = Forgotten;

    async fn step(&self, _run: &Run, state: Forgotten) -> Result<Step<Forgotten>, TaskError> {
        let forgotten = async {
            forget(&self.fetchers, &state.job).await?;
            // It may have begun anew what it had a folder for.
            remove_folder(&state.job).await
        };
        let (forgotten, now) = (forgotten.await, self.core.now());
        match forgotten {
            Ok(()) if state.is_told => Ok(Step::Done),
            Ok(()) => Ok(Step::Sleep {
                until: now.plus_secs(AGAIN_SECS),
                state: Forgotten {
                    is_told: true,
                    ..state
                },
            }),
            Err(error) => state.patience.later(now, error, |patience| Forgotten {
                patience,
                is_told: false,
                ..state
            }),
        }
    }
}

impl RemoteDownload {
    /// Has its downloaders forget a download that is over; those that are away, later.
    pub(super) async fn forget(&self, state: &Downloading) -> Result<(), BoxError> {
        let mut away = Vec::new();
        for assigned in jobs(state) {
            if let Err(error) = forget(&self.fetchers, assigned).await {
                tracing::info!(job = %assigned.id, error, "a downloader forgets this later");
                away.push(assigned.clone());
            }
        }
        if away.is_empty() {
            return Ok(());
        }
        let now = self.core.now();
        let mut tx = self.core.store.begin().await?;
        for job in away {
            let forgotten = Forgotten {
                job,
                is_told: false,
                patience: Patience::default(),
            };
            let new = task::system_task::<ForgetDownload>(&forgotten, now);
            task::queue(&mut tx, new).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Has them forget it now, as far as they are there.
    pub(super) async fn stop(&self, state: &Downloading) {
        for assigned in jobs(state) {
            if let Err(error) = forget(&self.fetchers, assigned).await {
                tracing::info!(job = %assigned.id, error, "a downloader cannot be told to stop");
            }
        }
    }
}

/// Those that fetch, or have fetched, something of it.
pub(super) fn jobs(state: &Downloading) -> impl Iterator<Item = &Assigned> {
    let before = state.fetched.as_ref().map(|fetched| &fetched.by);
    state.assigned.iter().chain(before)
}

/// Removes what lies there for a job.
pub(super) async fn remove_folder(assigned: &Assigned) -> Result<(), BoxError> {
    match tokio::fs::remove_dir_all(&assigned.folder).await {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

async fn forget(fetchers: &Fetchers, assigned: &Assigned) -> Result<(), BoxError> {
    let chosen = match fetchers.of(assigned).await {
        Ok(chosen) => chosen,
        // There is nobody to tell.
        Err(ChoiceError::NoNode | ChoiceError::Downloader(_)) => return Ok(()),
        Err(ChoiceError::Store(error)) => return Err(error.into()),
    };
    let handle = assigned.handle.clone().unwrap_or_default();
    let job = Job {
        id: assigned.id,
        folder: &assigned.folder,
        handle: &handle,
    };
    match chosen.downloader.cancel(job).await {
        Ok(()) | Err(DownloaderError::Gone | DownloaderError::Removed) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
