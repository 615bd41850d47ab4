//! Zip archives made while they are sent: stored entries, no temporary files, memory for one
//! block of content plus the directory of names that a zip ends with.
//!
//! The format is written into a small buffer that the stream hands on, so no thread waits for a
//! slow client, and nothing is left running when one goes away: the stream is simply dropped.

use std::io::{self, Write};
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

use archive::write::{self, Names, ZipMethod, ZipStream, safe_path};
use bytes::Bytes;
use futures_util::stream::{self, BoxStream};
use futures_util::{Stream, StreamExt};

use super::ByteStream;

/// Size of the pieces an archive is sent in, about.
const PIECE: usize = 256 << 10;

/// One file for an archive.
pub struct Entry {
    /// Path inside the archive, parts separated by `/`. Made safe for unpacking and unique.
    pub path: String,
    /// Seconds since 1970 in UTC.
    pub modified_unix: i64,
    /// What `content` will give; anything else breaks the archive off.
    pub size_bytes: u64,
    pub content: ByteStream,
}

/// The archive of `entries`, each asked for when the one before is done.
///
/// Ends with an error, and so without the directory that makes an archive valid, if `entries`
/// or a content fails or a content has not the length its entry says. Leave entries out that
/// cannot be opened rather than failing them.
pub fn archive(entries: impl Stream<Item = io::Result<Entry>> + Send + 'static) -> ByteStream {
    let buffer = Buffer::default();
    let archive = Archive {
        entries: entries.boxed(),
        writer: Some(ZipStream::new(buffer.clone(), ZipMethod::Stored, None)),
        buffer,
        current: None,
        names: Names::default(),
    };
    stream::unfold(Some(archive), |archive| async move {
        let mut archive = archive?;
        match archive.piece().await {
            Ok(Some(piece)) => Some((Ok(piece), Some(archive))),
            Ok(None) => None,
            Err(error) => Some((Err(error), None)),
        }
    })
    .boxed()
}

struct Archive {
    entries: BoxStream<'static, io::Result<Entry>>,
    /// Gone once the directory is written.
    writer: Option<ZipStream<Buffer>>,
    buffer: Buffer,
    /// Content of the entry being written.
    current: Option<ByteStream>,
    names: Names,
}

impl Archive {
    /// The next bytes of the archive; `None` after its end.
    async fn piece(&mut self) -> io::Result<Option<Bytes>> {
        while self.buffer.len() < PIECE {
            let Some(writer) = &mut self.writer else {
                let rest = self.buffer.take();
                return Ok((!rest.is_empty()).then_some(rest));
            };
            if let Some(content) = &mut self.current {
                match content.next().await.transpose()? {
                    Some(bytes) => writer.content(&bytes)?,
                    None => {
                        writer.whole()?;
                        self.current = None;
                    }
                }
            } else if let Some(entry) = self.entries.next().await {
                let entry = entry?;
                writer.start(&write::Entry {
                    path: self.names.take(safe_path(&entry.path)),
                    modified_unix: entry.modified_unix,
                    size_bytes: entry.size_bytes,
                })?;
                self.current = Some(entry.content);
            } else if let Some(writer) = self.writer.take() {
                writer.end()?;
            }
        }
        Ok(Some(self.buffer.take()))
    }
}

/// Where the zip writer writes and the stream reads.
#[derive(Clone, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Buffer {
    fn with<T>(&self, use_it: impl FnOnce(&mut Vec<u8>) -> T) -> T {
        use_it(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn len(&self) -> usize {
        self.with(|bytes| bytes.len())
    }

    fn take(&self) -> Bytes {
        self.with(|bytes| mem::replace(bytes, Vec::with_capacity(2 * PIECE)))
            .into()
    }
}

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.with(|buffer| buffer.extend_from_slice(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
