//! Failures in the tree.

use super::Described;
use crate::api::code::Code;
use drive::tree::{BadView, TreeError};
use wire::search::BadSearch;

pub fn describe(error: &TreeError) -> Described {
    let (code, words) = match error {
        TreeError::NotFound => (Code::ParentNotExist, "Path not exist"),
        TreeError::NameTaken(name) => {
            return (Code::ObjectExist, format!("{name} already exists").into());
        }
        TreeError::PathTooLong => (Code::ParamErr, "The path would be too long or too deep"),
        TreeError::WalkLimit(most) => {
            let words = format!("More than {most} files below");
            return (Code::FileCountLimitedReached, words.into());
        }
        TreeError::TooSlow => (
            Code::NotSet,
            "This takes too long: try it in a smaller folder",
        ),
        TreeError::NoUris => (Code::ParamErr, "Source resource cannot be empty"),
        TreeError::TooManyUris(most) => {
            let words = format!("Too many URIs in one request, at most {most}");
            return (Code::TooManyUris, words.into());
        }
        TreeError::NotFolder => (Code::NoPermission, "A file is not a folder"),
        TreeError::SymbolicFolder => (Code::NoPermission, "Symbolic folder cannot be walked into"),
        TreeError::FolderClosed => (Code::NoPermission, "Folders in here cannot be entered"),
        TreeError::OthersDrive => (Code::NoPermission, "Another user's drive"),
        TreeError::RootExists => (Code::NoPermission, "The root already exists"),
        TreeError::RootHasNoDetails => (Code::NoPermission, "The root has no details"),
        TreeError::PolicyOfFile => (Code::ParamErr, "A storage policy is chosen for folders"),
        TreeError::RootHasNoMetadata => (Code::NoPermission, "The root has no metadata"),
        TreeError::RootNotRenamed => (Code::NoPermission, "The root cannot be renamed"),
        TreeError::RootNotMoved => (Code::NoPermission, "The root cannot be moved"),
        TreeError::RootNotDeleted => (Code::NoPermission, "The root cannot be deleted"),
        TreeError::RootNotReplaced => (Code::NoPermission, "The root cannot be replaced"),
        TreeError::RootStays => (Code::NoPermission, "The root stays where it is"),
        TreeError::ShortcutElsewhere => (Code::NoPermission, "Shortcuts are for one's own drive"),
        TreeError::ShortcutOfOwner => (Code::NoPermission, "A shortcut is its owner's"),
        TreeError::NotOwnSource => (
            Code::NoPermission,
            "Only your own files can be moved or copied",
        ),
        TreeError::NotOwnTarget => (Code::NoPermission, "Only your own files can be the target"),
        TreeError::IntoItself => (Code::NoPermission, "A folder cannot go into itself"),
        TreeError::KeepingBytes => (
            Code::NoPermission,
            "Your group may not keep the bytes of deleted files",
        ),
        TreeError::NoPatches => (Code::ParamErr, "Patches cannot be empty"),
        TreeError::TooManyPatches => (
            Code::ParamErr,
            "Too many changes of metadata in one request",
        ),
        TreeError::MetadataTooLong => (Code::ParamErr, "Metadata too long"),
        TreeError::FileMetadataFull => (Code::ParamErr, "There is too much metadata on this file"),
        TreeError::DriveMetadataFull => {
            (Code::ParamErr, "There is too much metadata in this drive")
        }
        TreeError::BadView(error) => (Code::ParamErr, of_view(*error)),
        TreeError::BadSearch(error) => of_search(error),
        TreeError::SearchOfOwner => (Code::ParamErr, "Only the owner can search for this"),
    };
    (code, words.into())
}

fn of_view(error: BadView) -> &'static str {
    match error {
        BadView::PageSize => "PageSize too short",
        BadView::Order => "Order too long",
        BadView::OrderDirection => "OrderDirection format error",
        BadView::View => "View format error",
        BadView::GalleryWidth => "GalleryWidth format error",
        BadView::Columns | BadView::TooLarge => "Columns too long",
    }
}

fn of_search(error: &BadSearch) -> (Code, &'static str) {
    match error {
        BadSearch::UnknownCategory(_) => (Code::NotSet, "Unknown search category"),
        BadSearch::NotANumber(_) => (Code::ParamErr, "A bound is not a number"),
        BadSearch::UnknownType(_) => (Code::ParamErr, "Unknown file type"),
        BadSearch::TooManyFilters => (Code::ParamErr, "Too many filters"),
        BadSearch::TermTooLong => (Code::ParamErr, "What is looked for is too long"),
    }
}
