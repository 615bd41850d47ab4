//! Zip: sizes behind the contents, zip64 where it is needed, names in UTF-8, times in UTC.

use super::dos_time::dos_time;
use super::{Entry, Pack, copy_exactly, too_long};
use std::io::{self, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use zip::result::ZipError;
use zip::write::{FullFileOptions, StreamWriter};
use zip::{AesMode, CompressionMethod, ZipWriter};

/// From this size on an entry needs zip64 fields: somewhat below 4 GiB, for what cannot be made
/// smaller becomes larger.
const ZIP64_FROM: u64 = (u32::MAX as u64) - (16 << 20);
/// How hard deflate tries; 9 takes several times as long for a hundredth less.
const DEFLATE_LEVEL: i64 = 6;
/// Extra field "extended timestamp": the time in UTC, which the DOS fields cannot say.
const EXTENDED_TIMESTAMP: u16 = 0x5455;

/// What becomes of contents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ZipMethod {
    Stored,
    Deflate,
}

/// A zip archive on its way to `W`. One that is dropped before its end writes nothing more.
pub struct ZipStream<W: Write> {
    /// Gone at the end.
    writer: Option<ZipWriter<StreamWriter<Unless<W>>>>,
    is_over: Arc<AtomicBool>,
    method: ZipMethod,
    /// AES-256 under this one.
    password: Option<String>,
    /// What the entry that was begun still lacks.
    left: u64,
}

impl<W: Write> ZipStream<W> {
    pub fn new(to: W, method: ZipMethod, password: Option<String>) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let to = Unless {
            to,
            is_over: Arc::clone(&is_over),
        };
        Self {
            writer: Some(ZipWriter::new_stream(to)),
            is_over,
            method,
            password,
            left: 0,
        }
    }

    /// Begins an entry, where the one before is whole.
    /// # Errors
    /// `UnexpectedEof` if it is not; those of where the archive goes
    pub fn start(&mut self, entry: &Entry) -> io::Result<()> {
        self.whole()?;
        let mut options = dated(entry)?.large_file(entry.size_bytes >= ZIP64_FROM);
        options = match self.method {
            ZipMethod::Stored => options.compression_method(CompressionMethod::Stored),
            ZipMethod::Deflate => options
                .compression_method(CompressionMethod::Deflated)
                .compression_level(Some(DEFLATE_LEVEL)),
        };
        let options = match &self.password {
            Some(password) => options.with_aes_encryption(AesMode::Aes256, password.as_str()),
            None => options,
        };
        let writer = self.writer.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        let started = writer.start_file(entry.path.as_str(), options);
        self.left = entry.size_bytes;
        started.map_err(into_io)
    }

    /// The next bytes of the entry that was begun.
    /// # Errors
    /// If it said that it has fewer; those of where the archive goes
    pub fn content(&mut self, bytes: &[u8]) -> io::Result<()> {
        let left = self.left.checked_sub(bytes.len() as u64);
        self.left = left.ok_or_else(too_long)?;
        self.writer()?.write_all(bytes)
    }

    /// Whether the entry that was begun came to its proper end.
    /// # Errors
    /// `UnexpectedEof` if not
    pub fn whole(&self) -> io::Result<()> {
        match self.left {
            0 => Ok(()),
            _ => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    /// Writes the directory. Answers where the archive went.
    /// # Errors
    /// `UnexpectedEof` if the last entry is not whole; those of where the archive goes
    pub fn end(mut self) -> io::Result<W> {
        self.whole()?;
        let writer = self.writer.take().ok_or(io::ErrorKind::BrokenPipe)?;
        Ok(writer.finish().map_err(into_io)?.into_inner().to)
    }

    fn writer(&mut self) -> io::Result<&mut ZipWriter<StreamWriter<Unless<W>>>> {
        Ok(self.writer.as_mut().ok_or(io::ErrorKind::BrokenPipe)?)
    }
}

impl<W: Write> Drop for ZipStream<W> {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
    }
}

/// Takes nothing on any more once it is over: the writer of the library ends each archive that is
/// dropped, as if it was whole.
struct Unless<W> {
    to: W,
    is_over: Arc<AtomicBool>,
}

impl<W: Write> Write for Unless<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.is_over.load(Ordering::Relaxed) {
            return Ok(bytes.len());
        }
        self.to.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.is_over.load(Ordering::Relaxed) {
            return Ok(());
        }
        self.to.flush()
    }
}

impl<W: Write> Pack for ZipStream<W> {
    fn add(&mut self, entry: &Entry, content: &mut dyn Read) -> io::Result<()> {
        self.start(entry)?;
        copy_exactly(content, entry.size_bytes, self.writer()?)?;
        self.left = 0;
        Ok(())
    }

    fn add_folder(&mut self, folder: &Entry) -> io::Result<()> {
        self.whole()?;
        let writer = self.writer.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        let added = writer.add_directory(folder.path.as_str(), dated(folder)?);
        added.map_err(into_io)
    }

    fn finish(self: Box<Self>) -> io::Result<()> {
        self.end()?.flush()
    }
}

/// What is said of an entry's time, in both ways.
fn dated(entry: &Entry) -> io::Result<FullFileOptions<'static, 'static>> {
    let mut options = FullFileOptions::default().last_modified_time(dos_time(entry.modified_unix));
    if let Ok(seconds) = i32::try_from(entry.modified_unix) {
        let mut field = [1; 5];
        field[1..].copy_from_slice(&seconds.to_le_bytes());
        let added = options.add_extra_field(EXTENDED_TIMESTAMP, field, false);
        added.map_err(into_io)?;
    }
    Ok(options)
}

fn into_io(error: ZipError) -> io::Error {
    match error {
        ZipError::Io(error) => error,
        error => io::Error::other(error),
    }
}
