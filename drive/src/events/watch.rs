//! From journal entries to what a watched folder's subscriber sees.

use super::change::{ChangeKind, FileChange};
use entity::{FileId, journal};
use store::journal::Op;

/// What the journal adds where folders were made on the way.
#[derive(serde::Deserialize)]
struct Made {
    folders: Vec<FileId>,
}

/// A watched folder, by its path as of the last entry seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watch {
    /// From the drive's root, without trailing slash: the root is empty.
    path: String,
}

/// What an entry means to a watched folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// Nothing that its subscriber sees.
    Nothing,
    Change(FileChange),
    /// The folder itself is gone, alone or with a folder above.
    FolderGone,
}

impl Watch {
    /// Watches the folder at this path.
    pub fn new(path: &str) -> Self {
        Self {
            path: path.trim_end_matches('/').to_owned(),
        }
    }

    /// The folder's path now; the root is `/`.
    pub fn path(&self) -> &str {
        if self.path.is_empty() {
            "/"
        } else {
            &self.path
        }
    }

    /// Takes note of the next entry of the drive.
    pub fn see(&mut self, entry: &journal::Model) -> Seen {
        let Some(file) = entry.file_id else {
            return Seen::Nothing;
        };
        let before = entry.path_before.as_deref();
        let after = entry.path_after.as_deref();
        let told = |kind, path: Option<&str>| {
            let path = path.and_then(|path| self.inside(path));
            path.map_or(Seen::Nothing, |path| {
                Seen::Change(FileChange::at(kind, file, path))
            })
        };
        let op = entry.op.as_str();
        if op == Op::Create.as_str() || op == Op::Restore.as_str() {
            told(ChangeKind::Create, after)
        } else if op == Op::Modify.as_str() {
            told(ChangeKind::Modify, after)
        } else if op == Op::Trash.as_str() || op == Op::Delete.as_str() {
            if before.is_some_and(|path| self.rest_below(path).is_some()) {
                return Seen::FolderGone;
            }
            told(ChangeKind::Delete, before)
        } else if op == Op::Rename.as_str() {
            let (Some(before), Some(after)) = (before, after) else {
                return Seen::Nothing;
            };
            if let Some(rest) = self.rest_below(before) {
                // It moved, or something above it; what is inside moved along.
                self.path = format!("{}{rest}", after.trim_end_matches('/'));
                return Seen::Nothing;
            }
            match (self.inside(before), self.inside(after)) {
                (Some(from), Some(to)) => Seen::Change(FileChange::rename(file, from, to)),
                (Some(from), None) => Seen::Change(FileChange::at(ChangeKind::Delete, file, from)),
                (None, Some(to)) => Seen::Change(FileChange::at(ChangeKind::Create, file, to)),
                (None, None) => Seen::Nothing,
            }
        } else {
            Seen::Nothing
        }
    }

    /// The folders that came along with something new, from the top down, as far as they are seen.
    pub fn folders_of(&self, entry: &journal::Model) -> Vec<FileChange> {
        let (Some(path), Some(detail)) = (entry.path_after.as_deref(), entry.detail.as_deref())
        else {
            return Vec::new();
        };
        if entry.op != Op::Create.as_str() {
            return Vec::new();
        }
        let Ok(Made { folders }) = serde_json::from_str(detail) else {
            return Vec::new();
        };
        let mut above = path;
        let mut seen = Vec::with_capacity(folders.len());
        for folder in folders.into_iter().rev() {
            let Some((parent, _)) = above.rsplit_once('/') else {
                break;
            };
            above = parent;
            let Some(inside) = self.inside(above) else {
                break;
            };
            seen.push(FileChange::at(ChangeKind::Create, folder, inside));
        }
        seen.reverse();
        seen
    }

    /// A path below the folder, seen from it; `None` for the folder itself and all else.
    fn inside<'a>(&self, path: &'a str) -> Option<&'a str> {
        let rest = path.strip_prefix(self.path.as_str())?;
        (rest.len() > 1 && rest.starts_with('/')).then_some(rest)
    }

    /// If the folder is at `path` or below: what follows. The root is nobody's to move.
    fn rest_below(&self, path: &str) -> Option<&str> {
        let path = path.trim_end_matches('/');
        let rest = self.path.strip_prefix(path)?;
        let is = !path.is_empty() && (rest.is_empty() || rest.starts_with('/'));
        is.then_some(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use entity::{JournalId, Timestamp, UserId};

    fn entry(op: Op, before: Option<&str>, after: Option<&str>) -> journal::Model {
        journal::Model {
            id: JournalId(1),
            at: Timestamp(0),
            owner_id: UserId(1),
            actor_id: None,
            client_id: None,
            category: op.category().as_str().to_owned(),
            op: op.as_str().to_owned(),
            file_id: Some(FileId(7)),
            is_folder: false,
            path_before: before.map(str::to_owned),
            path_after: after.map(str::to_owned),
            detail: None,
            address: None,
            correlation_id: None,
        }
    }

    fn change(kind: ChangeKind, path: &str) -> Seen {
        Seen::Change(FileChange::at(kind, FileId(7), path))
    }

    #[test]
    fn folders_that_were_made_on_the_way_are_told_one_by_one() {
        let mut entry = entry(Op::Create, None, Some("/work/a/b/c.txt"));
        entry.detail = Some(r#"{"folders":[1,2,3]}"#.to_owned());
        let told = |path: &str| {
            let made = Watch::new(path).folders_of(&entry).into_iter();
            made.map(|change| (change.file.0, change.from))
                .collect::<Vec<_>>()
        };
        let (a, b) = ((2, "/a".to_owned()), (3, "/a/b".to_owned()));
        assert_eq!(told("/work"), [a, b]);
        assert_eq!(told("/work/a"), [(3, "/b".to_owned())]);
        assert!(told("/work/a/b").is_empty());
        assert_eq!(
            told("/"),
            [
                (1, "/work".to_owned()),
                (2, "/work/a".to_owned()),
                (3, "/work/a/b".to_owned()),
            ]
        );
        assert!(told("/elsewhere").is_empty());
    }

    #[test]
    fn paths_are_relative_to_the_folder() {
        let mut watch = Watch::new("/work");
        let created = entry(Op::Create, None, Some("/work/a/b.txt"));
        assert_eq!(watch.see(&created), change(ChangeKind::Create, "/a/b.txt"));
        assert_eq!(
            watch.see(&entry(Op::Modify, None, Some("/workshop/a"))),
            Seen::Nothing
        );
        assert_eq!(
            watch.see(&entry(Op::Create, None, Some("/work"))),
            Seen::Nothing
        );
        let mut root = Watch::new("/");
        assert_eq!(
            root.see(&created),
            change(ChangeKind::Create, "/work/a/b.txt")
        );
        assert_eq!(root.path(), "/");
    }

    #[test]
    fn moves_are_seen_from_inside() {
        let mut watch = Watch::new("/work");
        let within = entry(Op::Rename, Some("/work/a"), Some("/work/b/a"));
        assert_eq!(
            watch.see(&within),
            Seen::Change(FileChange::rename(FileId(7), "/a", "/b/a"))
        );
        let out = entry(Op::Rename, Some("/work/a"), Some("/a"));
        assert_eq!(watch.see(&out), change(ChangeKind::Delete, "/a"));
        let inward = entry(Op::Rename, Some("/a"), Some("/work/a"));
        assert_eq!(watch.see(&inward), change(ChangeKind::Create, "/a"));
        let elsewhere = entry(Op::Rename, Some("/a"), Some("/b"));
        assert_eq!(watch.see(&elsewhere), Seen::Nothing);
    }

    #[test]
    fn a_folder_that_moves_is_followed() {
        let mut watch = Watch::new("/a/b/c");
        assert_eq!(
            watch.see(&entry(Op::Rename, Some("/a/b"), Some("/x"))),
            Seen::Nothing
        );
        assert_eq!(watch.path(), "/x/c");
        assert_eq!(
            watch.see(&entry(Op::Rename, Some("/x/c"), Some("/d"))),
            Seen::Nothing
        );
        assert_eq!(watch.path(), "/d");
        let inside = entry(Op::Modify, None, Some("/d/f"));
        assert_eq!(watch.see(&inside), change(ChangeKind::Modify, "/f"));
    }

    #[test]
    fn trash_and_restore_are_delete_and_create() {
        let mut watch = Watch::new("/work");
        let trashed = entry(Op::Trash, Some("/work/a"), None);
        assert_eq!(watch.see(&trashed), change(ChangeKind::Delete, "/a"));
        let restored = entry(Op::Restore, None, Some("/work/a"));
        assert_eq!(watch.see(&restored), change(ChangeKind::Create, "/a"));
        // Removed from the trash: it was gone before.
        assert_eq!(watch.see(&entry(Op::Delete, None, None)), Seen::Nothing);
    }

    #[test]
    fn a_folder_that_goes_is_noticed() {
        for path in ["/a", "/a/b"] {
            let mut watch = Watch::new("/a/b");
            assert_eq!(
                watch.see(&entry(Op::Trash, Some(path), None)),
                Seen::FolderGone
            );
        }
        let mut watch = Watch::new("/a/b");
        assert_eq!(
            watch.see(&entry(Op::Delete, Some("/a/bc"), None)),
            Seen::Nothing
        );
    }

    #[test]
    fn what_clients_are_not_told_is_nothing() {
        let mut watch = Watch::new("/");
        assert_eq!(
            watch.see(&entry(Op::Describe, None, Some("/a"))),
            Seen::Nothing
        );
        assert_eq!(watch.see(&entry(Op::SignIn, None, None)), Seen::Nothing);
    }
}
