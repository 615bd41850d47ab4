//! Why a file does not come into a drive.

use drive::blob::is_storage_full;
use drive::error::FileError;
use drive::policy::rules::Refused;
use drive::tree::TreeError;
use serde::{Deserialize, Serialize};
use site::task::{TaskError, causes};

/// Why a file is left out. The names are stored, and known to clients: never change one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Reason {
    /// Something has its name already.
    Exists,
    Quota,
    /// The policy takes no file of such a name.
    Refused,
    TooLarge,
    /// No file of a drive may be called so, or its path is too long.
    Name,
    NotAllowed,
    /// The folder that it was to come to is gone.
    FolderGone,
    Locked,
    /// It is no plain file, or not there.
    Missing,
}

impl Reason {
    /// `None`: it may work later.
    pub fn of(error: &FileError) -> Option<Self> {
        Some(match error {
            FileError::QuotaExceeded => Self::Quota,
            FileError::Refused(Refused::TooLarge) => Self::TooLarge,
            FileError::Refused(_) => Self::Refused,
            FileError::BadName(_)
            | FileError::BadUri(_)
            | FileError::Tree(TreeError::PathTooLong) => Self::Name,
            // What was looked at before is something else now.
            FileError::Tree(TreeError::NameTaken(_) | TreeError::NotFolder)
            | FileError::Version(_) => Self::Exists,
            FileError::Tree(_) => Self::FolderGone,
            FileError::NotAllowed
            | FileError::OwnerOnly
            | FileError::Unsupported
            | FileError::LoginRequired
            | FileError::GroupNotAllowed => Self::NotAllowed,
            FileError::Lock(_) => Self::Locked,
            _ => return None,
        })
    }

    /// For people.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Exists => "there is something of that name already",
            Self::Quota => "there is not enough space left in the drive",
            Self::Refused => "the storage policy takes no files of such a name",
            Self::TooLarge => "it is larger than the storage policy allows",
            Self::Name => "no file in a drive may be called so",
            Self::NotAllowed => "it may not be put there",
            Self::FolderGone => "the folder it was to come to is gone",
            Self::Locked => "somebody has locked that place",
            Self::Missing => "it is no plain file",
        }
    }
}

/// What a failure is to a task.
pub(super) fn failure(error: FileError) -> TaskError {
    if is_storage_full(&error) {
        return TaskError::Retry(error.into());
    }
    match Reason::of(&error) {
        Some(reason) => TaskError::Fail(reason.sentence().into()),
        None => TaskError::Retry(error.into()),
    }
}

/// One line for people.
pub(super) fn words(error: &FileError) -> String {
    let sentence = Reason::of(error).map(|reason| reason.sentence().to_owned());
    sentence.unwrap_or_else(|| causes(error))
}
