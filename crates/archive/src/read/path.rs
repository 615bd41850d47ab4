//! Paths of entries, as far as they can be trusted.

use super::order::Reason;

/// Names in a path.
pub const MOST_DEPTH: usize = 64;
/// Bytes of one name.
const MOST_NAME: usize = 255;

/// A path below wherever it is put: names joined by `/`. Some programs write `\` for that.
/// # Errors
/// Why it is none.
pub fn contained(stored: &str) -> Result<String, Reason> {
    if stored.contains('\0') {
        return Err(Reason::Nul);
    }
    if stored.starts_with(['/', '\\']) {
        return Err(Reason::Absolute);
    }
    let bytes = stored.as_bytes();
    if bytes.len() >= 2 && bytes[0].is_ascii_alphabetic() && bytes[1] == b':' {
        return Err(Reason::DriveLetter);
    }
    let names = stored.split(['/', '\\']);
    let names: Vec<&str> = names.filter(|name| !matches!(*name, "" | ".")).collect();
    if names.is_empty() {
        return Err(Reason::NoName);
    }
    if names.len() > MOST_DEPTH {
        return Err(Reason::TooDeep);
    }
    for name in &names {
        if *name == ".." {
            return Err(Reason::Climbs);
        }
        if name.len() > MOST_NAME {
            return Err(Reason::NameTooLong);
        }
    }
    Ok(names.join("/"))
}

/// Whether a path is wanted: it is in the list, or below something that is; of an empty list, always.
pub fn is_wanted(path: &str, mask: &[String]) -> bool {
    mask.is_empty()
        || mask.iter().any(|wanted| {
            let wanted = wanted.trim_matches('/');
            path.strip_prefix(wanted)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_stays_below_is_kept_and_the_rest_says_why_not() {
        for (stored, path) in [
            ("a", "a"),
            ("./a//b/", "a/b"),
            ("a\\b.txt", "a/b.txt"),
            ("...", "..."),
            // What some systems take for a device is a name here, wherever files come from.
            ("x/nul", "x/nul"),
            ("aux.c", "aux.c"),
            ("a..b", "a..b"),
        ] {
            assert_eq!(contained(stored).as_deref(), Ok(path), "{stored}");
        }
        let deep = "d/".repeat(MOST_DEPTH) + "f";
        let long = "n".repeat(256);
        for (stored, why) in [
            ("/etc/passwd", Reason::Absolute),
            ("\\\\host\\share", Reason::Absolute),
            ("C:\\a", Reason::DriveLetter),
            ("c:a", Reason::DriveLetter),
            ("a/../../b", Reason::Climbs),
            ("..\\b", Reason::Climbs),
            ("a\0b", Reason::Nul),
            ("", Reason::NoName),
            ("./", Reason::NoName),
            (deep.as_str(), Reason::TooDeep),
            (long.as_str(), Reason::NameTooLong),
        ] {
            assert_eq!(contained(stored), Err(why), "{stored}");
        }
        assert!(contained(&deep[2..]).is_ok());
        assert!(contained(&long[1..]).is_ok());
    }

    #[test]
    fn a_mask_names_files_and_folders() {
        let mask = ["docs".to_owned(), "a.txt".to_owned(), "x/y/".to_owned()];
        for wanted in ["docs", "docs/b", "a.txt", "x/y/z"] {
            assert!(is_wanted(wanted, &mask), "{wanted}");
        }
        for not in ["doc", "docs2", "a.txt2", "x", "x/z"] {
            assert!(!is_wanted(not, &mask), "{not}");
        }
        assert!(is_wanted("anything", &[]));
    }
}
