//! The directory at the end of a zip (APPNOTE.TXT 4.3), read as leniently as other programs do and
//! no further: where its makers contradict themselves the record that can be followed counts, and
//! everything is within bounds that are known before.

use site::limits::{ARCHIVE_ENTRIES, ARCHIVE_READ_BYTES};
use std::io::{Error, ErrorKind, Read, Result, Seek, SeekFrom};

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
/// Extra fields: longer numbers (4.5.3), and the name in UTF-8 (4.6.9).
const ZIP64: u16 = 0x0001;
const UNICODE_PATH: u16 = 0x7075;
/// The flag that says that a name is UTF-8 (4.4.4, bit 11).
const IS_UTF8: u16 = 1 << 11;

/// One entry, as the directory has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RawEntry {
    pub name: Vec<u8>,
    pub is_utf8: bool,
    pub size_bytes: u64,
    /// As MS-DOS writes them.
    pub date: u16,
    pub time: u16,
}

/// Where a directory is.
struct Directory {
    start: u64,
    bytes: u64,
    entries: u64,
}

/// The entries of a zip, in the order of its directory; `None`: there are too many.
/// # Errors
/// Those of the reader; `InvalidData` for what is no zip
pub(super) fn read(file: &mut (impl Read + Seek)) -> Result<Option<Vec<RawEntry>>> {
    let Some(directory) = find(file)? else {
        return Err(ErrorKind::InvalidData.into());
    };
    if directory.entries > ARCHIVE_ENTRIES as u64 {
        return Ok(None);
    }
    let bytes = read_at(file, directory.start, directory.bytes)?;
    let mut rest = bytes.as_slice();
    let mut entries = Vec::new();
    while rest.starts_with(&ENTRY) {
        let (entry, after) = entry(rest).ok_or(ErrorKind::InvalidData)?;
        if entries.len() == ARCHIVE_ENTRIES {
            return Ok(None);
        }
        entries.push(entry);
        rest = after;
    }
    if (entries.len() as u64) < directory.entries {
        return Err(ErrorKind::InvalidData.into());
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
    let mut entry = RawEntry {
        name: name.to_vec(),
        is_utf8: u16_at(head, 8) & IS_UTF8 != 0,
        size_bytes: u32_at(head, 24).into(),
        time: u16_at(head, 12),
        date: u16_at(head, 14),
    };
    let mut extra = extra;
    while let Some((head, body)) = extra.split_at_checked(4) {
        let Some((body, after)) = body.split_at_checked(usize::from(u16_at(head, 2))) else {
            break;
        };
        match u16_at(head, 0) {
            // Its first number is the size, where that did not fit into its own place.
            ZIP64 if entry.size_bytes == u64::from(u32::MAX) && body.len() >= 8 => {
                entry.size_bytes = u64_at(body, 0);
            }
            UNICODE_PATH if body.len() > 5 && body[0] == 1 && u32_at(body, 1) == crc32(name) => {
                entry.name = body[5..].to_vec();
                entry.is_utf8 = true;
            }
            _ => {}
        }
        extra = after;
    }
    Some((entry, rest))
}

fn read_at(file: &mut (impl Read + Seek), at: u64, bytes: u64) -> Result<Vec<u8>> {
    if bytes > ARCHIVE_READ_BYTES {
        return Err(Error::other("more than may be read"));
    }
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

/// What bytes above 127 mean where nothing is said about them: code page 437 (appendix D).
const OLD: &str = concat!(
    "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐",
    "└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}",
);

/// A name whose encoding is not said.
pub(super) fn old_name(name: &[u8]) -> String {
    let old: Vec<char> = OLD.chars().collect();
    let read = |byte: &u8| match byte.checked_sub(128) {
        Some(n) => old[usize::from(n)],
        None => char::from(*byte),
    };
    name.iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::io::Cursor;

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
        let entries = read(&mut Cursor::new(bytes))?.unwrap();
        let name = |entry: RawEntry| String::from_utf8(entry.name).unwrap();
        Ok(entries.into_iter().map(name).collect())
    }

    #[test]
    fn longer_numbers_are_followed_wherever_they_stand() {
        let plain = zip64(&["a", "b/c"], 5 << 32, 0);
        let entries = read(&mut Cursor::new(plain.clone())).unwrap().unwrap();
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
            let _ = read(&mut Cursor::new(whole[..cut].to_vec()));
            for value in [0, 1, 0x7f, 0xff] {
                let mut changed = whole.clone();
                changed[cut] = value;
                let _ = read(&mut Cursor::new(changed));
            }
        }
        let mut many = whole;
        let at = many.len() - 22 - 20 - 24;
        many[at..at + 8].copy_from_slice(&u64::MAX.to_le_bytes());
        assert_eq!(read(&mut Cursor::new(many)).unwrap(), None);
    }

    #[test]
    fn an_empty_zip_has_no_entries() {
        let empty = [&END[..], &[0; 18]].concat();
        assert_eq!(names(empty).unwrap(), Vec::<String>::new());
        assert!(names(b"no zip".to_vec()).is_err());
    }

    #[test]
    fn the_name_in_utf8_counts_if_it_is_of_this_name() {
        let mut named = RawEntry {
            name: Vec::new(),
            is_utf8: false,
            size_bytes: 0,
            date: 0,
            time: 0,
        };
        for (sum, expected) in [(crc32(b"abc"), "ü.txt"), (1, "abc")] {
            let mut bytes = vec![0; ENTRY_BYTES];
            bytes[..4].copy_from_slice(&ENTRY);
            bytes[28] = 3;
            bytes[30] = 15;
            bytes.extend(b"abc\x75\x70\x0b\0\x01");
            bytes.extend(sum.to_le_bytes());
            bytes.extend("ü.txt".as_bytes());
            named.name = expected.into();
            named.is_utf8 = expected == "ü.txt";
            assert_eq!(entry(&bytes).unwrap().0, named);
        }
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(old_name(b"a\x81\xff"), "aü\u{a0}");
        assert_eq!(OLD.chars().count(), 128);
    }
}
