//! What can go wrong in administration, in its own words. Numbers belong to the server.

use drive::error::FileError;
use site::access::Denied;
use site::secret::PasswordError;
use site::task::TasksError;
use store::StoreError;
use tokio::task::JoinError;

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
    /// What is not there; says what.
    #[error("{0} not found")]
    NotFound(&'static str),
    #[error("Failed to get share")]
    ShareNotFound,
    #[error("Failed to get task")]
    TaskNotFound,
    #[error("Failed to get node")]
    NodeNotFound,
    #[error("Storage policy not found")]
    PolicyNotFound,
    #[error("The default policy stays")]
    DefaultPolicy,
    /// Something is stored by it.
    #[error("Blobs are kept by this policy")]
    PolicyInUse,
    /// So many groups use it.
    #[error("{0}")]
    PolicyOfGroups(u64),
    #[error("This server itself stays")]
    MasterNode,
    /// The names of policies that use it.
    #[error("{0}")]
    NodeInUse(String),
    #[error("This app belongs to the site and stays")]
    SystemApp,
    /// Something elsewhere did not work; says what.
    #[error("{0}")]
    Failed(String),
    /// Some of several failed, by id; the others are done.
    #[error("{}", words(.0))]
    Partly(Vec<(String, AdminError)>),
    #[error(transparent)]
    File(#[from] FileError),
    #[error(transparent)]
    Tasks(#[from] TasksError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AdminError {
    /// One error for several things that failed: none → done.
    pub(crate) fn of_batch(failed: Vec<(String, Self)>) -> Result<(), Self> {
        if failed.is_empty() {
            Ok(())
        } else {
            Err(Self::Partly(failed))
        }
    }

    pub(crate) fn bad(why: impl Into<String>) -> Self {
        Self::BadValue(why.into())
    }

    /// Of work of its own that did not come to its end.
    #[expect(clippy::needless_pass_by_value, reason = "as `map_err` wants it")]
    pub(crate) fn stopped(error: JoinError) -> Self {
        Self::Failed(format!("Stopped in the middle: {error}"))
    }
}

impl From<Denied> for AdminError {
    fn from(_: Denied) -> Self {
        Self::NotAllowed
    }
}

/// A batch with one failure says what that one says.
fn words(failed: &[(String, AdminError)]) -> String {
    match failed {
        [(_, only)] => only.to_string(),
        _ => "Operation not fully completed".to_owned(),
    }
}
