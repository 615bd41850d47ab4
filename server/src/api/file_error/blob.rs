//! Failures about content: uploads, versions, archives, links.

use super::Described;
use crate::api::code::Code;
use drive::blob::{ArchiveError, LinkError, UploadError, VersionError};

pub fn of_upload(error: UploadError) -> Described {
    let (code, words) = match error {
        UploadError::SessionGone => (
            Code::UploadSessionExpired,
            "Upload session expired or unknown",
        ),
        UploadError::SessionForeign => (
            Code::NotFound,
            "Upload session belongs to another file or user",
        ),
        UploadError::BadChunkIndex => (Code::InvalidChunkIndex, "Chunk index out of range"),
        UploadError::BadChunkLength { expected, got } => {
            let words = format!("Chunk has {got} bytes, expected {expected}");
            return (Code::InvalidContentLength, words.into());
        }
        UploadError::RouteNotAllowed => (
            Code::PolicyNotAllowed,
            "The storage policy does not take uploads this way",
        ),
        UploadError::TooLargeToEdit => (Code::FileTooLarge, "File is too large to be edited here"),
        UploadError::SizeOutOfRange => (Code::ParamErr, "Size out of range"),
        UploadError::MediaTypeTooLong => (Code::ParamErr, "Media type too long"),
        UploadError::NotForVisitors => (Code::ParamErr, "Not for visitors to say"),
        UploadError::TooManyAtOnce => (Code::ParamErr, "Too many uploads at a time"),
        UploadError::Shortcut => (Code::NoPermission, "A shortcut has no content"),
    };
    (code, words.into())
}

pub fn of_version(error: VersionError) -> Described {
    let (code, words) = match error {
        VersionError::NotFound => (Code::EntityNotExist, "Version does not exist"),
        VersionError::Damaged => (
            Code::NotSet,
            "The stored bytes of this file are damaged; tell an administrator",
        ),
        VersionError::Stale => (Code::StaleVersion, "The file has a newer version"),
        VersionError::CurrentStays => (Code::NoPermission, "The current version cannot be deleted"),
    };
    (code, words.into())
}

pub fn of_archive(error: ArchiveError) -> Described {
    let (code, words) = match error {
        ArchiveError::TooLarge(most) => {
            let words = format!("More than {most} bytes for one archive");
            return (Code::FileTooLarge, words.into());
        }
        ArchiveError::NotArchive => (Code::NoPermission, "Only archives can be looked into"),
        ArchiveError::NoSource => (Code::ParamErr, "No source files"),
        ArchiveError::TooMuchAsked => (Code::ParamErr, "Password or FileMask too long"),
        ArchiveError::Encrypted => (Code::IncorrectPassword, "The archive needs its password"),
        ArchiveError::UnknownEncoding => (Code::NoPermission, "Unknown text encoding"),
        ArchiveError::Unreadable => (Code::NotSet, "The archive cannot be read"),
        ArchiveError::TooDeep => (Code::NotSet, "The archive is nested too deep"),
    };
    (code, words.into())
}

pub fn of_link(error: LinkError) -> Described {
    let (code, words) = match error {
        LinkError::Gone => (Code::NotFound, "Link expired or unknown"),
        LinkError::VersionOfMany => (Code::ParamErr, "A version belongs to one file"),
        LinkError::TooMany(most) => {
            let words = format!("Too many direct links in one request, at most {most}");
            return (Code::BatchSourceSize, words.into());
        }
        LinkError::BadId => (Code::ParamErr, "Failed to parse object ID"),
    };
    (code, words.into())
}
