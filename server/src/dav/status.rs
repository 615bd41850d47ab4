//! What goes wrong in the drive, as a status.

use super::dav_request::DavRequest;
use dav_server::fs::FsError;
use drive::blob::{
    ArchiveError, LinkError, UploadError, VersionError, is_senders_fault, is_storage_full,
};
use drive::dav::{DavAccountError, PropertyError};
use drive::error::FileError;
use drive::events::EventError;
use drive::lock::LockError;
use drive::policy::rules::Refused;
use drive::share::ShareError;
use drive::thumbnail::ThumbnailError;
use drive::tree::{BadView, TreeError};
use poem::http::StatusCode;

impl DavRequest {
    /// An error for the library, which has few words for what goes wrong.
    pub fn fail(&self, error: &FileError) -> FsError {
        match self.status_of(error) {
            StatusCode::NOT_FOUND => FsError::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => FsError::Exists,
            StatusCode::FORBIDDEN => FsError::Forbidden,
            status => {
                self.refuse(status);
                FsError::GeneralFailure
            }
        }
    }

    /// The status that says what went wrong. What is our own fault is logged here.
    pub fn status_of(&self, error: &FileError) -> StatusCode {
        let status = status_of(error);
        if status.is_server_error() && status != StatusCode::INSUFFICIENT_STORAGE {
            tracing::error!(%error, verb = ?self.verb, "a WebDAV request failed");
        }
        status
    }
}

fn status_of(error: &FileError) -> StatusCode {
    match error {
        FileError::LoginRequired
        | FileError::OwnerOnly
        | FileError::NotAllowed
        | FileError::Unsupported
        | FileError::GroupNotAllowed
        | FileError::BadName(_)
        | FileError::Refused(Refused::Name | Refused::Extension) => StatusCode::FORBIDDEN,
        FileError::Refused(Refused::TooLarge) => StatusCode::PAYLOAD_TOO_LARGE,
        FileError::QuotaExceeded => StatusCode::INSUFFICIENT_STORAGE,
        FileError::TooManyTries(_) | FileError::TooManyTasks => StatusCode::TOO_MANY_REQUESTS,
        FileError::BadUri(_) | FileError::BadMetadata(_) | FileError::BadPageToken => {
            StatusCode::BAD_REQUEST
        }
        FileError::Tree(error) => of_tree(error),
        FileError::Upload(error) => of_upload(*error),
        FileError::Version(error) => of_version(*error),
        FileError::Archive(error) => of_archive(*error),
        FileError::Link(error) => of_link(*error),
        FileError::Share(error) => of_share(*error),
        FileError::Lock(error) => of_lock(error),
        FileError::Thumbnail(error) => of_thumbnail(error),
        FileError::Event(error) => of_event(error),
        FileError::DavAccount(error) => of_account(*error),
        FileError::Property(error) => of_property(*error),
        FileError::Batch(failed) => failed
            .first()
            .map_or(StatusCode::INTERNAL_SERVER_ERROR, |(_, error)| {
                status_of(error)
            }),
        FileError::Storage(_) if is_storage_full(error) => StatusCode::INSUFFICIENT_STORAGE,
        FileError::Storage(_) if is_senders_fault(error) => StatusCode::BAD_REQUEST,
        FileError::Storage(_)
        | FileError::Policy(_)
        | FileError::Import(_)
        | FileError::Store(_)
        | FileError::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

fn of_tree(error: &TreeError) -> StatusCode {
    match error {
        TreeError::NotFound => StatusCode::NOT_FOUND,
        TreeError::NameTaken(_) => StatusCode::METHOD_NOT_ALLOWED,
        TreeError::PathTooLong => StatusCode::URI_TOO_LONG,
        TreeError::TooSlow => StatusCode::SERVICE_UNAVAILABLE,
        TreeError::NotFolder
        | TreeError::SymbolicFolder
        | TreeError::FolderClosed
        | TreeError::OthersDrive
        | TreeError::RootExists
        | TreeError::RootHasNoDetails
        | TreeError::RootHasNoMetadata
        | TreeError::PolicyOfFile
        | TreeError::RootNotRenamed
        | TreeError::RootNotMoved
        | TreeError::RootNotDeleted
        | TreeError::RootNotReplaced
        | TreeError::RootStays
        | TreeError::ShortcutElsewhere
        | TreeError::ShortcutOfOwner
        | TreeError::NotOwnSource
        | TreeError::NotOwnTarget
        | TreeError::IntoItself
        | TreeError::KeepingBytes => StatusCode::FORBIDDEN,
        TreeError::WalkLimit(_)
        | TreeError::TooManyPatches
        | TreeError::MetadataTooLong
        | TreeError::FileMetadataFull
        | TreeError::DriveMetadataFull
        | TreeError::BadView(BadView::TooLarge) => StatusCode::INSUFFICIENT_STORAGE,
        TreeError::NoUris
        | TreeError::TooManyUris(_)
        | TreeError::NoPatches
        | TreeError::BadView(
            BadView::PageSize
            | BadView::Order
            | BadView::OrderDirection
            | BadView::View
            | BadView::GalleryWidth
            | BadView::Columns,
        )
        | TreeError::BadSearch(_)
        | TreeError::SearchOfOwner => StatusCode::BAD_REQUEST,
    }
}

fn of_upload(error: UploadError) -> StatusCode {
    match error {
        UploadError::SessionGone | UploadError::SessionForeign => StatusCode::NOT_FOUND,
        UploadError::RouteNotAllowed | UploadError::Shortcut => StatusCode::FORBIDDEN,
        UploadError::TooLargeToEdit => StatusCode::PAYLOAD_TOO_LARGE,
        UploadError::MediaTypeTooLong => StatusCode::INSUFFICIENT_STORAGE,
        UploadError::BadChunkIndex
        | UploadError::BadChunkLength { .. }
        | UploadError::SizeOutOfRange
        | UploadError::NotForVisitors
        | UploadError::TooManyAtOnce => StatusCode::BAD_REQUEST,
    }
}

fn of_version(error: VersionError) -> StatusCode {
    match error {
        VersionError::NotFound => StatusCode::NOT_FOUND,
        VersionError::Damaged => StatusCode::BAD_GATEWAY,
        VersionError::Stale => StatusCode::PRECONDITION_FAILED,
        VersionError::CurrentStays => StatusCode::FORBIDDEN,
    }
}

fn of_archive(error: ArchiveError) -> StatusCode {
    match error {
        ArchiveError::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
        ArchiveError::NotArchive | ArchiveError::UnknownEncoding | ArchiveError::Encrypted => {
            StatusCode::FORBIDDEN
        }
        ArchiveError::Unreadable
        | ArchiveError::TooDeep
        | ArchiveError::NoSource
        | ArchiveError::TooMuchAsked => StatusCode::BAD_REQUEST,
    }
}

fn of_link(error: LinkError) -> StatusCode {
    match error {
        LinkError::Gone => StatusCode::NOT_FOUND,
        LinkError::VersionOfMany | LinkError::TooMany(_) | LinkError::BadId => {
            StatusCode::BAD_REQUEST
        }
    }
}

fn of_share(error: ShareError) -> StatusCode {
    match error {
        ShareError::Gone
        | ShareError::NotFound
        | ShareError::Expired
        | ShareError::NoSuchAccount => StatusCode::NOT_FOUND,
        ShareError::WrongPassword
        | ShareError::AnonymousDenied
        | ShareError::GroupMayNotOpen
        | ShareError::WholeDrive
        | ShareError::Shortcut => StatusCode::FORBIDDEN,
        ShareError::TooMany => StatusCode::INSUFFICIENT_STORAGE,
        ShareError::BadId
        | ShareError::BadIdCount
        | ShareError::TooManyNamed
        | ShareError::UnknownNamed
        | ShareError::ProfileHidden
        | ShareError::PasswordForm => StatusCode::BAD_REQUEST,
    }
}

fn of_lock(error: &LockError) -> StatusCode {
    match error {
        LockError::Conflict(_) | LockError::Gone => StatusCode::LOCKED,
        LockError::UnknownToken | LockError::OwnerTooLong => StatusCode::BAD_REQUEST,
        LockError::RootNeverLocked => StatusCode::FORBIDDEN,
        LockError::TooMany => StatusCode::INSUFFICIENT_STORAGE,
    }
}

fn of_thumbnail(error: &ThumbnailError) -> StatusCode {
    match error {
        ThumbnailError::Missing => StatusCode::NOT_FOUND,
        ThumbnailError::Picture(_) => StatusCode::BAD_REQUEST,
    }
}

fn of_event(error: &EventError) -> StatusCode {
    match error {
        EventError::NotAFolder | EventError::BadClientId => StatusCode::BAD_REQUEST,
        EventError::Disabled | EventError::SingleFile => StatusCode::FORBIDDEN,
        EventError::TooManyStreams => StatusCode::INSUFFICIENT_STORAGE,
        EventError::Store(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

fn of_account(error: DavAccountError) -> StatusCode {
    match error {
        DavAccountError::TooMany | DavAccountError::UriTooLong => StatusCode::INSUFFICIENT_STORAGE,
        DavAccountError::NameLength
        | DavAccountError::NameHasNul
        | DavAccountError::NotFolderUri
        | DavAccountError::NotMountable => StatusCode::BAD_REQUEST,
    }
}

fn of_property(error: PropertyError) -> StatusCode {
    match error {
        PropertyError::TooLong | PropertyError::TooMany => StatusCode::BAD_REQUEST,
    }
}
