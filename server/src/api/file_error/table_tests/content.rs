//! Failures of content: uploads, versions, archives, links.

use super::Row;
use drive::blob::{ArchiveError, LinkError, UploadError, VersionError};

pub fn rows() -> Vec<Row> {
    vec![
        (
            UploadError::SessionGone.into(),
            40011,
            "Upload session expired or unknown",
        ),
        (
            UploadError::SessionForeign.into(),
            404,
            "Upload session belongs to another file or user",
        ),
        (
            UploadError::BadChunkIndex.into(),
            40012,
            "Chunk index out of range",
        ),
        (
            UploadError::BadChunkLength {
                expected: 5,
                got: 3,
            }
            .into(),
            40013,
            "Chunk has 3 bytes, expected 5",
        ),
        (
            UploadError::RouteNotAllowed.into(),
            40006,
            "The storage policy does not take uploads this way",
        ),
        (
            UploadError::TooLargeToEdit.into(),
            40049,
            "File is too large to be edited here",
        ),
        (
            UploadError::SizeOutOfRange.into(),
            40001,
            "Size out of range",
        ),
        (
            UploadError::MediaTypeTooLong.into(),
            40001,
            "Media type too long",
        ),
        (
            UploadError::NotForVisitors.into(),
            40001,
            "Not for visitors to say",
        ),
        (
            UploadError::TooManyAtOnce.into(),
            40001,
            "Too many uploads at a time",
        ),
        (
            UploadError::Shortcut.into(),
            403,
            "A shortcut has no content",
        ),
        (
            VersionError::NotFound.into(),
            40077,
            "Version does not exist",
        ),
        (
            VersionError::Damaged.into(),
            -1,
            "The stored bytes of this file are damaged; tell an administrator",
        ),
        (
            VersionError::Stale.into(),
            40076,
            "The file has a newer version",
        ),
        (
            VersionError::CurrentStays.into(),
            403,
            "The current version cannot be deleted",
        ),
        (
            ArchiveError::TooLarge(7).into(),
            40049,
            "More than 7 bytes for one archive",
        ),
        (
            ArchiveError::NotArchive.into(),
            403,
            "Only archives can be looked into",
        ),
        (ArchiveError::NoSource.into(), 40001, "No source files"),
        (
            ArchiveError::TooMuchAsked.into(),
            40001,
            "Password or FileMask too long",
        ),
        (
            ArchiveError::Encrypted.into(),
            40069,
            "The archive needs its password",
        ),
        (
            ArchiveError::UnknownEncoding.into(),
            403,
            "Unknown text encoding",
        ),
        (
            ArchiveError::Unreadable.into(),
            -1,
            "The archive cannot be read",
        ),
        (
            ArchiveError::TooDeep.into(),
            -1,
            "The archive is nested too deep",
        ),
        (LinkError::Gone.into(), 404, "Link expired or unknown"),
        (
            LinkError::VersionOfMany.into(),
            40001,
            "A version belongs to one file",
        ),
        (
            LinkError::TooMany(7).into(),
            40014,
            "Too many direct links in one request, at most 7",
        ),
        (LinkError::BadId.into(), 40001, "Failed to parse object ID"),
    ]
}
