//! Which paths lead from a file to the root of its crate, and on from there.

use std::collections::BTreeMap;
use std::path::Path;

/// What a file of a crate names by way of the crate's root: the first name after it. `depth`: how many
/// modules the file is below the root. Tests at its end are left out.
pub fn named_from_root(text: &str, depth: usize) -> Vec<String> {
    let code = code_of(text);
    let mut named = Vec::new();
    let mut at = 0;
    while let Some(found) = next_start(&code, at) {
        let mut paths = Vec::new();
        at = read_tree(&code, found, &Vec::new(), &mut paths);
        named.extend(paths.iter().filter_map(|path| from_root(path, depth)));
    }
    named
}

/// Which folder of a crate a name at its root comes from, by the imports in its `lib.rs`.
pub fn exported(library: &str) -> BTreeMap<String, String> {
    let code = code_of(library);
    let mut exported = BTreeMap::new();
    for (at, word) in code.match_indices("use ") {
        let mut paths = Vec::new();
        read_tree(&code, at + word.len(), &Vec::new(), &mut paths);
        for path in paths.iter().filter(|path| path.len() > 1) {
            exported.insert(path[path.len() - 1].clone(), path[0].clone());
        }
    }
    exported
}

/// How many modules a file is below the root of its crate.
pub fn depth_of(below: &Path) -> usize {
    let is_folder = below.ends_with("mod.rs");
    below.components().count() - usize::from(is_folder)
}

fn code_of(text: &str) -> String {
    let is_code = |line: &&str| !line.trim_start().starts_with("//");
    let lines = text.lines().filter(is_code);
    let lines = lines.map(|line| line.split(" //").next().unwrap_or(line));
    let code: String = lines.flat_map(|line| [line, "\n"]).collect();
    let (code, _) = code
        .split_once("#[cfg(test)]\nmod tests {")
        .unwrap_or((&code, ""));
    code.to_owned()
}

fn next_start(code: &str, from: usize) -> Option<usize> {
    let is_part = |c: char| c == ':' || c == '_' || c.is_alphanumeric();
    let starts = ["crate::", "super::"].into_iter().filter_map(|word| {
        let mut all = code[from..].match_indices(word);
        all.find(|(at, _)| !code[..from + at].ends_with(is_part))
    });
    starts.map(|(at, _)| from + at).min()
}

/// Reads one path, or several in braces, each with what came before; answers where they end.
fn read_tree(code: &str, mut at: usize, before: &[String], paths: &mut Vec<Vec<String>>) -> usize {
    let mut path = before.to_vec();
    loop {
        at = after_space(code, at);
        if code[at..].starts_with('{') {
            return read_list(code, at + 1, &path, paths);
        }
        let rest = &code[at..];
        let end = rest.find(|c: char| c != '_' && !c.is_alphanumeric());
        let word = &rest[..end.unwrap_or(rest.len())];
        at += word.len();
        if !word.is_empty() {
            path.push(word.to_owned());
        }
        if word.is_empty() || !code[at..].starts_with("::") {
            paths.push(path);
            return at;
        }
        at += 2;
    }
}

fn read_list(code: &str, mut at: usize, before: &[String], paths: &mut Vec<Vec<String>>) -> usize {
    loop {
        at = after_space(code, at);
        match code[at..].chars().next() {
            None => return at,
            Some('}') => return at + 1,
            Some(c) if c == '_' || c.is_alphanumeric() => at = read_tree(code, at, before, paths),
            Some(c) => at += c.len_utf8(),
        }
    }
}

fn after_space(code: &str, at: usize) -> usize {
    code.len() - code[at..].trim_start().len()
}

fn from_root(path: &[String], depth: usize) -> Option<String> {
    let up = path.iter().take_while(|word| *word == "super").count();
    let down = match (path.first().map(String::as_str), up) {
        (Some("crate"), _) => 1,
        (_, up) if up == depth => up,
        _ => return None,
    };
    path.get(down).cloned()
}

#[test]
fn every_way_to_the_root_is_seen() {
    let text = "use crate::b::X; // crate::no\nuse crate::{c::{d, e}, f};\n//! crate::no\nfn g() { \
                crate::h::i(super::super::j::K, \"https://x\"); }\nuse super::{super::l, m};\nuse super::n;\n\
                #[cfg(test)]\nmod tests {\nuse crate::t;";
    assert_eq!(
        named_from_root(text, 2),
        ["b", "c", "c", "f", "h", "j", "l"]
    );
    assert_eq!(named_from_root("use super::n::{o};", 1), ["n"]);
    for (path, depth) in [
        ("a.rs", 1),
        ("a/mod.rs", 1),
        ("a/b.rs", 2),
        ("a/b/mod.rs", 2),
    ] {
        assert_eq!(depth_of(Path::new(path)), depth, "{path}");
    }
    let exported = exported("mod a;\npub use a::{B, c::D};\npub(crate) use e::F;\n");
    let exported: Vec<(&str, &str)> = exported
        .iter()
        .map(|(name, part)| (name.as_str(), part.as_str()))
        .collect();
    assert_eq!(exported, [("B", "a"), ("D", "a"), ("F", "e")]);
}
