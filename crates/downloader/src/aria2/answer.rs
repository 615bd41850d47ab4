//! What aria2 tells of a job.

use super::failure::sentence;
use crate::{DownloaderError, FileStatus, Handle, State, Status};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

/// What is asked of a job: all of it,
pub(super) const KEYS: [&str; 17] = [
    "gid",
    "status",
    "totalLength",
    "completedLength",
    "uploadLength",
    "downloadSpeed",
    "uploadSpeed",
    "connections",
    "infoHash",
    "bitfield",
    "numPieces",
    "errorCode",
    "errorMessage",
    "followedBy",
    "dir",
    "files",
    "bittorrent",
];

/// and what does not grow with its files and pieces.
pub(super) const SHORT_KEYS: [&str; 15] = [
    "gid",
    "status",
    "totalLength",
    "completedLength",
    "uploadLength",
    "downloadSpeed",
    "uploadSpeed",
    "connections",
    "infoHash",
    "numPieces",
    "errorCode",
    "errorMessage",
    "followedBy",
    "dir",
    "bittorrent",
];

/// `aria2.tellStatus`; numbers arrive as texts.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Answered {
    pub gid: String,
    pub status: String,
    total_length: String,
    completed_length: String,
    upload_length: String,
    download_speed: String,
    upload_speed: String,
    connections: String,
    info_hash: String,
    bitfield: String,
    num_pieces: String,
    error_code: String,
    error_message: String,
    pub followed_by: Vec<String>,
    dir: String,
    files: Vec<File>,
    pub bittorrent: Option<Bittorrent>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct File {
    index: String,
    path: String,
    length: String,
    completed_length: String,
    selected: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Bittorrent {
    info: Option<Info>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Info {
    name: String,
}

fn number(text: &str) -> i64 {
    text.parse().unwrap_or(0)
}

impl Answered {
    fn state(&self) -> Result<State, DownloaderError> {
        let (total, done) = (number(&self.total_length), number(&self.completed_length));
        Ok(match self.status.as_str() {
            "active" if self.is_torrent() && total > 0 && done == total => State::Seeding,
            "active" | "waiting" | "paused" => State::Downloading,
            "complete" => State::Completed,
            "error" => State::Error,
            "removed" | "cancelled" => return Err(DownloaderError::Removed),
            _ => State::Unknown,
        })
    }

    /// Not what a magnet link is fetched for first: what the torrent is about.
    fn is_torrent(&self) -> bool {
        let torrent = self.bittorrent.as_ref();
        torrent.is_some_and(|torrent| torrent.info.is_some())
    }

    fn files(&self) -> Vec<FileStatus> {
        let below = |path: &str| {
            let path = path.strip_prefix(&self.dir).unwrap_or(path);
            path.trim_start_matches('/').to_owned()
        };
        // What a torrent is about is no file.
        let is_file = |file: &&File| !file.path.is_empty() && !file.path.starts_with('[');
        let files = self.files.iter().filter(is_file).map(|file| {
            let (size, done) = (number(&file.length), number(&file.completed_length));
            FileStatus {
                index: number(&file.index),
                name: below(&file.path),
                size,
                progress: if size > 0 {
                    done as f64 / size as f64
                } else {
                    0.0
                },
                selected: file.selected == "true",
            }
        });
        files.collect()
    }

    /// What waits for its turn, or was stopped, looks for nobody.
    fn peers(&self) -> Option<i64> {
        let is_active = self.status == "active";
        self.connections.parse().ok().filter(|_| is_active)
    }

    /// Its server sends no parts (aria2 manual, EXIT STATUS 8).
    pub fn is_broken_off(&self) -> bool {
        self.status == "error" && self.error_code == "8"
    }

    pub fn into_status(self) -> Result<Status, DownloaderError> {
        let state = self.state()?;
        let files = self.files();
        let info = self
            .bittorrent
            .as_ref()
            .and_then(|torrent| torrent.info.as_ref());
        let base = |name: &str| name.rsplit('/').next().unwrap_or_default().to_owned();
        let name = match info {
            Some(info) => info.name.clone(),
            None => files
                .first()
                .map(|file| base(&file.name))
                .unwrap_or_default(),
        };
        let follow = self.followed_by.first().map(|gid| Handle {
            id: gid.clone(),
            hash: self.info_hash.clone(),
        });
        let error_message = match state {
            State::Error => sentence(&self.error_code, &self.error_message),
            _ => String::new(),
        };
        Ok(Status {
            peers: self.peers(),
            name,
            state,
            total: number(&self.total_length),
            downloaded: number(&self.completed_length),
            download_speed: number(&self.download_speed),
            uploaded: number(&self.upload_length),
            upload_speed: number(&self.upload_speed),
            hash: self.info_hash,
            files,
            pieces: pieces(&self.bitfield),
            num_pieces: number(&self.num_pieces),
            error_message,
            follow,
        })
    }
}

/// Hexadecimal digits as base64.
fn pieces(bitfield: &str) -> String {
    let bytes: Option<Vec<u8>> = bitfield
        .as_bytes()
        .chunks(2)
        .map(|two| u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok())
        .collect();
    STANDARD.encode(bytes.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[test]
    fn what_aria2_tells_is_read() {
        let told = json!({
            "gid": "1", "status": "active", "totalLength": "20", "completedLength": "20",
            "bitfield": "ff80", "numPieces": "9", "infoHash": "ab", "dir": "/t/job",
            "bittorrent": { "info": { "name": "Name" } },
            "files": [
                { "index": "1", "path": "/t/job/Name/a", "length": "5", "completedLength": "5", "selected": "true" },
                { "index": "2", "path": "/t/job/Name/b", "length": "15", "completedLength": "0", "selected": "false" },
            ],
        });
        let status = Answered::deserialize(told).unwrap().into_status().unwrap();
        assert_eq!(
            (status.state, status.name.as_str()),
            (State::Seeding, "Name")
        );
        assert_eq!(status.pieces, STANDARD.encode([0xff, 0x80]));
        assert_eq!(
            (status.files[0].name.as_str(), status.files[0].index),
            ("Name/a", 1)
        );
        assert!(!status.files[1].selected);
        let removed = Answered::deserialize(json!({ "status": "removed" })).unwrap();
        assert!(matches!(
            removed.into_status(),
            Err(DownloaderError::Removed)
        ));
        assert_eq!(pieces("zz"), "");
    }

    #[test]
    fn whom_it_is_connected_with_counts_while_it_looks_for_somebody() {
        for (told, peers) in [
            (json!({ "status": "active", "connections": "0" }), Some(0)),
            (json!({ "status": "active", "connections": "7" }), Some(7)),
            (json!({ "status": "waiting", "connections": "0" }), None),
            (json!({ "status": "paused", "connections": "0" }), None),
            (json!({ "status": "active" }), None),
        ] {
            let status = Answered::deserialize(&told).unwrap().into_status();
            assert_eq!(status.unwrap().peers, peers, "{told}");
        }
        assert!(KEYS.contains(&"connections") && SHORT_KEYS.contains(&"connections"));
    }
}
