//! Failures of locks, imports, thumbnails, events, WebDAV accounts and policies.

use super::Row;
use drive::dav::{DavAccountError, PropertyError};
use drive::events::EventError;
use drive::import::ImportError;
use drive::lock::LockError;
use drive::policy::PolicyError;
use drive::policy::rules::Refused;
use drive::thumbnail::ThumbnailError;
use entity::PolicyId;
use site::picture::PictureError;
use std::io;

pub fn rows() -> Vec<Row> {
    vec![
        (
            LockError::Conflict(vec![]).into(),
            40073,
            "Locked by another operation",
        ),
        (
            ImportError::NotListable.into(),
            40001,
            "Nothing can be imported from this storage policy",
        ),
        (ImportError::NotAllowed.into(), 40001, "Path is not allowed"),
        (
            ImportError::NoFolder.into(),
            40001,
            "There is no such folder in the storage",
        ),
        (
            ImportError::NoUser.into(),
            50001,
            "User not found, or not active",
        ),
        (LockError::Gone.into(), 40073, "Lock expired or unknown"),
        (LockError::UnknownToken.into(), 40001, "Unknown lock token"),
        (
            LockError::OwnerTooLong.into(),
            40001,
            "The owner of a lock is too long",
        ),
        (
            LockError::RootNeverLocked.into(),
            403,
            "The root cannot be locked",
        ),
        (LockError::TooMany.into(), 40001, "There are too many locks"),
        (
            ThumbnailError::Missing.into(),
            40077,
            "There is no thumbnail",
        ),
        (
            PictureError::Unknown.into(),
            -1,
            "No thumbnail can be made: not a picture of a known kind",
        ),
        (
            PictureError::TooLarge {
                width: 2,
                height: 3,
            }
            .into(),
            -1,
            "No thumbnail can be made: a picture of 2 by 3 pixels is too large",
        ),
        (
            PictureError::Broken("it has no frame".into()).into(),
            -1,
            "No thumbnail can be made: the picture is broken: it has no frame",
        ),
        (
            PictureError::TooSlow.into(),
            -1,
            "No thumbnail can be made: decoding the picture takes too long",
        ),
        (
            PictureError::Unreadable(io::Error::other("x")).into(),
            50004,
            "Storage error",
        ),
        (
            EventError::Disabled.into(),
            40019,
            "Following file events is not available",
        ),
        (
            EventError::NotAFolder.into(),
            40001,
            "Only folders can be followed",
        ),
        (
            EventError::BadClientId.into(),
            40001,
            "X-Cr-Client-Id must be a UUID",
        ),
        (
            EventError::SingleFile.into(),
            403,
            "A single file cannot be followed",
        ),
        (
            EventError::TooManyStreams.into(),
            40001,
            "Too many event streams at a time",
        ),
        (
            DavAccountError::TooMany.into(),
            40001,
            "There are too many accounts",
        ),
        (
            DavAccountError::NameLength.into(),
            40001,
            "Name must have 1 to 255 bytes",
        ),
        (
            DavAccountError::NameHasNul.into(),
            40001,
            "Name contains NUL",
        ),
        (
            DavAccountError::NotFolderUri.into(),
            40001,
            "Not a URI of a folder",
        ),
        (
            DavAccountError::NotMountable.into(),
            40001,
            "Only folders of your own or of shares can be mounted",
        ),
        (
            DavAccountError::UriTooLong.into(),
            40001,
            "The URI is too long",
        ),
        (PropertyError::TooLong.into(), 40001, "Property too long"),
        (PropertyError::TooMany.into(), 40001, "Too many properties"),
        (
            Refused::Extension.into(),
            40052,
            "file extension is not allowed here",
        ),
        (Refused::Name.into(), 40052, "file name is not allowed here"),
        (
            Refused::TooLarge.into(),
            40049,
            "file is larger than this storage allows",
        ),
        (
            PolicyError::Missing(PolicyId(7)).into(),
            40035,
            "storage policy 7 does not exist",
        ),
        (
            PolicyError::UnknownDriver(PolicyId(7), "x".into()).into(),
            50005,
            "Internal error",
        ),
    ]
}
