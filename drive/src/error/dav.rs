//! What can go wrong with accounts for WebDAV, and with properties.

/// Why an account for WebDAV is not made or changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DavAccountError {
    #[error("there are too many accounts for WebDAV")]
    TooMany,
    #[error("the name of the account is empty or too long")]
    NameLength,
    #[error("the name of the account has a character that none may have")]
    NameHasNul,
    #[error("it is no folder")]
    NotFolderUri,
    /// Only one's own drive and shares can be mounted.
    #[error("only folders of one's own and of shares can be mounted")]
    NotMountable,
    #[error("the path of the folder is too long")]
    UriTooLong,
}

/// Why properties are not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PropertyError {
    #[error("the property is too long")]
    TooLong,
    #[error("there are too many properties")]
    TooMany,
}
