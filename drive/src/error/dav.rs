//! What can go wrong with accounts for WebDAV, and with properties.

/// Why an account for WebDAV is not made or changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("WebDAV account: {self:?}")]
pub enum DavAccountError {
    TooMany,
    NameLength,
    NameHasNul,
    NotFolderUri,
    /// Only one's own drive and shares can be mounted.
    NotMountable,
    UriTooLong,
}

/// Why properties are not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("property: {self:?}")]
pub enum PropertyError {
    TooLong,
    TooMany,
}
