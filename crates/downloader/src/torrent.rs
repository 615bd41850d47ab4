//! Torrent files: what they name, and paths that lead nowhere else.

use crate::DownloaderError;
use crate::bencode::Value;
use crate::tracker::address;
use site::limits::DOWNLOADED_FILES;
use url::Url;

/// The trackers, web seeds and nodes that a torrent file names.
/// # Errors
/// `BadTorrent`; programs differ in what they make of an address that cannot be read, so one with
/// such an address is handed to none.
pub(crate) fn read_torrent(bytes: &[u8]) -> Result<Vec<Url>, DownloaderError> {
    let torrent = Value::read(bytes)?;
    let info = torrent.get("info");
    let info = info.filter(|info| matches!(info, Value::Map(_)));
    let info = info.ok_or(DownloaderError::BadTorrent("it names no files"))?;
    check_paths(info)?;
    let lists = ["announce", "announce-list", "url-list", "httpseeds"];
    let texts = lists.iter().filter_map(|key| torrent.get(key));
    let texts = texts.flat_map(Value::texts);
    let mut sources = Vec::new();
    for text in texts {
        sources.extend(address(&String::from_utf8_lossy(text))?);
    }
    for node in torrent.get("nodes").map_or(&[][..], Value::items) {
        if let [host, Value::Number(port)] = node.items()
            && let Some(host) = host.text()
        {
            let host = String::from_utf8_lossy(host);
            let host = if host.contains(':') && !host.starts_with('[') {
                format!("[{host}]")
            } else {
                host.into_owned()
            };
            sources.extend(address(&format!("udp://{host}:{port}"))?);
        }
    }
    Ok(sources)
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
