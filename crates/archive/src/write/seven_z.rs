//! 7z: LZMA2, and AES-256 with a password. Its head says where its end is, so it is written into a
//! file first, and sent on when it is whole.
//!
//! Small files share blocks: to begin one costs more than to pack them.

use super::{Entry, Pack};
use crate::seven_error::words;
use sevenz_rust2::encoder_options::{AesEncoderOptions, Lzma2Options};
use sevenz_rust2::{
    ArchiveEntry, ArchiveWriter, EncoderConfiguration, EncoderMethod, NtTime, Password,
    SourceReader,
};
use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::mem;

/// Level of LZMA, and how far it looks back: some 30 MiB of memory.
const LEVEL: u32 = 3;
const DICTIONARY: u32 = 4 << 20;
/// Contents up to this size share blocks,
const SMALL: u64 = 128 << 10;
/// of so many bytes about.
const SHARED: usize = 4 << 20;
/// How often a password is hashed, as a power of two: what 7-Zip does itself.
const CYCLES: u8 = 19;
/// Times count from 1601, in steps of 100 ns.
const TICKS: i128 = 10_000_000;
const UNIX_EPOCH_SECS: i128 = 11_644_473_600;

/// A 7z archive on its way to `W`.
pub struct SevenZPack<W: Write> {
    writer: ArchiveWriter<BufWriter<Bounded>>,
    aes: Option<AesEncoderOptions>,
    waiting: Vec<(ArchiveEntry, Vec<u8>)>,
    waiting_bytes: usize,
    to: W,
}

/// A file that does not grow beyond a size.
struct Bounded {
    file: File,
    most: u64,
    at: u64,
}

impl<W: Write> SevenZPack<W> {
    /// Written into `file`, which is empty, and of no more than so many bytes.
    /// # Errors
    /// Those of the file
    pub fn new(to: W, (file, most): (File, u64), password: Option<&str>) -> io::Result<Self> {
        let file = Bounded { file, most, at: 0 };
        let mut writer = ArchiveWriter::new(BufWriter::new(file)).map_err(into_io)?;
        let aes = password.map(|password| AesEncoderOptions {
            num_cycles_power: CYCLES,
            ..AesEncoderOptions::new(Password::from(password))
        });
        if let Some(aes) = &aes {
            writer.set_content_methods(methods(Some(aes)));
        }
        writer.set_encrypt_header(aes.is_some());
        Ok(Self {
            writer,
            aes,
            waiting: Vec::new(),
            waiting_bytes: 0,
            to,
        })
    }

    /// No two blocks begin with the same vector, or equal beginnings would look equal.
    fn begin_block(&mut self) {
        if let Some(aes) = &mut self.aes {
            aes.iv = AesEncoderOptions::new(Password::empty()).iv;
        }
        self.writer.set_content_methods(methods(self.aes.as_ref()));
    }

    /// Writes what waits into a block.
    fn share(&mut self) -> io::Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        self.begin_block();
        self.waiting_bytes = 0;
        let (entries, contents): (Vec<_>, Vec<_>) =
            mem::take(&mut self.waiting).into_iter().unzip();
        let contents = contents.into_iter().map(io::Cursor::new);
        let contents = contents.map(SourceReader::new).collect();
        let pushed = self.writer.push_archive_entries(entries, contents);
        pushed.map(|_| ()).map_err(into_io)
    }
}

impl<W: Write> Pack for SevenZPack<W> {
    fn add(&mut self, entry: &Entry, content: &mut dyn Read) -> io::Result<()> {
        let row = row_of(entry);
        let mut content = Exact {
            content,
            left: entry.size_bytes,
        };
        if entry.size_bytes == 0 {
            let none: Option<io::Empty> = None;
            io::copy(&mut content, &mut io::sink())?;
            let pushed = self.writer.push_archive_entry(row, none);
            return pushed.map(|_| ()).map_err(into_io);
        }
        if entry.size_bytes > SMALL {
            self.share()?;
            self.begin_block();
            let pushed = self.writer.push_archive_entry(row, Some(&mut content));
            return pushed.map(|_| ()).map_err(into_io);
        }
        let mut bytes = Vec::with_capacity(entry.size_bytes as usize);
        content.read_to_end(&mut bytes)?;
        self.waiting_bytes += bytes.len();
        self.waiting.push((row, bytes));
        if self.waiting_bytes >= SHARED {
            self.share()?;
        }
        Ok(())
    }

    fn add_folder(&mut self, folder: &Entry) -> io::Result<()> {
        let row = ArchiveEntry {
            is_directory: true,
            has_stream: false,
            ..row_of(folder)
        };
        let none: Option<io::Empty> = None;
        let pushed = self.writer.push_archive_entry(row, none);
        pushed.map(|_| ()).map_err(into_io)
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.share()?;
        let this = *self;
        let mut to = this.to;
        let whole = this.writer.finish()?;
        let mut file = whole.into_inner().map_err(io::Error::from)?.file;
        file.seek(SeekFrom::Start(0))?;
        io::copy(&mut file, &mut to)?;
        to.flush()
    }
}

fn methods(aes: Option<&AesEncoderOptions>) -> Vec<EncoderConfiguration> {
    let mut options = Lzma2Options::from_level(LEVEL);
    options.set_dictionary_size(DICTIONARY);
    let lzma = EncoderConfiguration::new(EncoderMethod::LZMA2).with_options(options.into());
    let aes = aes.map(|aes| EncoderConfiguration::from(aes.clone()));
    aes.into_iter().chain([lzma]).collect()
}

fn row_of(entry: &Entry) -> ArchiveEntry {
    let ticks = (i128::from(entry.modified_unix) + UNIX_EPOCH_SECS) * TICKS;
    let ticks = u64::try_from(ticks.clamp(0, i128::from(i64::MAX))).unwrap_or(0);
    ArchiveEntry {
        has_last_modified_date: true,
        last_modified_date: NtTime::new(ticks),
        ..ArchiveEntry::new_file(&entry.path)
    }
}

/// A content that fails where it is not as long as it said.
struct Exact<'a> {
    content: &'a mut dyn Read,
    left: u64,
}

impl Read for Exact<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.content.read(buffer)?;
        if read == 0 && self.left > 0 && !buffer.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let left = self.left.checked_sub(read as u64);
        self.left = left.ok_or_else(super::too_long)?;
        Ok(read)
    }
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.at + bytes.len() as u64 > self.most {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let written = self.file.write(bytes)?;
        self.at += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Seek for Bounded {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.at = self.file.seek(to)?;
        Ok(self.at)
    }
}

fn into_io(error: sevenz_rust2::Error) -> io::Error {
    match error {
        sevenz_rust2::Error::Io(error, _) => error,
        error => io::Error::other(words(&error)),
    }
}
