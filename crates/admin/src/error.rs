//! What can go wrong in administration, in its own words. Numbers belong to the server.

use site::access::Denied;
use site::secret::PasswordError;
use store::StoreError;

/// Why a call of an administrator failed. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    #[error("Administrator required")]
    NotAllowed,
    /// A value that makes no sense; says which and why.
    #[error("{0}")]
    BadValue(String),
    /// Somebody changed these meanwhile.
    #[error("Somebody else has changed this meanwhile: {}", .0.join(", "))]
    Stale(Vec<String>),
    #[error("Group not found")]
    GroupNotFound,
    /// One of the groups that every site has.
    #[error("This group belongs to the site and stays")]
    SystemGroup,
    /// So many accounts are in it.
    #[error("{0}")]
    GroupInUse(u64),
    #[error("Event not found")]
    EventNotFound,
    #[error("User not found")]
    AccountNotFound,
    #[error("Email already in use")]
    EmailTaken,
    /// The first account, or whoever asks: nobody takes the administration from them.
    #[error("This account administers the site and stays as it is")]
    ProtectedAccount,
    /// Passwords that could not be hashed.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// What a value names is not there.
    #[error("{0} does not exist")]
    Dangling(&'static str),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AdminError {
    pub(crate) fn bad(why: impl Into<String>) -> Self {
        Self::BadValue(why.into())
    }
}

impl From<Denied> for AdminError {
    fn from(_: Denied) -> Self {
        Self::NotAllowed
    }
}
