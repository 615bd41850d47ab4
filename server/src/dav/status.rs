//! What goes wrong in the drive, as a status.

use super::dav_request::DavRequest;
use dav_server::fs::FsError;
use drive::blob::{is_senders_fault, is_storage_full};
use drive::error::FileError;
use drive::policy::rules::Refused;
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
        FileError::NotFound
        | FileError::LinkGone
        | FileError::ShareGone(_)
        | FileError::NoSuchAccount
        | FileError::SessionGone
        | FileError::SessionForeign
        | FileError::VersionNotFound
        | FileError::NoThumbnail => StatusCode::NOT_FOUND,
        FileError::Denied(_)
        | FileError::LoginRequired
        | FileError::AnonymousDenied
        | FileError::SharePassword
        | FileError::OwnerOnly
        | FileError::GroupNotAllowed
        | FileError::FeatureOff(_)
        | FileError::BadName(_)
        | FileError::Refused(Refused::Name | Refused::Extension)
        | FileError::UploadRouteNotAllowed => StatusCode::FORBIDDEN,
        FileError::Refused(Refused::TooLarge)
        | FileError::TooLargeToEdit
        | FileError::ArchiveTooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
        FileError::NameTaken(_) => StatusCode::METHOD_NOT_ALLOWED,
        FileError::Locked(_) | FileError::LockGone => StatusCode::LOCKED,
        FileError::QuotaExceeded | FileError::WalkLimit(_) | FileError::LimitReached(_) => {
            StatusCode::INSUFFICIENT_STORAGE
        }
        FileError::PathTooLong => StatusCode::URI_TOO_LONG,
        FileError::StaleVersion => StatusCode::PRECONDITION_FAILED,
        FileError::TooManyTries(_) => StatusCode::TOO_MANY_REQUESTS,
        FileError::TooSlow => StatusCode::SERVICE_UNAVAILABLE,
        FileError::BadUri(_)
        | FileError::BadParameter(_)
        | FileError::BadMetadata(_)
        | FileError::BadPageToken
        | FileError::UnknownCategory
        | FileError::TooManyUris(_)
        | FileError::TooManyDirectLinks(_)
        | FileError::BadChunkIndex
        | FileError::BadChunkLength { .. }
        | FileError::Picture(_)
        | FileError::Unclassified(_) => StatusCode::BAD_REQUEST,
        FileError::Batch(failed) => failed
            .first()
            .map_or(StatusCode::INTERNAL_SERVER_ERROR, |(_, error)| {
                status_of(error)
            }),
        FileError::Storage(_) if is_storage_full(error) => StatusCode::INSUFFICIENT_STORAGE,
        FileError::Storage(_) if is_senders_fault(error) => StatusCode::BAD_REQUEST,
        FileError::Storage(_)
        | FileError::Policy(_)
        | FileError::Store(_)
        | FileError::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
