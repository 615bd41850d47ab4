//! What can go wrong with files: one enum for each module, gathered, and the little that all of
//! them share. Numbers and sentences for clients belong to the server.

pub(crate) mod blob;
pub(crate) mod dav;
pub(crate) mod events;
pub(crate) mod import;
pub(crate) mod lock;
pub(crate) mod policy;
pub(crate) mod share;
pub(crate) mod thumbnail;
pub(crate) mod tree;

use blob::{ArchiveError, LinkError, UploadError, VersionError};
use dav::{DavAccountError, PropertyError};
use events::EventError;
use import::ImportError;
use lock::LockError;
use policy::{PolicyError, Refused};
use share::ShareError;
use site::access::Denied;
use site::limiter::{LimiterError, TooManyTries};
use site::picture::PictureError;
use site::task::QueueError;
use storage::DriverError;
use store::StoreError;
use thumbnail::ThumbnailError;
use tree::{BadView, TreeError};
use wire::search::BadSearch;
use wire::{BadMetadata, BadName, BadUri};

/// Why a call on files failed. Nothing was changed, unless it is [`FileError::Batch`].
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("login required")]
    LoginRequired,
    #[error("only the owner may")]
    OwnerOnly,
    #[error("not allowed")]
    NotAllowed,
    /// This file system does not support the action.
    #[error("unsupported here")]
    Unsupported,
    #[error("the group may not")]
    GroupNotAllowed,
    #[error("no space left in the drive")]
    QuotaExceeded,
    #[error("too many tasks")]
    TooManyTasks,
    #[error("bad page token")]
    BadPageToken,
    #[error(transparent)]
    TooManyTries(#[from] TooManyTries),
    #[error(transparent)]
    BadName(#[from] BadName),
    #[error(transparent)]
    BadUri(#[from] BadUri),
    #[error(transparent)]
    BadMetadata(#[from] BadMetadata),
    #[error(transparent)]
    Tree(#[from] TreeError),
    #[error(transparent)]
    Upload(#[from] UploadError),
    #[error(transparent)]
    Version(#[from] VersionError),
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    #[error(transparent)]
    Import(#[from] ImportError),
    #[error(transparent)]
    Link(#[from] LinkError),
    #[error(transparent)]
    Share(#[from] ShareError),
    #[error(transparent)]
    Lock(#[from] LockError),
    #[error(transparent)]
    Thumbnail(#[from] ThumbnailError),
    #[error(transparent)]
    Event(#[from] EventError),
    #[error(transparent)]
    DavAccount(#[from] DavAccountError),
    #[error(transparent)]
    Property(#[from] PropertyError),
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// Some items of a batch failed; the others stay done. Keyed by what the client sent.
    #[error("some of a batch failed")]
    Batch(Vec<(String, FileError)>),
    #[error("storage: {0}")]
    Storage(#[from] DriverError),
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Something that should not happen; for the log alone.
    #[error("{0}")]
    Internal(&'static str),
}

impl FileError {
    /// One error for a batch: none → done.
    pub(crate) fn of_batch(failed: Vec<(String, Self)>) -> Result<(), Self> {
        if failed.is_empty() {
            Ok(())
        } else {
            Err(Self::Batch(failed))
        }
    }
}

impl From<QueueError> for FileError {
    fn from(error: QueueError) -> Self {
        match error {
            QueueError::TooMany => Self::TooManyTasks,
            QueueError::Store(error) => error.into(),
        }
    }
}

impl From<Denied> for FileError {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::LoginRequired => Self::LoginRequired,
            Denied::Unsupported => Self::Unsupported,
            Denied::OwnerOnly => Self::OwnerOnly,
            Denied::NotAllowed => Self::NotAllowed,
            Denied::Hidden => TreeError::NotFound.into(),
        }
    }
}

impl From<BadView> for FileError {
    fn from(error: BadView) -> Self {
        TreeError::from(error).into()
    }
}

impl From<BadSearch> for FileError {
    fn from(error: BadSearch) -> Self {
        TreeError::from(error).into()
    }
}

impl From<PictureError> for FileError {
    fn from(error: PictureError) -> Self {
        ThumbnailError::from(error).into()
    }
}

impl From<LimiterError> for FileError {
    fn from(error: LimiterError) -> Self {
        match error {
            LimiterError::TooManyTries(tries) => tries.into(),
            LimiterError::Store(error) => error.into(),
        }
    }
}
