//! What qBittorrent tells of a torrent.

use crate::{FileStatus, State};
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Torrent {
    pub hash: String,
    pub name: String,
    pub state: String,
    /// With commas between them.
    tags: String,
    pub size: i64,
    pub total_size: i64,
    pub completed: i64,
    pub uploaded: i64,
    pub dlspeed: i64,
    pub upspeed: i64,
    /// Who is connected: those who have all of it, and others.
    num_seeds: Option<i64>,
    num_leechs: Option<i64>,
}

impl Torrent {
    /// What waits for its turn, or was stopped, looks for nobody.
    pub fn peers(&self) -> Option<i64> {
        let looks = [
            "downloading",
            "stalledDL",
            "metaDL",
            "forcedDL",
            "forcedMetaDL",
        ];
        let is_looking = looks.contains(&self.state.as_str());
        Some(self.num_seeds? + self.num_leechs?).filter(|_| is_looking)
    }

    pub fn is_tagged(&self, tag: &str) -> bool {
        self.tags.split(',').any(|each| each.trim() == tag)
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct File {
    index: Option<i64>,
    name: String,
    size: i64,
    progress: f64,
    priority: i64,
}

impl File {
    pub fn status(self, number: usize) -> FileStatus {
        FileStatus {
            index: self.index.unwrap_or(number as i64),
            name: self.name,
            size: self.size,
            progress: self.progress,
            selected: self.priority > 0,
        }
    }
}

/// States of all versions: those of 5 are `stopped` where they were `paused`.
pub(super) fn state(text: &str) -> State {
    match text {
        "downloading" | "pausedDL" | "stoppedDL" | "allocating" | "metaDL" | "queuedDL"
        | "stalledDL" | "checkingDL" | "forcedDL" | "checkingResumeData" | "moving"
        | "forcedMetaDL" => State::Downloading,
        "uploading" | "queuedUP" | "stalledUP" | "checkingUP" | "forcedUP" => State::Seeding,
        "pausedUP" | "stoppedUP" => State::Completed,
        "error" | "missingFiles" => State::Error,
        _ => State::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_of_old_and_new_versions_are_known() {
        for (text, is) in [
            ("stalledDL", State::Downloading),
            ("stoppedDL", State::Downloading),
            ("pausedDL", State::Downloading),
            ("stoppedUP", State::Completed),
            ("pausedUP", State::Completed),
            ("forcedUP", State::Seeding),
            ("missingFiles", State::Error),
            ("dreaming", State::Unknown),
        ] {
            assert_eq!(state(text), is, "{text}");
        }
    }
}
