//! The bytes of a blob for those who decode pictures: they read here and there, and block.

use crate::blob::{ByteRange, OpenBlob};
use crate::error::FileError;
use futures_util::StreamExt;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

/// The bytes of a blob.
#[derive(Debug)]
pub(super) enum BlobBytes {
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use storage::{BlobKey, Driver, MemoryDriver};

    #[tokio::test]
    async fn what_lies_in_no_local_file_is_copied_to_one_without_a_name() {
        let driver = MemoryDriver::default();
        let key = BlobKey::parse("a/b.png").unwrap();
        let body = futures_util::stream::iter([Ok(Bytes::from_static(b"a picture"))]).boxed();
        driver.write(&key, body, None).await.unwrap();
        let blob = OpenBlob::elsewhere(Arc::new(driver), key, 9);
        let data = tempfile::tempdir().unwrap();
        let folder = data.path().join("temp/thumb");
        let mut copy = BlobBytes::of(&blob, &folder).await.unwrap();
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
        let mut read = String::new();
        copy.rewind().unwrap();
        copy.read_to_string(&mut read).unwrap();
        assert_eq!(read, "a picture");
    }
}
