//! A blob as a file to seek in, for libraries that know nothing else.

use bytes::Bytes;
use drive::blob::{ByteRange, OpenBlob};
use futures_util::TryStreamExt;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;
use tokio::runtime::Handle;

/// Bytes asked for at once: directories are read in small steps.
const BLOCK: u64 = 64 << 10;

/// Reads a blob a block at a time. To be used on a blocking thread: it waits for the storage.
#[derive(Debug)]
pub(super) struct SeekBlob {
    blob: Arc<OpenBlob>,
    runtime: Handle,
    at: u64,
    /// The block read last, and where it starts.
    block: (u64, Bytes),
    /// Bytes that may still be fetched.
    left: u64,
}

impl SeekBlob {
    /// Fetching more than `most` bytes fails. To be made on a thread of the runtime.
    pub fn new(blob: Arc<OpenBlob>, most: u64) -> Self {
        Self {
            blob,
            runtime: Handle::current(),
            at: 0,
            block: (0, Bytes::new()),
            left: most,
        }
    }

    /// What is in the block from the position on.
    fn buffered(&self) -> &[u8] {
        let (start, bytes) = &self.block;
        let skip = self.at.checked_sub(*start);
        let skip = skip.and_then(|skip| usize::try_from(skip).ok());
        skip.and_then(|skip| bytes.get(skip..)).unwrap_or_default()
    }

    fn fetch(&mut self) -> io::Result<()> {
        let start = self.at / BLOCK * BLOCK;
        let end = (start + BLOCK).min(self.blob.size_bytes);
        let left = self.left.checked_sub(end - start);
        self.left = left.ok_or_else(|| io::Error::other("more than may be read"))?;
        let range = ByteRange {
            start,
            end: Some(end),
        };
        let blob = Arc::clone(&self.blob);
        let bytes = self.runtime.block_on(async move {
            let stream = blob.read(range).await.map_err(io::Error::other)?;
            let join = |mut all: Vec<u8>, piece: Bytes| async move {
                all.extend_from_slice(&piece);
                Ok(all)
            };
            stream.try_fold(Vec::new(), join).await
        })?;
        if bytes.len() as u64 != end - start {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.block = (start, bytes.into());
        Ok(())
    }
}

impl Read for SeekBlob {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.at >= self.blob.size_bytes || into.is_empty() {
            return Ok(0);
        }
        if self.buffered().is_empty() {
            self.fetch()?;
        }
        let bytes = self.buffered();
        let count = bytes.len().min(into.len());
        into[..count].copy_from_slice(&bytes[..count]);
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for SeekBlob {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.blob.size_bytes.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}
