//! Torrent files, as far as it has to be known where they lead.

use crate::DownloaderError;
use std::collections::HashSet;

/// Lists and dictionaries in each other.
const DEPTH: usize = 32;
/// Values in a file. A torrent of 10,000 files has some 60,000.
const VALUES: usize = 500_000;

/// A value (BEP 3), in place.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Value<'a> {
    Number(i64),
    Text(&'a [u8]),
    List(Vec<Value<'a>>),
    Map(Vec<(&'a [u8], Value<'a>)>),
}

/// A key, and its value as it is written.
pub(crate) type Entry<'a> = (&'a [u8], &'a [u8]);

impl<'a> Value<'a> {
    /// Reads a whole file.
    pub fn read(bytes: &'a [u8]) -> Result<Self, DownloaderError> {
        let mut reader = Reader {
            rest: bytes,
            left: VALUES,
        };
        let value = reader.value(DEPTH)?;
        if reader.rest.is_empty() {
            Ok(value)
        } else {
            Err(DownloaderError::BadTorrent("there is more behind its end"))
        }
    }

    /// The entries of a file that is a dictionary, each with its value as it is written.
    pub fn entries(bytes: &'a [u8]) -> Result<Vec<Entry<'a>>, DownloaderError> {
        // That it is sound to its end is known then.
        Self::read(bytes)?;
        let mut reader = Reader {
            rest: bytes.strip_prefix(b"d").ok_or(GARBLED)?,
            left: VALUES,
        };
        let mut entries = Vec::new();
        while !reader.ends()? {
            let key = reader.text()?;
            let from = reader.rest;
            reader.value(DEPTH)?;
            entries.push((key, &from[..from.len() - reader.rest.len()]));
        }
        Ok(entries)
    }

    /// Writes it behind what is there.
    pub fn write(&self, to: &mut Vec<u8>) {
        match self {
            Self::Number(number) => to.extend_from_slice(format!("i{number}e").as_bytes()),
            Self::Text(text) => write_text(text, to),
            Self::List(items) => {
                to.push(b'l');
                for item in items {
                    item.write(to);
                }
                to.push(b'e');
            }
            Self::Map(entries) => {
                to.push(b'd');
                for (key, value) in entries {
                    write_text(key, to);
                    value.write(to);
                }
                to.push(b'e');
            }
        }
    }

    pub fn get(&self, key: &str) -> Option<&Self> {
        let Self::Map(entries) = self else {
            return None;
        };
        let found = entries.iter().find(|(name, _)| *name == key.as_bytes());
        found.map(|(_, value)| value)
    }

    pub fn items(&self) -> &[Self] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }

    /// All texts in it, however deep.
    pub fn texts(&self) -> Vec<&'a [u8]> {
        match self {
            Self::Text(text) => vec![text],
            Self::List(items) => items.iter().flat_map(Self::texts).collect(),
            Self::Number(_) | Self::Map(_) => Vec::new(),
        }
    }
}

pub(crate) fn write_text(text: &[u8], to: &mut Vec<u8>) {
    to.extend_from_slice(format!("{}:", text.len()).as_bytes());
    to.extend_from_slice(text);
}

struct Reader<'a> {
    rest: &'a [u8],
    left: usize,
}

type Read<T> = Result<T, DownloaderError>;

impl<'a> Reader<'a> {
    fn value(&mut self, depth: usize) -> Read<Value<'a>> {
        self.left = self.left.checked_sub(1).ok_or(TOO_MUCH)?;
        let depth = depth.checked_sub(1).ok_or(TOO_MUCH)?;
        match self.rest.first() {
            Some(b'i') => self.number().map(Value::Number),
            Some(b'l') => {
                self.skip();
                let mut items = Vec::new();
                while !self.ends()? {
                    items.push(self.value(depth)?);
                }
                Ok(Value::List(items))
            }
            Some(b'd') => {
                self.skip();
                let mut entries = Vec::new();
                let mut keys = HashSet::new();
                while !self.ends()? {
                    let key = self.text()?;
                    // Which of two counts is for each program to choose.
                    if !keys.insert(key) {
                        return Err(GARBLED);
                    }
                    entries.push((key, self.value(depth)?));
                }
                Ok(Value::Map(entries))
            }
            _ => self.text().map(Value::Text),
        }
    }

    fn skip(&mut self) {
        self.rest = &self.rest[1..];
    }

    /// Takes the end of a list or dictionary, if it is there.
    fn ends(&mut self) -> Read<bool> {
        match self.rest.first() {
            Some(b'e') => {
                self.skip();
                Ok(true)
            }
            Some(_) => Ok(false),
            None => Err(CUT_OFF),
        }
    }

    fn number(&mut self) -> Read<i64> {
        self.skip();
        let end = self.rest.iter().position(|byte| *byte == b'e');
        let (digits, rest) = self.rest.split_at(end.ok_or(CUT_OFF)?);
        self.rest = &rest[1..];
        let digits = std::str::from_utf8(digits).ok();
        digits.and_then(|digits| digits.parse().ok()).ok_or(GARBLED)
    }

    fn text(&mut self) -> Read<&'a [u8]> {
        // No file is as long as a number of twenty digits says.
        let head = &self.rest[..self.rest.len().min(20)];
        let colon = head.iter().position(|byte| *byte == b':').ok_or(GARBLED)?;
        let digits = std::str::from_utf8(&head[..colon]).ok();
        let digits = digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
        let length: usize = digits
            .and_then(|digits| digits.parse().ok())
            .ok_or(GARBLED)?;
        let rest = &self.rest[colon + 1..];
        if length > rest.len() {
            return Err(CUT_OFF);
        }
        let (text, rest) = rest.split_at(length);
        self.rest = rest;
        Ok(text)
    }
}

const CUT_OFF: DownloaderError = DownloaderError::BadTorrent("it is cut off");
const GARBLED: DownloaderError = DownloaderError::BadTorrent("it makes no sense");
const TOO_MUCH: DownloaderError = DownloaderError::BadTorrent("there is too much in it");

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn values_are_read_as_they_are_written() {
        let value = Value::read(b"d8:announce8:http://a4:infod5:filesl1:ae6:lengthi-7eee").unwrap();
        let announce = value.get("announce").unwrap();
        assert_eq!(announce.texts(), [b"http://a".as_slice()]);
        let info = value.get("info").unwrap();
        assert_eq!(info.get("length"), Some(&Value::Number(-7)));
        assert_eq!(info.get("files").unwrap().texts(), [b"a".as_slice()]);
        assert!(value.get("none").is_none() && info.items().is_empty());
    }

    #[test]
    fn what_is_written_anew_is_the_same() {
        let bytes = b"d1:ai-7e1:bl1:xli0eee4:infod1:z0:ee";
        let mut written = Vec::new();
        Value::read(bytes).unwrap().write(&mut written);
        assert_eq!(written, bytes);
        let entries = Value::entries(bytes).unwrap();
        let raw: [(&[u8], &[u8]); 3] = [
            (b"a", b"i-7e"),
            (b"b", b"l1:xli0eee"),
            (b"info", b"d1:z0:e"),
        ];
        assert_eq!(entries, raw);
        assert!(Value::entries(b"li1ee").is_err() && Value::entries(b"d1:ai1e").is_err());
    }

    #[test]
    fn what_is_damaged_or_made_to_harm_is_refused() {
        let deep = "l".repeat(1_000_000);
        let many = format!("l{}e", "i0e".repeat(VALUES));
        for bytes in [
            "",
            "d",
            "de1",
            "i",
            "ie",
            "i1",
            "5:abc",
            "99999999999999999999:a",
            "-1:a",
            "+1:a",
            "x",
            "d1:a",
            "di1e1:ae",
            "d5:filesle5:filesi1ee",
            "d4:infod1:ai1e1:bi1e1:ai1eee",
            "li1e",
            "18446744073709551615:a",
            &deep,
            &many,
        ] {
            assert!(Value::read(bytes.as_bytes()).is_err(), "{bytes:.40}");
        }
    }
}
