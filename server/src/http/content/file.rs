//! Local files as buffers and streams, without handing each read to another thread.
//!
//! Most downloads are of bytes the kernel has in memory. Reading those takes less time than
//! waking a thread, so each read is first tried with `RWF_NOWAIT`, which never waits for a disk.
//! Only what is not in memory goes to the blocking pool, one block ahead of the socket.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use futures_util::{FutureExt, Stream, StreamExt};
use tokio::task::{JoinHandle, spawn_blocking};

use super::super::ByteStream;

/// Size of one read. Two of them stay in a core's cache next to what the socket copies.
const BLOCK: usize = 256 << 10;
/// Buffers a stream keeps for reuse: one being filled, two on their way out.
const BUFFERS: usize = 3;
/// Distance of the samples by which a range is found in memory. The kernel loads and drops
/// neighbouring pages together, so a few tell of all.
const SAMPLE_EVERY: usize = 128 << 10;

/// Reads a range that fits in memory well.
/// # Errors
/// `UnexpectedEof` if the file is shorter; any read error.
pub(super) async fn read(file: &Arc<File>, range: Range<u64>) -> io::Result<Bytes> {
    let length = usize::try_from(range.end - range.start).map_err(io::Error::other)?;
    let mut buffer = BytesMut::zeroed(length);
    let done = read_cached(file, &mut buffer, range.start)?;
    if done < length {
        let file = Arc::clone(file);
        let filled = spawn_blocking(move || fill(&file, buffer, done, range.start)).await;
        buffer = filled.map_err(io::Error::other)??;
    }
    Ok(buffer.freeze())
}

/// The bytes of a range in blocks. Ends with `UnexpectedEof` if the file is shorter.
pub(super) fn stream(file: Arc<File>, range: Range<u64>) -> ByteStream {
    Blocks {
        file,
        rest: range,
        buffers: Vec::with_capacity(BUFFERS),
        reading: None,
    }
    .boxed()
}

/// Reads what the kernel has in memory, perhaps nothing, and never waits.
#[cfg(target_os = "linux")]
fn read_cached(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    use rustix::io::{Errno, ReadWriteFlags, preadv2};
    let mut buffers = [io::IoSliceMut::new(buffer)];
    match preadv2(file, &mut buffers, offset, ReadWriteFlags::NOWAIT) {
        Ok(read) => Ok(read),
        // Not in memory, a file system that cannot tell, or a kernel that does not know the flag:
        // the read that may wait has the last word on errors.
        Err(Errno::AGAIN | Errno::OPNOTSUPP | Errno::INTR | Errno::NOSYS | Errno::INVAL) => Ok(0),
        Err(error) => Err(error.into()),
    }
}

#[cfg(not(target_os = "linux"))]
fn read_cached(_: &File, _: &mut [u8], _: u64) -> io::Result<usize> {
    Ok(0)
}

/// Whether the kernel seems to have a range in memory, judged by samples.
pub(in super::super) fn is_cached(file: &File, range: Range<u64>) -> bool {
    let last = range.end.saturating_sub(1);
    let samples = range.step_by(SAMPLE_EVERY).chain([last]);
    samples
        .into_iter()
        .all(|at| matches!(read_cached(file, &mut [0], at), Ok(1)))
}

/// Reads the rest of a buffer whose first `done` bytes are there; waits for the disk.
fn fill(file: &File, mut buffer: BytesMut, done: usize, offset: u64) -> io::Result<BytesMut> {
    file.read_exact_at(&mut buffer[done..], offset + done as u64)?;
    Ok(buffer)
}

struct Blocks {
    file: Arc<File>,
    /// What no read has been started for.
    rest: Range<u64>,
    /// Blocks handed out; the ones nobody else holds any more are filled again.
    buffers: Vec<Bytes>,
    /// The block that comes next, if it had to be left to the blocking pool.
    reading: Option<JoinHandle<io::Result<BytesMut>>>,
}

impl Blocks {
    /// A buffer for the next block.
    fn buffer(&mut self) -> BytesMut {
        let length = (self.rest.end - self.rest.start).min(BLOCK as u64) as usize;
        let free = self
            .buffers
            .iter()
            .position(|bytes| bytes.is_unique() && bytes.len() >= length);
        let reused = free.and_then(|at| self.buffers.swap_remove(at).try_into_mut().ok());
        let mut buffer = reused.unwrap_or_else(|| BytesMut::zeroed(length));
        buffer.truncate(length);
        buffer
    }

    /// Hands a block out, keeping it for reuse.
    fn give(&mut self, block: BytesMut) -> Bytes {
        let block = block.freeze();
        if self.buffers.len() < BUFFERS {
            self.buffers.push(block.clone());
        }
        block
    }

    /// Reads the next block from memory, or starts a read that may wait.
    fn advance(&mut self) -> io::Result<Option<Bytes>> {
        let mut buffer = self.buffer();
        let offset = self.rest.start;
        self.rest.start += buffer.len() as u64;
        let done = read_cached(&self.file, &mut buffer, offset)?;
        if done == buffer.len() {
            return Ok(Some(self.give(buffer)));
        }
        let file = Arc::clone(&self.file);
        self.reading = Some(spawn_blocking(move || fill(&file, buffer, done, offset)));
        Ok(None)
    }
}

impl Stream for Blocks {
    type Item = io::Result<Bytes>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let Some(reading) = &mut this.reading else {
            if this.rest.is_empty() {
                return Poll::Ready(None);
            }
            return match this.advance() {
                Ok(Some(block)) => Poll::Ready(Some(Ok(block))),
                Ok(None) => Pin::new(this).poll_next(cx),
                Err(error) => Poll::Ready(Some(Err(error))),
            };
        };
        let read = std::task::ready!(reading.poll_unpin(cx));
        this.reading = None;
        match read.map_err(io::Error::other).flatten() {
            Ok(block) => {
                let block = this.give(block);
                // The disk is the slow side: have it work while the socket sends this block.
                this.read_ahead();
                Poll::Ready(Some(Ok(block)))
            }
            Err(error) => Poll::Ready(Some(Err(error))),
        }
    }
}

impl Blocks {
    fn read_ahead(&mut self) {
        if self.rest.is_empty() {
            return;
        }
        let buffer = self.buffer();
        let offset = self.rest.start;
        self.rest.start += buffer.len() as u64;
        let file = Arc::clone(&self.file);
        self.reading = Some(spawn_blocking(move || fill(&file, buffer, 0, offset)));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::io::Write;

    use futures_util::TryStreamExt;

    use super::*;

    fn file(length: usize) -> (Arc<File>, Vec<u8>) {
        let bytes: Vec<u8> = (0..length).map(|at| (at * 31 % 251) as u8).collect();
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&bytes).unwrap();
        (Arc::new(file), bytes)
    }

    /// Makes the kernel forget a file, so that reads have to wait for the disk.
    fn forget(file: &File) {
        file.sync_all().unwrap();
        rustix::fs::fadvise(file, 0, None, rustix::fs::Advice::DontNeed).unwrap();
    }

    async fn collect(stream: ByteStream) -> io::Result<Vec<u8>> {
        stream
            .try_fold(Vec::new(), |mut all, block| async move {
                all.extend_from_slice(&block);
                Ok(all)
            })
            .await
    }

    #[tokio::test]
    async fn a_stream_gives_exactly_its_range_from_memory_and_from_disk() {
        let (file, bytes) = file(BLOCK * 5 + 17);
        for range in [
            0..bytes.len(),
            1..bytes.len() - 1,
            100..101,
            BLOCK..BLOCK * 2,
            7..7,
        ] {
            let asked = range.start as u64..range.end as u64;
            let warm = collect(stream(Arc::clone(&file), asked.clone()))
                .await
                .unwrap();
            assert!(warm == bytes[range.clone()], "{range:?} from memory");
            forget(&file);
            let cold = collect(stream(Arc::clone(&file), asked)).await.unwrap();
            assert!(cold == bytes[range.clone()], "{range:?} from disk");
        }
    }

    #[tokio::test]
    async fn blocks_held_by_the_reader_are_not_overwritten() {
        let (file, bytes) = file(BLOCK * 8);
        let blocks: Vec<Bytes> = stream(file, 0..bytes.len() as u64)
            .try_collect()
            .await
            .unwrap();
        assert!(blocks.concat() == bytes);
    }

    #[tokio::test]
    async fn a_file_that_lost_its_end_is_an_error_not_padding() {
        let (file, _) = file(BLOCK * 2);
        file.set_len(BLOCK as u64 + 5).unwrap();
        let mut blocks = stream(Arc::clone(&file), 0..BLOCK as u64 * 2);
        assert_eq!(blocks.next().await.unwrap().unwrap().len(), BLOCK);
        let error = blocks.next().await.unwrap().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
        let error = read(&file, BLOCK as u64..BLOCK as u64 + 6)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }

    #[tokio::test]
    async fn a_small_range_is_read_at_once() {
        let (file, bytes) = file(10_000);
        assert_eq!(read(&file, 10..9_000).await.unwrap(), bytes[10..9_000]);
        forget(&file);
        assert_eq!(read(&file, 10..9_000).await.unwrap(), bytes[10..9_000]);
    }
}
