//! What came, on its way to the disk.

use super::answer::FetchError;
use super::disk;
use bytes::Bytes;
use std::fs::File;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;

/// Bytes written at once,
const BATCH_BYTES: usize = 1 << 20;
/// or what came in such a time, so that little is lost when the server stops.
const BATCH_TIME: Duration = Duration::from_millis(500);
/// Pieces on their way to the disk: one batch is written while the next comes.
pub(super) struct Batch {
    file: Arc<File>,
    /// On the disk up to here.
    written: u64,
    writing: Option<(u64, JoinHandle<io::Result<()>>)>,
    pieces: Vec<Bytes>,
    bytes: usize,
    since: Instant,
}

impl Batch {
    pub fn at(file: &Arc<File>, at: u64) -> Self {
        Self {
            file: Arc::clone(file),
            written: at,
            writing: None,
            pieces: Vec::new(),
            bytes: 0,
            since: Instant::now(),
        }
    }

    pub fn push(&mut self, piece: Bytes) {
        self.bytes += piece.len();
        self.pieces.push(piece);
    }

    /// Where it will end when all is written.
    pub fn position(&self) -> u64 {
        let writing = self.writing.as_ref().map_or(0, |(bytes, _)| *bytes);
        self.written + writing + self.bytes as u64
    }

    pub fn is_due(&self) -> bool {
        self.bytes >= BATCH_BYTES || self.since.elapsed() >= BATCH_TIME
    }

    /// Begins to write what came. Answers up to where all is written.
    pub async fn write(&mut self) -> Result<u64, FetchError> {
        self.written().await?;
        let pieces = std::mem::take(&mut self.pieces);
        let bytes = std::mem::take(&mut self.bytes) as u64;
        let (file, at) = (Arc::clone(&self.file), self.written);
        let writing = tokio::task::spawn_blocking(move || disk::write(&file, at, &pieces));
        self.writing = Some((bytes, writing));
        self.since = Instant::now();
        Ok(self.written)
    }

    async fn written(&mut self) -> Result<(), FetchError> {
        if let Some((bytes, writing)) = self.writing.take() {
            let written = writing.await;
            written.unwrap_or_else(|error| Err(io::Error::other(error)))?;
            self.written += bytes;
        }
        Ok(())
    }

    /// Waits until all is written. Answers up to where that is.
    pub async fn end(&mut self) -> Result<u64, FetchError> {
        self.write().await?;
        self.written().await?;
        Ok(self.written)
    }
}
