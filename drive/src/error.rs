//! What can go wrong with files, in the words of file sharing. Numbers belong to the server.

use crate::access::Denied;
use crate::limiter::{LimiterError, TooManyTries};
use crate::lock::Conflict;
use crate::picture::PictureError;
use crate::policy::PolicyError;
use crate::policy::rules::Refused;
use crate::store::StoreError;
use crate::wire::{BadMetadata, BadName, BadUri};
use storage::DriverError;

/// Why a call on files failed. Nothing was changed, unless it is [`FileError::Batch`].
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("Path not exist")]
    NotFound,
    #[error("Login required")]
    LoginRequired,
    #[error("{0}")]
    Denied(&'static str),
    #[error("Only the owner of the file may do this")]
    OwnerOnly,
    #[error("Your group is not allowed to do this")]
    GroupNotAllowed,
    #[error("{0} already exists")]
    NameTaken(String),
    #[error("{0}")]
    BadName(#[from] BadName),
    #[error("{0}")]
    Refused(#[from] Refused),
    #[error("{0}")]
    BadUri(#[from] BadUri),
    #[error("{0}")]
    BadMetadata(#[from] BadMetadata),
    /// Some other parameter is wrong; says which.
    #[error("{0}")]
    BadParameter(&'static str),
    /// More than one of the [limits](crate::limits) allows; says of what.
    #[error("{0}")]
    LimitReached(&'static str),
    #[error("The path would be too long or too deep")]
    PathTooLong,
    #[error("Unknown or garbled page token")]
    BadPageToken,
    #[error("Unknown search category")]
    UnknownCategory,
    #[error("Locked by another operation")]
    Locked(Vec<Conflict>),
    #[error("Lock expired or unknown")]
    LockGone,
    #[error("Too many URIs in one request, at most {0}")]
    TooManyUris(usize),
    #[error("The file has a newer version")]
    StaleVersion,
    #[error("Version does not exist")]
    VersionNotFound,
    #[error("There is no thumbnail")]
    NoThumbnail,
    #[error("No thumbnail can be made: {0}")]
    Picture(#[from] PictureError),
    #[error("More than {0} files below")]
    WalkLimit(u64),
    #[error("More than {0} bytes for one archive")]
    ArchiveTooLarge(u64),
    /// A search or a count took too long, or too many were asked for at once.
    #[error("This takes too long: try it in a smaller folder")]
    TooSlow,
    #[error("Insufficient capacity")]
    QuotaExceeded,
    #[error("File is too large to be edited here")]
    TooLargeToEdit,
    #[error("The storage policy does not take uploads this way")]
    UploadRouteNotAllowed,
    #[error("Upload session expired or unknown")]
    SessionGone,
    #[error("Upload session belongs to another file or user")]
    SessionForeign,
    #[error("Chunk index out of range")]
    BadChunkIndex,
    #[error("Chunk has {got} bytes, expected {expected}")]
    BadChunkLength { expected: u64, got: u64 },
    #[error("{0} is not available")]
    FeatureOff(&'static str),
    #[error("Link expired or unknown")]
    LinkGone,
    #[error("User not found")]
    NoSuchAccount,
    /// A wrong request that the V4 API has no number for.
    #[error("{0}")]
    Unclassified(&'static str),
    /// A share that does not exist, is over, or is not for who asks; says which of it may be told.
    #[error("{0}")]
    ShareGone(&'static str),
    #[error("Incorrect password")]
    SharePassword,
    #[error("{0}")]
    TooManyTries(#[from] TooManyTries),
    /// Visitors without an account are not let in; signing in may help.
    #[error("Anonymous access denied")]
    AnonymousDenied,
    #[error("Too many direct links in one request, at most {0}")]
    TooManyDirectLinks(usize),
    /// Some items of a batch failed; the others stay done. Keyed by what the client sent.
    #[error("One or more operation failed")]
    Batch(Vec<(String, FileError)>),
    #[error("storage: {0}")]
    Storage(#[from] DriverError),
    #[error("{0}")]
    Policy(#[from] PolicyError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{0}")]
    Internal(&'static str),
}

impl From<Denied> for FileError {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::LoginRequired => Self::LoginRequired,
            Denied::Unsupported => Self::Denied("This place does not support the action"),
            Denied::OwnerOnly => Self::OwnerOnly,
            Denied::NotAllowed => Self::Denied("Not allowed"),
            Denied::Hidden => Self::NotFound,
        }
    }
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

impl From<LimiterError> for FileError {
    fn from(error: LimiterError) -> Self {
        match error {
            LimiterError::TooManyTries(tries) => tries.into(),
            LimiterError::Store(error) => error.into(),
        }
    }
}
