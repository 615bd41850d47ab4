//! Files from the kernel's memory to the socket without passing through ours.
//!
//! hyper only knows bodies made of buffers. So an answer whose body is a range of a file
//! ([`FilePart`] in its data) is given a body of stand-in buffers instead: slices of one static
//! array, never read, of the right length. When the connection's socket is asked to write such a
//! slice, known by its address, it has the kernel send that many bytes of the file (sendfile).
//! This only works where the very slices arrive at the socket: HTTP/1 with vectored writes and
//! no TLS. Everywhere else the ordinary body, which the answer also has, is used.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, IoSlice};
use std::num::NonZeroU64;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_util::{FutureExt, Stream};
use poem::http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use poem::{Body, Response};
#[cfg(target_os = "linux")]
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::net::TcpStream;
use tokio::task::{JoinHandle, spawn_blocking};

use super::super::content::is_cached;
use super::fragment::FragmentWatch;

/// How much of a file one stand-in buffer stands for: more than a socket takes at once, so that
/// what it takes is seldom cut short.
const WINDOW: usize = 4 << 20;
/// How many bytes of files a socket holds that it cannot send yet. What is on its way, which is
/// what long lines need, is not counted.
const UNSENT: u32 = 128 << 10;
/// How much is read from the disk at once.
const BLOCK: usize = 512 << 10;
/// All zeros, so it takes no room in the program and, never being read, none in memory.
static STAND_IN: [u8; WINDOW] = [0; WINDOW];

/// Answer data: the body is exactly these bytes of the file, as they are.
#[derive(Clone, Debug)]
pub(in super::super) struct FilePart {
    pub(in super::super) file: Arc<File>,
    pub(in super::super) range: Range<u64>,
}

/// The file parts a connection has given stand-in buffers for and not sent yet, in order.
#[derive(Clone, Default)]
pub(super) struct Outbox(Arc<Mutex<VecDeque<FilePart>>>);

impl Outbox {
    /// Gives an answer to a GET over HTTP/1 a stand-in body if its body is a file part. Does
    /// nothing if headers show that something on the way here changed the body.
    pub(super) fn take_over(&self, response: &mut Response) {
        let Some(part) = response.data::<FilePart>().cloned() else {
            return;
        };
        let length = part.range.end - part.range.start;
        let declared = response
            .header(CONTENT_LENGTH)
            .and_then(|length| length.parse().ok());
        if declared != Some(length) || response.header(CONTENT_ENCODING).is_some() {
            return;
        }
        let stand_ins = StandIns {
            part,
            outbox: self.clone(),
            reading: None,
        };
        response.set_body(Body::from_bytes_stream(stand_ins));
    }

    fn with<T>(&self, use_it: impl FnOnce(&mut VecDeque<FilePart>) -> T) -> T {
        use_it(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The file to send from now, from where, and how much of it is left.
    fn front(&self) -> io::Result<FilePart> {
        let front = self.with(|parts| parts.front().cloned());
        front.ok_or_else(|| io::Error::other("a stand-in buffer without a file"))
    }

    fn sent(&self, bytes: u64) {
        self.with(|parts| {
            if let Some(part) = parts.front_mut() {
                part.range.start += bytes;
                if part.range.is_empty() {
                    parts.pop_front();
                }
            }
        });
    }
}

fn is_stand_in(buffer: &[u8]) -> bool {
    STAND_IN.as_ptr_range().contains(&buffer.as_ptr())
}

/// The body of stand-in buffers. Only what is in the kernel's memory is sent that way; what has
/// to come from the disk is read by another thread and sent as ordinary buffers, so that no
/// async thread waits for a disk.
struct StandIns {
    part: FilePart,
    outbox: Outbox,
    reading: Option<JoinHandle<io::Result<Bytes>>>,
}

impl StandIns {
    /// The next bytes of the file, `length` or what is left; empty at the end.
    fn next(&self, length: usize) -> Range<u64> {
        let left = &self.part.range;
        left.start..left.end.min(left.start + length as u64)
    }

    /// The next stand-in buffer, unless its bytes are not in memory.
    fn stand_in(&mut self) -> Option<Bytes> {
        let range = self.next(WINDOW);
        let file = Arc::clone(&self.part.file);
        if !is_cached(&file, range.clone()) {
            return None;
        }
        self.part.range.start = range.end;
        let length = (range.end - range.start) as usize;
        self.outbox
            .with(|parts| parts.push_back(FilePart { file, range }));
        Some(Bytes::from_static(&STAND_IN[..length]))
    }

    /// Has another thread read the next block.
    fn read(&mut self) {
        let range = self.next(BLOCK);
        self.part.range.start = range.end;
        let file = Arc::clone(&self.part.file);
        self.reading = Some(spawn_blocking(move || read(&file, range)));
    }
}

impl Stream for StandIns {
    type Item = io::Result<Bytes>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if this.reading.is_none() {
            if this.part.range.is_empty() {
                return Poll::Ready(None);
            }
            if let Some(buffer) = this.stand_in() {
                return Poll::Ready(Some(Ok(buffer)));
            }
            this.read();
        }
        let Some(reading) = &mut this.reading else {
            return Poll::Ready(None);
        };
        let read = ready!(reading.poll_unpin(cx))
            .map_err(io::Error::other)
            .flatten();
        this.reading = None;
        // The disk is the slow side: have it work while the socket sends this block.
        let next = this.next(BLOCK);
        if read.is_ok() && !next.is_empty() && !is_cached(&this.part.file, next) {
            this.read();
        }
        Poll::Ready(Some(read))
    }
}

/// Reads a block, waiting for the disk, and has the disk go on with the next one meanwhile.
fn read(file: &File, range: Range<u64>) -> io::Result<Bytes> {
    use rustix::fs::{Advice, fadvise};
    let length = range.end - range.start;
    // Advice only: not following it costs time, nothing else.
    let _ = fadvise(file, range.end, NonZeroU64::new(length), Advice::WillNeed);
    let mut buffer = vec![0; length as usize];
    file.read_exact_at(&mut buffer, range.start)?;
    Ok(buffer.into())
}

/// A connection's socket that sends files in place of stand-in buffers.
pub(super) struct FileSocket {
    socket: TcpStream,
    outbox: Outbox,
    watch: FragmentWatch,
    line: Vec<u8>,
    sends_files: bool,
}

impl FileSocket {
    pub(super) fn new(socket: TcpStream, outbox: Outbox, watch: FragmentWatch) -> Self {
        Self {
            socket,
            outbox,
            watch,
            line: Vec::new(),
            sends_files: false,
        }
    }

    fn poll_send(&mut self, cx: &mut Context<'_>, length: usize) -> Poll<io::Result<usize>> {
        if !std::mem::replace(&mut self.sends_files, true) {
            hold_little(&self.socket);
        }
        let FilePart { file, range } = self.outbox.front()?;
        let length = (range.end - range.start).min(length as u64) as usize;
        loop {
            ready!(self.socket.poll_write_ready(cx))?;
            let send = || send(&self.socket, &file, range.start, length);
            match self.socket.try_io(Interest::WRITABLE, send) {
                Ok(0) => return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into())),
                Ok(sent) => {
                    self.outbox.sent(sent as u64);
                    return Poll::Ready(Ok(sent));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

/// What waits in a socket is of no use to anybody, and measurably slows down the rest.
#[cfg(target_os = "linux")]
fn hold_little(socket: &TcpStream) {
    if let Err(error) = SockRef::from(socket).set_tcp_notsent_lowat(UNSENT) {
        tracing::debug!(%error, "cannot tune a socket that sends files");
    }
}

#[cfg(not(target_os = "linux"))]
fn hold_little(_: &TcpStream) {}

/// Sends some bytes of a file; 0 at its end.
#[cfg(target_os = "linux")]
fn send(socket: &TcpStream, file: &File, offset: u64, length: usize) -> io::Result<usize> {
    use rustix::io::Errno;
    let mut from = offset;
    match rustix::fs::sendfile(socket, file, Some(&mut from), length) {
        // File systems without splicing.
        Err(Errno::INVAL | Errno::NOSYS) => copy(socket, file, offset, length),
        sent => Ok(sent?),
    }
}

#[cfg(not(target_os = "linux"))]
fn send(socket: &TcpStream, file: &File, offset: u64, length: usize) -> io::Result<usize> {
    copy(socket, file, offset, length)
}

/// [`send`] by reading and writing. What the socket does not take is read again next time.
fn copy(socket: &TcpStream, file: &File, offset: u64, length: usize) -> io::Result<usize> {
    let mut buffer = vec![0; length.min(64 << 10)];
    let read = file.read_at(&mut buffer, offset)?;
    let sent = rustix::io::write(socket, &buffer[..read])?;
    Ok(sent)
}

impl AsyncRead for FileSocket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let this = &mut *self;
        ready!(Pin::new(&mut this.socket).poll_read(cx, buffer))?;
        this.watch.read(&buffer.filled()[before..], &mut this.line);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for FileSocket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &[u8],
    ) -> Poll<io::Result<usize>> {
        if is_stand_in(buffer) {
            return self.poll_send(cx, buffer.len());
        }
        Pin::new(&mut self.socket).poll_write(cx, buffer)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let ordinary = buffers
            .iter()
            .take_while(|buffer| !is_stand_in(buffer))
            .count();
        if buffers[..ordinary].iter().any(|buffer| !buffer.is_empty()) {
            return Pin::new(&mut self.socket).poll_write_vectored(cx, &buffers[..ordinary]);
        }
        let stand_ins = buffers[ordinary..]
            .iter()
            .take_while(|buffer| is_stand_in(buffer));
        match stand_ins.map(|buffer| buffer.len()).sum() {
            0 => Poll::Ready(Ok(0)),
            length => self.poll_send(cx, length),
        }
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests;
