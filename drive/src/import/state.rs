//! What an import is about, how far it is, and what came of it so far.

use super::ImportRequest;
use super::failures::Failures;
use entity::PolicyId;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use site::task::{Patience, Progress};

/// What failed is told by path up to so many,
pub(super) const MOST_PROBLEMS: usize = 100;
/// and so many bytes of paths, for lists of tasks carry them.
const MOST_BYTES: usize = 16 << 10;

/// Why something is not taken over. The names are stored, and known to clients: never change one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Reason {
    /// No file of a drive may be called so.
    Name,
    /// The policy takes no file of such a name.
    Refused,
    /// The policy takes no file of such a size.
    TooLarge,
    Quota,
    /// Somebody has locked the place it would come to.
    Locked,
    /// It is the content of some file already.
    Stored,
    /// It is a folder, and something else has its name; or a link is on the way.
    Taken,
    /// The path would be too long or too deep.
    TooDeep,
    /// The server may not read it.
    Unreadable,
    /// It went away meanwhile.
    Gone,
    /// The folder is the root of another policy.
    OtherStorage,
    /// It is a link, a pipe or a device.
    NoFile,
    /// It is a folder that has the name of a file.
    Hidden,
}

impl Reason {
    /// For people.
    pub const fn says(self) -> &'static str {
        match self {
            Self::Name => "no file of a drive may be called so",
            Self::Refused => "the storage policy takes no files of such a name",
            Self::TooLarge => "it is larger than the storage policy allows",
            Self::Quota => "there is not enough space left in the drive",
            Self::Locked => "somebody has locked that place",
            Self::Stored => "it is the content of a file already",
            Self::Taken => "something else has its name",
            Self::TooDeep => "the path would be too long or too deep",
            Self::Unreadable => "it cannot be read",
            Self::Gone => "it went away meanwhile",
            Self::OtherStorage => "it belongs to another storage policy",
            Self::NoFile => "it is a link, a pipe or a device",
            Self::Hidden => "a file has the name of this folder",
        }
    }
}

/// Something that was not taken over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Problem {
    /// From where the import began.
    pub path: String,
    pub reason: Reason,
}

/// What came of it, or, of one that changes nothing, what would come.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Report {
    /// Files looked at.
    pub seen: u64,
    pub files: u64,
    pub bytes: i64,
    /// Folders that were made.
    pub folders: u64,
    /// Files whose name is there already.
    pub skipped: u64,
    pub failed: u64,
    /// Of those that failed, those for which there is no room.
    pub over_quota: u64,
    pub problems: Vec<Problem>,
    pub(super) problem_bytes: usize,
}

impl Report {
    pub fn problem(&mut self, path: String, reason: Reason) {
        self.failed += 1;
        self.over_quota += u64::from(reason == Reason::Quota);
        let bytes = self.problem_bytes + path.len();
        if self.problems.len() < MOST_PROBLEMS && bytes <= MOST_BYTES {
            self.problem_bytes = bytes;
            self.problems.push(Problem { path, reason });
        }
    }

    /// Of these too many to be told of each.
    pub fn uncounted(&mut self, more: u64) {
        self.failed += more;
    }

    /// With what came of some more.
    pub fn add(&mut self, more: Self) {
        self.seen += more.seen;
        self.files += more.files;
        self.bytes += more.bytes;
        self.folders += more.folders;
        self.skipped += more.skipped;
        let (failed, over_quota) = (self.failed, self.over_quota);
        for problem in more.problems {
            self.problem(problem.path, problem.reason);
        }
        self.failed = failed + more.failed;
        self.over_quota = over_quota + more.over_quota;
    }

    /// Files looked at, and those of them that came.
    pub fn progress(&self) -> (Progress, Progress) {
        let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let seen = Progress {
            current: number(self.seen),
            ..Progress::default()
        };
        let taken = Progress {
            total: number(self.seen),
            current: number(self.files),
            ..Progress::default()
        };
        (seen, taken)
    }
}

/// How far the walk is in one folder: in order of names first its files, then its folders, of one
/// page after the other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stand {
    /// Its own name.
    pub name: String,
    /// All that has a name up to this one is done.
    pub after: String,
    /// And all files up to this one.
    pub files_to: String,
}

/// An import.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Importing {
    pub(super) policy: PolicyId,
    /// The folder of the storage.
    pub(super) source: String,
    /// Names on the way to the folder of the drive.
    pub(super) target: Vec<String>,
    pub(super) recursive: bool,
    pub(super) owned: bool,
    pub(super) dry_run: bool,
    /// What its owner is told of it.
    pub(super) props: Map<String, Value>,
    /// The folders on the way to where the walk is; none: it is over. `None`: it has not begun.
    #[serde(default)]
    pub(super) stands: Option<Vec<Stand>>,
    #[serde(default)]
    pub(super) report: Report,
    #[serde(default)]
    pub(super) patience: Patience,
    #[serde(default, skip_serializing_if = "Failures::is_empty")]
    pub(super) failures: Failures,
}

impl Importing {
    pub(super) fn new(
        request: ImportRequest,
        source: String,
        target: Vec<String>,
        props: impl IntoIterator<Item = (String, Value)>,
    ) -> Self {
        Self {
            policy: request.policy,
            source,
            target,
            recursive: request.recursive,
            owned: request.owned,
            dry_run: request.dry_run,
            props: props.into_iter().collect(),
            stands: None,
            report: Report::default(),
            patience: Patience::default(),
            failures: Failures::default(),
        }
    }

    /// What clients know of an import, and our own report.
    pub(super) fn props(&self) -> Map<String, Value> {
        let report = &self.report;
        let more = [
            ("failed", json!(report.failed)),
            ("recursive", json!(self.recursive)),
            ("owned", json!(self.owned)),
            ("dry_run", json!(self.dry_run)),
            ("files", json!(report.files)),
            ("folders", json!(report.folders)),
            ("bytes", json!(report.bytes)),
            ("skipped", json!(report.skipped)),
            ("over_quota", json!(report.over_quota)),
            ("problems", json!(report.problems)),
        ];
        let mut props = self.props.clone();
        props.extend(more.map(|(key, value)| (key.to_owned(), value)));
        props
    }

    /// The names on the way from where it began to where the walk is.
    fn names(&self) -> impl Iterator<Item = &str> {
        let stands = self.stands.iter().flatten();
        // The first one is where it began.
        stands.skip(1).map(|stand| stand.name.as_str())
    }

    /// The path of something in the folder where the walk is, from where it began.
    pub(super) fn path_of(&self, name: &str) -> String {
        let names: Vec<&str> = self.names().chain([name]).collect();
        names.join("/")
    }

    /// The same in the storage. An empty name: of the folder itself.
    pub(super) fn key_of(&self, name: &str) -> String {
        let begin = [self.source.as_str()].into_iter();
        let parts = begin.chain(self.names()).chain([name]);
        let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
        parts.join("/")
    }

    /// The names in the drive on the way to the folder where the walk is.
    pub(super) fn folder_names(&self) -> impl Iterator<Item = &str> {
        self.target.iter().map(String::as_str).chain(self.names())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_tells_of_few_and_counts_all() {
        let mut report = Report::default();
        for number in 0..150 {
            report.problem(format!("{number}"), Reason::Quota);
        }
        assert_eq!((report.failed, report.over_quota), (150, 150));
        assert_eq!(report.problems.len(), MOST_PROBLEMS);
        let mut long = Report::default();
        for _ in 0..100 {
            long.problem("x".repeat(700), Reason::Name);
        }
        assert!(long.problems.len() < 30);
        let mut sum = Report::default();
        sum.add(report);
        sum.add(long);
        assert_eq!((sum.failed, sum.over_quota), (250, 150));
        assert_eq!(sum.problems.len(), MOST_PROBLEMS);
        assert_eq!(sum.problems[0].path, "0");
    }
}
