//! What a process says of an archive is heard, and what it asks for is handed over.

use super::feed::Feed;
use super::session::Broken;
use super::watch::contains;
use archive::read::frame::{Frame, HEAD_BYTES, Head, Stored};
use archive::read::{Failure, Reason};
use drive::error::FileError;
use sandbox::{Job, Sandbox, SandboxError};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;
use tokio::sync::mpsc;

/// The signal that ends a process whatever it does (POSIX).
const KILLED: i32 = 9;
/// A piece of content that the server reads itself.
const STORED_PIECE: usize = 512 << 10;

/// Hears what is said, and hands over what is asked for.
pub(super) struct Pump {
    pub from: BufReader<UnixStream>,
    pub feed: Feed,
    pub archive_bytes: u64,
    pub is_elsewhere: bool,
    pub fetched: Arc<AtomicU64>,
    pub tell: mpsc::Sender<Result<Frame, Broken>>,
    pub storage_error: Option<FileError>,
}

impl Pump {
    pub async fn run(mut self, sandbox: &Sandbox, job: Job, order: Vec<u8>) {
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
        let mut is_damaged = false;
        loop {
            let frame = match self.frame().await? {
                Frame::Want(at, length) => {
                    self.hand_over(at, length).await?;
                    continue;
                }
                Frame::Stored(stored) => {
                    is_damaged = !self.read_stored(stored).await?;
                    continue;
                }
                Frame::Failed(failure) => return Err(Broken::Archive(failure)),
                Frame::End(None) if is_damaged => Frame::End(Some(Reason::Damaged)),
                frame => frame,
            };
            is_damaged = false;
            let is_last = frame == Frame::Done;
            if self.tell.send(Ok(frame)).await.is_err() || is_last {
                return Ok(());
            }
        }
    }

    /// Content that the archive holds as it is goes no way round; whether it is whole.
    async fn read_stored(&mut self, stored: Stored) -> Result<bool, Broken> {
        contains(self.archive_bytes, stored)?;
        let end = stored.at + stored.length;
        let (mut at, mut crc) = (stored.at, crc32fast::Hasher::new());
        while at < end {
            let most =
                usize::try_from(end - at).map_or(STORED_PIECE, |left| left.min(STORED_PIECE));
            let piece = self.feed.some(at, most).await;
            let piece = piece.map_err(Broken::Storage)?;
            if self.is_elsewhere {
                self.fetched.store(self.feed.read, Ordering::Relaxed);
            }
            crc.update(&piece);
            at += piece.len() as u64;
            if self.tell.send(Ok(Frame::Piece(piece))).await.is_err() {
                break;
            }
        }
        Ok(crc.finalize() == stored.crc)
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
        if !self.is_elsewhere {
            return Err(io::Error::other("it asks for what it has").into());
        }
        match self.feed.range(at, length as usize).await {
            Ok(bytes) => {
                self.fetched.store(self.feed.read, Ordering::Relaxed);
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
