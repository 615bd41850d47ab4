//! Where the bytes of a picture come from.

use super::PictureError;
use crate::blob::{ByteRange, OpenBlob};
use crate::error::FileError;
use futures_util::StreamExt;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Bytes that can be read again from the start.
pub trait Source: Read + Seek + Send + 'static {}

impl<T: Read + Seek + Send + 'static> Source for T {}

/// How long decoding may go on asking for bytes. Pixels are bounded, but a JPEG may draw them
/// again and again, scan after scan.
const LONGEST: Duration = Duration::from_secs(20);
/// Read at once. Small, so that time is looked at often enough.
const BUFFER_BYTES: usize = 16 << 10;

/// A source that is watched: whether it failed, and whether it takes too long.
pub(super) struct Watched<S> {
    source: S,
    until: Instant,
    late: bool,
    trouble: Option<io::Error>,
}

impl<S: Source> Watched<S> {
    pub fn new(source: S) -> Self {
        Self::for_at_most(source, LONGEST)
    }

    pub fn for_at_most(source: S, longest: Duration) -> Self {
        Self {
            source,
            until: Instant::now() + longest,
            late: false,
            trouble: None,
        }
    }

    /// From the start.
    pub fn reader(&mut self) -> io::Result<BufReader<&mut Self>> {
        self.rewind()?;
        Ok(BufReader::with_capacity(BUFFER_BYTES, self))
    }

    /// What went wrong: with the source, if it is to blame, else with the picture.
    pub fn blame(&mut self, error: PictureError) -> PictureError {
        match self.trouble.take() {
            Some(trouble) => PictureError::Unreadable(trouble),
            None if self.late => PictureError::TooSlow,
            None => error,
        }
    }

    pub fn into_inner(self) -> S {
        self.source
    }

    fn seen<T>(&mut self, done: io::Result<T>) -> io::Result<T> {
        if let Err(error) = &done
            && error.kind() != io::ErrorKind::Interrupted
        {
            self.trouble = Some(io::Error::new(error.kind(), error.to_string()));
        }
        done
    }
}

impl<S: Source> Read for Watched<S> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if Instant::now() >= self.until {
            self.late = true;
            return Err(io::ErrorKind::TimedOut.into());
        }
        let read = self.source.read(buf);
        self.seen(read)
    }
}

impl<S: Source> Seek for Watched<S> {
    // Pictures say where to go on, so a place that does not exist is their fault.
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.source.seek(to)
    }
}

/// The bytes of a blob.
#[derive(Debug)]
pub enum BlobBytes {
    /// In a file that others read, too: with a position of its own.
    Shared {
        file: Arc<File>,
        size_bytes: u64,
        position: u64,
    },
    /// A copy without a name, gone when this is.
    Copy(File),
}

impl BlobBytes {
    /// Of a blob that is a file, or of a copy of it below `folder`.
    /// # Errors
    /// `Storage`
    pub async fn of(blob: &OpenBlob, folder: &Path) -> Result<Self, FileError> {
        if let Some(file) = &blob.file {
            return Ok(Self::Shared {
                file: Arc::clone(file),
                size_bytes: blob.size_bytes,
                position: 0,
            });
        }
        let folder = folder.to_owned();
        let made = blocking(move || {
            std::fs::create_dir_all(&folder)?;
            tempfile::tempfile_in(folder)
        });
        let mut file = made.await.map_err(unwritable)?;
        let mut body = blob.read(ByteRange::ALL).await?;
        while let Some(piece) = body.next().await {
            let piece = piece.map_err(unwritable)?;
            let written = blocking(move || file.write_all(&piece).map(|()| file));
            file = written.await.map_err(unwritable)?;
        }
        Ok(Self::Copy(file))
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(io::Error::other)?
}

fn unwritable(error: io::Error) -> FileError {
    FileError::Storage(storage::DriverError::from(error))
}

impl Read for BlobBytes {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Shared { file, position, .. } => {
                let read = file.read_at(buf, *position)?;
                *position += read as u64;
                Ok(read)
            }
            Self::Copy(file) => file.read(buf),
        }
    }
}

impl Seek for BlobBytes {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let (size, position) = match self {
            Self::Copy(file) => return file.seek(to),
            Self::Shared {
                size_bytes,
                position,
                ..
            } => (*size_bytes, position),
        };
        let target = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => size.checked_add_signed(by),
            SeekFrom::Current(by) => position.checked_add_signed(by),
        };
        *position = target.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(*position)
    }
}
