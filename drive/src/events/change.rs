//! What a subscriber is told.

use entity::FileId;

/// Kinds of changes, as on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChangeKind {
    Create,
    Modify,
    Rename,
    Delete,
}

impl ChangeKind {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Modify => "modify",
            Self::Rename => "rename",
            Self::Delete => "delete",
        }
    }
}

/// One change below a watched folder. Paths are decoded, relative to the folder, with a leading
/// `/`. A folder's rename speaks for everything in it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FileChange {
    pub kind: ChangeKind,
    pub file: FileId,
    pub from: String,
    /// Empty except for renames.
    pub to: String,
}

impl FileChange {
    /// A change that is no rename.
    pub fn at(kind: ChangeKind, file: FileId, path: impl Into<String>) -> Self {
        Self {
            kind,
            file,
            from: path.into(),
            to: String::new(),
        }
    }

    pub fn rename(file: FileId, from: impl Into<String>, to: impl Into<String>) -> Self {
        Self {
            kind: ChangeKind::Rename,
            file,
            from: from.into(),
            to: to.into(),
        }
    }
}
