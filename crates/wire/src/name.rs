//! The name of a file or folder.

use std::fmt;

pub use crate::limits::NAME_BYTES as MAX_NAME_BYTES;

/// What names may not contain (V4 API, names).
const FORBIDDEN: &[char] = &['\\', '/', ':', '*', '?', '"', '<', '>', '|'];

/// A name that a file or folder may bear: 1–255 bytes, case-sensitive, not
/// trimmed, free of separators and of characters Windows refuses.
///
/// A drive's root has the empty name, which is not a `FileName`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileName(String);

/// Why a text cannot be a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadName {
    #[error("a name cannot be empty")]
    Empty,
    #[error("a name can have at most {MAX_NAME_BYTES} bytes, not {0}")]
    TooLong(usize),
    #[error("`.` and `..` are not names")]
    Dots,
    #[error("a name cannot contain {0:?}")]
    Character(char),
}

impl FileName {
    /// # Errors
    /// [`BadName`] says which rule the text breaks.
    pub fn new(name: impl Into<String>) -> Result<Self, BadName> {
        let name = name.into();
        check(&name)?;
        Ok(Self(name))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn into_string(self) -> String {
        self.0
    }

    /// The suffix after the last dot in lower case, or `None` without a dot or
    /// with nothing behind it.
    pub fn extension(&self) -> Option<String> {
        extension_of(&self.0)
    }
}

/// [`FileName::extension`] for a name that is already stored.
pub fn extension_of(name: &str) -> Option<String> {
    let (_, suffix) = name.rsplit_once('.')?;
    (!suffix.is_empty()).then(|| suffix.to_lowercase())
}

fn check(name: &str) -> Result<(), BadName> {
    match name {
        "" => return Err(BadName::Empty),
        "." | ".." => return Err(BadName::Dots),
        _ => {}
    }
    if name.len() > MAX_NAME_BYTES {
        return Err(BadName::TooLong(name.len()));
    }
    // The API does not list NUL, but PostgreSQL and local disks cannot hold it.
    let refused = |c: &char| *c == '\0' || FORBIDDEN.contains(c);
    match name.chars().find(refused) {
        Some(c) => Err(BadName::Character(c)),
        None => Ok(()),
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for FileName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for FileName {
    type Error = BadName;

    fn try_from(name: String) -> Result<Self, BadName> {
        Self::new(name)
    }
}

impl From<FileName> for String {
    fn from(name: FileName) -> Self {
        name.0
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn ordinary_names_are_kept_as_they_are() {
        for name in [
            "a",
            " plan.md ",
            "Ünï 中文 🎉.txt",
            "...",
            ".hidden",
            "a\tb",
            "%2F",
        ] {
            assert_eq!(FileName::new(name).unwrap().as_str(), name);
        }
    }

    #[test]
    fn each_forbidden_character_is_refused() {
        for c in "\\/:*?\"<>|\0".chars() {
            assert_eq!(FileName::new(format!("a{c}b")), Err(BadName::Character(c)));
        }
    }

    #[test]
    fn empty_and_dot_names_are_refused() {
        assert_eq!(FileName::new(""), Err(BadName::Empty));
        assert_eq!(FileName::new("."), Err(BadName::Dots));
        assert_eq!(FileName::new(".."), Err(BadName::Dots));
    }

    #[test]
    fn length_is_counted_in_bytes() {
        assert!(FileName::new("x".repeat(255)).is_ok());
        assert_eq!(FileName::new("x".repeat(256)), Err(BadName::TooLong(256)));
        assert!(FileName::new("中".repeat(85)).is_ok());
        assert_eq!(FileName::new("中".repeat(86)), Err(BadName::TooLong(258)));
    }

    #[test]
    fn extensions_are_lower_case_and_without_the_dot() {
        let extension = |name: &str| FileName::new(name).unwrap().extension();
        assert_eq!(extension("Photo.JPG").as_deref(), Some("jpg"));
        assert_eq!(extension("a.tar.gz").as_deref(), Some("gz"));
        assert_eq!(extension(".profile").as_deref(), Some("profile"));
        assert_eq!(extension("README"), None);
        assert_eq!(extension("odd."), None);
    }
}
