//! Contents of a zip that are not packed: the server can read them itself, and they need not go
//! through two processes.

use super::RawEntry;
use crate::read::frame::{MOST_PIECE, Stored};
use std::io::{self, Read, Seek, SeekFrom};

/// Shorter ones are sent as those that are packed: asking the storage costs more.
const WORTH_ASKING: u64 = MOST_PIECE as u64;
/// A header of an entry's own, without name and extra fields (APPNOTE.TXT 4.3.7).
const HEADER: usize = 30;
const SIGNATURE: &[u8] = b"PK\x03\x04";
/// The method that packs nothing (4.4.5).
const METHOD: u16 = 0;

/// Where the content of an entry lies, if it lies there as it is. What is damaged is none of those:
/// the decoder says what is wrong with it.
pub fn stored(file: &mut (impl Read + Seek), entry: &RawEntry) -> Option<Stored> {
    let is_as_it_is = entry.method == METHOD
        && !entry.is_encrypted
        && entry.packed_bytes == entry.size_bytes
        && entry.size_bytes >= WORTH_ASKING;
    if !is_as_it_is {
        return None;
    }
    let at = content_at(file, entry.at).ok().flatten()?;
    let end = at.checked_add(entry.size_bytes)?;
    let size = file.seek(SeekFrom::End(0)).ok()?;
    (end <= size).then_some(Stored {
        at,
        length: entry.size_bytes,
        crc: entry.crc,
    })
}

/// Where the content begins behind its header, if that says the same as the directory.
fn content_at(file: &mut (impl Read + Seek), at: u64) -> io::Result<Option<u64>> {
    let mut header = [0; HEADER];
    file.seek(SeekFrom::Start(at))?;
    file.read_exact(&mut header)?;
    let word = |at: usize| u16::from_le_bytes([header[at], header[at + 1]]);
    let is_encrypted = word(6) & 1 != 0;
    if !header.starts_with(SIGNATURE) || is_encrypted || word(8) != METHOD {
        return Ok(None);
    }
    let beside = HEADER as u64 + u64::from(word(26)) + u64::from(word(28));
    Ok(at.checked_add(beside))
}
