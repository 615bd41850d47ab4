//! The server's side of a process that reads an archive: it starts one in the sandbox, answers what
//! it asks for, and believes nothing that it says without a look.

use super::feed::Feed;
use super::watch::Watch;
use archive::read::frame::{Frame, HEAD_BYTES, Head};
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
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// This program, whichever version of it runs.
const PROGRAM: &str = "/proc/self/exe";
/// Libraries that it may be linked with.
const READABLE: [&str; 4] = ["/usr/lib", "/usr/lib64", "/lib", "/lib64"];
/// What it maps beside what it holds: itself, and what its allocator puts aside.
const MAPPED_BYTES: u64 = 1 << 30;
/// The signal that ends a process whatever it does (POSIX).
const KILLED: i32 = 9;
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
        let (input, feed) = match &blob.file {
            Some(file) => (opened_again(file)?, None),
            None => (File::open("/dev/null")?, Some(Feed::new(Arc::clone(blob)))),
        };
        order.bytes = match feed {
            Some(_) => Where::Asked(blob.size_bytes),
            None => Where::Input,
        };
        let memory = order.dictionary_bytes + WORKING_BYTES;
        let output = File::from(OwnedFd::from(theirs));
        let job = job((input, output), memory, patience);
        let fetched = Arc::new(AtomicU64::new(0));
        let is_elsewhere = feed.is_some();
        let (tell, heard) = mpsc::channel(AHEAD);
        let pump = Pump {
            from: BufReader::with_capacity(64 << 10, ours),
            feed,
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
            names: Names::default(),
            watch,
        })
    }

    /// What is said next. Nothing is lost if this is dropped before it answers.
    pub async fn next(&mut self) -> Result<Frame, Broken> {
        match self.heard.recv().await {
            Some(heard) => heard,
            None => Err(Broken::Io(io::ErrorKind::BrokenPipe.into())),
        }
    }
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

/// Hears what is said, and hands over what is asked for.
struct Pump {
    from: BufReader<UnixStream>,
    feed: Option<Feed>,
    fetched: Arc<AtomicU64>,
    tell: mpsc::Sender<Result<Frame, Broken>>,
    storage_error: Option<FileError>,
}

impl Pump {
    async fn run(mut self, sandbox: &Sandbox, job: Job, order: Vec<u8>) {
        let mut running = std::pin::pin!(sandbox.run(job));
        let mut job_ended = None;
        let heard = {
            let mut hearing = std::pin::pin!(self.hear(order));
            tokio::select! {
                heard = &mut hearing => heard,
                ended = &mut running => {
                    job_ended = Some(ended);
                    // What it said before is still to be heard.
                    hearing.await
                }
            }
        };
        let broken = match (heard, job_ended) {
            (Ok(()), _) => return,
            (Err(Broken::Io(error)), Some(ended)) => why(ended, error),
            // It speaks no more, so it ends.
            (Err(Broken::Io(error)), None) if is_end(&error) => why(running.await, error),
            (Err(Broken::Io(_)), None) => {
                Failure::Damaged("its decoder talks nonsense".to_owned()).into()
            }
            (Err(broken), _) => broken,
        };
        let broken = match (self.storage_error.take(), broken) {
            (Some(error), Broken::Archive(Failure::Source(_))) => Broken::Storage(error),
            (_, broken) => broken,
        };
        // Whoever does not listen any more has dropped it.
        let _ = self.tell.send(Err(broken)).await;
    }

    async fn hear(&mut self, order: Vec<u8>) -> Result<(), Broken> {
        self.from.get_mut().write_all(&order).await?;
        self.listen().await
    }

    /// Until the last word: then `Ok`.
    async fn listen(&mut self) -> Result<(), Broken> {
        loop {
            let frame = self.frame().await?;
            match frame {
                Frame::Want(at, length) => self.hand_over(at, length).await?,
                Frame::Failed(failure) => return Err(Broken::Archive(failure)),
                frame => {
                    let is_last = frame == Frame::Done;
                    if self.tell.send(Ok(frame)).await.is_err() || is_last {
                        return Ok(());
                    }
                }
            }
        }
    }

    async fn frame(&mut self) -> Result<Frame, Broken> {
        let mut head = [0; HEAD_BYTES];
        self.from.read_exact(&mut head).await?;
        let head = Head::parse(head).map_err(io::Error::other)?;
        let mut body = vec![0; head.length];
        self.from.read_exact(&mut body).await?;
        Ok(head.frame(body).map_err(io::Error::other)?)
    }

    async fn hand_over(&mut self, at: u64, length: u32) -> Result<(), Broken> {
        let Some(feed) = &mut self.feed else {
            return Err(io::Error::other("it asks for what it has").into());
        };
        match feed.range(at, length as usize).await {
            Ok(bytes) => {
                self.fetched.store(feed.read, Ordering::Relaxed);
                let to = self.from.get_mut();
                to.write_all(&(bytes.len() as u32).to_le_bytes()).await?;
                to.write_all(&bytes).await?;
            }
            Err(error) => {
                self.storage_error = Some(error);
                let to = self.from.get_mut();
                to.write_all(&u32::MAX.to_le_bytes()).await?;
            }
        }
        Ok(())
    }
}

/// Whether the other end was closed.
fn is_end(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe
    )
}

/// What it means that a process is not heard to its last word.
fn why(ended: Result<sandbox::Finished, SandboxError>, heard: io::Error) -> Broken {
    match ended {
        Err(SandboxError::Memory) => Failure::TooMuchMemory.into(),
        Err(SandboxError::Deadline) => Broken::Deadline,
        Err(SandboxError::Crashed { stderr_tail, .. })
            if stderr_tail.contains("memory allocation of") =>
        {
            Failure::TooMuchMemory.into()
        }
        // Somebody ended it, such as a kernel that is short of memory: not the archive's doing.
        Err(error @ SandboxError::Crashed { signal: KILLED, .. }) => Broken::Sandbox(error),
        // It read something that no decoder was made for.
        Err(SandboxError::Crashed { .. } | SandboxError::Failed { .. }) => {
            Failure::Damaged("its decoder broke off".to_owned()).into()
        }
        Err(error) => Broken::Sandbox(error),
        Ok(_) => heard.into(),
    }
}
