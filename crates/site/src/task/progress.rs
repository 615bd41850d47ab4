//! How far a task is: told by its steps, kept in its row, so that any replica can answer.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// How far one part of the work is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Progress {
    /// 0: nobody knows yet.
    pub total: i64,
    pub current: i64,
    /// What is being worked on, such as the URI of a file.
    pub identifier: String,
}

/// The parts of the work, by the keys that clients know.
pub(super) type Parts = BTreeMap<String, Progress>;

/// The parts in a row; damaged text counts as none.
pub(super) fn parts(text: Option<&str>) -> Parts {
    text.and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default()
}

/// Collects what steps tell, for the worker that writes it now and then.
#[derive(Debug, Default)]
pub(super) struct Reporter {
    told: Mutex<Told>,
    more: Notify,
}

#[derive(Debug, Default)]
struct Told {
    parts: Parts,
    /// Since it was written last.
    is_new: bool,
}

impl Reporter {
    /// Goes on from what is in the row.
    pub fn of(text: Option<&str>) -> Self {
        let reporter = Self::default();
        reporter.told().parts = parts(text);
        reporter
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn set(&self, key: String, progress: Progress) {
        let mut told = self.told();
        told.parts.insert(key, progress);
        told.is_new = true;
        self.more.notify_one();
    }

    pub fn remove(&self, key: &str) {
        let mut told = self.told();
        told.is_new |= told.parts.remove(key).is_some();
        self.more.notify_one();
    }

    /// What to write, if there is anything new.
    pub fn take(&self) -> Option<String> {
        let mut told = self.told();
        if !std::mem::take(&mut told.is_new) {
            return None;
        }
        serde_json::to_string(&told.parts).ok()
    }

    /// Returns when there may be something new.
    pub async fn more(&self) {
        self.more.notified().await;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_what_is_new_is_written() {
        let reporter = Reporter::of(Some(r#"{"upload":{"total":9,"current":1}}"#));
        assert_eq!(reporter.take(), None);
        let half = Progress {
            total: 4,
            current: 2,
            identifier: String::new(),
        };
        reporter.set("download".to_owned(), half.clone());
        let text = reporter.take().unwrap();
        assert_eq!(reporter.take(), None);
        let read = parts(Some(&text));
        assert_eq!(read["download"], half);
        assert_eq!(read["upload"].total, 9);
        reporter.remove("upload");
        reporter.remove("download");
        assert_eq!(reporter.take().as_deref(), Some("{}"));
        assert_eq!(parts(Some("{")), Parts::new());
        assert_eq!(parts(None), Parts::new());
    }
}
