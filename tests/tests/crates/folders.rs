//! Folders and files beside `lib.rs` of each crate import one way; those of `drive` only what lies on a
//! lower floor of the documented table.

use crate::{paths, quoted, table};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// One file a noun, with few folders: neighbours may know each other.
const FLAT: [&str; 2] = ["store", "wire"];

/// Parts of a crate, and which others of them each imports.
type Parts = BTreeMap<String, BTreeSet<String>>;

/// Tests are left out: they may stand on everything.
fn parts_of(crate_folder: &Path) -> Parts {
    let source = crate_folder.join("src");
    let read = |path: &Path| std::fs::read_to_string(path).unwrap();
    let exported = paths::exported(&read(&source.join("lib.rs")));
    let mut parts = Parts::new();
    for path in sources(&source) {
        let below = path.strip_prefix(&source).unwrap();
        let part = below.iter().next().unwrap().to_str().unwrap();
        let part = part.trim_end_matches(".rs").to_owned();
        if part == "lib" || part == "main" {
            continue;
        }
        let named = paths::named_from_root(&read(&path), paths::depth_of(below));
        let named = named
            .into_iter()
            .map(|name| exported.get(&name).cloned().unwrap_or(name))
            .filter(|name| *name != part);
        parts.entry(part.clone()).or_default().extend(named);
    }
    let ours: BTreeSet<String> = parts.keys().cloned().collect();
    for imports in parts.values_mut() {
        imports.retain(|import| ours.contains(import));
    }
    parts
}

pub(crate) fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut sources = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap();
        if stem == "tests" || stem.ends_with("_tests") {
            continue;
        }
        if path.is_dir() {
            sources.extend(self::sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            sources.push(path);
        }
    }
    sources
}

/// What is left after everything that imports nothing of it, or that nothing of it imports, is gone.
fn circle(mut parts: Parts) -> Parts {
    loop {
        let imported: BTreeSet<String> = parts.values().flatten().cloned().collect();
        let free: Vec<String> = parts
            .iter()
            .filter(|(part, imports)| imports.is_empty() || !imported.contains(*part))
            .map(|(part, _)| part.clone())
            .collect();
        if free.is_empty() {
            return parts;
        }
        for part in free {
            parts.remove(&part);
            for imports in parts.values_mut() {
                imports.remove(&part);
            }
        }
    }
}

fn crate_folders() -> Vec<PathBuf> {
    let root = tests::tests_folder().join("..");
    let folders = ["drive", "server", "storage", "entity", "migration"].map(|name| root.join(name));
    let crates = std::fs::read_dir(root.join("crates")).unwrap();
    let crates = crates.map(|entry| entry.unwrap().path());
    folders.into_iter().chain(crates).collect()
}

#[test]
fn folders_of_a_crate_import_one_way() {
    for folder in crate_folders() {
        if FLAT.iter().any(|flat| folder.ends_with(flat)) {
            continue;
        }
        let parts = parts_of(&folder);
        assert!(!parts.is_empty(), "{folder:?}");
        let circle = circle(parts);
        assert!(circle.is_empty(), "{folder:?}: {circle:?}");
    }
}

#[test]
fn folders_of_the_drive_import_what_lies_on_lower_floors() {
    let floors = table("| floor of `drive` | folders |");
    let mut floor_of = BTreeMap::new();
    for (floor, cells) in floors.iter().enumerate() {
        for folder in quoted(&cells[2]) {
            floor_of.insert(folder, floor);
        }
    }
    let parts = parts_of(&tests::tests_folder().join("../drive"));
    let known: BTreeSet<&String> = floor_of.keys().collect();
    assert_eq!(known, parts.keys().collect());
    for (part, imports) in &parts {
        for import in imports {
            assert!(floor_of[import] > floor_of[part], "{part} imports {import}");
        }
    }
}

#[test]
fn a_circle_is_found_and_nothing_beside_it() {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let parts = |of_c: &[&str]| {
        Parts::from([
            ("a".to_owned(), names(&["b"])),
            ("b".to_owned(), names(&["c"])),
            ("c".to_owned(), names(of_c)),
        ])
    };
    assert_eq!(circle(parts(&[])), Parts::new());
    let found: Vec<String> = circle(parts(&["b"])).into_keys().collect();
    assert_eq!(found, ["b", "c"]);
}
