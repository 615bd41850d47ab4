//! The crates and who may import whom: the table in `docs/architecture.md` is the rule, and the
//! manifests are held to it. The compiler keeps the rest. Within a crate folders import one way.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

/// Crates that may name the database. Whatever else needs a query asks the store for it.
const WITH_SQL: [&str; 3] = ["entity", "migration", "store"];
/// Crates that speak to a database.
const DATABASE: [&str; 4] = ["rusqlite", "sea-orm", "sea-orm-migration", "sqlx"];
/// One file a noun, without folders that could be floors: neighbours may know each other.
const FLAT: [&str; 2] = ["store", "wire"];
/// Is never part of the program, and looks into the database from outside.
const OUTSIDE: &str = "tests";

/// What each crate of ours needs to be built, tests left out.
fn needs() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(tests::cargo())
        .args(["metadata", "--no-deps", "--format-version=1", "--offline"])
        .current_dir(tests::tests_folder())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let packages = metadata["packages"].as_array().unwrap().iter();
    packages
        .map(|package| {
            let all = package["dependencies"].as_array().unwrap().iter();
            let built = all.filter(|one| one["kind"] != "dev");
            let names = built.map(|one| text(&one["name"])).collect();
            (text(&package["name"]), names)
        })
        .collect()
}

/// What each crate of ours may import of ours, as it is documented.
fn documented() -> BTreeMap<String, BTreeSet<String>> {
    let path = tests::tests_folder().join("../docs/architecture.md");
    let page = std::fs::read_to_string(path).unwrap();
    let (_, table) = page.split_once("| crate | is | may import |\n").unwrap();
    let rows = table.lines().take_while(|line| line.starts_with('|'));
    let quoted = |cell: &str| -> BTreeSet<String> {
        cell.split('`')
            .skip(1)
            .step_by(2)
            .map(str::to_owned)
            .collect()
    };
    rows.skip(1)
        .map(|row| {
            let cells: Vec<&str> = row.split('|').collect();
            let name = quoted(cells[1]).pop_first().unwrap();
            (name, quoted(cells[3]))
        })
        .collect()
}

#[test]
fn crates_import_what_the_documented_table_allows_and_nothing_else() {
    let needs = needs();
    let ours: BTreeSet<String> = needs.keys().cloned().collect();
    let imports: BTreeMap<String, BTreeSet<String>> = needs
        .into_iter()
        .map(|(name, needs)| (name, needs.intersection(&ours).cloned().collect()))
        .collect();
    assert_eq!(imports, documented());
}

#[test]
fn only_the_store_and_what_it_stands_on_know_the_database() {
    let knowing: Vec<String> = needs()
        .into_iter()
        .filter(|(name, needs)| {
            name != OUTSIDE && DATABASE.iter().any(|database| needs.contains(*database))
        })
        .map(|(name, _)| name)
        .collect();
    assert_eq!(knowing, WITH_SQL);
}

/// What crates are asked for, by crate, with the needs of tests or without them.
fn features(edges: &str) -> BTreeMap<String, String> {
    let output = Command::new(tests::cargo())
        .args(["tree", "--workspace", "--offline", "--prefix=none"])
        .args(["--format={p}\t{f}", "--edges", edges])
        .current_dir(tests::tests_folder())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let lines = text.lines().filter_map(|line| line.split_once('\t'));
    let asked = lines.map(|(name, features)| (name, features.trim_end_matches(" (*)")));
    asked
        .map(|(name, features)| (name.to_owned(), features.to_owned()))
        .collect()
}

/// Tests start the program. If they asked more of what it stands on, all of it would be compiled twice.
#[test]
fn tests_ask_nothing_more_of_what_the_program_stands_on() {
    let with = features("normal,build,dev");
    for (name, features) in features("normal,build") {
        assert_eq!(with.get(&name), Some(&features), "{name}");
    }
}

/// Folders and files beside `lib.rs` of a crate, and which others of them each imports, tests left out.
fn parts_of(crate_folder: &Path) -> BTreeMap<String, BTreeSet<String>> {
    let source = crate_folder.join("src");
    let mut parts = BTreeMap::<String, BTreeSet<String>>::new();
    let mut folders = vec![source.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let below = path.strip_prefix(&source).unwrap().to_str().unwrap();
            if below.contains("test") {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let part = below.split('/').next().unwrap().trim_end_matches(".rs");
            if !below.ends_with(".rs") || matches!(part, "lib" | "main") {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            parts
                .entry(part.to_owned())
                .or_default()
                .extend(imported(&text, is_at_root(below)));
        }
    }
    for (part, imports) in &mut parts {
        imports.remove(part);
    }
    parts
}

/// Whether `super` in it is the root of the crate.
fn is_at_root(below: &str) -> bool {
    !below.trim_end_matches("/mod.rs").contains('/')
}

/// The first names of all paths from the root of the crate, tests at the end left out.
fn imported(text: &str, is_at_root: bool) -> BTreeSet<String> {
    let lines = text
        .lines()
        .map(|line| line.split("//").next().unwrap_or(""));
    let code: String = lines.collect::<Vec<_>>().join("\n");
    let code = code.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let above = is_at_root.then(|| code.replace("super::", "crate::"));
    above
        .as_deref()
        .unwrap_or(code)
        .split("crate::")
        .skip(1)
        .flat_map(|rest| match rest.strip_prefix('{') {
            None => vec![first_word(rest)],
            Some(list) => list_of(list),
        })
        .collect()
}

fn first_word(text: &str) -> String {
    let text = text.trim_start();
    let end = text.find(|c: char| c != '_' && !c.is_alphanumeric());
    text[..end.unwrap_or(text.len())].to_owned()
}

/// The first names in a list of imports, whose brace was opened.
fn list_of(list: &str) -> Vec<String> {
    let (mut depth, mut names, mut from) = (0, Vec::new(), 0);
    for (at, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                names.push(first_word(&list[from..at]));
                from = at + 1;
                if c == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    names
}

/// What cannot be put into an order in which each imports only what comes before it.
fn circle(mut parts: BTreeMap<String, BTreeSet<String>>) -> BTreeSet<String> {
    let ours: BTreeSet<String> = parts.keys().cloned().collect();
    for imports in parts.values_mut() {
        imports.retain(|import| ours.contains(import));
    }
    loop {
        let free: Vec<String> = parts
            .iter()
            .filter(|(_, imports)| imports.is_empty())
            .map(|(part, _)| part.clone())
            .collect();
        if free.is_empty() {
            return parts.into_keys().collect();
        }
        for part in free {
            parts.remove(&part);
            for imports in parts.values_mut() {
                imports.remove(&part);
            }
        }
    }
}

#[test]
fn within_each_crate_folders_import_one_way() {
    let root = tests::tests_folder().join("..");
    let folders = ["drive", "server", "storage", "entity", "migration"].map(|name| root.join(name));
    let crates = std::fs::read_dir(root.join("crates")).unwrap();
    let crates = crates
        .map(|entry| entry.unwrap().path())
        .filter(|path| FLAT.iter().all(|flat| !path.ends_with(flat)));
    for folder in folders.into_iter().chain(crates) {
        let parts = parts_of(&folder);
        assert!(!parts.is_empty(), "{folder:?}");
        let circle = circle(parts);
        assert!(circle.is_empty(), "{folder:?}: {circle:?}");
    }
}

#[test]
fn a_circle_is_found() {
    let text = "use crate::b::X; // crate::no\nuse crate::{c::{d, e}, f};\n#[cfg(test)]\nmod tests {\nuse crate::t;";
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(imported(text, false), names(&["b", "c", "f"]));
    assert_eq!(imported("use super::g;", false), names(&[]));
    assert_eq!(imported("use super::g;", true), names(&["g"]));
    let parts = |c: &[&str]| {
        BTreeMap::from([
            ("a".to_owned(), names(&["b"])),
            ("b".to_owned(), names(&["c", "elsewhere"])),
            ("c".to_owned(), names(c)),
        ])
    };
    assert_eq!(circle(parts(&[])), BTreeSet::new());
    assert_eq!(circle(parts(&["b"])), names(&["a", "b", "c"]));
}
