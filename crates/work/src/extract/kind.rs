//! The task: an archive is unpacked, some seconds a step. The process that reads it stays alive from
//! step to step, so that nothing is read twice; after a crash it begins anew, and what came before is
//! known by its mark.

use super::filling::{Filling, Stop, Turn};
use super::kept::Kept;
use super::new_folder::NewFolder;
use super::placing::Placer;
use super::reading::{NO_SOURCE, Reading, unreadable};
use super::session::{Broken, Patience, Session};
use super::state::{Extracting, Source};
use super::turns::{OwnTurn, Turns};
use super::{LONGEST, MOST_BYTES, MOST_ENTRIES, MOST_RATIO, MOST_WITHOUT_RATIO};
use archive::read::{Bytes, Doing, Failure, Order, dictionary_bytes, is_encoding};
use async_trait::async_trait;
use drive::blob::{OpenBlobs, Uploads, VersionError, is_storage_full};
use drive::context::Core;
use drive::error::FileError;
use drive::tree::{Tree, TreeError};
use sandbox::{Sandbox, SandboxError};
use site::actor::Actor;
use site::task::{Category, Queue, Run, Step, Summary, TaskError, TaskKind};
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::tasks::wake_next;
use wire::{FileUri, GroupPermission, NodeCapability};

/// How long a step goes on.
const STEP: Duration = Duration::from_secs(3);
/// Longest time that a task sleeps while it is another archive's turn: it is woken when that is over,
/// unless whoever would do so is on another server.
const LONGEST_NAP_SECS: i64 = 30;

pub(super) const NO_FOLDER: &str =
    "the folder that it is to be unpacked into is not there any more";

/// Queued by [`Extractions::begin`](super::Extractions::begin).
#[derive(Debug)]
pub struct ExtractArchive {
    pub(super) core: Arc<Core>,
    pub(super) tree: Tree,
    uploads: Uploads,
    blobs: OpenBlobs,
    sandbox: Arc<Sandbox>,
    /// One archive of a person at a time: places in the sandbox are few.
    turns: Turns,
    /// Processes between two steps, with how far they are.
    kept: Kept<Ready>,
}

/// A process that is to go on.
#[derive(Debug)]
struct Ready {
    session: Session,
    turn: OwnTurn,
    processed: u64,
}

/// What is known of a task before its step.
struct Known {
    reading: Reading,
    source: Source,
    dst: FileUri,
    password: Option<String>,
    most_entries: u64,
    most_bytes: u64,
}

pub(super) fn fail(why: impl Into<String>) -> TaskError {
    TaskError::Fail(why.into().into())
}

impl ExtractArchive {
    pub fn new(core: Arc<Core>, tree: Tree, uploads: Uploads, sandbox: Arc<Sandbox>) -> Self {
        Self {
            blobs: OpenBlobs::new(Arc::clone(&core)),
            core,
            tree,
            uploads,
            sandbox,
            turns: Turns::default(),
            kept: Kept::default(),
        }
    }

    /// Looks what is to be unpacked, once, and each time whether it may be.
    async fn look(&self, actor: &Actor, state: &mut Extracting) -> Result<Known, TaskError> {
        if !actor.may(GroupPermission::ArchiveTask) {
            return Err(fail("the group may not unpack archives any more"));
        }
        let secrets = state.secrets(&self.core.sealer);
        let secrets = secrets.ok_or_else(|| {
            fail("the passwords cannot be opened with this master key: begin anew")
        })?;
        let uri = secrets.uri(&state.uri).ok_or_else(|| fail(NO_SOURCE))?;
        let dst = secrets.uri(&state.dst).ok_or_else(|| fail(NO_FOLDER))?;
        let reading = Reading {
            core: Arc::clone(&self.core),
            actor: actor.clone(),
            uri,
        };
        let source = if let Some(source) = &state.source {
            let still = reading.still_may(source).await;
            still.map_err(|error| of_source(error, state))?;
            source.clone()
        } else {
            let found = reading.source().await;
            let found = found.map_err(|error| of_source(error, state))?;
            found.ok_or_else(|| fail(Failure::UnknownKind.to_string()))?
        };
        state.source = Some(source.clone());
        let settings = &actor.group().settings;
        let most = u64::try_from(settings.decompress_size).unwrap_or(0);
        if most > 0 && source.size_bytes > most {
            let why = "the archive is larger than the group may unpack: the limit is";
            return Err(fail(format!("{why} {most} bytes")));
        }
        let fillable = self.tree.fillable(actor, &dst).await;
        fillable.map_err(of_target)?;
        let walked = u64::try_from(settings.max_walked_files).unwrap_or(0).max(1);
        let by_size = source.size_bytes.saturating_mul(MOST_RATIO);
        Ok(Known {
            most_entries: MOST_ENTRIES.min(walked),
            most_bytes: by_size.saturating_add(MOST_WITHOUT_RATIO).min(MOST_BYTES),
            reading,
            source,
            dst,
            password: secrets.password,
        })
    }

    /// What reads the archive.
    async fn session(&self, state: &Extracting, known: &Known) -> Result<Session, TaskError> {
        let blob = self.blobs.get(known.source.blob).await;
        let blob = blob.map_err(|error| match error {
            FileError::Version(VersionError::NotFound) => fail(format!(
                "the archive was deleted meanwhile; {}",
                state.report.kept()
            )),
            FileError::Version(VersionError::Damaged) => {
                fail("the stored bytes of the archive are damaged")
            }
            error => error.into(),
        })?;
        let order = Order {
            name: known.source.name.clone(),
            bytes: Bytes::Input,
            doing: Doing::Unpack,
            password: known.password.clone(),
            encoding: Some(&state.encoding)
                .filter(|encoding| is_encoding(encoding))
                .cloned()
                .unwrap_or_default(),
            mask: state.file_mask.clone(),
            skip: state.processed,
            most_entries: known.most_entries,
            most_bytes: known.most_bytes,
            dictionary_bytes: dictionary_bytes(blob.size_bytes),
        };
        let session = Session::start(&self.sandbox, &blob, order, Patience(LONGEST));
        session.map_err(|broken| of_broken(broken, state))
    }

    /// The turn of the person, with the process that was kept from the step before if it is where the
    /// task is. `None`: another archive has it.
    fn turn(&self, run: &Run, state: &Extracting) -> Option<(OwnTurn, Option<Session>)> {
        let kept = self.kept.take(run.id);
        match kept.filter(|kept| kept.processed == state.processed) {
            Some(kept) => Some((kept.turn, Some(kept.session))),
            None => Some((self.turns.try_of(run.owner)?, None)),
        }
    }

    /// The turn is over: the next archive of the person need not sleep on.
    fn wake_next(&self, run: &Run) -> impl Future<Output = ()> + Send + use<> {
        let (core, owner) = (Arc::clone(&self.core), run.owner);
        async move {
            let Some(owner) = owner else { return };
            let woken = async {
                let mut tx = core.store.begin().await?;
                wake_next(&mut tx, (Self::NAME, owner), core.now()).await?;
                tx.commit().await
            };
            if let Err(error) = woken.await {
                tracing::warn!(%error, "the next archive has to wait a little");
            }
        }
    }

    /// Keeps what reads the archive for the next step.
    fn keep(&self, run: &Run, session: Session, turn: OwnTurn, processed: u64) {
        let ready = Ready {
            session,
            turn,
            processed,
        };
        self.kept.put(run.id, ready, self.wake_next(run));
    }

    async fn some(&self, run: &Run, state: &mut Extracting) -> Result<Turn, TaskError> {
        let actor = run.actor()?;
        let Some((turn, kept)) = self.turn(run, state) else {
            return Ok(Turn::NotYet);
        };
        state.naps = 0;
        if state.new_folder == NewFolder::Wanted {
            // Written down before anything comes into it: whoever begins anew finds it again.
            self.make_folder(actor, state).await?;
            return Ok(Turn::Time);
        }
        let known = self.look(actor, state).await?;
        self.core.steps.reached("extract: looked").await;
        let mut session = match kept {
            Some(session) => session,
            None => self.session(state, &known).await?,
        };
        let placer = Arc::new(Placer {
            core: Arc::clone(&self.core),
            uploads: self.uploads.clone(),
            actor: actor.clone(),
            dst: known.dst.clone(),
            task: run.id,
            archive: known.source.blob,
            conflict: state.conflict,
        });
        let time = Instant::now() + STEP;
        let bounds = (known.most_entries, known.most_bytes);
        let loss = known.reading.watch(known.source.clone());
        let mut filling = Filling::new(placer, (&self.tree, run), state, bounds, loss);
        let ended = filling.until(&mut session, time).await;
        drop(filling);
        match ended {
            Ok(Turn::Time) => {
                self.keep(run, session, turn, state.processed);
                Ok(Turn::Time)
            }
            Ok(ended) => Ok(ended),
            Err(Stop::Session(broken)) => Err(of_broken(broken, state)),
            Err(Stop::Lost(TaskError::Fail(why))) if state.report.files > 0 => {
                Err(fail(format!("{why}; {}", state.report.kept())))
            }
            Err(Stop::Lost(why)) => Err(why),
            Err(Stop::Bound(why)) => Err(fail(format!("{why}; {}", state.report.kept()))),
            Err(Stop::File(error)) => Err(of_file(error, state)),
        }
    }
}

/// What it means that the archive itself cannot be had.
fn of_source(error: FileError, state: &Extracting) -> TaskError {
    match unreadable(error) {
        TaskError::Fail(why) if state.report.files > 0 => {
            fail(format!("{why}; {}", state.report.kept()))
        }
        error => error,
    }
}

/// What it means that nothing can come into the folder.
pub(super) fn of_target(error: FileError) -> TaskError {
    match error {
        FileError::Store(_) | FileError::Storage(_) | FileError::Internal(_) => error.into(),
        FileError::Tree(TreeError::NotFound) => fail(NO_FOLDER),
        error => fail(format!("nothing may be brought into the folder: {error}")),
    }
}

fn of_file(error: FileError, state: &Extracting) -> TaskError {
    let kept = state.report.kept();
    match error {
        FileError::QuotaExceeded => fail(format!("no space left in the drive; {kept}")),
        error if is_storage_full(&error) => fail(format!("no space left in storage; {kept}")),
        FileError::Tree(TreeError::NotFound) => of_target(error),
        FileError::NotAllowed
        | FileError::OwnerOnly
        | FileError::LoginRequired
        | FileError::GroupNotAllowed
        | FileError::Unsupported => fail(format!(
            "nothing may be brought into the folder any more; {kept}"
        )),
        error => error.into(),
    }
}

fn of_broken(broken: Broken, state: &Extracting) -> TaskError {
    let kept = state.report.kept();
    match broken {
        Broken::Archive(Failure::Gone | Failure::Source(_)) | Broken::Io(_) => {
            TaskError::Retry(broken.into())
        }
        Broken::Archive(failure) if state.report.files == 0 => fail(failure.to_string()),
        Broken::Archive(failure) => fail(format!("{failure}; {kept}")),
        Broken::Storage(error) => of_file(error, state),
        Broken::Deadline => fail(format!("it took too long; {kept}")),
        Broken::Sandbox(error @ SandboxError::NotFound(_)) => fail(error.to_string()),
        Broken::Sandbox(error) => TaskError::Retry(error.into()),
    }
}

#[async_trait]
impl TaskKind for ExtractArchive {
    const NAME: &'static str = "extract_archive";
    const QUEUE: Queue = Queue::IoIntense;
    const CATEGORY: Option<Category> = Some(Category::General);
    const NEEDS: Option<NodeCapability> = Some(NodeCapability::ExtractArchive);
    const CLEANS_UP: bool = true;
    type State = Extracting;

    fn summary(state: &Extracting) -> Option<Summary> {
        Some(Summary {
            phase: String::new(),
            props: state.props(),
        })
    }

    async fn step(&self, run: &Run, mut state: Extracting) -> Result<Step<Extracting>, TaskError> {
        if let Some(why) = state.failure {
            return Err(fail(why));
        }
        if state.is_over {
            return Ok(Step::Done);
        }
        let did = self.some(run, &mut state).await;
        if !matches!(did, Ok(Turn::Time | Turn::NotYet)) {
            self.wake_next(run).await;
        }
        let did = match did {
            Ok(Turn::Over) => {
                state.failure = state.nothing();
                Ok(Turn::Over)
            }
            Err(TaskError::Fail(error)) => {
                state.failure = Some(error.to_string());
                Ok(Turn::Over)
            }
            did => did,
        };
        if state.failure.is_some() {
            self.take_folder_back(run, &mut state).await;
        }
        match did {
            Ok(Turn::NotYet) => {
                let nap = LONGEST_NAP_SECS.min(1 << state.naps.min(5));
                state.naps += 1;
                Ok(Step::Sleep {
                    until: self.core.now().plus_secs(nap),
                    state,
                })
            }
            // First what came of it is written down, and only then how it ended.
            Ok(turn) => {
                if turn == Turn::Over && state.failure.is_none() {
                    state.over();
                }
                Ok(Step::Again(state))
            }
            Err(error) => Err(error),
        }
    }

    async fn cleanup(
        &self,
        run: &Run,
        mut state: Extracting,
    ) -> Result<Extracting, site::task::BoxError> {
        drop(self.kept.take(run.id));
        // Called off in the middle of a step, there was nobody to wake them.
        self.wake_next(run).await;
        self.take_folder_back(run, &mut state).await;
        // It looks anew who may read what, finds what is its own, and counts all of it once.
        Ok(state.anew())
    }
}
