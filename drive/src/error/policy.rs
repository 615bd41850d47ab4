//! What can go wrong with storage policies.

use entity::PolicyId;
use site::secret::BadSeal;
use store::StoreError;

/// Whatever a driver finds wrong with its policy.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Why a policy cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    #[error("storage policy {0} does not exist")]
    Missing(PolicyId),
    #[error("storage policy {0} has no driver `{1}`")]
    UnknownDriver(PolicyId, String),
    #[error("a key of storage policy {0} cannot be read: {1}")]
    Sealed(PolicyId, BadSeal),
    #[error("storage policy {0} spreads over others, none of which can be used")]
    NoChild(PolicyId),
    #[error("storage policy {0} is none that may be chosen")]
    NotOffered(PolicyId),
    /// Its vendor would call back where nobody of it gets to.
    #[error(
        "the storage cannot call back: the address of this site, {0}, is in a network of its own"
    )]
    NoWayBack(String),
    #[error("the driver of storage policy {0} cannot be made: {1}")]
    Driver(PolicyId, BoxError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a policy refuses a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("file extension is not allowed here")]
    Extension,
    #[error("file name is not allowed here")]
    Name,
    #[error("file is larger than this storage allows")]
    TooLarge,
}
