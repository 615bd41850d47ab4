//! What can go wrong with locks.

/// Why something stays locked or unlocked.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// These locks are in the way; none is named to who does not own the drive.
    #[error("locks are in the way")]
    Conflict(Vec<Conflict>),
    /// The lock that something was done under is over.
    #[error("the lock is gone")]
    Gone,
    /// Also for the tokens of others.
    #[error("unknown token")]
    UnknownToken,
    #[error("the name of a lock's owner is too long")]
    OwnerTooLong,
    /// The root of a drive cannot be locked.
    #[error("the root is never locked")]
    RootNeverLocked,
    #[error("too many locks")]
    TooMany,
}

/// A lock that is in the way, as the owner of the drive sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    pub uri: Option<String>,
    /// With it the lock can be released.
    pub token: Option<String>,
    pub application: String,
    /// Owner element of a WebDAV lock, or a viewer id.
    pub detail: Option<String>,
    pub is_folder: bool,
}
