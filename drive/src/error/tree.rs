//! What can go wrong with the tree.

use wire::search::BadSearch;

/// Why something in the tree is not found or not changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    #[error("the file or folder is not there")]
    NotFound,
    /// With the name, which may be empty where it is not known.
    #[error("the name is taken: {0}")]
    NameTaken(String),
    /// The path would be too long or too deep.
    #[error("the path would be too long or too deep")]
    PathTooLong,
    /// More than this many files below.
    #[error("there are more than {0} files and folders")]
    WalkLimit(u64),
    /// A search or a count took too long, or too many were asked for at once.
    #[error("it took too long")]
    TooSlow,
    /// A request names nothing.
    #[error("no file is named")]
    NoUris,
    /// A request names more than this many.
    #[error("more than {0} files are named")]
    TooManyUris(usize),
    /// A file in the middle of a path.
    #[error("there is a file in the middle of the path")]
    NotFolder,
    /// A shortcut in the middle of a path.
    #[error("there is a shortcut in the middle of the path")]
    SymbolicFolder,
    /// A list of its own: the folders in it are entered elsewhere.
    #[error("the folders in this list cannot be entered here")]
    FolderClosed,
    #[error("it is the drive of somebody else")]
    OthersDrive,
    #[error("the root is there already")]
    RootExists,
    #[error("the root has no details")]
    RootHasNoDetails,
    #[error("the root has no metadata")]
    RootHasNoMetadata,
    /// A storage is chosen for folders.
    #[error("a storage policy is chosen for folders")]
    PolicyOfFile,
    #[error("the root cannot be renamed")]
    RootNotRenamed,
    #[error("the root cannot be moved")]
    RootNotMoved,
    #[error("the root cannot be deleted")]
    RootNotDeleted,
    #[error("the root cannot be replaced")]
    RootNotReplaced,
    /// For WebDAV, which moves and copies to a name.
    #[error("the root stays where it is")]
    RootStays,
    /// Shortcuts are for one's own drive.
    #[error("shortcuts are for one's own drive")]
    ShortcutElsewhere,
    /// A shortcut is its owner's.
    #[error("a shortcut is its owner's")]
    ShortcutOfOwner,
    /// Only one's own files can be moved or copied.
    #[error("only one's own files can be moved or copied")]
    NotOwnSource,
    /// Only one's own files can be the target.
    #[error("only one's own files can be the target")]
    NotOwnTarget,
    #[error("a folder cannot go into itself")]
    IntoItself,
    /// The group may not delete files and keep their bytes.
    #[error("the group may not delete files and keep their bytes")]
    KeepingBytes,
    /// A change of metadata that changes nothing.
    #[error("there is nothing to change")]
    NoPatches,
    /// More changes of metadata than one request may make.
    #[error("there are too many changes of metadata at once")]
    TooManyPatches,
    /// More metadata than something new may come with.
    #[error("there is too much metadata for something new")]
    MetadataTooLong,
    /// More metadata than one file may have.
    #[error("there is too much metadata on the file")]
    FileMetadataFull,
    /// More metadata than one drive may have.
    #[error("there is too much metadata in the drive")]
    DriveMetadataFull,
    #[error("the view of the folder cannot be kept: {0}")]
    BadView(#[from] BadView),
    #[error("the search cannot be made: {0}")]
    BadSearch(#[from] BadSearch),
    /// Visitors asked for metadata that they do not see.
    #[error("only the owner can search for this")]
    SearchOfOwner,
}

/// What is wrong with how a folder is to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadView {
    #[error("the length of its pages")]
    PageSize,
    #[error("its order")]
    Order,
    #[error("the direction of its order")]
    OrderDirection,
    #[error("its kind")]
    View,
    #[error("the width of its pictures")]
    GalleryWidth,
    #[error("its columns")]
    Columns,
    /// All of it together.
    #[error("all of it together is too long")]
    TooLarge,
}
