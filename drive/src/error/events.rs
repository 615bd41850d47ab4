//! What can go wrong with following a folder.

use store::StoreError;

/// Why a subscription is refused.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    #[error("file events are switched off")]
    Disabled,
    #[error("not a folder")]
    NotAFolder,
    /// What a share of a single file leads to.
    #[error("a single file")]
    SingleFile,
    /// A client says who it is with a UUID.
    #[error("bad client id")]
    BadClientId,
    #[error("too many streams at a time")]
    TooManyStreams,
    #[error(transparent)]
    Store(#[from] StoreError),
}
