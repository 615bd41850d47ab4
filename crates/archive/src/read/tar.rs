//! Tars.

use super::names;
use super::order::{Failure, Order, Reason};
use super::out::{Broken, Found, Out, Wanted, What};
use super::stream::broken;
use std::cell::Cell;
use std::io::{self, Read, Write};
use std::rc::Rc;
use tar::{Archive, Entry, EntryType};

/// Tells of all entries.
pub fn unpack<S: Read + Write>(
    file: impl Read,
    order: &Order,
    out: &mut Out<S>,
) -> Result<(), Failure> {
    out.begin(None, None)?;
    let asked = names::encoding_of(&order.encoding).unwrap_or(None);
    let about = Rc::new(Cell::new(MOST_ABOUT));
    let mut archive = Archive::new(Watched {
        file,
        about: Rc::clone(&about),
        zeros: 0,
        is_over: false,
        left: order
            .most_bytes
            .saturating_add(order.most_entries.saturating_mul(BESIDE)),
    });
    let stopped = |error: &io::Error| match error.kind() {
        io::ErrorKind::FileTooLarge => Failure::TooLarge(order.most_bytes),
        _ => broken(error),
    };
    let mut entries = archive.entries().map_err(|error| stopped(&error))?;
    loop {
        about.set(MOST_ABOUT);
        let Some(entry) = entries.next() else {
            break;
        };
        about.set(u64::MAX);
        let mut entry = entry.map_err(|error| stopped(&error))?;
        let Some(what) = what_of(entry.header().entry_type()) else {
            pass(&mut entry).map_err(|error| stopped(&error))?;
            continue;
        };
        let size = entry.size();
        let found = Found {
            name: names::read_one(asked, &entry.path_bytes()),
            what,
            size_bytes: Some(if what == What::File { size } else { 0 }),
            modified: modified_of(&mut entry),
            is_encrypted: false,
        };
        if out.entry(found)? == Wanted::Nothing {
            out.passed(size)?;
            pass(&mut entry).map_err(|error| stopped(&error))?;
            continue;
        }
        let error = match out.copy(&mut entry) {
            Ok(copied) if copied == size => None,
            Ok(_) => Some(io::ErrorKind::UnexpectedEof.into()),
            Err(Broken::Reading(error)) => Some(error),
            Err(Broken::Failed(failure)) => return Err(failure),
        };
        out.end(error.is_some().then_some(Reason::Damaged))?;
        if let Some(error) = error {
            return Err(stopped(&error));
        }
    }
    let watched = archive.into_inner();
    if watched.is_over && watched.zeros < BLOCK {
        return Err(Failure::Damaged("it has no end".to_owned()));
    }
    Ok(())
}

/// Reads what is left of an entry: before the next is told of, only what is said about it may come.
fn pass(entry: &mut impl Read) -> io::Result<u64> {
    io::copy(entry, &mut io::sink())
}

/// What may be said about one entry, bytes: long names and the like are held in memory.
const MOST_ABOUT: u64 = 4 << 20;
/// A block of nothing is the end of a tar (POSIX, ustar).
const BLOCK: usize = 512;
/// What a file takes beside its content: its header, one with more of it, and what fills up blocks.
const BESIDE: u64 = 4 * BLOCK as u64;

/// Notes how a tar ends: who reads it takes the end of its bytes for the end of the archive. And reads
/// no more than files within the bounds can take: names of others, and what is said about the whole
/// archive, are no entries, and may be packed to next to nothing.
struct Watched<R> {
    file: R,
    /// So many more bytes may come before an entry is told of.
    about: Rc<Cell<u64>>,
    /// The last bytes that were nothing.
    zeros: usize,
    /// There are no more bytes.
    is_over: bool,
    /// So many more bytes are read.
    left: u64,
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(into)?;
        self.left = match self.left.checked_sub(count as u64) {
            Some(left) => left,
            None => return Err(io::ErrorKind::FileTooLarge.into()),
        };
        if self.about.get() < count as u64 {
            // Whoever reads it holds it in memory.
            return Err(io::ErrorKind::OutOfMemory.into());
        }
        self.about.set(self.about.get() - count as u64);
        self.is_over |= count == 0 && !into.is_empty();
        let tail = &into[count.saturating_sub(BLOCK)..count];
        match tail.iter().rposition(|byte| *byte != 0) {
            Some(at) => self.zeros = tail.len() - 1 - at,
            None => self.zeros = (self.zeros + tail.len()).min(BLOCK),
        }
        Ok(count)
    }
}

/// What an entry is; `None`: it only says something about others.
fn what_of(kind: EntryType) -> Option<What> {
    Some(match kind {
        EntryType::Directory => What::Folder,
        EntryType::Link | EntryType::Symlink => What::Link,
        EntryType::Char | EntryType::Block | EntryType::Fifo => What::Device,
        EntryType::GNULongName
        | EntryType::GNULongLink
        | EntryType::XGlobalHeader
        | EntryType::XHeader => return None,
        // Kinds of single makers are files to everybody else (POSIX, ustar).
        _ => What::File,
    })
}

/// When it was changed: with a part of a second where that is said.
fn modified_of(entry: &mut Entry<'_, impl Read>) -> Option<i64> {
    let exact = entry.pax_extensions().ok().flatten().and_then(|pairs| {
        let pairs = pairs.filter_map(Result::ok);
        let mut times = pairs.filter(|pair| pair.key_bytes() == b"mtime");
        let text = times.next()?.value().ok()?.to_owned();
        micros(&text)
    });
    exact.or_else(|| {
        let secs = entry.header().mtime().ok()?;
        i64::try_from(secs).ok()?.checked_mul(1_000_000)
    })
}

/// Seconds with a fraction, in microseconds.
fn micros(text: &str) -> Option<i64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits: String = part.chars().chain("000000".chars()).take(6).collect();
    let (whole, part): (i64, i64) = (whole.parse().ok()?, digits.parse().ok()?);
    let whole = whole.checked_mul(1_000_000)?;
    whole.checked_add(if text.starts_with('-') { -part } else { part })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_parts_of_a_second() {
        assert_eq!(micros("1700000000"), Some(1_700_000_000_000_000));
        assert_eq!(micros("1700000000.25"), Some(1_700_000_000_250_000));
        assert_eq!(micros("1.123456789"), Some(1_123_456));
        assert_eq!(micros("-1.5"), Some(-1_500_000));
        assert_eq!(micros("x"), None);
        assert_eq!(micros("9223372036854775807"), None);
    }
}
