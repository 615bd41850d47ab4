//! What a download is about, and how far it is.

use super::reason::Reason;
use downloader::{Handle, State, Status};
use entity::{NodeId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::path::PathBuf;
use uuid::Uuid;

/// What was left out is told by name up to so many,
const MOST_LEFT_OUT: usize = 100;
/// and so many bytes of names, for lists of tasks carry them.
const MOST_NAME_BYTES: usize = 16 << 10;

/// Where a download is (V4 API, task summary).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Phase {
    /// Nobody fetches it yet.
    #[default]
    #[serde(rename = "")]
    New,
    Monitor,
    Transfer,
    Seeding,
}

impl Phase {
    const fn as_str(self) -> &'static str {
        match self {
            Self::New => "",
            Self::Monitor => "monitor",
            Self::Transfer => "transfer",
            Self::Seeding => "seeding",
        }
    }
}

/// Who fetches it, written down before anybody is asked to: asking twice is asking once.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Assigned {
    pub id: Uuid,
    pub node: NodeId,
    pub provider: String,
    pub folder: PathBuf,
    /// `None`: perhaps nobody was asked yet.
    #[serde(default)]
    pub handle: Option<Handle>,
    /// When it was begun.
    #[serde(default)]
    pub since: Option<Timestamp>,
    /// How often it was begun again because the downloader had forgotten it.
    #[serde(default)]
    pub begun_again: u32,
}

/// A file that did not come into the drive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct LeftOut {
    pub name: String,
    pub reason: Reason,
}

/// A download.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Downloading {
    /// A link; empty: it is a torrent file.
    pub(super) src_uri: String,
    /// A torrent file in a drive.
    #[serde(default)]
    pub(super) src_file_uri: String,
    /// The folder that files go to.
    pub(super) dst: String,
    #[serde(default)]
    pub(super) phase: Phase,
    #[serde(default)]
    pub(super) assigned: Option<Assigned>,
    #[serde(default)]
    pub(super) status: Option<Status>,
    /// How often in a row nobody could say how far it is.
    #[serde(default)]
    pub(super) get_task_status_tried: u32,
    /// Bytes of chosen files that there was room for, when that was looked at.
    #[serde(default)]
    pub(super) checked: Option<i64>,
    /// Files on their way into the drive: what is found there of them is theirs.
    #[serde(default)]
    pub(super) begun: BTreeSet<i64>,
    /// Files that are there, or will never be.
    #[serde(default)]
    pub(super) transferred: BTreeSet<i64>,
    #[serde(default)]
    pub(super) failed: u64,
    #[serde(default)]
    pub(super) left_out: Vec<LeftOut>,
}

impl Downloading {
    pub(super) fn of(src_uri: String, src_file_uri: String, dst: String) -> Self {
        Self {
            src_uri,
            src_file_uri,
            dst,
            ..Self::default()
        }
    }

    /// The same from its beginning.
    pub(super) fn anew(self) -> Self {
        Self::of(self.src_uri, self.src_file_uri, self.dst)
    }

    pub(super) fn leave_out(&mut self, name: String, reason: Reason) {
        self.failed += 1;
        let bytes: usize = self.left_out.iter().map(|left| left.name.len()).sum();
        if self.left_out.len() < MOST_LEFT_OUT && bytes + name.len() <= MOST_NAME_BYTES {
            self.left_out.push(LeftOut { name, reason });
        }
    }

    pub(super) fn phase_name(&self) -> &'static str {
        self.phase.as_str()
    }

    /// What clients know of a download, and our own report.
    pub(super) fn props(&self) -> Map<String, Value> {
        let more = self.failed.saturating_sub(self.left_out.len() as u64);
        let props = [
            ("src_str", json!(self.src_uri)),
            ("src", json!(self.src_file_uri)),
            ("dst", json!(self.dst)),
            ("failed", json!(self.failed)),
            ("download", json!(self.status)),
            ("report", json!({ "left_out": self.left_out, "more": more })),
        ];
        props
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value))
            .collect()
    }

    /// Whether others may still get it from here.
    pub(super) fn is_seeding(&self) -> bool {
        self.status
            .as_ref()
            .is_some_and(|status| status.state == State::Seeding)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_state_of_an_earlier_version_is_read() {
        let old = r#"{"src_uri":"http://a/","dst":"cloudreve://my/","phase":"monitor"}"#;
        let state: Downloading = serde_json::from_str(old).unwrap();
        assert_eq!(state.phase, Phase::Monitor);
        let props = state.props();
        assert_eq!(props["download"], Value::Null);
        assert_eq!(props["src"], "");
        assert_eq!(props["report"], json!({ "left_out": [], "more": 0 }));
    }

    #[test]
    fn what_is_left_out_is_told_of_few_and_counted_of_all() {
        let mut state = Downloading::default();
        for number in 0..250 {
            state.leave_out(number.to_string(), Reason::Exists);
        }
        let props = state.props();
        assert_eq!(props["failed"], 250);
        assert_eq!(props["report"]["more"], 150);
        assert_eq!(
            props["report"]["left_out"][7],
            json!({ "name": "7", "reason": "exists" })
        );
        let mut long = Downloading::default();
        for _ in 0..100 {
            long.leave_out("x".repeat(700), Reason::Name);
        }
        assert!(long.left_out.len() < 30);
    }
}
