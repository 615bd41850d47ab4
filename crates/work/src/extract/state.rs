//! What an extraction is about, how far it is, and what came of it so far.

use super::new_folder::NewFolder;
use crate::conflict::Conflict;
use crate::secrets::Secrets;
use archive::read::Entry;
use entity::BlobId;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use site::secret::Sealer;
use site::task::Progress;

/// What was left out is told by name up to so many,
const MOST_TOLD: usize = 100;
/// and so many bytes of names, for lists of tasks carry them.
const MOST_BYTES: usize = 16 << 10;

/// Something that was left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct LeftOut {
    pub name: String,
    pub reason: String,
}

/// Something that came under another name, because its own was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Renamed {
    /// The path in the archive,
    pub name: String,
    /// and the name of the file.
    pub to: String,
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Report {
    /// Files that were unpacked, and their bytes.
    pub files: u64,
    pub bytes: u64,
    /// Names that differ from another one in nothing but capital letters.
    pub case_clashes: u64,
    /// All that was left out.
    pub failed: u64,
    /// What of that was there already, and stays.
    exists: u64,
    pub left_out: Vec<LeftOut>,
    told_bytes: usize,
    /// All that came under another name.
    renamed_count: u64,
    renamed: Vec<Renamed>,
    renamed_bytes: usize,
}

impl Report {
    pub fn leave_out(&mut self, name: &str, reason: &str) {
        self.failed += 1;
        self.exists += u64::from(reason == "exists");
        let bytes = self.told_bytes + name.len();
        if self.left_out.len() < MOST_TOLD && bytes <= MOST_BYTES {
            self.told_bytes = bytes;
            self.left_out.push(LeftOut {
                name: name.to_owned(),
                reason: reason.to_owned(),
            });
        }
    }

    pub fn rename(&mut self, name: &str, to: String) {
        self.renamed_count += 1;
        let bytes = self.renamed_bytes + name.len() + to.len();
        if self.renamed.len() < MOST_TOLD && bytes <= MOST_BYTES {
            self.renamed_bytes = bytes;
            self.renamed.push(Renamed {
                name: name.to_owned(),
                to,
            });
        }
    }

    /// What was done, as a sentence about something that did not go on.
    pub fn kept(&self) -> String {
        match self.files {
            0 => "nothing was unpacked".to_owned(),
            1 => format!(
                "1 file ({} bytes) was unpacked before, and stays",
                self.bytes
            ),
            files => format!(
                "{files} files ({} bytes) were unpacked before, and stay",
                self.bytes
            ),
        }
    }
}

/// The archive, as it was when the work began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Source {
    pub blob: BlobId,
    pub name: String,
    pub size_bytes: u64,
    /// It lies in the drive of who unpacks it.
    #[serde(default)]
    pub is_own: bool,
}

/// An extraction.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Extracting {
    /// The archive, and the folder that it is unpacked into, without passwords.
    pub(super) uri: String,
    pub(super) dst: String,
    /// Whether the folder is one of its own.
    #[serde(default)]
    pub(super) new_folder: NewFolder,
    #[serde(default)]
    pub(super) encoding: String,
    #[serde(default)]
    pub(super) secrets: Option<String>,
    #[serde(default)]
    pub(super) file_mask: Vec<String>,
    #[serde(default)]
    pub(super) conflict: Conflict,
    #[serde(default)]
    pub(super) source: Option<Source>,
    /// Entries from the first that are done, and the name of the last of them.
    #[serde(default)]
    pub(super) processed: u64,
    #[serde(default)]
    pub(super) processed_cursor: String,
    /// How many entries and bytes there are, if the archive says so.
    #[serde(default)]
    pub(super) total: (u64, u64),
    /// Entries that are wanted.
    #[serde(default)]
    pub(super) wanted: u64,
    /// Bytes that came out of it, whatever became of them.
    #[serde(default)]
    pub(super) seen_bytes: u64,
    #[serde(default)]
    pub(super) report: Report,
    /// How often it was another archive's turn.
    #[serde(default)]
    pub(super) naps: u32,
    /// All of it is done.
    #[serde(default)]
    pub(super) is_over: bool,
    /// Why it ends without being done.
    #[serde(default)]
    pub(super) failure: Option<String>,
}

impl Extracting {
    /// What clients know of an extraction, and our own report.
    pub(super) fn props(&self) -> Map<String, Value> {
        let report = &self.report;
        let more = report.failed.saturating_sub(report.left_out.len() as u64);
        let props = [
            ("src", json!(self.uri)),
            ("dst", json!(self.dst)),
            ("failed", json!(report.failed)),
            ("files", json!(report.files)),
            ("bytes", json!(report.bytes)),
            (
                "report",
                json!({
                    "left_out": report.left_out,
                    "more": more,
                    "exists": report.exists,
                    "renamed": report.renamed,
                    "more_renamed": report.renamed_count - report.renamed.len() as u64,
                    "case_clashes": report.case_clashes,
                }),
            ),
        ];
        let new = (self.new_folder == NewFolder::Wanted).then_some(("new_folder", json!(true)));
        let asked = self.failure.iter().flat_map(|_| self.asked());
        let props = props.into_iter().chain(new).chain(asked);
        props.map(|(key, value)| (key.to_owned(), value)).collect()
    }

    /// What was asked for: whoever gives another password asks for the same.
    fn asked(&self) -> Vec<(&'static str, Value)> {
        let bytes: usize = self.file_mask.iter().map(String::len).sum();
        let mask = if bytes <= MOST_BYTES {
            ("file_mask", json!(self.file_mask))
        } else {
            ("long_file_mask", json!(true))
        };
        vec![
            ("encoding", json!(self.encoding)),
            ("conflict", json!(self.conflict)),
            mask,
        ]
    }

    /// `None`: they were sealed under another key.
    pub(super) fn secrets(&self, sealer: &Sealer) -> Option<Secrets> {
        Secrets::open_sealed(sealer, self.secrets.as_deref())
    }

    /// All of it is done, and nobody needs what opened it.
    pub(super) fn over(&mut self) {
        self.is_over = true;
        // Of an archive without anything in it, it stays.
        self.new_folder = NewFolder::No;
        self.secrets = None;
        self.file_mask = Vec::new();
    }

    /// Why all of it is done and came to nothing, if it did. What is there already was to stay.
    pub(super) fn nothing(&self) -> Option<String> {
        let report = &self.report;
        if report.files > 0 || report.exists > 0 {
            return None;
        }
        if report.failed > 0 {
            let first = report.left_out.first();
            let first = first.map_or_else(String::new, |first| {
                format!(": {} ({})", first.name, first.reason)
            });
            let more = match report.failed {
                1 => String::new(),
                failed => format!(", and {} more", failed - 1),
            };
            return Some(format!("nothing could be unpacked{first}{more}"));
        }
        let has_none = !self.file_mask.is_empty() && self.wanted == 0;
        has_none.then(|| {
            "nothing was unpacked: none of the chosen files and folders is in the archive".into()
        })
    }

    /// As it was before anything was done; what it did stays, and is known by its mark.
    pub(super) fn anew(self) -> Self {
        Self {
            uri: self.uri,
            dst: self.dst,
            new_folder: self.new_folder,
            encoding: self.encoding,
            secrets: self.secrets,
            file_mask: self.file_mask,
            conflict: self.conflict,
            ..Self::default()
        }
    }

    /// All entries up to this one are done.
    pub(super) fn done_with(&mut self, entry: &Entry) {
        self.processed = self.processed.max(entry.number);
        self.processed_cursor.clone_from(&entry.name);
    }

    /// Entries and bytes so far.
    pub(super) fn progress(&self) -> [(&'static str, Progress); 2] {
        let progress = |current: u64, total: u64| Progress {
            total: i64::try_from(total).unwrap_or(i64::MAX),
            current: i64::try_from(current).unwrap_or(i64::MAX),
            identifier: String::new(),
        };
        [
            ("extract_count", progress(self.processed, self.total.0)),
            ("extract_size", progress(self.seen_bytes, self.total.1)),
        ]
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_report_tells_of_few_and_counts_all() {
        let mut report = Report::default();
        for number in 0..150 {
            report.leave_out(&format!("{number}"), "exists");
        }
        assert_eq!(report.failed, 150);
        assert_eq!(report.left_out.len(), MOST_TOLD);
        let mut long = Report::default();
        for _ in 0..100 {
            long.leave_out(&"x".repeat(700), "link");
        }
        assert!(long.left_out.len() < 30);
        for number in 0..150 {
            long.rename("a", format!("a ({number})"));
        }
        assert_eq!((long.renamed_count, long.renamed.len()), (150, MOST_TOLD));
        let report = Extracting {
            report: long,
            ..Extracting::default()
        };
        assert_eq!(report.props()["report"]["more_renamed"], 50);
    }

    #[test]
    fn what_comes_to_nothing_says_why() {
        let mut state = Extracting::default();
        assert_eq!(state.nothing(), None);
        state.file_mask = vec!["a".to_owned()];
        assert!(state.nothing().unwrap().contains("chosen"));
        // A folder.
        state.wanted = 1;
        assert_eq!(state.nothing(), None);
        state.report.leave_out("a", "damaged");
        let why = "nothing could be unpacked: a (damaged)";
        assert_eq!(state.nothing().as_deref(), Some(why));
        state.report.leave_out("b", "link");
        assert_eq!(state.nothing(), Some(format!("{why}, and 1 more")));
        state.report.leave_out("c", "exists");
        assert_eq!(state.nothing(), None);
    }

    #[test]
    fn one_that_failed_tells_what_it_was_asked_for() {
        let mut state = Extracting {
            file_mask: vec!["a".to_owned()],
            conflict: Conflict::Rename,
            ..Extracting::default()
        };
        assert_eq!(state.props().get("conflict"), None);
        state.failure = Some("incorrect password".to_owned());
        let props = state.props();
        assert_eq!(props["conflict"], "rename");
        assert_eq!(props["file_mask"], json!(["a"]));
        state.file_mask = vec!["x".repeat(MOST_BYTES + 1)];
        let props = state.props();
        assert_eq!(props.get("file_mask"), None);
        assert_eq!(props["long_file_mask"], true);
    }

    #[test]
    fn begun_anew_it_looks_anew_and_remembers_what_was_asked() {
        let state = Extracting {
            uri: "cloudreve://my/a.zip".to_owned(),
            secrets: Some("sealed".to_owned()),
            conflict: Conflict::Rename,
            source: Some(Source {
                blob: BlobId(1),
                name: "a.zip".to_owned(),
                size_bytes: 1,
                is_own: true,
            }),
            processed: 7,
            seen_bytes: 8,
            failure: Some("why".to_owned()),
            ..Extracting::default()
        };
        let anew = state.anew();
        assert_eq!((anew.source, anew.failure), (None, None));
        assert_eq!((anew.processed, anew.seen_bytes), (0, 0));
        assert_eq!(anew.uri, "cloudreve://my/a.zip");
        assert_eq!(anew.secrets.as_deref(), Some("sealed"));
        assert_eq!(anew.conflict, Conflict::Rename);
    }

    #[test]
    fn what_an_earlier_version_wrote_can_be_read() {
        let text = r#"{"uri":"cloudreve://my/a.zip","dst":"cloudreve://my/"}"#;
        let state: Extracting = serde_json::from_str(text).unwrap();
        assert_eq!(state.conflict, Conflict::Skip);
        assert_eq!(state.props()["report"]["more"], 0);
    }
}
