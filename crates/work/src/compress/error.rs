//! Why files are not packed.

use super::report::Reason;
use drive::blob::UploadError;
use drive::error::FileError;
use drive::lock::LockError;
use drive::share::ShareError;
use drive::tree::TreeError;
use entity::FileId;
use site::task::TaskError;
use std::io;

/// Why a packing task is not begun.
#[derive(Debug, thiserror::Error)]
pub enum CompressError {
    #[error("Invalid destination")]
    Destination,
    /// Of one URI, or of all.
    #[error("The URIs are too long for a task")]
    UrisTooLong,
    #[error("The password is too long")]
    PasswordTooLong,
    /// This kind of archive has none.
    #[error("Only zip and 7z archives can have a password")]
    NoPasswords,
    #[error(transparent)]
    File(#[from] FileError),
}

/// Why an archive breaks off.
#[derive(Debug, thiserror::Error)]
pub(super) enum Broken {
    #[error("your group may not make archives")]
    NotAllowed,
    #[error("the passwords of this task were sealed under a key that is lost")]
    Sealed,
    #[error("there are more than {0} bytes to pack, which is the most that your group may")]
    TooLarge(u64),
    #[error("there are more than {0} files to pack, which is the most that your group may")]
    TooMany(u64),
    #[error("nothing could be packed: {0} {why}", why = .1.says())]
    Nothing(String, Reason),
    #[error("there is not enough room for the archive in the drive")]
    NoRoom,
    #[error("the storage has no room left for the archive")]
    StorageFull,
    #[error("the folder that the archive goes to is not there any more")]
    NoFolder,
    #[error("you may not bring files to where the archive goes, or not any more")]
    MayNotUpload,
    #[error("a folder or a shortcut has the name of the archive")]
    NameTaken,
    #[error("the storage policy does not take such an archive")]
    Refused,
    #[error("somebody has locked the place where the archive goes")]
    Locked,
    /// A file that broke off in the middle, or whose storage is away.
    #[error("cannot read {1}: {2}")]
    File(FileId, String, String),
    /// The storage, as it seems.
    #[error("cannot read {0}, nor what came before it: {1}")]
    Away(String, String),
    #[error("packing: {0}")]
    Pack(#[source] io::Error),
    /// The server goes down.
    #[error("interrupted")]
    Stopping,
    /// Whoever takes the pieces is gone, and says why.
    #[error("nobody takes the archive")]
    CutOff,
    #[error(transparent)]
    Other(FileError),
}

impl Broken {
    /// What became of bringing the archive to where it goes.
    pub fn of_target(error: FileError) -> Self {
        match error {
            FileError::QuotaExceeded => Self::NoRoom,
            FileError::Tree(TreeError::NotFound) | FileError::Share(ShareError::Gone) => {
                Self::NoFolder
            }
            FileError::GroupNotAllowed
            | FileError::NotAllowed
            | FileError::OwnerOnly
            | FileError::LoginRequired
            | FileError::Unsupported
            | FileError::Share(_) => Self::MayNotUpload,
            FileError::Tree(TreeError::NameTaken(_)) | FileError::Upload(UploadError::Shortcut) => {
                Self::NameTaken
            }
            FileError::Refused(_) | FileError::BadName(_) => Self::Refused,
            FileError::Lock(LockError::Conflict(_)) => Self::Locked,
            error if drive::blob::is_storage_full(&error) => Self::StorageFull,
            error => Self::Other(error),
        }
    }

    /// What may work later, and what will not: another try packs everything anew.
    pub fn for_queue(self) -> TaskError {
        match self {
            Self::NotAllowed
            | Self::Sealed
            | Self::TooLarge(_)
            | Self::TooMany(_)
            | Self::Nothing(..)
            | Self::NoRoom
            | Self::NoFolder
            | Self::MayNotUpload
            | Self::NameTaken
            | Self::Refused
            | Self::StorageFull
            | Self::Away(..) => TaskError::Fail(self.into()),
            Self::Locked
            | Self::File(..)
            | Self::Pack(_)
            | Self::Stopping
            | Self::CutOff
            | Self::Other(_) => TaskError::Retry(self.into()),
        }
    }
}
