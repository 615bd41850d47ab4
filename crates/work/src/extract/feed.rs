//! Ranges of a blob, for who reads it in whatever order.

use bytes::Bytes;
use drive::blob::{ByteRange, ByteStream, OpenBlob};
use drive::error::FileError;
use futures_util::StreamExt as _;
use std::sync::Arc;
use storage::read_open_file;

/// What is asked of the storage at once: more and more, as long as it is read from one end to the
/// other.
const FIRST: u64 = 1 << 20;
const MOST: u64 = 64 << 20;

/// A blob that is read on.
pub(super) struct Feed {
    blob: Arc<OpenBlob>,
    /// What comes next: a stream, and what is left of its last piece.
    ahead: Option<(ByteStream, Bytes)>,
    /// Where that is.
    at: u64,
    /// Bytes that are asked for next.
    window: u64,
    /// Bytes that were handed out.
    pub read: u64,
}

impl Feed {
    pub fn new(blob: Arc<OpenBlob>) -> Self {
        Self {
            blob,
            ahead: None,
            at: 0,
            window: FIRST,
            read: 0,
        }
    }

    /// Exactly these bytes.
    pub async fn range(&mut self, at: u64, length: usize) -> Result<Vec<u8>, FileError> {
        let end = at.saturating_add(length as u64).min(self.blob.size_bytes);
        let mut bytes = Vec::with_capacity(end.saturating_sub(at) as usize);
        while at + (bytes.len() as u64) < end {
            let next = at + bytes.len() as u64;
            let piece = self.some(next, (end - next) as usize).await?;
            bytes.extend_from_slice(&piece);
        }
        Ok(bytes)
    }

    /// Some of these bytes, at least one. What breaks off is asked for once more.
    pub async fn some(&mut self, at: u64, most: usize) -> Result<Bytes, FileError> {
        let piece = if let Ok(piece) = self.piece(at, most).await {
            piece
        } else {
            self.ahead = None;
            self.piece(at, most).await?
        };
        self.read += piece.len() as u64;
        Ok(piece)
    }

    async fn piece(&mut self, at: u64, most: usize) -> Result<Bytes, FileError> {
        if self.at != at {
            self.ahead = None;
            self.window = FIRST;
            self.at = at;
        }
        let mut opened = false;
        loop {
            let Some((stream, rest)) = &mut self.ahead else {
                if std::mem::replace(&mut opened, true) {
                    return Err(FileError::Internal("a blob is shorter than it was"));
                }
                let end = at.saturating_add(self.window).min(self.blob.size_bytes);
                let range = ByteRange {
                    start: at,
                    end: Some(end),
                };
                let stream = match &self.blob.file {
                    // It stays what it was, whatever becomes of its name.
                    Some(file) => read_open_file(Arc::clone(file), at..end),
                    None => self.blob.read(range).await?,
                };
                self.ahead = Some((stream, Bytes::new()));
                self.window = (self.window * 2).min(MOST);
                continue;
            };
            if !rest.is_empty() {
                let piece = rest.split_to(rest.len().min(most));
                self.at += piece.len() as u64;
                return Ok(piece);
            }
            match stream.next().await {
                Some(Ok(piece)) => *rest = piece,
                Some(Err(error)) => {
                    self.ahead = None;
                    return Err(FileError::Storage(error.into()));
                }
                None => self.ahead = None,
            }
        }
    }
}
