//! What can go wrong with the tree.

use wire::search::BadSearch;

/// Why something in the tree is not found or not changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("tree: {self:?}")]
pub enum TreeError {
    NotFound,
    /// With the name, which may be empty where it is not known.
    NameTaken(String),
    /// The path would be too long or too deep.
    PathTooLong,
    /// More than this many files below.
    WalkLimit(u64),
    /// A search or a count took too long, or too many were asked for at once.
    TooSlow,
    /// A request names nothing.
    NoUris,
    /// A request names more than this many.
    TooManyUris(usize),
    /// A file in the middle of a path.
    NotFolder,
    /// A shortcut in the middle of a path.
    SymbolicFolder,
    /// A list of its own: the folders in it are entered elsewhere.
    FolderClosed,
    OthersDrive,
    RootExists,
    RootHasNoDetails,
    RootHasNoMetadata,
    /// A storage is chosen for folders.
    PolicyOfFile,
    RootNotRenamed,
    RootNotMoved,
    RootNotDeleted,
    RootNotReplaced,
    /// For WebDAV, which moves and copies to a name.
    RootStays,
    /// Shortcuts are for one's own drive.
    ShortcutElsewhere,
    /// A shortcut is its owner's.
    ShortcutOfOwner,
    /// Only one's own files can be moved or copied.
    NotOwnSource,
    /// Only one's own files can be the target.
    NotOwnTarget,
    IntoItself,
    /// The group may not delete files and keep their bytes.
    KeepingBytes,
    /// A change of metadata that changes nothing.
    NoPatches,
    /// More changes of metadata than one request may make.
    TooManyPatches,
    /// More metadata than something new may come with.
    MetadataTooLong,
    /// More metadata than one file may have.
    FileMetadataFull,
    /// More metadata than one drive may have.
    DriveMetadataFull,
    BadView(#[from] BadView),
    BadSearch(#[from] BadSearch),
    /// Visitors asked for metadata that they do not see.
    SearchOfOwner,
}

/// What is wrong with how a folder is to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{self:?}")]
pub enum BadView {
    PageSize,
    Order,
    OrderDirection,
    View,
    GalleryWidth,
    Columns,
    /// All of it together.
    TooLarge,
}
