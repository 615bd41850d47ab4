//! The task: everything is packed in one go, and again from its start if that broke off.

use super::error::Broken;
use super::feed::{BYTES, Bounds, FILES, Feeder};
use super::pack::{self, How, Packer};
use super::sources::Sources;
use super::state::{Format, Packing, Phase};
use crate::secrets::Secrets;
use archive::write::Names;
use async_trait::async_trait;
use drive::blob::{StreamUpload, Uploads, is_senders_fault};
use drive::context::Core;
use drive::error::FileError;
use drive::tree::FileEntry;
use entity::FileId;
use site::actor::Actor;
use site::task::{Category, Progress, Queue, Run, Step, Summary, TaskError, TaskKind};
use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use store::cause::carried;
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;
use wire::{FileUri, GroupPermission, NodeCapability};

/// The part of the work that clients show when everything is packed.
const UPLOAD: &str = "upload";
/// How often is told how far that is.
const TICK: Duration = Duration::from_millis(500);
/// How long a task waits for its turn before it gives its worker to others, and when it asks again.
const TURN: Duration = Duration::from_secs(2);
const ANOTHER_TURN_SECS: i64 = 1;
/// Files that break off, in all tries together; with more of them packing is given up.
const MOST_BROKEN: u32 = 20;
/// How long a storage that seems to be away is waited for, and how often.
const AWAY_SECS: [i64; 5] = [1, 5, 30, 120, 300];

/// Queued by [`Compressions::begin`](super::Compressions::begin).
#[derive(Debug)]
pub struct PackFiles {
    core: Arc<Core>,
    uploads: Uploads,
    /// Each takes a core.
    turns: Arc<Semaphore>,
}

/// What came of packing.
enum Packed {
    /// The archive is where it belongs.
    Whole,
    Broken(Broken),
}

impl PackFiles {
    pub fn new(core: Arc<Core>, uploads: Uploads) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            core,
            uploads,
            turns: Arc::new(Semaphore::new(cores)),
        }
    }

    fn uris(state: &Packing, secrets: &Secrets) -> Vec<FileUri> {
        let uris = state.uris.iter();
        uris.filter_map(|uri| secrets.uri(uri)).collect()
    }

    /// Says how much there is to do, or that it is too much.
    async fn measure(&self, run: &Run, state: &mut Packing) -> Result<(), Broken> {
        let actor = run.actor().map_err(|_| Broken::NotAllowed)?;
        let bounds = bounds(actor);
        let secrets = state.secrets(&self.core.sealer);
        let uris = Self::uris(state, &secrets.ok_or(Broken::Sealed)?);
        let found = Sources::find(&self.core, actor, &uris).await;
        let found = found.map_err(Broken::Other)?;
        let measured = found.measure(&self.core, actor, bounds.files).await;
        let (nodes, bytes) = measured.map_err(Broken::Other)?;
        if nodes > bounds.files.saturating_add(found.all.len() as u64) {
            return Err(Broken::TooMany(bounds.files));
        }
        if let Some(most) = bounds.bytes.filter(|most| bytes > *most) {
            return Err(Broken::TooLarge(most));
        }
        state.total_bytes = bytes;
        Ok(())
    }

    async fn pack(&self, run: &Run, state: &mut Packing) -> Result<Packed, Broken> {
        let actor = run.actor().map_err(|_| Broken::NotAllowed)?;
        let secrets = state.secrets(&self.core.sealer).ok_or(Broken::Sealed)?;
        let dst = secrets.uri(&state.dst).ok_or(Broken::NoFolder)?;
        let begun = self.uploads.begin_made(actor, &dst, run.id).await;
        let Some(upload) = begun.map_err(Broken::of_target)? else {
            return Ok(Packed::Whole);
        };
        let (skip, most) = (upload.replaces(), upload.most_bytes());
        // Ends what goes on elsewhere, wherever this is dropped.
        let over = CancellationToken::new();
        let _ends = over.clone().drop_guard();
        let how = self.how(state, secrets.password.clone(), most).await?;
        let packer = pack::start(how, over.clone()).map_err(Broken::Pack)?;
        let uris = Self::uris(state, &secrets);
        let found = Sources::find(&self.core, actor, &uris).await;
        let mut found = found.map_err(Broken::Other)?;
        state.leave_out_bad(&mut found.report);
        let Packer {
            feed,
            body,
            ended,
            counts,
        } = packer;
        let uploading = self.bring(actor, upload, body);
        let mut feeder = Feeder {
            core: &self.core,
            run,
            actor,
            sources: &found.all,
            bounds: bounds(actor),
            skip,
            broken: &state.broken,
            total_bytes: state.total_bytes,
            report: found.report,
            packed: (0, 0),
            names: Names::default(),
            checked: HashMap::new(),
            is_after_broken: false,
            feed,
        };
        self.core.steps.reached("archive: begun").await;
        let fed = feeder.pass().await;
        let report = std::mem::take(&mut feeder.report);
        drop(feeder);
        self.core.steps.reached("archive: fed").await;
        run.retract(FILES);
        run.retract(BYTES);
        let uploaded = until_brought(run, uploading, &counts).await;
        let outcome = outcome(fed, uploaded, ended).await;
        run.retract(UPLOAD);
        if matches!(outcome, Packed::Whole) {
            state.report = report;
        }
        Ok(outcome)
    }

    /// 7z wants a file to write its head into at the end: one without a name, which is gone when
    /// nobody has it open.
    async fn how(
        &self,
        state: &Packing,
        password: Option<String>,
        most: u64,
    ) -> Result<How, Broken> {
        let scratch = match state.format {
            Format::SevenZ => Some((self.scratch().await.map_err(Broken::Pack)?, most)),
            Format::Zip | Format::TarZst => None,
        };
        Ok(How {
            format: state.format,
            method: state.method,
            password,
            scratch,
        })
    }

    async fn scratch(&self) -> io::Result<File> {
        let folder = self.core.data.clone();
        let made = tokio::task::spawn_blocking(move || tempfile::tempfile_in(folder));
        made.await.map_err(io::Error::other)?
    }

    /// Takes the archive in, in a task of its own: what is dropped in the middle is tidied up then.
    fn bring(
        &self,
        actor: &Actor,
        upload: StreamUpload,
        body: drive::blob::ByteStream,
    ) -> JoinHandle<Result<FileEntry, FileError>> {
        let (uploads, actor) = (self.uploads.clone(), actor.clone());
        let bringing = async move { uploads.stream_upload(&actor, upload, body).await };
        tokio::spawn(carried(bringing.in_current_span()))
    }
}

fn bounds(actor: &Actor) -> Bounds {
    let settings = &actor.group().settings;
    Bounds {
        files: settings.max_walked_files.max(1).unsigned_abs(),
        bytes: u64::try_from(settings.compress_size)
            .ok()
            .filter(|most| *most > 0),
    }
}

/// Waits for the upload, and tells how far it is.
async fn until_brought(
    run: &Run,
    mut uploading: JoinHandle<Result<FileEntry, FileError>>,
    counts: &pack::Counts,
) -> Result<FileEntry, FileError> {
    let number = |bytes: u64| i64::try_from(bytes).unwrap_or(i64::MAX);
    loop {
        tokio::select! {
            brought = &mut uploading => {
                let panicked = |_| FileError::Internal("storing an archive panicked");
                return brought.map_err(panicked)?;
            }
            () = tokio::time::sleep(TICK) => run.report(UPLOAD, Progress {
                total: number(counts.made.load(Ordering::Relaxed)),
                current: number(counts.taken.load(Ordering::Relaxed)),
                identifier: String::new(),
            }),
        }
    }
}

/// What it was that broke an archive off, if something did: of feeder, packer and upload each ends
/// when another one does.
async fn outcome(
    fed: Result<(), Broken>,
    uploaded: Result<FileEntry, FileError>,
    ended: oneshot::Receiver<io::Result<()>>,
) -> Packed {
    let error = match (fed, uploaded) {
        (Ok(()), Ok(_)) => return Packed::Whole,
        (Err(broken), _) if !matches!(broken, Broken::CutOff) => return Packed::Broken(broken),
        (_, Err(error)) => error,
        (Err(broken), Ok(_)) => return Packed::Broken(broken),
    };
    if !is_senders_fault(&error) {
        return Packed::Broken(Broken::of_target(error));
    }
    Packed::Broken(match ended.await {
        Ok(Err(error)) if error.kind() == io::ErrorKind::FileTooLarge => Broken::NoRoom,
        Ok(Err(error)) if error.kind() == io::ErrorKind::StorageFull => Broken::StorageFull,
        Ok(Err(error)) => Broken::Pack(error),
        Ok(Ok(())) | Err(_) => Broken::CutOff,
    })
}

/// Counts a file that broke off: when that was often enough, it is left out. Answers whether to go
/// on at all.
fn goes_on_without(state: &mut Packing, file: FileId) -> bool {
    *state.broken.entry(file).or_default() += 1;
    state.broken.values().sum::<u32>() <= MOST_BROKEN
}

#[async_trait]
impl TaskKind for PackFiles {
    const NAME: &'static str = "create_archive";
    const QUEUE: Queue = Queue::IoIntense;
    const CATEGORY: Option<Category> = Some(Category::General);
    const NEEDS: Option<NodeCapability> = Some(NodeCapability::CreateArchive);
    type State = Packing;

    fn summary(state: &Packing) -> Option<Summary> {
        Some(Summary {
            phase: state.phase_name().to_owned(),
            props: state.props(),
        })
    }

    async fn step(&self, run: &Run, mut state: Packing) -> Result<Step<Packing>, TaskError> {
        if state.phase == Phase::UploadArchive {
            return Ok(Step::Done);
        }
        if !run.actor()?.may(GroupPermission::ArchiveTask) {
            return Err(Broken::NotAllowed.for_queue());
        }
        if state.phase == Phase::NotStarted {
            let measured = self.measure(run, &mut state).await;
            measured.map_err(Broken::for_queue)?;
            state.phase = Phase::CompressFiles;
            return Ok(Step::Again(state));
        }
        let turn = tokio::time::timeout(TURN, Arc::clone(&self.turns).acquire_owned());
        let Ok(turn) = turn.await else {
            let until = self.core.now().plus_secs(ANOTHER_TURN_SECS);
            return Ok(Step::Sleep { until, state });
        };
        let _turn = turn?;
        let packed = self.pack(run, &mut state).await;
        match packed.map_err(Broken::for_queue)? {
            Packed::Whole => {
                state.done();
                self.core.steps.reached("archive: brought").await;
                Ok(Step::Again(state))
            }
            Packed::Broken(Broken::Stopping) => Ok(Step::Again(state)),
            Packed::Broken(broken @ Broken::File(file, ..)) => {
                if !goes_on_without(&mut state, file) {
                    return Err(TaskError::Fail(broken.into()));
                }
                tracing::warn!(error = %broken, "packing begins anew");
                let until = self.core.now().plus_secs(1);
                Ok(Step::Sleep { until, state })
            }
            Packed::Broken(broken @ Broken::Away(..)) => {
                let Some(wait) = AWAY_SECS.get(state.away) else {
                    return Err(broken.for_queue());
                };
                tracing::warn!(error = %broken, "packing waits for a storage");
                state.broken.clear();
                state.away += 1;
                let until = self.core.now().plus_secs(*wait);
                Ok(Step::Sleep { until, state })
            }
            Packed::Broken(broken) => Err(broken.for_queue()),
        }
    }
}
