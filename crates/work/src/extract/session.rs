//! The server's side of a process that reads an archive: it starts one in the sandbox, answers what
//! it asks for, and believes nothing that it says without a look.

use super::feed::Feed;
use super::pump::Pump;
use super::watch::Watch;
use archive::read::frame::Frame;
use archive::read::{Bytes as Where, COMMAND, Failure, Order, WORKING_BYTES};
use drive::blob::OpenBlob;
use drive::error::FileError;
use sandbox::{Job, Limits, OutputTo, Sandbox, SandboxError};
use std::collections::HashMap;
use std::fs::File;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::io::BufReader;
use tokio::net::UnixStream;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// This program, whichever version of it runs.
const PROGRAM: &str = "/proc/self/exe";
/// Libraries that it may be linked with.
const READABLE: [&str; 4] = ["/usr/lib", "/usr/lib64", "/lib", "/lib64"];
/// What it maps beside what it holds: itself, and what its allocator puts aside.
const MAPPED_BYTES: u64 = 1 << 30;
/// How long it is known where an archive is read.
const POSITION_PAUSE: Duration = Duration::from_millis(250);
/// Frames that wait for who reads them.
const AHEAD: usize = 8;

/// Why nothing more is heard.
#[derive(Debug, thiserror::Error)]
pub(super) enum Broken {
    /// The archive.
    #[error(transparent)]
    Archive(#[from] Failure),
    /// What it lies in cannot be read now.
    #[error(transparent)]
    Storage(FileError),
    #[error("it took too long")]
    Deadline,
    /// The sandbox cannot do it, now or here.
    #[error(transparent)]
    Sandbox(SandboxError),
    #[error("cannot speak to a process: {0}")]
    Io(#[from] io::Error),
}

/// How long one may take: in time, and of the processor.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience(pub Duration);

/// An archive that is being read.
#[derive(Debug)]
pub(super) struct Session {
    heard: mpsc::Receiver<Result<Frame, Broken>>,
    pump: JoinHandle<()>,
    /// Bytes of the archive that were fetched from elsewhere.
    pub fetched: Arc<AtomicU64>,
    pub is_elsewhere: bool,
    /// The file that the process reads, at the same position as it.
    input: File,
    /// Where that was, and when.
    position: (Option<Instant>, u64),
    pub names: Names,
    pub watch: Watch,
}

/// Names that were seen, to find those that differ in capital letters only.
#[derive(Debug, Default)]
pub(super) struct Names(HashMap<u64, u64>);

impl Names {
    /// Whether another name was seen that some systems take for the same.
    pub fn clash(&mut self, name: &str) -> bool {
        let own = hash(name);
        let first = *self.0.entry(hash(&name.to_lowercase())).or_insert(own);
        first != own
    }
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

impl Drop for Session {
    fn drop(&mut self) {
        // Nobody waits for the job then, and its processes are ended.
        self.pump.abort();
    }
}

impl Session {
    /// Begins to read. The order need not say where the bytes are.
    pub fn start(
        sandbox: &Arc<Sandbox>,
        blob: &Arc<OpenBlob>,
        mut order: Order,
        patience: Patience,
    ) -> Result<Self, Broken> {
        let (ours, theirs) = std::os::unix::net::UnixStream::pair()?;
        ours.set_nonblocking(true)?;
        let ours = UnixStream::from_std(ours)?;
        let (input, bytes) = match &blob.file {
            Some(file) => (opened_again(file)?, Where::Input),
            None => (File::open("/dev/null")?, Where::Asked(blob.size_bytes)),
        };
        order.bytes = bytes;
        let read_along = input.try_clone()?;
        let memory = order.dictionary_bytes + WORKING_BYTES;
        let output = File::from(OwnedFd::from(theirs));
        let job = job((input, output), memory, patience);
        let fetched = Arc::new(AtomicU64::new(0));
        let is_elsewhere = blob.file.is_none();
        let (tell, heard) = mpsc::channel(AHEAD);
        let pump = Pump {
            from: BufReader::with_capacity(64 << 10, ours),
            feed: Feed::new(Arc::clone(blob)),
            archive_bytes: blob.size_bytes,
            is_elsewhere,
            fetched: Arc::clone(&fetched),
            tell,
            storage_error: None,
        };
        let sandbox = Arc::clone(sandbox);
        let watch = Watch::behind(order.skip);
        let order = order.to_bytes()?;
        let pump = tokio::spawn(async move { pump.run(&sandbox, job, order).await });
        Ok(Self {
            heard,
            pump,
            fetched,
            is_elsewhere,
            input: read_along,
            position: (None, 0),
            names: Names::default(),
            watch,
        })
    }

    /// Where in the archive it is being read: from there to its end is what is left of one that is
    /// read from one end to the other.
    pub fn position(&mut self) -> u64 {
        if self.is_elsewhere {
            return self.fetched.load(Ordering::Relaxed);
        }
        let (at, known) = &mut self.position;
        if at.is_none_or(|at| at.elapsed() >= POSITION_PAUSE) {
            *at = Some(Instant::now());
            *known = position_of(&self.input).unwrap_or(*known);
        }
        *known
    }

    /// What is said next. Nothing is lost if this is dropped before it answers.
    pub async fn next(&mut self) -> Result<Frame, Broken> {
        match self.heard.recv().await {
            Some(heard) => heard,
            None => Err(Broken::Io(io::ErrorKind::BrokenPipe.into())),
        }
    }
}

/// Where a file is read that another process reads as well. To ask the file itself would wait for that
/// to end its read.
fn position_of(file: &File) -> Option<u64> {
    let info = std::fs::read_to_string(format!("/proc/self/fdinfo/{}", file.as_raw_fd())).ok()?;
    let position = info.lines().find_map(|line| line.strip_prefix("pos:"))?;
    position.trim().parse().ok()
}

/// The same file, read from a place of its own.
fn opened_again(file: &File) -> io::Result<File> {
    File::open(format!("/proc/self/fd/{}", file.as_raw_fd()))
}

fn job((input, output): (File, File), memory: u64, Patience(time): Patience) -> Job {
    Job {
        program: PROGRAM.into(),
        args: vec![COMMAND.to_owned()],
        env: Vec::new(),
        input,
        output: OutputTo::File(output),
        limits: Limits {
            memory,
            address_space: memory + MAPPED_BYTES,
            cpu: time,
            wall: time,
            // Not for sockets, but none at all would count as full.
            file_size: 1,
            descriptors: 16,
            processes: 4,
        },
        readable: READABLE.map(PathBuf::from).to_vec(),
        scratch: None,
    }
}
