#![allow(clippy::unwrap_used)]
use super::*;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

const FILE: FileId = FileId(1);

fn create(path: &str) -> FileChange {
    FileChange::at(ChangeKind::Create, FILE, path)
}

fn modify(path: &str) -> FileChange {
    FileChange::at(ChangeKind::Modify, FILE, path)
}

fn delete(path: &str) -> FileChange {
    FileChange::at(ChangeKind::Delete, FILE, path)
}

fn rename(from: &str, to: &str) -> FileChange {
    FileChange::rename(FILE, from, to)
}

fn of(file: i64, change: FileChange) -> FileChange {
    FileChange {
        file: FileId(file),
        ..change
    }
}

#[test]
fn pairs_merge_as_the_api_says() {
    for (changes, told) in [
        (vec![create("/a"), modify("/a")], vec![create("/a")]),
        (vec![create("/a"), rename("/a", "/b")], vec![create("/b")]),
        (vec![create("/a"), delete("/a")], vec![]),
        (vec![modify("/a"), modify("/a")], vec![modify("/a")]),
        (vec![modify("/a"), delete("/a")], vec![delete("/a")]),
        (
            vec![modify("/a"), rename("/a", "/b")],
            vec![rename("/a", "/b")],
        ),
        (
            vec![rename("/a", "/b"), rename("/b", "/c")],
            vec![rename("/a", "/c")],
        ),
        (vec![rename("/a", "/b"), rename("/b", "/a")], vec![]),
        (
            vec![rename("/a", "/b"), modify("/b")],
            vec![rename("/a", "/b")],
        ),
        (vec![rename("/a", "/b"), delete("/b")], vec![delete("/a")]),
        (vec![delete("/a"), create("/a")], vec![create("/a")]),
    ] {
        assert_eq!(merge(changes.clone()), told, "{changes:?}");
    }
}

#[test]
fn longer_runs_lose_nothing() {
    // New content is told even when the name came back.
    assert_eq!(
        merge([rename("/a", "/b"), modify("/b"), rename("/b", "/a")]),
        [modify("/a")]
    );
    // The subscriber still has the file that was deleted, restored and deleted again.
    assert_eq!(
        merge([delete("/a"), create("/a"), delete("/a")]),
        [delete("/a")]
    );
    // It came back elsewhere: the old place must be cleared.
    assert_eq!(
        merge([delete("/a"), create("/b")]),
        [delete("/a"), create("/b")]
    );
}

#[test]
fn nothing_is_drawn_across_a_change_of_its_paths() {
    let folder = of(9, rename("/d", "/e"));
    let changes = [
        modify("/d/a"),
        folder,
        modify("/e/a"),
        rename("/e/a", "/e/b"),
    ];
    assert_eq!(
        merge(changes),
        [
            modify("/d/a"),
            of(9, rename("/d", "/e")),
            rename("/e/a", "/e/b")
        ]
    );
    // An editor that writes a new file, moves the old one away, the new one in, and clears up.
    let save = [
        of(2, create("/tmp")),
        of(1, rename("/f", "/f~")),
        of(2, rename("/tmp", "/f")),
        of(1, delete("/f~")),
    ];
    assert_eq!(merge(save.clone()), save);
}

#[test]
fn names_that_only_begin_alike_are_strangers() {
    assert!(related("/a", "/a/b") && related("/a/b", "/a") && related("/a", "/a"));
    assert!(!related("/a", "/ab") && !related("/a/b", "/a/c"));
}

/// A tree as a subscriber keeps it, which accepts only changes that make sense.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Model {
    files: BTreeMap<String, FileId>,
    /// Files whose content the subscriber would fetch.
    fresh: BTreeSet<FileId>,
}

impl Model {
    fn below(&self, path: &str) -> Vec<String> {
        self.files
            .keys()
            .filter(|other| *other == path || is_in(other, path))
            .cloned()
            .collect()
    }

    fn apply(&mut self, change: &FileChange) -> Result<(), String> {
        let at = self.files.get(&change.from).copied();
        match change.kind {
            ChangeKind::Create => {
                if at.is_some_and(|file| file != change.file) {
                    return Err(format!("{change:?}: taken by {at:?}"));
                }
                if self
                    .files
                    .iter()
                    .any(|(path, file)| *file == change.file && *path != change.from)
                {
                    return Err(format!("{change:?}: is elsewhere"));
                }
                self.files.insert(change.from.clone(), change.file);
                self.fresh.insert(change.file);
            }
            _ if at != Some(change.file) => return Err(format!("{change:?}: {at:?} is there")),
            ChangeKind::Modify => {
                self.fresh.insert(change.file);
            }
            ChangeKind::Delete => self
                .files
                .retain(|path, _| *path != change.from && !is_in(path, &change.from)),
            ChangeKind::Rename => {
                if self.files.contains_key(&change.to) {
                    return Err(format!("{change:?}: target is taken"));
                }
                for path in self.below(&change.from) {
                    let file = self.files.remove(&path).unwrap();
                    self.files
                        .insert(path.replacen(&change.from, &change.to, 1), file);
                }
                self.fresh.insert(change.file);
            }
        }
        Ok(())
    }
}

fn is_in(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder)
        .is_some_and(|rest| rest.starts_with('/'))
}

/// Turns random numbers into changes that a server could have made: files and folders with few
/// names, so that they get in each other's way.
fn history(start: &Model, moves: &[(u8, u8, u8)]) -> Vec<FileChange> {
    let mut tree = start.clone();
    let mut gone: Vec<(FileId, String)> = Vec::new();
    let mut next = 100;
    let mut changes = Vec::new();
    for &(kind, which, place) in moves {
        let paths: Vec<String> = tree.files.keys().cloned().collect();
        let free = |tree: &Model| {
            let folders: Vec<String> = std::iter::once(String::new())
                .chain(paths.clone())
                .collect();
            let folder = &folders[usize::from(place) % folders.len()];
            let path = format!("{folder}/{}", char::from(b'a' + which % 3));
            (!tree.files.contains_key(&path)).then_some(path)
        };
        let some = paths.get(usize::from(which) % paths.len().max(1)).cloned();
        let change = match (kind % 6, some) {
            (0, _) => {
                next += 1;
                free(&tree).map(|path| FileChange::at(ChangeKind::Create, FileId(next), path))
            }
            (1, Some(path)) => Some(FileChange::at(ChangeKind::Modify, tree.files[&path], path)),
            (2, Some(path)) => {
                let only_one = tree.below(&path).len() == 1;
                if only_one {
                    gone.push((tree.files[&path], path.clone()));
                }
                Some(FileChange::at(ChangeKind::Delete, tree.files[&path], path))
            }
            (3, _) => gone.pop().and_then(|(file, path)| {
                let parent = path
                    .rsplit_once('/')
                    .map_or("", |(parent, _)| parent)
                    .to_owned();
                let fits = parent.is_empty() || tree.files.contains_key(&parent);
                (fits && !tree.files.contains_key(&path))
                    .then(|| FileChange::at(ChangeKind::Create, file, path))
            }),
            (_, Some(path)) => free(&tree)
                .filter(|to| *to != path && !is_in(to, &path))
                .map(|to| FileChange::rename(tree.files[&path], path, to)),
            _ => None,
        };
        if let Some(change) = change {
            tree.apply(&change).unwrap();
            changes.push(change);
        }
    }
    changes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    #[test]
    fn the_told_changes_lead_to_the_same_tree(moves: Vec<(u8, u8, u8)>) {
        let mut start = Model::default();
        for (n, path) in ["/a", "/b", "/b/a", "/b/b", "/b/b/c"].iter().enumerate() {
            start.files.insert((*path).to_owned(), FileId(n as i64 + 1));
        }
        let changes = history(&start, &moves);
        let (mut naive, mut merged) = (start.clone(), start);
        for change in &changes {
            naive.apply(change).unwrap();
        }
        let told = merge(changes.clone());
        prop_assert!(told.len() <= changes.len());
        for change in &told {
            if let Err(why) = merged.apply(change) {
                prop_assert!(false, "{why}\n{changes:#?}\n{told:#?}");
            }
        }
        prop_assert_eq!(&merged.files, &naive.files, "{:?}\n{:?}", &changes, &told);
        // Whatever has new content and is still there is told of.
        for change in &changes {
            let still = naive.files.values().any(|file| *file == change.file);
            if still && change.kind == ChangeKind::Modify {
                prop_assert!(told.iter().any(|told| told.file == change.file));
            }
        }
    }
}
