//! Several changes of one file become the one that leads to the same end.
//!
//! | first | then | told |
//! |---|---|---|
//! | create | modify | create |
//! | create | rename | create at the new path |
//! | create | delete | nothing |
//! | modify | delete | delete |
//! | modify | rename | rename |
//! | rename | rename | one rename; nothing if it is back |
//! | rename | modify | rename |
//! | rename | delete | delete at the path last told |
//! | delete | create | create |
//!
//! A change is drawn forward to the file's earlier one only across changes that have nothing to
//! do with its paths; otherwise it stays where it is. So the told changes, applied in order,
//! always fit the tree that the subscriber has at that point: a folder's rename between two
//! changes below it, or an editor that saves by renaming, comes out right.

use super::change::{ChangeKind, FileChange};
use entity::FileId;
use std::collections::HashMap;

/// Merges changes, oldest first.
pub fn merge(changes: impl IntoIterator<Item = FileChange>) -> Vec<FileChange> {
    let mut entries: Vec<Net> = Vec::new();
    let mut latest: HashMap<FileId, usize> = HashMap::new();
    for change in changes {
        if let Some(&at) = latest.get(&change.file)
            && commutes(&entries[at], &change, &entries[at + 1..])
            && entries[at].take(&change)
        {
            continue;
        }
        latest.insert(change.file, entries.len());
        entries.push(Net::of(&change));
    }
    entries.into_iter().filter_map(Net::told).collect()
}

/// The net effect on one file.
#[derive(Clone, Debug)]
struct Net {
    file: FileId,
    /// Where the subscriber has it; `None`: nowhere.
    known: Option<String>,
    /// Where it is now; `None`: gone.
    now: Option<String>,
    /// The content is new.
    modified: bool,
    /// It was gone in between.
    recreated: bool,
}

impl Net {
    fn of(change: &FileChange) -> Self {
        let here = || Some(change.from.clone());
        let (known, now) = match change.kind {
            ChangeKind::Create => (None, here()),
            ChangeKind::Modify => (here(), here()),
            ChangeKind::Rename => (here(), Some(change.to.clone())),
            ChangeKind::Delete => (here(), None),
        };
        let modified = change.kind == ChangeKind::Modify;
        Self {
            file: change.file,
            known,
            now,
            modified,
            recreated: false,
        }
    }

    /// Takes one more change in; `false`: it does not continue this one, and nothing changed.
    fn take(&mut self, change: &FileChange) -> bool {
        if change.kind == ChangeKind::Create {
            // Elsewhere than it was: the subscriber must be told of both.
            let fits = self
                .known
                .as_ref()
                .is_none_or(|known| *known == change.from);
            if self.now.is_some() || !fits {
                return false;
            }
            self.recreated = self.known.is_some();
            self.now = Some(change.from.clone());
            return true;
        }
        if self.now.as_ref() != Some(&change.from) {
            return false;
        }
        match change.kind {
            ChangeKind::Create | ChangeKind::Modify => self.modified = true,
            ChangeKind::Rename => self.now = Some(change.to.clone()),
            ChangeKind::Delete => {
                self.now = None;
                self.recreated = false;
            }
        }
        true
    }

    fn told(self) -> Option<FileChange> {
        Some(match (self.known, self.now) {
            (None, Some(now)) => FileChange::at(ChangeKind::Create, self.file, now),
            (Some(known), None) => FileChange::at(ChangeKind::Delete, self.file, known),
            (Some(known), Some(now)) if known != now => FileChange::rename(self.file, known, now),
            (_, Some(now)) if self.recreated => FileChange::at(ChangeKind::Create, self.file, now),
            (_, Some(now)) if self.modified => FileChange::at(ChangeKind::Modify, self.file, now),
            _ => return None,
        })
    }

    fn paths(&self) -> impl Iterator<Item = &str> {
        self.known.iter().chain(&self.now).map(String::as_str)
    }
}

/// Whether `change` may be drawn forward to `entry`, across `between`.
fn commutes(entry: &Net, change: &FileChange, between: &[Net]) -> bool {
    let own = || {
        entry
            .paths()
            .chain([change.from.as_str(), change.to.as_str()])
    };
    !between.iter().any(|other| {
        other
            .paths()
            .any(|theirs| own().any(|path| !path.is_empty() && related(path, theirs)))
    })
}

/// Equal, or one below the other.
fn related(a: &str, b: &str) -> bool {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    long.strip_prefix(short)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
#[path = "merge_tests.rs"]
mod tests;
