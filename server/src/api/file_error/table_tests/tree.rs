//! Failures of the tree.

use super::Row;
use drive::tree::{BadView, TreeError};
use wire::search::BadSearch;

pub fn rows() -> Vec<Row> {
    vec![
        (TreeError::NotFound.into(), 40016, "Path not exist"),
        (
            TreeError::NameTaken("a.txt".into()).into(),
            40004,
            "a.txt already exists",
        ),
        (
            TreeError::PathTooLong.into(),
            40001,
            "The path would be too long or too deep",
        ),
        (
            TreeError::WalkLimit(7).into(),
            40079,
            "More than 7 files below",
        ),
        (
            TreeError::TooSlow.into(),
            -1,
            "This takes too long: try it in a smaller folder",
        ),
        (
            TreeError::NoUris.into(),
            40001,
            "Source resource cannot be empty",
        ),
        (
            TreeError::TooManyUris(7).into(),
            40074,
            "Too many URIs in one request, at most 7",
        ),
        (TreeError::NotFolder.into(), 403, "A file is not a folder"),
        (
            TreeError::SymbolicFolder.into(),
            403,
            "Symbolic folder cannot be walked into",
        ),
        (
            TreeError::FolderClosed.into(),
            403,
            "Folders in here cannot be entered",
        ),
        (TreeError::OthersDrive.into(), 403, "Another user's drive"),
        (TreeError::RootExists.into(), 403, "The root already exists"),
        (
            TreeError::RootHasNoDetails.into(),
            403,
            "The root has no details",
        ),
        (
            TreeError::PolicyOfFile.into(),
            40001,
            "A storage policy is chosen for folders",
        ),
        (
            TreeError::RootHasNoMetadata.into(),
            403,
            "The root has no metadata",
        ),
        (
            TreeError::RootNotRenamed.into(),
            403,
            "The root cannot be renamed",
        ),
        (
            TreeError::RootNotMoved.into(),
            403,
            "The root cannot be moved",
        ),
        (
            TreeError::RootNotDeleted.into(),
            403,
            "The root cannot be deleted",
        ),
        (
            TreeError::RootNotReplaced.into(),
            403,
            "The root cannot be replaced",
        ),
        (
            TreeError::RootStays.into(),
            403,
            "The root stays where it is",
        ),
        (
            TreeError::ShortcutElsewhere.into(),
            403,
            "Shortcuts are for one's own drive",
        ),
        (
            TreeError::ShortcutOfOwner.into(),
            403,
            "A shortcut is its owner's",
        ),
        (
            TreeError::NotOwnSource.into(),
            403,
            "Only your own files can be moved or copied",
        ),
        (
            TreeError::NotOwnTarget.into(),
            403,
            "Only your own files can be the target",
        ),
        (
            TreeError::IntoItself.into(),
            403,
            "A folder cannot go into itself",
        ),
        (
            TreeError::KeepingBytes.into(),
            403,
            "Your group may not keep the bytes of deleted files",
        ),
        (
            TreeError::NoPatches.into(),
            40001,
            "Patches cannot be empty",
        ),
        (
            TreeError::TooManyPatches.into(),
            40001,
            "Too many changes of metadata in one request",
        ),
        (
            TreeError::MetadataTooLong.into(),
            40001,
            "Metadata too long",
        ),
        (
            TreeError::FileMetadataFull.into(),
            40001,
            "There is too much metadata on this file",
        ),
        (
            TreeError::DriveMetadataFull.into(),
            40001,
            "There is too much metadata in this drive",
        ),
        (
            TreeError::SearchOfOwner.into(),
            40001,
            "Only the owner can search for this",
        ),
        (BadView::PageSize.into(), 40001, "PageSize too short"),
        (BadView::Order.into(), 40001, "Order too long"),
        (
            BadView::OrderDirection.into(),
            40001,
            "OrderDirection format error",
        ),
        (BadView::View.into(), 40001, "View format error"),
        (
            BadView::GalleryWidth.into(),
            40001,
            "GalleryWidth format error",
        ),
        (BadView::Columns.into(), 40001, "Columns too long"),
        (BadView::TooLarge.into(), 40001, "Columns too long"),
        (
            BadSearch::UnknownCategory("x".into()).into(),
            -1,
            "Unknown search category",
        ),
        (
            BadSearch::NotANumber("x".into()).into(),
            40001,
            "A bound is not a number",
        ),
        (
            BadSearch::UnknownType("x".into()).into(),
            40001,
            "Unknown file type",
        ),
        (BadSearch::TooManyFilters.into(), 40001, "Too many filters"),
        (
            BadSearch::TermTooLong.into(),
            40001,
            "What is looked for is too long",
        ),
    ]
}
