//! Names of entries: harmless wherever they are unpacked, and each there once.

use std::collections::HashMap;

/// A path that stays inside the folder it is unpacked into, on any system.
pub fn safe_path(path: &str) -> String {
    let parts = path
        .split('/')
        .filter(|part| !matches!(*part, "" | "." | ".."));
    let mut safe = String::with_capacity(path.len());
    for part in parts {
        if !safe.is_empty() {
            safe.push('/');
        }
        safe.extend(part.chars().map(|char| match char {
            '\\' => '_',
            char if char.is_control() => '_',
            char => char,
        }));
    }
    if safe.is_empty() { "_".into() } else { safe }
}

/// The names an archive has, each with the last number tried for another of that name.
#[derive(Debug, Default)]
pub struct Names(HashMap<String, u64>);

impl Names {
    /// Takes a path, or `name (1).ext` and so on if an entry has it already.
    pub fn take(&mut self, path: String) -> String {
        let Some(&last) = self.0.get(&path) else {
            self.0.insert(path.clone(), 0);
            return path;
        };
        let name_at = path.rfind('/').map_or(0, |slash| slash + 1);
        let dot = path[name_at..].rfind('.').filter(|dot| *dot > 0);
        let (stem, extension) = path.split_at(dot.map_or(path.len(), |dot| name_at + dot));
        let mut number = last + 1;
        let mut candidate = format!("{stem} ({number}){extension}");
        while self.0.contains_key(&candidate) {
            number += 1;
            candidate = format!("{stem} ({number}){extension}");
        }
        self.0.insert(candidate.clone(), 0);
        self.0.insert(path, number);
        candidate
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_cannot_leave_the_folder_they_are_unpacked_into() {
        for (path, safe) in [
            ("/abs", "abs"),
            ("../../up", "up"),
            ("a/./b//c", "a/b/c"),
            ("..\\win", ".._win"),
            ("new\nline", "new_line"),
            ("..", "_"),
            ("", "_"),
            ("报告/二.txt", "报告/二.txt"),
        ] {
            assert_eq!(safe_path(path), safe);
        }
    }

    #[test]
    fn equal_names_are_told_apart() {
        let mut names = Names::default();
        let mut take = |path: &str| names.take(path.to_owned());
        assert_eq!(take("d/a.txt"), "d/a.txt");
        assert_eq!(take("d/a.txt"), "d/a (1).txt");
        assert_eq!(take("d/a.txt"), "d/a (2).txt");
        assert_eq!(take("d.x/noext"), "d.x/noext");
        assert_eq!(take("d.x/noext"), "d.x/noext (1)");
        assert_eq!(take(".env"), ".env");
        assert_eq!(take(".env"), ".env (1)");
        assert_eq!(take("b (1).txt"), "b (1).txt");
        assert_eq!(take("b.txt"), "b.txt");
        assert_eq!(take("b.txt"), "b (2).txt");
    }
}
