//! What was left out of an archive, and why.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What was left out is told by name up to so many,
const MOST: usize = 100;
/// and so many bytes of names, for lists of tasks carry them.
const MOST_BYTES: usize = 16 << 10;

/// Why something is not packed. The names are stored, and known to clients: never change one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Reason {
    /// It is not there any more, or not where it was.
    Gone,
    /// Who packs may not download it, or not any more.
    Denied,
    /// A whole drive, or a whole share.
    Root,
    /// A shortcut to somewhere else.
    Shortcut,
    /// Its upload has not ended.
    Uploading,
    /// Its bytes are not what they were.
    Damaged,
    /// The storage does not give it out.
    Unreadable,
}

/// Something that was left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct LeftOut {
    name: String,
    reason: Reason,
}

/// All that was left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Report {
    pub failed: u64,
    left_out: Vec<LeftOut>,
    name_bytes: usize,
}

impl Report {
    pub fn leave_out(&mut self, name: &str, reason: Reason) {
        self.failed += 1;
        let bytes = self.name_bytes + name.len();
        if self.left_out.len() < MOST && bytes <= MOST_BYTES {
            self.name_bytes = bytes;
            let name = name.to_owned();
            self.left_out.push(LeftOut { name, reason });
        }
    }

    /// As clients are told.
    pub fn told(&self) -> Value {
        let more = self.failed - self.left_out.len() as u64;
        json!({ "left_out": self.left_out, "more": more })
    }

    /// The first that was left out.
    pub fn first(&self) -> Option<(&str, Reason)> {
        let first = self.left_out.first();
        first.map(|left_out| (left_out.name.as_str(), left_out.reason))
    }
}

impl Reason {
    /// The end of a sentence.
    pub fn says(self) -> &'static str {
        match self {
            Self::Gone => "is not there any more",
            Self::Denied => "may not be downloaded",
            Self::Root => "is a whole drive or share",
            Self::Shortcut => "is a shortcut",
            Self::Uploading => "is still being uploaded",
            Self::Damaged => "is damaged",
            Self::Unreadable => "cannot be read from its storage",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_are_told_by_name_and_all_are_counted() {
        let mut report = Report::default();
        for number in 0..150 {
            report.leave_out(&format!("{number}.txt"), Reason::Gone);
        }
        let told = report.told();
        assert_eq!(told["left_out"].as_array().map(Vec::len), Some(MOST));
        assert_eq!(
            told["left_out"][0],
            json!({ "name": "0.txt", "reason": "gone" })
        );
        assert_eq!((report.failed, &told["more"]), (150, &json!(50)));
        let mut long = Report::default();
        for _ in 0..100 {
            long.leave_out(&"x".repeat(700), Reason::Damaged);
        }
        assert!(long.left_out.len() < 30);
    }
}
