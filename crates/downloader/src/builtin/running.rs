//! A job under way in this process.

use super::answer::Fetcher;
use super::plan::Plan;
use super::{disk, work};
use crate::{FileStatus, State, Status};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How often it is written down how far it is.
const SAVE: Duration = Duration::from_secs(2);
/// A job that nobody asks about any more is left alone: its task is on another server, or gone.
const FORGOTTEN: Duration = Duration::from_secs(30);
/// Shortest time that a speed is computed from.
const SAMPLE: Duration = Duration::from_millis(300);

/// How it ended.
#[derive(Clone, Debug)]
pub(super) enum End {
    Whole,
    /// With what to say of it.
    Failed(String),
    /// It can be gone on with.
    Stopped,
    /// Another process has it.
    Busy,
}

/// A job under way.
#[derive(Debug)]
pub(super) struct Running {
    pub id: Uuid,
    pub folder: PathBuf,
    pub fetcher: Arc<Fetcher>,
    plan: Mutex<Plan>,
    file: Mutex<Option<Arc<File>>>,
    asked: Mutex<Instant>,
    pace: Mutex<Pace>,
    stop: CancellationToken,
    end: watch::Sender<Option<End>>,
}

#[derive(Debug)]
struct Pace {
    at: Instant,
    done: u64,
    speed: i64,
}

fn of<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Running {
    /// Goes on with a plan.
    pub fn start(
        (id, folder): (Uuid, &Path),
        fetcher: Arc<Fetcher>,
        plan: Plan,
        stop: CancellationToken,
    ) -> Arc<Self> {
        let pace = Pace {
            at: Instant::now(),
            done: plan.done(),
            speed: 0,
        };
        let job = Arc::new(Self {
            id,
            folder: folder.to_owned(),
            fetcher,
            end: watch::Sender::new(plan.complete.then_some(End::Whole)),
            plan: Mutex::new(plan),
            file: Mutex::default(),
            asked: Mutex::new(Instant::now()),
            pace: Mutex::new(pace),
            stop,
        });
        if !job.plan().complete {
            tokio::spawn(Arc::clone(&job).run());
        }
        job
    }

    pub fn plan(&self) -> MutexGuard<'_, Plan> {
        of(&self.plan)
    }

    pub fn keep_file(&self, file: &Arc<File>) {
        *of(&self.file) = Some(Arc::clone(file));
    }

    pub fn end(&self) -> Option<End> {
        self.end.borrow().clone()
    }

    /// Ends it, and returns when nothing is written any more.
    pub async fn stop(&self) {
        self.stop.cancel();
        self.ended().await;
    }

    pub async fn ended(&self) {
        let _ = self.end.subscribe().wait_for(Option::is_some).await;
    }

    async fn run(self: Arc<Self>) {
        let end = self.fetched().await;
        if let End::Failed(why) = &end {
            tracing::info!(job = %self.id, why, "a download failed");
        }
        self.end.send_replace(Some(end));
    }

    async fn fetched(self: &Arc<Self>) -> End {
        let folder = self.folder.clone();
        let lock = match disk::blocking(move || disk::lock(&folder)).await {
            Ok(Some(lock)) => lock,
            Ok(None) => return End::Busy,
            Err(error) => return End::Failed(crate::DownloaderError::Io(error).to_string()),
        };
        let mut end = tokio::select! {
            fetched = work::fetch(self) => match fetched {
                Ok(()) => End::Whole,
                Err(why) => End::Failed(why),
            },
            () = self.stop.cancelled() => End::Stopped,
            () = self.look_after() => End::Stopped,
        };
        if matches!(end, End::Whole) {
            self.plan().complete = true;
        }
        if let Err(error) = self.save().await {
            end = End::Failed(crate::DownloaderError::Io(error).to_string());
        }
        drop(lock);
        end
    }

    /// Writes down how far it is, now and then; returns when nobody asks any more.
    async fn look_after(&self) {
        let mut saved = self.plan().done();
        while of(&self.asked).elapsed() < FORGOTTEN {
            tokio::time::sleep(SAVE).await;
            let done = self.plan().done();
            if std::mem::replace(&mut saved, done) != done
                && let Err(error) = self.save().await
            {
                tracing::warn!(%error, "cannot write down how far a download is");
            }
        }
    }

    /// What is written down is on the disk before.
    async fn save(&self) -> std::io::Result<()> {
        let plan = self.plan().clone();
        let (file, folder) = (of(&self.file).clone(), self.folder.clone());
        disk::blocking(move || {
            if let Some(file) = file {
                file.sync_data()?;
            }
            plan.write(&folder)
        })
        .await
    }

    /// How far it is.
    pub fn status(&self) -> Status {
        *of(&self.asked) = Instant::now();
        let (plan, end) = (self.plan().clone(), self.end());
        let done = plan.done();
        let number = |bytes: u64| i64::try_from(bytes).unwrap_or(i64::MAX);
        let total = plan.total.map_or(0, number);
        let (state, error_message) = match end {
            None | Some(End::Stopped | End::Busy) => (State::Downloading, String::new()),
            Some(End::Whole) => (State::Completed, String::new()),
            Some(End::Failed(why)) => (State::Error, why),
        };
        let part = if total > 0 {
            done as f64 / total as f64
        } else {
            0.0
        };
        let file = FileStatus {
            index: 0,
            name: plan.name.clone(),
            size: total,
            progress: if state == State::Completed { 1.0 } else { part },
            selected: true,
        };
        Status {
            files: Some(file)
                .filter(|file| !file.name.is_empty())
                .into_iter()
                .collect(),
            name: plan.name,
            state,
            total,
            downloaded: number(done),
            download_speed: if state == State::Downloading {
                self.speed(done)
            } else {
                0
            },
            error_message,
            ..Status::default()
        }
    }

    fn speed(&self, done: u64) -> i64 {
        let mut pace = of(&self.pace);
        let since = pace.at.elapsed();
        if since >= SAMPLE {
            let bytes = done.saturating_sub(pace.done) as f64;
            *pace = Pace {
                at: Instant::now(),
                done,
                speed: (bytes / since.as_secs_f64()) as i64,
            };
        }
        pace.speed
    }
}
