//! A downloader that needs no other program: http and https.
//!
//! Content whose server sends parts of it is fetched over several connections, and gone on with after
//! a restart from what is on the disk, if it is the same content still. Everything else is one stream
//! that begins anew. A job runs in this process as long as somebody asks how far it is.

mod answer;
mod batch;
mod disk;
mod plan;
mod running;
mod work;

use crate::{Downloader, DownloaderError, Handle, Job, NewJob, Selection, Source, Status};
use answer::Fetcher;
use async_trait::async_trait;
use plan::Plan;
use running::{End, Running};
use site::outgoing::AddressRules;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio_util::sync::{CancellationToken, DropGuard};
use uuid::Uuid;

/// Below which folder the file of a job lies.
fn content(folder: &Path) -> PathBuf {
    folder.join("content")
}

/// The jobs of this process. When the last handle goes they stop where they are.
#[derive(Clone, Debug)]
pub struct Builtin(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    jobs: Mutex<HashMap<Uuid, Arc<Running>>>,
    /// The last one: rules seldom change, and making a client costs.
    fetcher: Mutex<Option<Arc<Fetcher>>>,
    stop: CancellationToken,
    /// Stops them all with the last handle.
    _guard: DropGuard,
}

impl Default for Builtin {
    fn default() -> Self {
        let stop = CancellationToken::new();
        Self(Arc::new(Shared {
            jobs: Mutex::default(),
            fetcher: Mutex::default(),
            _guard: stop.clone().drop_guard(),
            stop,
        }))
    }
}

impl Builtin {
    /// As it fetches under some rules. `own`: hosts and ports of this site, which may be asked
    /// wherever they are.
    /// # Errors
    /// `NotConfigured` if the machine's certificates cannot be read
    pub fn under(
        &self,
        rules: &AddressRules,
        own: Vec<(String, u16)>,
    ) -> Result<UnderRules, DownloaderError> {
        let mut kept = lock(&self.0.fetcher);
        let known = kept.as_ref().filter(|kept| kept.is_for(rules, &own));
        let fetcher = if let Some(known) = known {
            Arc::clone(known)
        } else {
            let made = Fetcher::new(rules.clone(), own);
            let failed = |error: site::outgoing::OutgoingError| {
                DownloaderError::NotConfigured(error.to_string())
            };
            let made = Arc::new(made.map_err(failed)?);
            *kept = Some(Arc::clone(&made));
            made
        };
        Ok(UnderRules {
            jobs: self.clone(),
            fetcher,
        })
    }

    fn jobs(&self) -> MutexGuard<'_, HashMap<Uuid, Arc<Running>>> {
        lock(&self.0.jobs)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The downloader, keeping to rules.
#[derive(Clone, Debug)]
pub struct UnderRules {
    jobs: Builtin,
    fetcher: Arc<Fetcher>,
}

impl UnderRules {
    /// The job as it runs; it goes on if it does not.
    async fn running(&self, job: Job<'_>) -> Result<Arc<Running>, DownloaderError> {
        let found = self.jobs.jobs().get(&job.id).cloned();
        if let Some(found) = found {
            match found.end() {
                Some(End::Stopped) => {}
                Some(End::Busy) => {
                    self.jobs.jobs().remove(&job.id);
                    return Err(DownloaderError::Busy);
                }
                _ => return Ok(found),
            }
        }
        let folder = job.folder.to_owned();
        let plan = disk::blocking(move || Plan::read(&folder)).await?;
        let plan = plan.ok_or(DownloaderError::Gone)?;
        Ok(self.start(job.id, job.folder, plan))
    }

    fn start(&self, id: Uuid, folder: &Path, plan: Plan) -> Arc<Running> {
        let mut jobs = self.jobs.jobs();
        // Somebody else may have been quicker.
        let goes_on = |job: &&Arc<Running>| !matches!(job.end(), Some(End::Stopped));
        if let Some(running) = jobs.get(&id).filter(goes_on) {
            return Arc::clone(running);
        }
        let stop = self.jobs.0.stop.child_token();
        let job = Running::start((id, folder), Arc::clone(&self.fetcher), plan, stop);
        jobs.insert(id, Arc::clone(&job));
        job
    }
}

#[async_trait]
impl Downloader for UnderRules {
    async fn create(&self, job: &NewJob) -> Result<Handle, DownloaderError> {
        let url = match &job.source {
            Source::Link(url) if matches!(url.scheme(), "http" | "https") => url,
            Source::Link(url) => {
                let why = format!(
                    "{} links need aria2 or qBittorrent, and this server has none set up: only \
                     http and https work",
                    url.scheme()
                );
                return Err(DownloaderError::Unsupported(why));
            }
            Source::Torrent(_) => {
                let why = "torrents need aria2 or qBittorrent, and this server has none set up";
                return Err(DownloaderError::Unsupported(why.to_owned()));
            }
        };
        let (folder, new) = (
            job.folder.clone(),
            Plan::new(url.to_string(), job.most_bytes),
        );
        let plan = disk::blocking(move || {
            std::fs::create_dir_all(&folder)?;
            if let Some(plan) = Plan::read(&folder)? {
                return Ok(plan);
            }
            new.write(&folder)?;
            Ok(new)
        });
        self.start(job.id, &job.folder, plan.await?);
        Ok(Handle {
            id: job.id.to_string(),
            hash: String::new(),
        })
    }

    async fn status(&self, job: Job<'_>) -> Result<Status, DownloaderError> {
        Ok(self.running(job).await?.status())
    }

    async fn select(&self, _job: Job<'_>, files: &[Selection]) -> Result<(), DownloaderError> {
        if files.iter().any(|file| !file.wanted) {
            let why = "a link is one file, and there is nothing to choose";
            return Err(DownloaderError::Unsupported(why.to_owned()));
        }
        Ok(())
    }

    async fn cancel(&self, job: Job<'_>) -> Result<(), DownloaderError> {
        let running = self.jobs.jobs().remove(&job.id);
        if let Some(running) = running {
            running.stop().await;
        }
        Ok(())
    }

    async fn version(&self) -> Result<String, DownloaderError> {
        Ok(format!("built in, Alcove {}", env!("CARGO_PKG_VERSION")))
    }

    fn tells(&self) -> bool {
        true
    }

    async fn wait(&self, job: Job<'_>, most: Duration) {
        let running = self.jobs.jobs().get(&job.id).cloned();
        if let Some(running) = running {
            let _ = tokio::time::timeout(most, running.ended()).await;
        }
    }

    fn content(&self, folder: &Path) -> PathBuf {
        content(folder)
    }
}
