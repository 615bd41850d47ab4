//! The name a blob has inside its storage policy.

use std::fmt;

/// Most bytes a key may have: below every object store's limit, and short enough for an index of
/// four-byte characters on every database.
pub const MAX_KEY_BYTES: usize = 700;

/// First segment a key may not have: drivers on a file system keep unfinished uploads there.
pub const STAGING_FOLDER: &str = ".staging";

/// Where a blob lies inside its policy: relative, `/`-separated, at most 700 bytes.
///
/// No segment is empty, `.` or `..`, and no character is a control character or a backslash, so
/// a key can be joined to a folder without leaving it. Ordered by bytes, as listings are.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobKey(String);

/// Why a text is not a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadKey {
    #[error("a blob key is empty")]
    Empty,
    #[error("a blob key is longer than {MAX_KEY_BYTES} bytes")]
    TooLong,
    #[error("a blob key has an empty, `.` or `..` segment")]
    BadSegment,
    #[error("a blob key has a control character or a backslash")]
    BadCharacter,
    #[error("a blob key lies in the staging folder")]
    Reserved,
}

impl BlobKey {
    /// Checks a key once; everything behind this type trusts it.
    pub fn parse(text: impl Into<String>) -> Result<Self, BadKey> {
        let text = text.into();
        if text.is_empty() {
            return Err(BadKey::Empty);
        }
        if text.len() > MAX_KEY_BYTES {
            return Err(BadKey::TooLong);
        }
        if text.chars().any(|c| c.is_control() || c == '\\') {
            return Err(BadKey::BadCharacter);
        }
        if text
            .split('/')
            .any(|segment| matches!(segment, "" | "." | ".."))
        {
            return Err(BadKey::BadSegment);
        }
        let first = text.split('/').next().unwrap_or_default();
        // Some file systems fold case.
        if first.eq_ignore_ascii_case(STAGING_FOLDER) {
            return Err(BadKey::Reserved);
        }
        Ok(Self(text))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text after the last `/`.
    pub fn name(&self) -> &str {
        self.0
            .rsplit_once('/')
            .map_or(self.as_str(), |(_, name)| name)
    }

    /// The segments above the name, outermost first.
    pub fn folders(&self) -> impl Iterator<Item = &str> + Clone {
        self.0
            .rsplit_once('/')
            .map(|(folders, _)| folders.split('/'))
            .into_iter()
            .flatten()
    }
}

impl fmt::Display for BlobKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for BlobKey {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl From<BlobKey> for String {
    fn from(key: BlobKey) -> Self {
        key.0
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ordinary_keys_pass() {
        for text in [
            "a",
            "uploads/1/photos/1_x_sommer é.jpg",
            ".hidden/..x/ y",
            "a/.staging/b",
        ] {
            assert_eq!(BlobKey::parse(text).unwrap().as_str(), text);
        }
        assert_eq!(
            BlobKey::parse("a".repeat(MAX_KEY_BYTES))
                .unwrap()
                .as_str()
                .len(),
            MAX_KEY_BYTES
        );
    }

    #[test]
    fn keys_that_could_leave_the_root_are_refused() {
        for (text, why) in [
            ("", BadKey::Empty),
            ("/etc/passwd", BadKey::BadSegment),
            ("a//b", BadKey::BadSegment),
            ("a/", BadKey::BadSegment),
            ("a/./b", BadKey::BadSegment),
            ("..", BadKey::BadSegment),
            ("a/../../b", BadKey::BadSegment),
            ("a\\..\\b", BadKey::BadCharacter),
            ("a\0b", BadKey::BadCharacter),
            ("a\nb", BadKey::BadCharacter),
            (".staging/x", BadKey::Reserved),
            (".Staging", BadKey::Reserved),
        ] {
            assert_eq!(BlobKey::parse(text), Err(why), "{text:?}");
        }
        assert_eq!(BlobKey::parse("a".repeat(1025)), Err(BadKey::TooLong));
    }

    #[test]
    fn a_key_splits_into_folders_and_name() {
        let key = BlobKey::parse("a/b/c.txt").unwrap();
        assert_eq!(key.folders().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(key.name(), "c.txt");
        assert_eq!(BlobKey::parse("c").unwrap().folders().count(), 0);
    }

    proptest! {
        #[test]
        fn an_accepted_key_stays_below_its_root(text in "[a.\\\\/\u{0}-\u{20}é]{0,24}") {
            if let Ok(key) = BlobKey::parse(text) {
                let joined = std::path::Path::new("/root").join(key.as_str());
                prop_assert!(joined.starts_with("/root"));
                prop_assert!(joined.components().all(|part| part.as_os_str() != ".."));
            }
        }
    }
}
