//! Why an import does not begin.

/// What is wrong with what was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    #[error("the storage cannot tell what lies in it")]
    NotListable,
    /// It lies outside of the storage, or in a part of it that is not to be taken over.
    #[error("the path is not allowed")]
    NotAllowed,
    #[error("there is no such folder in the storage")]
    NoFolder,
    /// There is no such account, or it cannot be used.
    #[error("the account is not there, or not active")]
    NoUser,
}
