//! Zips: the directory at the end says what there is, and each entry is read where it says.

mod directory;
mod entries;
mod stored;

use super::detect::name_inside;
use super::names::{Reading, UnknownEncoding, encoding_of};
use super::order::{Failure, Order, Reason};
use super::out::{Broken, Found, Out, Wanted, What, left_out};
use super::path::contained;
use super::work::cannot_read;
pub use directory::Bounds;
use directory::RawEntry;
pub(super) use directory::{dos_time, since_1601};
use encoding_rs::Encoding;
use entries::{Content, Passwords};
use std::io::{BufReader, ErrorKind, Read, Seek};

/// The directory of what is unpacked, at most.
const DIRECTORY_BYTES: u64 = 16 << 20;

/// An entry of a zip that is only listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The path that it is unpacked to; of what is not, as it is stored, without `/` at its end.
    pub name: String,
    pub size_bytes: u64,
    /// Microseconds since 1970.
    pub modified: Option<i64>,
    pub is_folder: bool,
    /// Its content takes a password.
    pub is_encrypted: bool,
    /// Why it is not unpacked.
    pub left_out: Option<Reason>,
}

/// Why a zip is not listed.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    #[error(transparent)]
    Encoding(#[from] UnknownEncoding),
    #[error("there are too many entries")]
    TooMany,
    #[error("the directory cannot be read: {0}")]
    Unreadable(#[from] std::io::Error),
}

/// The entries of a zip, in the order of its directory, within bounds that are known before.
/// # Errors
/// [`ListError`]
pub fn list_zip(
    file: &mut (impl Read + Seek),
    encoding: &str,
    bounds: Bounds,
) -> Result<Vec<Listed>, ListError> {
    let encoding = encoding_of(encoding)?;
    let raw = directory::read(file, bounds)?.ok_or(ListError::TooMany)?;
    let reading = reading_of(encoding, &raw);
    let listed = raw
        .iter()
        .map(|entry| listed(entry, &name_of(entry, reading)));
    Ok(listed.collect())
}

fn listed(entry: &RawEntry, stored: &str) -> Listed {
    let path = contained(stored);
    Listed {
        left_out: left_out(what_of(entry), path.as_ref()),
        name: path.unwrap_or_else(|_| stored.trim_end_matches('/').to_owned()),
        size_bytes: entry.size_bytes,
        modified: entry.modified,
        is_folder: entry.is_folder(),
        is_encrypted: entry.is_encrypted,
    }
}

fn reading_of(asked: Option<&'static Encoding>, entries: &[RawEntry]) -> Reading {
    let unsaid = entries.iter().filter(|entry| !entry.is_utf8);
    Reading::of(asked, unsaid.map(|entry| entry.name.as_slice()))
}

fn name_of(entry: &RawEntry, reading: Reading) -> String {
    if entry.is_utf8 {
        String::from_utf8_lossy(&entry.name).into_owned()
    } else {
        reading.read(&entry.name)
    }
}

/// Tells of all entries, in the order of the directory.
pub fn unpack<S: Read + std::io::Write>(
    file: impl Read + Seek,
    order: &Order,
    out: &mut Out<S>,
) -> Result<(), Failure> {
    let mut file = BufReader::with_capacity(64 << 10, file);
    let bounds = Bounds {
        entries: usize::try_from(order.most_entries).unwrap_or(usize::MAX),
        bytes: DIRECTORY_BYTES,
    };
    let raw = directory::read(&mut file, bounds).map_err(|error| match error.kind() {
        ErrorKind::Other if error.to_string() == "more than may be read" => {
            Failure::Damaged("its directory is larger than any that is read".to_owned())
        }
        _ => cannot_read(&error),
    })?;
    let raw = raw.ok_or(Failure::TooManyEntries(order.most_entries))?;
    refuse_overlaps(&raw)?;
    let sum = raw.iter().map(|entry| entry.size_bytes);
    let sum = sum.fold(0, u64::saturating_add);
    out.begin(Some(raw.len() as u64), Some(sum))?;
    let asked = encoding_of(&order.encoding).unwrap_or(None);
    let reading = reading_of(asked, &raw);
    let mut passwords = Passwords::of(order.password.as_deref());
    for entry in &raw {
        let name = name_of(entry, reading);
        let name = if name.is_empty() && raw.len() == 1 {
            name_inside(&order.name)
        } else {
            name
        };
        let wanted = out.entry(Found {
            name,
            what: what_of(entry),
            size_bytes: Some(entry.size_bytes),
            modified: entry.modified,
            is_encrypted: entry.is_encrypted,
        })?;
        if wanted == Wanted::Content {
            let most_said = order.most_said();
            let reason = copy(&mut file, (entry, most_said), &mut passwords, out)?;
            out.end(reason)?;
        }
    }
    Ok(())
}

/// Bytes that several entries claim are how a small file becomes an endless one.
fn refuse_overlaps(entries: &[RawEntry]) -> Result<(), Failure> {
    const HEADER: u64 = 30;
    let mut places: Vec<(u64, u64)> = entries
        .iter()
        .map(|entry| {
            let length = HEADER.saturating_add(entry.packed_bytes);
            (entry.at, entry.at.saturating_add(length))
        })
        .collect();
    places.sort_unstable();
    let overlap = places.windows(2).any(|two| two[1].0 < two[0].1);
    if overlap {
        return Err(Failure::Damaged("entries lie upon each other".to_owned()));
    }
    Ok(())
}

/// What an entry is, to a Unix (`sys/stat.h`).
pub(super) fn what_of_mode(mode: u32) -> What {
    match mode & 0o170_000 {
        0 | 0o100_000 => What::File,
        0o040_000 => What::Folder,
        0o120_000 => What::Link,
        _ => What::Device,
    }
}

fn what_of(entry: &RawEntry) -> What {
    if entry.is_folder() {
        return What::Folder;
    }
    entry.mode.map_or(What::File, what_of_mode)
}

/// The content of one entry; a reason if it is not whole.
fn copy<S: Read + std::io::Write>(
    file: &mut (impl Read + Seek),
    (entry, most_said): (&RawEntry, u64),
    passwords: &mut Passwords<'_>,
    out: &mut Out<S>,
) -> Result<Option<Reason>, Failure> {
    if let Some(stored) = stored::stored(file, entry) {
        out.stored(stored)?;
        return Ok(None);
    }
    match entries::open(file, entry, passwords, most_said)? {
        Content::LeftOut(reason) => Ok(Some(reason)),
        Content::Open(mut content) => {
            let copied = out.copy(&mut content);
            if copied.is_ok() {
                passwords.worked(entry);
                return Ok(None);
            }
            // Otherwise it would first read what is left of it, however much that is.
            std::mem::forget(content);
            match copied {
                Ok(_) => Ok(None),
                Err(Broken::Failed(failure)) => Err(failure),
                Err(Broken::Reading(error)) if error.kind() == ErrorKind::OutOfMemory => {
                    Err(Failure::TooMuchMemory)
                }
                Err(Broken::Reading(_)) => {
                    passwords.failed(entry)?;
                    Ok(Some(Reason::Damaged))
                }
            }
        }
    }
}
