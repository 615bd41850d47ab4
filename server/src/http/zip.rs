//! Zip archives made while they are sent: stored entries, no temporary files, memory for one
//! block of content plus the directory of names that a zip ends with.
//!
//! The format is written into a small buffer that the stream hands on, so no thread waits for a
//! slow client, and nothing is left running when one goes away: the stream is simply dropped.

use std::collections::HashMap;
use std::io::{self, Write};
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use chrono::{DateTime, Datelike, Timelike, Utc};
use futures_util::stream::{self, BoxStream};
use futures_util::{Stream, StreamExt};
use zip::result::ZipError;
use zip::write::{FullFileOptions, StreamWriter};
use zip::{CompressionMethod, ZipWriter};

use super::ByteStream;

/// Size of the pieces an archive is sent in, about.
const PIECE: usize = 256 << 10;
/// From this size on an entry needs zip64 fields.
const ZIP64_FROM: u64 = u32::MAX as u64;
/// Extra field "extended timestamp": the time in UTC, which the DOS fields cannot say.
const EXTENDED_TIMESTAMP: u16 = 0x5455;

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
        writer: Some(ZipWriter::new_stream(buffer.clone())),
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
    writer: Option<ZipWriter<StreamWriter<Buffer>>>,
    buffer: Buffer,
    current: Option<Current>,
    names: Names,
}

/// The entry being written.
struct Current {
    content: ByteStream,
    left: u64,
}

impl Archive {
    /// The next bytes of the archive; `None` after its end.
    async fn piece(&mut self) -> io::Result<Option<Bytes>> {
        while self.buffer.len() < PIECE {
            let Some(writer) = &mut self.writer else {
                let rest = self.buffer.take();
                return Ok((!rest.is_empty()).then_some(rest));
            };
            if let Some(current) = &mut self.current {
                if !current.copy(writer).await? {
                    self.current = None;
                }
            } else if let Some(entry) = self.entries.next().await {
                self.start(entry?)?;
            } else if let Some(writer) = self.writer.take() {
                writer.finish().map_err(into_io)?;
            }
        }
        Ok(Some(self.buffer.take()))
    }

    fn start(&mut self, entry: Entry) -> io::Result<()> {
        let Some(writer) = &mut self.writer else {
            return Ok(());
        };
        let path = self.names.take(safe_path(&entry.path));
        let options = options(entry.modified_unix, entry.size_bytes).map_err(into_io)?;
        writer.start_file(path.as_str(), options).map_err(into_io)?;
        self.current = Some(Current {
            content: entry.content,
            left: entry.size_bytes,
        });
        Ok(())
    }
}

impl Current {
    /// Copies the next block; `false` when the content has come to its proper end.
    async fn copy(&mut self, writer: &mut impl Write) -> io::Result<bool> {
        let Some(bytes) = self.content.next().await.transpose()? else {
            return match self.left {
                0 => Ok(false),
                _ => Err(io::ErrorKind::UnexpectedEof.into()),
            };
        };
        let left = self.left.checked_sub(bytes.len() as u64);
        self.left =
            left.ok_or_else(|| io::Error::other("content is longer than its entry says"))?;
        writer.write_all(&bytes)?;
        Ok(true)
    }
}

fn options(modified_unix: i64, size: u64) -> Result<FullFileOptions<'static, 'static>, ZipError> {
    let mut options = FullFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .large_file(size >= ZIP64_FROM)
        .last_modified_time(dos_time(modified_unix));
    if let Ok(seconds) = i32::try_from(modified_unix) {
        let mut field = [1; 5];
        field[1..].copy_from_slice(&seconds.to_le_bytes());
        options.add_extra_field(EXTENDED_TIMESTAMP, field, false)?;
    }
    Ok(options)
}

/// The time as DOS knows it: 1980 to 2107, in UTC here; the nearest end for times outside.
fn dos_time(unix: i64) -> zip::DateTime {
    let dos = |time: DateTime<Utc>| {
        zip::DateTime::from_date_and_time(
            u16::try_from(time.year()).ok()?,
            time.month() as u8,
            time.day() as u8,
            time.hour() as u8,
            time.minute() as u8,
            time.second() as u8,
        )
        .ok()
    };
    let latest = || zip::DateTime::from_date_and_time(2107, 12, 31, 23, 59, 58).ok();
    let known = DateTime::from_timestamp(unix, 0).and_then(dos);
    known
        .or_else(|| (unix > 0).then(latest).flatten())
        .unwrap_or_default()
}

/// A path that stays inside the folder it is unpacked into, on any system.
fn safe_path(path: &str) -> String {
    let parts = path
        .split('/')
        .filter(|part| !matches!(*part, "" | "." | ".."));
    let mut safe = String::with_capacity(path.len());
    for part in parts {
        if !safe.is_empty() {
            safe.push('/');
        }
        safe.extend(part.chars().map(|char| match char {
            '\\' => '_',
            char if char.is_control() => '_',
            char => char,
        }));
    }
    if safe.is_empty() { "_".into() } else { safe }
}

/// The names an archive has, each with the last number tried for another of that name.
#[derive(Default)]
struct Names(HashMap<String, u64>);

impl Names {
    /// Takes a path, or `name (1).ext` and so on if an entry has it already.
    fn take(&mut self, path: String) -> String {
        let Some(&last) = self.0.get(&path) else {
            self.0.insert(path.clone(), 0);
            return path;
        };
        let name_at = path.rfind('/').map_or(0, |slash| slash + 1);
        let dot = path[name_at..].rfind('.').filter(|dot| *dot > 0);
        let (stem, extension) = path.split_at(dot.map_or(path.len(), |dot| name_at + dot));
        let mut number = last + 1;
        let mut candidate = format!("{stem} ({number}){extension}");
        while self.0.contains_key(&candidate) {
            number += 1;
            candidate = format!("{stem} ({number}){extension}");
        }
        self.0.insert(candidate.clone(), 0);
        self.0.insert(path, number);
        candidate
    }
}

fn into_io(error: ZipError) -> io::Error {
    match error {
        ZipError::Io(error) => error,
        error => io::Error::other(error),
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
