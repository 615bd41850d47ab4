//! Torrent files: what they name, and paths that lead nowhere else.

use crate::DownloaderError;
use crate::bencode::{Value, write_text};
use crate::tracker::{Without, address};
use site::limits::DOWNLOADED_FILES;
use url::Url;

/// A torrent file.
#[derive(Debug)]
pub(crate) struct Torrent {
    /// As it may be handed on. Programs differ in what they make of an address that cannot be read in one
    /// way only: those are left out. What the torrent is known by is as it was.
    pub bytes: Vec<u8>,
    /// The trackers, web seeds and nodes that it names then, as addresses of http.
    pub sources: Vec<Url>,
}

impl Torrent {
    /// # Errors
    /// `BadTorrent`
    pub fn read(bytes: &[u8], without: &Without) -> Result<Self, DownloaderError> {
        let entries = Value::entries(bytes)?;
        let info = entries.iter().find(|(key, _)| *key == b"info");
        let info = info.map(|(_, raw)| Value::read(raw)).transpose()?;
        let info = info.filter(|info| matches!(info, Value::Map(_)));
        check_paths(&info.ok_or(DownloaderError::BadTorrent("it names no files"))?)?;
        let (mut to, mut sources) = (vec![b'd'], Vec::new());
        for (key, raw) in entries {
            let value = match key {
                b"announce" | b"announce-list" | b"url-list" | b"httpseeds" => {
                    Some(readable(Value::read(raw)?, without, &mut sources))
                }
                b"nodes" => Some(nodes(Value::read(raw)?, without, &mut sources)),
                _ => None,
            };
            match value {
                Some(None) => {}
                Some(Some(value)) => {
                    write_text(key, &mut to);
                    value.write(&mut to);
                }
                None => {
                    write_text(key, &mut to);
                    to.extend_from_slice(raw);
                }
            }
        }
        to.push(b'e');
        Ok(Self { bytes: to, sources })
    }
}

/// Addresses, or lists of them, without those that cannot be read, or that nobody is to ask.
fn readable<'a>(value: Value<'a>, without: &Without, sources: &mut Vec<Url>) -> Option<Value<'a>> {
    match value {
        Value::Text(text) => {
            let found = address(&String::from_utf8_lossy(text)).ok()?;
            if found.as_ref().is_some_and(|found| without.has(found)) {
                return None;
            }
            sources.extend(found);
            Some(Value::Text(text))
        }
        Value::List(items) => {
            let items = items.into_iter();
            let items = items.filter_map(|item| readable(item, without, sources));
            let items: Vec<_> = items.collect();
            (!items.is_empty()).then_some(Value::List(items))
        }
        // No address is one.
        Value::Number(_) | Value::Map(_) => None,
    }
}

/// Nodes of the distributed hash table: host and port.
fn nodes<'a>(value: Value<'a>, without: &Without, sources: &mut Vec<Url>) -> Option<Value<'a>> {
    let Value::List(items) = value else {
        return None;
    };
    let mut kept = Vec::new();
    for node in items {
        let found = match node.items() {
            [Value::Text(host), Value::Number(port)] => {
                let host = String::from_utf8_lossy(host);
                let is_bare = host.contains(':') && !host.starts_with('[');
                let host = if is_bare {
                    format!("[{host}]")
                } else {
                    host.into_owned()
                };
                address(&format!("udp://{host}:{port}")).ok().flatten()
            }
            _ => None,
        };
        if let Some(found) = found.filter(|found| !without.has(found)) {
            sources.push(found);
            kept.push(node);
        }
    }
    (!kept.is_empty()).then_some(Value::List(kept))
}

/// Programs differ in what they make of a path that leads out of its folder: none is to find out.
fn check_paths(info: &Value<'_>) -> Result<(), DownloaderError> {
    let files = info.get("files").map_or(&[][..], Value::items);
    if files.len() > DOWNLOADED_FILES {
        return Err(DownloaderError::BadTorrent("it has too many files"));
    }
    let keys = ["path", "path.utf-8"];
    let paths = files.iter().flat_map(|file| keys.map(|key| file.get(key)));
    let names = ["name", "name.utf-8"].map(|key| info.get(key));
    let names = paths.chain(names).flatten().flat_map(Value::texts);
    for name in names {
        let is_bad = matches!(name, b"." | b"..")
            || name.iter().any(|byte| matches!(byte, b'/' | b'\\' | 0));
        if is_bad {
            let why = "the path of a file in it leads out of its folder";
            return Err(DownloaderError::BadTorrent(why));
        }
    }
    if info.get("file tree").is_some_and(|tree| !is_tame(tree)) {
        let why = "the path of a file in it leads out of its folder";
        return Err(DownloaderError::BadTorrent(why));
    }
    Ok(())
}

/// The same for paths of the second version (BEP 52), which are dictionaries in each other.
fn is_tame(tree: &Value<'_>) -> bool {
    let Value::Map(entries) = tree else {
        return true;
    };
    entries.iter().all(|(name, below)| {
        let is_bad = matches!(*name, b"." | b"..")
            || name.iter().any(|byte| matches!(byte, b'/' | b'\\' | 0));
        !is_bad && is_tame(below)
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const INFO: &str = "4:infod6:lengthi1e4:name1:ae";

    fn read(torrent: &str) -> Result<Torrent, DownloaderError> {
        Torrent::read(torrent.as_bytes(), &Without::default())
    }

    #[test]
    fn what_nobody_is_to_ask_is_left_out() {
        let torrent = format!(
            "d8:announce13:udp://a.test/13:announce-listll13:udp://a.test/el13:udp://b.test/ee{INFO}\
             5:nodesll6:a.testi1eel6:b.testi1eee8:url-list14:http://a.test/e"
        );
        let mut without = Without::default();
        without.add(&Url::parse("http://a.test/").unwrap());
        let read = Torrent::read(torrent.as_bytes(), &without).unwrap();
        let left = format!("d13:announce-listll13:udp://b.test/ee{INFO}5:nodesll6:b.testi1eeee");
        assert_eq!(String::from_utf8_lossy(&read.bytes), left);
    }

    #[test]
    fn what_can_be_read_is_handed_on_as_it_is() {
        let torrent = format!(
            "d8:announce13:udp://a.test/13:announce-listll13:udp://b.test/ee7:comment1:x{INFO}\
             5:nodesll6:c.testi1eee8:url-list14:http://d.test/e"
        );
        let read = read(&torrent).unwrap();
        assert_eq!(read.bytes, torrent.as_bytes());
        let hosts: Vec<_> = read
            .sources
            .iter()
            .map(|url| url.host_str().unwrap())
            .collect();
        assert_eq!(hosts, ["a.test", "b.test", "c.test", "d.test"]);
    }

    #[test]
    fn what_programs_may_read_in_two_ways_is_left_out() {
        for named in [
            "8:announce21:udp://127.0.0.1:73340",
            "8:announce22:udp://a:b@127.0.0.1:1/",
            "5:nodesll9:127.0.0.1i-1eee",
            "5:nodesd1:ai1ee",
            "8:url-listi1e",
        ] {
            let read = read(&format!("d{named}{INFO}e")).unwrap();
            let expected = format!("d{INFO}e");
            assert_eq!(String::from_utf8_lossy(&read.bytes), expected, "{named}");
            assert!(read.sources.is_empty(), "{named}");
        }
        let some =
            format!("d13:announce-listll21:udp://127.0.0.1:73340el13:udp://b.test/ee{INFO}e");
        let read = read(&some).unwrap();
        let left = format!("d13:announce-listll13:udp://b.test/ee{INFO}e");
        assert_eq!(String::from_utf8_lossy(&read.bytes), left);
        assert_eq!(read.sources.len(), 1);
    }
}
