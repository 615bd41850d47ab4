//! The crates and who may import whom: the table in `docs/architecture.md` is the rule, and the
//! manifests are held to it. The compiler keeps the rest. Within a crate its folders import one way.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

mod errors;
mod folders;
mod paths;

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// Crates that may name the database. Whatever else needs a query asks the store for it.
const WITH_SQL: [&str; 3] = ["entity", "migration", "store"];
/// Crates that speak to a database.
const DATABASE: [&str; 4] = ["rusqlite", "sea-orm", "sea-orm-migration", "sqlx"];
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
    table("| crate | is | may import |")
        .iter()
        .map(|cells| {
            let name = quoted(&cells[1]).pop_first().unwrap();
            (name, quoted(&cells[3]))
        })
        .collect()
}

/// The cells of a table of the documented structure, row by row; the first is before the first line.
fn table(head: &str) -> Vec<Vec<String>> {
    let path = tests::tests_folder().join("../docs/architecture.md");
    let page = std::fs::read_to_string(path).unwrap();
    let (_, table) = page.split_once(&format!("{head}\n")).unwrap();
    let rows = table.lines().take_while(|line| line.starts_with('|'));
    rows.skip(1)
        .map(|row| row.split('|').map(str::to_owned).collect())
        .collect()
}

fn quoted(cell: &str) -> BTreeSet<String> {
    cell.split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
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
