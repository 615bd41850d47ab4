//! The directory at the end of a zip (APPNOTE.TXT 4.3), read as leniently as other programs do and
//! no further: where its makers contradict themselves the record that can be followed counts, and
//! everything is within bounds that are known before.

use std::io::{Error, ErrorKind, Read, Result, Seek, SeekFrom};

/// How much of a file is read for its directory.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    pub entries: usize,
    pub bytes: u64,
}

/// End of the directory, with at most this long a comment (4.3.16).
const END: [u8; 4] = *b"PK\x05\x06";
const END_BYTES: u64 = 22;
const MOST_COMMENT: u64 = u16::MAX as u64;
/// Its counterpart with longer numbers, and what leads there (4.3.14, 4.3.15).
const END64: [u8; 4] = *b"PK\x06\x06";
const END64_BYTES: u64 = 56;
const LOCATOR: [u8; 4] = *b"PK\x06\x07";
const LOCATOR_BYTES: u64 = 20;
/// One entry of the directory (4.3.12).
const ENTRY: [u8; 4] = *b"PK\x01\x02";
const ENTRY_BYTES: usize = 46;
/// Extra fields: longer numbers (4.5.3), the name in UTF-8 (4.6.9), and times (4.5.5, and Info-ZIP's
/// `extrafld.txt`).
const ZIP64: u16 = 0x0001;
const UNICODE_PATH: u16 = 0x7075;
const NTFS_TIMES: u16 = 0x000a;
const UNIX_TIMES: u16 = 0x5455;
/// The flags that say that an entry is encrypted, and that its name is UTF-8 (4.4.4).
const IS_ENCRYPTED: u16 = 1;
const IS_UTF8: u16 = 1 << 11;
/// Who made an entry, if it was a Unix (4.4.2).
const MADE_BY_UNIX: u8 = 3;

/// One entry, as the directory has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RawEntry {
    pub name: Vec<u8>,
    pub is_utf8: bool,
    pub is_encrypted: bool,
    pub method: u16,
    pub crc: u32,
    pub packed_bytes: u64,
    pub size_bytes: u64,
    /// Microseconds since 1970.
    pub modified: Option<i64>,
    /// What kind of file it is to a Unix, if one made it.
    pub mode: Option<u32>,
    is_dos_folder: bool,
    /// Where its own header begins.
    pub at: u64,
}

impl RawEntry {
    pub fn is_folder(&self) -> bool {
        self.is_dos_folder || self.name.ends_with(b"/") || self.name.ends_with(b"\\")
    }
}

/// Where a directory is.
struct Directory {
    start: u64,
    bytes: u64,
    entries: u64,
    /// How much further behind everything is than it says.
    shift: u64,
}

/// The entries of a zip, in the order of its directory; `None`: there are too many.
/// # Errors
/// Those of the reader; `InvalidData` for what is no zip
pub fn read(file: &mut (impl Read + Seek), bounds: Bounds) -> Result<Option<Vec<RawEntry>>> {
    let Some(directory) = find(file)? else {
        return Err(Error::new(ErrorKind::InvalidData, "there is no directory"));
    };
    if directory.entries > bounds.entries as u64 {
        return Ok(None);
    }
    if directory.bytes > bounds.bytes {
        return Err(Error::other("more than may be read"));
    }
    let bytes = read_at(file, directory.start, directory.bytes)?;
    let mut rest = bytes.as_slice();
    let mut entries = Vec::new();
    while rest.starts_with(&ENTRY) {
        let (mut entry, after) = entry(rest).ok_or(ErrorKind::InvalidData)?;
        if entries.len() == bounds.entries {
            return Ok(None);
        }
        // Where something was put in front, all places are said too low.
        entry.at = entry.at.saturating_add(directory.shift);
        entries.push(entry);
        rest = after;
    }
    if (entries.len() as u64) < directory.entries {
        return Err(Error::new(
            ErrorKind::InvalidData,
            "the directory is cut off",
        ));
    }
    Ok(Some(entries))
}

fn find(file: &mut (impl Read + Seek)) -> Result<Option<Directory>> {
    let size = file.seek(SeekFrom::End(0))?;
    let tail_start = size.saturating_sub(END_BYTES + MOST_COMMENT + LOCATOR_BYTES);
    let tail = read_at(file, tail_start, size - tail_start)?;
    let Some(at) = last_end(&tail) else {
        return Ok(None);
    };
    let end = &tail[at..];
    let (count, bytes, start) = (u16_at(end, 10), u32_at(end, 12), u32_at(end, 16));
    let mut found = Directory {
        start: start.into(),
        bytes: bytes.into(),
        entries: count.into(),
        shift: 0,
    };
    let mut end_at = tail_start + at as u64;
    let is_long = count == u16::MAX || bytes == u32::MAX || start == u32::MAX;
    let locator = at.checked_sub(LOCATOR_BYTES as usize).map(|at| &tail[at..]);
    if let Some(locator) = locator.filter(|locator| is_long && locator.starts_with(&LOCATOR)) {
        let said = u64_at(locator, 8);
        // Something may have been put in front of the zip since.
        let behind = (end_at - LOCATOR_BYTES).checked_sub(END64_BYTES);
        for resolved in [Some(said), behind].into_iter().flatten() {
            let end = match resolved.checked_add(END64_BYTES) {
                Some(end) if end <= size => read_at(file, resolved, END64_BYTES)?,
                _ => continue,
            };
            if end.starts_with(&END64) {
                if count == u16::MAX {
                    found.entries = u64_at(&end, 32);
                }
                if bytes == u32::MAX {
                    found.bytes = u64_at(&end, 40);
                }
                if start == u32::MAX {
                    found.start = u64_at(&end, 48);
                }
                end_at = resolved;
                break;
            }
        }
    }
    if found.entries == 0 && found.bytes == 0 {
        found.start = end_at;
        return Ok(Some(found));
    }
    let behind = end_at.checked_sub(found.bytes);
    for resolved in [Some(found.start), behind].into_iter().flatten() {
        let fits = resolved
            .checked_add(found.bytes)
            .is_some_and(|end| end <= end_at);
        if fits && found.bytes >= 4 && read_at(file, resolved, 4)?.starts_with(&ENTRY) {
            found.shift = resolved.saturating_sub(found.start);
            found.start = resolved;
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// The last end of a directory whose comment fits behind it.
fn last_end(tail: &[u8]) -> Option<usize> {
    let last = tail.len().checked_sub(END_BYTES as usize)?;
    (0..=last).rev().find(|at| {
        let end = &tail[*at..];
        end.starts_with(&END) && END_BYTES as usize + usize::from(u16_at(end, 20)) <= end.len()
    })
}

fn entry(bytes: &[u8]) -> Option<(RawEntry, &[u8])> {
    let head = bytes.get(..ENTRY_BYTES)?;
    let length = |at: usize| usize::from(u16_at(head, at));
    let (name, rest) = bytes[ENTRY_BYTES..].split_at_checked(length(28))?;
    let (extra, rest) = rest.split_at_checked(length(30))?;
    let (_, rest) = rest.split_at_checked(length(32))?;
    let flags = u16_at(head, 8);
    let made_by_unix = head[5] == MADE_BY_UNIX;
    let attributes = u32_at(head, 38);
    let mut entry = RawEntry {
        name: name.to_vec(),
        is_utf8: flags & IS_UTF8 != 0,
        is_encrypted: flags & IS_ENCRYPTED != 0,
        method: u16_at(head, 10),
        crc: u32_at(head, 16),
        packed_bytes: u32_at(head, 20).into(),
        size_bytes: u32_at(head, 24).into(),
        modified: dos_time(u16_at(head, 14), u16_at(head, 12)),
        mode: made_by_unix.then_some(attributes >> 16),
        is_dos_folder: !made_by_unix && attributes & 0x10 != 0,
        at: u32_at(head, 42).into(),
    };
    let mut extra = extra;
    while let Some((head, body)) = extra.split_at_checked(4) {
        let Some((body, after)) = body.split_at_checked(usize::from(u16_at(head, 2))) else {
            break;
        };
        match u16_at(head, 0) {
            ZIP64 => longer(&mut entry, body),
            UNICODE_PATH if body.len() > 5 && body[0] == 1 && u32_at(body, 1) == crc32(name) => {
                entry.name = body[5..].to_vec();
                entry.is_utf8 = true;
            }
            UNIX_TIMES if body.len() >= 5 && body[0] & 1 != 0 => {
                let secs = i64::from(u32_at(body, 1).cast_signed());
                entry.modified = Some(secs * 1_000_000);
            }
            // Four bytes of nothing, the number of the attribute, its length, and three times.
            NTFS_TIMES if body.len() >= 16 && u16_at(body, 4) == 1 => {
                entry.modified = since_1601(u64_at(body, 8)).or(entry.modified);
            }
            _ => {}
        }
        extra = after;
    }
    Some((entry, rest))
}

/// The numbers that did not fit into their own places, in this order.
fn longer(entry: &mut RawEntry, mut body: &[u8]) {
    for number in [
        &mut entry.size_bytes,
        &mut entry.packed_bytes,
        &mut entry.at,
    ] {
        if *number != u64::from(u32::MAX) {
            continue;
        }
        let Some((long, rest)) = body.split_at_checked(8) else {
            return;
        };
        *number = u64_at(long, 0);
        body = rest;
    }
}

/// A time as MS-DOS writes it: seven bits of years since 1980, month, day; hour, minute and half
/// the seconds. It has no zone, and is taken for UTC.
pub fn dos_time(date: u16, time: u16) -> Option<i64> {
    let bits = |of: u16, from: u16, count: u16| i64::from((of >> from) & ((1 << count) - 1));
    let (year, month, day) = (1980 + bits(date, 9, 7), bits(date, 5, 4), bits(date, 0, 5));
    let (hour, minute, second) = (bits(time, 11, 5), bits(time, 5, 6), 2 * bits(time, 0, 5));
    let is_time = (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60;
    // Days since 1970 of a date of our calendar, counted in years that begin in March.
    let year = if month > 2 { year } else { year - 1 };
    let in_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = 365 * year + year / 4 - year / 100 + year / 400 + in_year - 719_468;
    let secs = ((days * 24 + hour) * 60 + minute) * 60 + second;
    is_time.then_some(secs * 1_000_000)
}

/// A time of Windows: tenths of microseconds since 1601.
pub fn since_1601(ticks: u64) -> Option<i64> {
    const TO_1970: i64 = 11_644_473_600_000_000;
    i64::try_from(ticks / 10).ok()?.checked_sub(TO_1970)
}

fn read_at(file: &mut (impl Read + Seek), at: u64, bytes: u64) -> Result<Vec<u8>> {
    file.seek(SeekFrom::Start(at))?;
    let mut all = Vec::new();
    let read = file.take(bytes).read_to_end(&mut all)?;
    if read as u64 == bytes {
        Ok(all)
    } else {
        Err(ErrorKind::UnexpectedEof.into())
    }
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from(u16_at(bytes, at)) | u32::from(u16_at(bytes, at + 2)) << 16
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) | u64::from(u32_at(bytes, at + 4)) << 32
}

/// The checksum of zips (4.4.7).
fn crc32(bytes: &[u8]) -> u32 {
    let step = |sum: u32, byte: &u8| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            (sum >> 1) ^ (0xEDB8_8320 & 0_u32.wrapping_sub(sum & 1))
        })
    };
    !bytes.iter().fold(u32::MAX, step)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::io::Cursor;

    const BOUNDS: Bounds = Bounds {
        entries: 1_000,
        bytes: 1 << 20,
    };

    /// A zip of empty entries with longer numbers wherever they can be.
    fn zip64(names: &[&str], size: u64, extensible: usize) -> Vec<u8> {
        let mut out = Vec::new();
        for name in names {
            out.extend(b"PK\x01\x02\x2d\x03\x2d\0\0\x08\0\0\0\0\x21\0");
            out.extend([0; 4]);
            out.extend([0xff; 8]);
            out.extend((name.len() as u16).to_le_bytes());
            out.extend(28_u16.to_le_bytes());
            out.extend([0; 10]);
            out.extend([0xff; 4]);
            out.extend(name.as_bytes());
            out.extend([1, 0, 24, 0]);
            for number in [size, 0, 0] {
                out.extend(number.to_le_bytes());
            }
        }
        let (bytes, at) = (out.len() as u64, out.len() as u64);
        out.extend(END64);
        out.extend((44 + extensible as u64).to_le_bytes());
        out.extend([45, 3, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        for number in [names.len() as u64, names.len() as u64, bytes, 0] {
            out.extend(number.to_le_bytes());
        }
        out.extend(vec![7; extensible]);
        out.extend(LOCATOR);
        out.extend([0; 4]);
        out.extend(at.to_le_bytes());
        out.extend(1_u32.to_le_bytes());
        out.extend(END);
        out.extend([0; 4]);
        out.extend([0xff; 12]);
        out.extend([0; 2]);
        out
    }

    fn names(bytes: Vec<u8>) -> Result<Vec<String>> {
        let entries = read(&mut Cursor::new(bytes), BOUNDS)?.unwrap();
        let name = |entry: RawEntry| String::from_utf8(entry.name).unwrap();
        Ok(entries.into_iter().map(name).collect())
    }

    #[test]
    fn longer_numbers_are_followed_wherever_they_stand() {
        let plain = zip64(&["a", "b/c"], 5 << 32, 0);
        let entries = read(&mut Cursor::new(plain.clone()), BOUNDS)
            .unwrap()
            .unwrap();
        assert_eq!(entries[1].size_bytes, 5 << 32);
        assert_eq!(names(plain.clone()).unwrap(), ["a", "b/c"]);
        // With an extensible data sector; with something in front; with something behind.
        assert_eq!(names(zip64(&["a"], 1, 40)).unwrap(), ["a"]);
        let shifted = [b"#!/bin/sh\n".to_vec(), plain.clone()].concat();
        assert_eq!(names(shifted).unwrap(), ["a", "b/c"]);
        let behind = [plain.clone(), vec![0; 30]].concat();
        assert_eq!(names(behind).unwrap(), ["a", "b/c"]);
        // Where only some numbers need it, the others stand in the short record.
        let mut some = plain;
        let at = some.len() - 22;
        some[at + 8..at + 12].copy_from_slice(&[2, 0, 2, 0]);
        assert_eq!(names(some).unwrap(), ["a", "b/c"]);
    }

    #[test]
    fn nothing_that_contradicts_itself_is_followed_out_of_bounds() {
        let whole = zip64(&["a", "b/c"], 1, 0);
        for cut in 0..whole.len() {
            let _ = read(&mut Cursor::new(whole[..cut].to_vec()), BOUNDS);
            for value in [0, 1, 0x7f, 0xff] {
                let mut changed = whole.clone();
                changed[cut] = value;
                let _ = read(&mut Cursor::new(changed), BOUNDS);
            }
        }
        let mut many = whole;
        let at = many.len() - 22 - 20 - 24;
        many[at..at + 8].copy_from_slice(&u64::MAX.to_le_bytes());
        assert_eq!(read(&mut Cursor::new(many), BOUNDS).unwrap(), None);
    }

    #[test]
    fn an_empty_zip_has_no_entries() {
        let empty = [&END[..], &[0; 18]].concat();
        assert_eq!(names(empty).unwrap(), Vec::<String>::new());
        assert!(names(b"no zip".to_vec()).is_err());
    }

    #[test]
    fn the_name_in_utf8_counts_if_it_is_of_this_name() {
        for (sum, expected) in [(crc32(b"abc"), "ü.txt"), (1, "abc")] {
            let mut bytes = vec![0; ENTRY_BYTES];
            bytes[..4].copy_from_slice(&ENTRY);
            bytes[28] = 3;
            bytes[30] = 15;
            bytes.extend(b"abc\x75\x70\x0b\0\x01");
            bytes.extend(sum.to_le_bytes());
            bytes.extend("ü.txt".as_bytes());
            let named = entry(&bytes).unwrap().0;
            assert_eq!(named.name, expected.as_bytes());
            assert_eq!(named.is_utf8, expected == "ü.txt");
        }
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn times_are_read_in_each_form() {
        // 2024-02-29 12:34:56
        let (date, time) = ((44 << 9) + (2 << 5) + 29, (12 << 11) + (34 << 5) + 28);
        assert_eq!(dos_time(date, time), Some(1_709_210_096_000_000));
        assert_eq!(dos_time(33, 0), Some(315_532_800_000_000));
        assert_eq!(dos_time(0, 0), None);
        assert_eq!(
            since_1601(133_536_836_960_000_000),
            Some(1_709_210_096_000_000)
        );
        assert_eq!(since_1601(u64::MAX), Some(1_833_029_933_770_955_161));
    }
}
