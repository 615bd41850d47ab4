//! The task: from a link to files in a drive.

use super::arriving::Arriving;
use super::choice::{ChoiceError, Chosen, Fetchers};
use super::follow::may_follow;
use super::forget::{jobs, remove_folder};
use super::promised::Promised;
use super::reason::failure;
use super::source;
use super::state::{Assigned, Downloading, Phase, Places};
use super::transfer::Transfer;
use async_trait::async_trait;
use downloader::{DownloaderError, Handle, Job, NewJob, State, Status};
use drive::blob::{OpenBlobs, Uploads};
use drive::context::Core;
use entity::Timestamp;
use site::limits::FILE_BYTES;
use site::task::{BoxError, Category, Queue, Run, Step, Summary, TaskError, TaskKind};
use std::sync::Arc;
use std::time::Duration;
use store::tasks as rows;
use uuid::Uuid;
use wire::{FileUri, GroupPermission, NodeCapability};

/// In the settings of groups.
pub(super) const OPTIONS: &str = "remote_download_options";
/// How long a step stays with a downloader that tells of its end.
const STAY: Duration = Duration::from_secs(1);
/// Longest time between two looks at what this server fetches itself.
const TOLD_PAUSE: Duration = Duration::from_millis(500);
/// Shortest time between two questions to one that does not.
const SHORTEST_PAUSE: Duration = Duration::from_millis(200);
/// Questions in a row without an answer, until the step fails (V4 API, remote download).
const QUESTIONS: u32 = 5;
/// The same while its program is away, for some ten minutes.
const AWAY: u32 = 24;
const LONGEST_AWAY_SECS: i64 = 30;
/// A job that nobody has seen by then is not taken (qBittorrent).
const UNSEEN_SECS: i64 = 300;
/// How often a job is begun again that its downloader has forgotten, or cannot go on with.
const BEGUN_AGAIN: u32 = 3;

pub(super) type Stepped = Result<Step<Downloading>, TaskError>;

/// Queued by [`Downloads::begin`](super::Downloads::begin).
#[derive(Debug)]
pub struct RemoteDownload {
    pub(super) core: Arc<Core>,
    pub(super) uploads: Uploads,
    blobs: OpenBlobs,
    pub(super) fetchers: Fetchers,
    /// What downloads under way have yet to bring.
    pub(super) promised: Promised,
}

pub(super) fn of_choice(error: ChoiceError) -> TaskError {
    match error {
        ChoiceError::Downloader(error) => of_downloader(error),
        error => TaskError::Retry(error.into()),
    }
}

pub(super) fn of_downloader(error: DownloaderError) -> TaskError {
    if error.is_final() {
        TaskError::Fail(error.into())
    } else {
        TaskError::Retry(error.into())
    }
}

impl RemoteDownload {
    pub fn new(core: Arc<Core>, uploads: Uploads, fetchers: Fetchers) -> Self {
        Self {
            blobs: OpenBlobs::new(Arc::clone(&core)),
            core,
            uploads,
            fetchers,
            promised: Promised::default(),
        }
    }

    /// Writes down who is to fetch it, then asks them to.
    async fn begin(&self, run: &Run, mut state: Downloading) -> Stepped {
        let actor = run.actor()?;
        let places = self.places(&state)?;
        let dst = destination(&places.dst)?;
        let source = match &state.fetched {
            Some(fetched) => self.torrent_of(fetched).await?,
            None => source::read(&self.blobs, actor, &places).await?,
        };
        let Some(assigned) = &mut state.assigned else {
            let chosen = self.fetchers.choose(&source).await.map_err(of_choice)?;
            let id = Uuid::new_v4();
            state.assigned = Some(Assigned {
                id,
                node: chosen.node,
                provider: chosen.provider.name().to_owned(),
                folder: self.fetchers.folder(&chosen, id),
                handle: None,
                since: None,
                begun_again: 0,
                followed: false,
            });
            return Ok(Step::Again(state));
        };
        let chosen = self.fetchers.of(assigned).await.map_err(of_choice)?;
        let source = chosen.check(source).await.map_err(of_downloader)?;
        let room = self.uploads.room_in(actor, &dst).await.map_err(failure)?;
        let new = NewJob {
            id: assigned.id,
            folder: assigned.folder.clone(),
            source,
            options: chosen.options(actor.group().settings.other.get(OPTIONS)),
            most_bytes: room.min(FILE_BYTES as u64),
        };
        let handle = chosen.downloader.create(&new).await;
        assigned.handle = Some(handle.map_err(of_downloader)?);
        assigned.since = Some(self.core.now());
        state.phase = Phase::Monitor;
        self.core.steps.reached("download: begun").await;
        Ok(Step::Again(state))
    }

    fn places(&self, state: &Downloading) -> Result<Places, TaskError> {
        let places = state.places(&self.core.sealer);
        places.ok_or_else(|| {
            TaskError::Fail("the password of a share in it cannot be read any more".into())
        })
    }

    pub(super) fn dst(&self, state: &Downloading) -> Result<FileUri, TaskError> {
        destination(&self.places(state)?.dst)
    }

    /// Follows how far it is.
    async fn monitor(&self, run: &Run, mut state: Downloading) -> Stepped {
        let (chosen, assigned, handle) = self.assigned(&state).await?;
        let job = job(&assigned, &handle);
        // What is short is not waited for; what takes long keeps no worker.
        let is_young = assigned
            .since
            .is_some_and(|since| self.core.now() < since.plus_secs(1));
        if is_young && chosen.downloader.tells() && !run.stopping.is_cancelled() {
            tokio::select! {
                () = chosen.downloader.wait(job, STAY) => {}
                () = run.stopping.cancelled() => {}
            }
        }
        let status = match chosen.downloader.status(job).await {
            Ok(status) => status,
            Err(DownloaderError::Gone) => return Self::gone(state),
            Err(error @ DownloaderError::BrokenOff) => {
                return Self::broken_off(state, &assigned, error).await;
            }
            Err(DownloaderError::Removed) => return self.removed(run, &chosen, state).await,
            Err(error) if error.is_final() => return Err(TaskError::Fail(error.into())),
            Err(error @ DownloaderError::Away { .. }) => return self.away(state, error),
            Err(error) => {
                state.is_away = false;
                state.get_task_status_tried += 1;
                if state.get_task_status_tried >= QUESTIONS {
                    return Err(TaskError::Retry(error.into()));
                }
                tracing::info!(%error, "cannot ask how far a download is");
                return Ok(self.later(&chosen, state));
            }
        };
        state.get_task_status_tried = 0;
        state.is_away = false;
        if let Some(follow) = &status.follow {
            if let Some(assigned) = &mut state.assigned {
                assigned.handle = Some(follow.clone());
            }
            return Ok(Step::Again(state));
        }
        if self.is_unseen(&assigned, &status) {
            return Err(TaskError::Fail("the downloader did not take it".into()));
        }
        let bytes: i64 = wanted(&status).map(|file| file.size).sum();
        if !status.files.is_empty() && state.checked != Some(bytes) {
            if !self.check(run, &state, &status).await? {
                state.leave_all(&status);
                state.status = Some(status);
                return Ok(Step::Again(state));
            }
            state.checked = Some(bytes);
        }
        if status.state == State::Downloading {
            self.check_room(run, (&state, &assigned), (&status, bytes))
                .await?;
        }
        let (is, why) = (status.state, status.error_message.clone());
        let comes_to_nothing = wanted(&status).count() == 0;
        if let Some(assigned) = state.assigned.as_mut().filter(|_| status.downloaded > 0) {
            assigned.begun_again = 0;
        }
        state.status = Some(status);
        match is {
            State::Downloading if is_young && chosen.downloader.tells() => Ok(Step::Again(state)),
            State::Downloading => Ok(self.later(&chosen, state)),
            State::Seeding | State::Completed if comes_to_nothing => {
                Err(TaskError::Fail("nothing came of it".into()))
            }
            State::Completed if may_follow(&chosen, &state) => {
                self.follow(run, (&chosen, &assigned), state).await
            }
            State::Seeding | State::Completed => {
                state.phase = Phase::Transfer;
                Ok(Step::Again(state))
            }
            State::Error | State::Unknown if why.is_empty() => Err(TaskError::Fail(
                "the downloader gives up and does not say why".into(),
            )),
            State::Error | State::Unknown => Err(TaskError::Fail(why.into())),
        }
    }

    /// Its program may only be started anew.
    fn away(&self, mut state: Downloading, error: DownloaderError) -> Stepped {
        if state.get_task_status_tried >= AWAY {
            return Err(TaskError::Retry(error.into()));
        }
        tracing::info!(%error, "a downloader is away");
        if let Some(status) = &mut state.status {
            (status.download_speed, status.upload_speed, status.peers) = (0, 0, None);
        }
        let wait = 1_i64 << state.get_task_status_tried.min(10);
        state.get_task_status_tried += 1;
        state.is_away = true;
        Ok(Step::Sleep {
            until: self.core.now().plus_secs(wait.min(LONGEST_AWAY_SECS)),
            state,
        })
    }

    fn is_unseen(&self, assigned: &Assigned, status: &Status) -> bool {
        let is_known = status.total > 0 || !status.hash.is_empty() || !status.name.is_empty();
        let has_hash = assigned
            .handle
            .as_ref()
            .is_some_and(|handle| !handle.hash.is_empty());
        let is_late = |since: Timestamp| self.core.now() > since.plus_secs(UNSEEN_SECS);
        assigned.provider == "qbittorrent"
            && !is_known
            && !has_hash
            && assigned.since.is_some_and(is_late)
    }

    /// The downloader knows nothing of it: it was restarted, and has forgotten it.
    fn gone(mut state: Downloading) -> Stepped {
        let Some(assigned) = &mut state.assigned else {
            return Ok(Step::Again(state));
        };
        if assigned.begun_again >= BEGUN_AGAIN {
            return Err(TaskError::Fail(DownloaderError::Gone.into()));
        }
        tracing::info!(job = %assigned.id, again = assigned.begun_again, "a job was forgotten");
        assigned.begun_again += 1;
        assigned.handle = None;
        assigned.followed = false;
        state.phase = Phase::New;
        Ok(Step::Again(state))
    }

    /// It has to come from the start once more.
    async fn broken_off(
        mut state: Downloading,
        assigned: &Assigned,
        error: DownloaderError,
    ) -> Stepped {
        if state.broken_off >= BEGUN_AGAIN {
            return Err(TaskError::Fail(error.into()));
        }
        tracing::info!(job = %assigned.id, again = state.broken_off, "a download cannot go on");
        // What came of it is nothing to go on with.
        remove_folder(assigned).await.map_err(TaskError::Retry)?;
        state.broken_off += 1;
        state.assigned = None;
        state.status = None;
        state.phase = Phase::New;
        Ok(Step::Again(state))
    }

    /// Somebody has removed it there: the task is called off, too.
    async fn removed(&self, run: &Run, chosen: &Chosen, state: Downloading) -> Stepped {
        let now = self.core.now();
        let mut tx = self.core.store.begin().await?;
        rows::cancel(&mut tx, run.id, now).await?;
        tx.commit().await?;
        Ok(self.later(chosen, state))
    }

    /// Brings what came into the drive.
    async fn transfer(&self, run: &Run, state: Downloading) -> Stepped {
        let (chosen, assigned, _) = self.assigned(&state).await?;
        // From now on the drive itself counts it.
        self.promised.forget(run.id);
        let transfer = Transfer(Arc::new(Arriving {
            core: Arc::clone(&self.core),
            uploads: self.uploads.clone(),
            run: run.clone(),
            content: chosen.downloader.content(&assigned.folder),
            is_ours: chosen.downloader.tells(),
            dst: self.dst(&state)?,
        }));
        let mut state = transfer.some(state).await?;
        if state.phase == Phase::Transfer {
            return Ok(Step::Again(state));
        }
        if state.is_seeding() && chosen.settings.wait_for_seeding {
            state.phase = Phase::Seeding;
            return Ok(Step::Again(state));
        }
        state.phase = Phase::Transfer;
        Ok(Step::Done)
    }

    /// All is there; others get it from here for a while.
    async fn seed(&self, mut state: Downloading) -> Stepped {
        let (chosen, assigned, handle) = self.assigned(&state).await?;
        match chosen.downloader.status(job(&assigned, &handle)).await {
            Ok(status) => state.status = Some(status),
            Err(DownloaderError::Gone | DownloaderError::Removed) => return Ok(Step::Done),
            Err(error) => {
                tracing::info!(%error, "cannot ask how a download is seeded");
                state.get_task_status_tried += 1;
                if state.get_task_status_tried >= QUESTIONS {
                    return Ok(Step::Done);
                }
                return Ok(self.later(&chosen, state));
            }
        }
        state.get_task_status_tried = 0;
        if state.is_seeding() && chosen.settings.wait_for_seeding {
            return Ok(self.later(&chosen, state));
        }
        Ok(Step::Done)
    }

    /// Soon at first, so that what is short is not waited for; then as often as the node says.
    fn later(&self, chosen: &Chosen, state: Downloading) -> Step<Downloading> {
        let now = self.core.now();
        let since = state.assigned.as_ref().and_then(|assigned| assigned.since);
        let passed = now.0.saturating_sub(since.unwrap_or(now).0).max(0);
        let half = Duration::from_micros(passed.unsigned_abs() / 2);
        let longest = if chosen.downloader.tells() {
            TOLD_PAUSE
        } else {
            chosen.settings.interval()
        };
        let wait = half.max(SHORTEST_PAUSE).min(longest);
        let micros = i64::try_from(wait.as_micros()).unwrap_or(i64::MAX);
        Step::Sleep {
            until: Timestamp(now.0.saturating_add(micros)),
            state,
        }
    }

    async fn assigned(&self, state: &Downloading) -> Result<(Chosen, Assigned, Handle), TaskError> {
        let assigned = state.assigned.clone();
        let assigned = assigned.ok_or_else(|| TaskError::Fail("nobody fetches it".into()))?;
        let handle = assigned.handle.clone().unwrap_or_default();
        let chosen = self.fetchers.of(&assigned).await.map_err(of_choice)?;
        Ok((chosen, assigned, handle))
    }
}

fn job<'a>(assigned: &'a Assigned, handle: &'a Handle) -> Job<'a> {
    Job {
        id: assigned.id,
        folder: &assigned.folder,
        handle,
    }
}

pub(super) fn wanted(status: &Status) -> impl Iterator<Item = &downloader::FileStatus> {
    status.files.iter().filter(|file| file.selected)
}

fn destination(dst: &str) -> Result<FileUri, TaskError> {
    FileUri::parse(dst).map_err(|error| TaskError::Fail(error.into()))
}

#[async_trait]
impl TaskKind for RemoteDownload {
    const NAME: &'static str = "remote_download";
    const QUEUE: Queue = Queue::RemoteDownload;
    const CATEGORY: Option<Category> = Some(Category::Download);
    const CLEANS_UP: bool = true;
    const NEEDS: Option<NodeCapability> = Some(NodeCapability::RemoteDownload);
    type State = Downloading;

    fn summary(state: &Downloading) -> Option<Summary> {
        Some(Summary {
            phase: state.phase_name().to_owned(),
            props: state.props(),
        })
    }

    async fn step(&self, run: &Run, state: Downloading) -> Stepped {
        // Rights may be taken away while something is fetched.
        if !run.actor()?.may(GroupPermission::RemoteDownload) {
            let why = "your group may not download from elsewhere any more: ask an administrator";
            return Err(TaskError::Fail(why.into()));
        }
        match state.phase {
            Phase::New => self.begin(run, state).await,
            Phase::Monitor => self.monitor(run, state).await,
            Phase::Transfer => self.transfer(run, state).await,
            Phase::Seeding => self.seed(state).await,
        }
    }

    async fn on_cancel(&self, _run: &Run, state: Downloading) -> Result<(), BoxError> {
        self.stop(&state).await;
        Ok(())
    }

    async fn cleanup(&self, run: &Run, state: Downloading) -> Result<Downloading, BoxError> {
        self.promised.forget(run.id);
        let forgotten = self.forget(&state).await;
        // Whoever does not listen now finds nothing to go on with.
        for assigned in jobs(&state) {
            remove_folder(assigned).await?;
        }
        forgotten?;
        Ok(state.anew())
    }
}
