//! The four file systems a URI can point into.

use std::fmt;

use super::{
    bits::{BitSet, capability},
    uri::BadUri,
};

/// The part of a drive a URI points into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FileSystem {
    /// A user's own tree.
    My,
    /// One share as a root.
    Share,
    /// Deleted files and folders, flat.
    Trash,
    /// Shortcuts to others' shares, flat.
    SharedWithMe,
}

impl FileSystem {
    pub const ALL: [Self; 4] = [Self::My, Self::Share, Self::Trash, Self::SharedWithMe];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::My => "my",
            Self::Share => "share",
            Self::Trash => "trash",
            Self::SharedWithMe => "shared_with_me",
        }
    }

    /// What clients may offer here (V4 API, navigator capabilities).
    pub const fn capabilities(self) -> BitSet {
        match self {
            Self::My => capability::MY,
            Self::Share => capability::SHARE,
            Self::Trash => capability::TRASH,
            Self::SharedWithMe => capability::SHARED_WITH_ME,
        }
    }

    /// From the host part of a URI, whatever its case.
    pub(super) fn parse(host: &str) -> Result<Self, BadUri> {
        let found = Self::ALL
            .into_iter()
            .find(|fs| host.eq_ignore_ascii_case(fs.as_str()));
        found.ok_or_else(|| BadUri::UnknownFileSystem(host.chars().take(64).collect()))
    }
}

impl fmt::Display for FileSystem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
