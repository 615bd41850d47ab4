//! The content of one entry of a zip.

use super::RawEntry;
use crate::read::order::{Failure, Reason};
use crate::read::work::cannot_read;
use std::io::{self, Read, Seek, SeekFrom};
use zip::read::{ZipFile, ZipReadOptions, read_zipfile_from_stream_with_options};
use zip::result::ZipError;

/// Methods whose memory is said in front of the data (APPNOTE.TXT 4.4.5).
const LZMA: u16 = 14;
/// A header of an entry's own, without name and extra fields.
const HEADER: usize = 30;

/// What is known of the password.
pub struct Passwords<'a> {
    given: Option<&'a str>,
    /// It was right for some entry.
    is_right: bool,
}

impl<'a> Passwords<'a> {
    pub fn of(given: Option<&'a str>) -> Self {
        Self {
            given: given.filter(|given| !given.is_empty()),
            is_right: false,
        }
    }

    pub fn worked(&mut self, entry: &RawEntry) {
        self.is_right |= entry.is_encrypted && entry.size_bytes > 0;
    }

    /// An entry cannot be read: with a weak check a wrong password is noticed only here.
    pub fn failed(&self, entry: &RawEntry) -> Result<(), Failure> {
        if entry.is_encrypted && !self.is_right {
            return Err(Failure::WrongPassword);
        }
        Ok(())
    }
}

/// What comes of an entry.
pub enum Content<'a, R: Read> {
    Open(Box<ZipFile<'a, R>>),
    LeftOut(Reason),
}

/// Opens an entry at its place.
pub fn open<'a, R: Read + Seek>(
    file: &'a mut R,
    entry: &RawEntry,
    passwords: &Passwords<'a>,
    most_said: u64,
) -> Result<Content<'a, R>, Failure> {
    if entry.is_encrypted && passwords.given.is_none() {
        return Err(Failure::NoPassword);
    }
    if entry.method == LZMA && !entry.is_encrypted {
        bound_lzma(file, entry, most_said)?;
    }
    file.seek(SeekFrom::Start(entry.at))
        .map_err(|error| cannot_read(&error))?;
    let options = ZipReadOptions::new()
        .password(passwords.given.map(str::as_bytes))
        .override_compressed_size(entry.packed_bytes)
        .override_uncompressed_size(entry.size_bytes)
        .override_crc(entry.crc);
    match read_zipfile_from_stream_with_options(file, options) {
        Ok(Some(content)) => Ok(Content::Open(Box::new(content))),
        // Its place in the directory is wrong.
        Ok(None) | Err(ZipError::InvalidArchive(_) | ZipError::FileNotFound) => {
            Ok(Content::LeftOut(Reason::Damaged))
        }
        Err(ZipError::InvalidPassword) => Err(Failure::WrongPassword),
        Err(ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED)) => Err(Failure::NoPassword),
        Err(ZipError::Io(error)) => match error.kind() {
            io::ErrorKind::OutOfMemory => Err(Failure::TooMuchMemory),
            io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData => {
                Ok(Content::LeftOut(Reason::Damaged))
            }
            _ => Err(cannot_read(&error)),
        },
        Err(_) => Ok(Content::LeftOut(Reason::Unsupported)),
    }
}

/// Looks how much the decoder would take: nobody else asks before it does.
fn bound_lzma(
    file: &mut (impl Read + Seek),
    entry: &RawEntry,
    most_said: u64,
) -> Result<(), Failure> {
    let mut look = || -> io::Result<u32> {
        let mut header = [0; HEADER];
        file.seek(SeekFrom::Start(entry.at))?;
        file.read_exact(&mut header)?;
        let length = |at: usize| i64::from(u16::from_le_bytes([header[at], header[at + 1]]));
        file.seek(SeekFrom::Current(length(26) + length(28)))?;
        // Version, length of what follows, properties, and the dictionary (5.8.8).
        let mut properties = [0; 9];
        file.read_exact(&mut properties)?;
        let [.., a, b, c, d] = properties;
        Ok(u32::from_le_bytes([a, b, c, d]))
    };
    match look() {
        Ok(dictionary) if u64::from(dictionary) > most_said => Err(Failure::TooMuchMemory),
        // What is cut off is noticed by who reads it.
        _ => Ok(()),
    }
}
