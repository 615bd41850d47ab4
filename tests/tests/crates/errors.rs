//! Errors say in words what went wrong: they end up in tasks, where people read them.

use crate::folders::sources;
use std::fs;
use std::path::PathBuf;

/// Sources of everything that is part of the program.
fn all() -> Vec<PathBuf> {
    let root = tests::tests_folder().join("..");
    let crates = fs::read_dir(root.join("crates")).unwrap();
    let crates = crates.map(|entry| entry.unwrap().path());
    let others = ["drive", "server", "storage"].map(|name| root.join(name));
    let folders = crates.chain(others).map(|folder| folder.join("src"));
    let folders = folders.filter(|folder| folder.is_dir());
    folders.flat_map(|folder| sources(&folder)).collect()
}

/// Whether an error shows what only programmers know: `{self:?}`, `{kind:#?}`. A text in quotation
/// marks, which is written in the same way, is for everybody.
fn shows_types(error: &str) -> bool {
    let Some((said, of)) = error.split_once(")]") else {
        return false;
    };
    let is_text = ["(char", "(String", "(pub String", "(&'static str"]
        .iter()
        .any(|text| of.lines().take(2).any(|line| line.contains(text)));
    let said = if is_text {
        said.replace("{0:?}", "")
    } else {
        said.to_owned()
    };
    [":?}", ":#?}", "as fmt::Debug"]
        .iter()
        .any(|debug| said.contains(debug))
}

#[test]
fn no_error_shows_the_names_of_its_types() {
    let mut found = Vec::new();
    for path in all() {
        let text = fs::read_to_string(&path).unwrap();
        if text.split("#[error(").skip(1).any(shows_types) {
            found.push(path);
        }
    }
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn names_of_types_are_seen_however_they_are_written() {
    for error in [
        "\"{self:?}\")]\nstruct Broken;",
        "\"no {0:?}\")]\n    Kind(Kind),",
        "\"no {kind:#?}\")]\n    Kind { kind: Kind },",
    ] {
        assert!(shows_types(error), "{error}");
    }
    assert!(!shows_types("\"no {0:?}\")]\n    Name(String),"));
    assert!(!shows_types("\"no {0}\")]\n    Name(Kind),"));
}
