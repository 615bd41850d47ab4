//! What can go wrong with shares.

/// Why a share is not opened, made or changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShareError {
    /// It is not there, or not for who follows its link.
    #[error("the share is not there")]
    Gone,
    /// It is not there, or not for who asks about it.
    #[error("the share is not there for who asks")]
    NotFound,
    /// Its time, its downloads or its file are over.
    #[error("the share is over")]
    Expired,
    /// Missing or wrong.
    #[error("the password of the share is missing or wrong")]
    WrongPassword,
    /// Visitors without an account are not let in; signing in may help.
    #[error("visitors without an account may not open the share")]
    AnonymousDenied,
    #[error("your group may not open shares")]
    GroupMayNotOpen,
    /// A public id that decodes to nothing.
    #[error("the id of the share cannot be read")]
    BadId,
    /// No ids, or more than one request may name.
    #[error("no shares are named, or too many")]
    BadIdCount,
    /// More shares than one account may have.
    #[error("there are too many shares")]
    TooMany,
    /// The root of a drive cannot be shared.
    #[error("a whole drive cannot be shared")]
    WholeDrive,
    /// A shortcut cannot be shared.
    #[error("a shortcut cannot be shared")]
    Shortcut,
    /// Permissions name more accounts and groups than they may.
    #[error("the permissions name too many")]
    TooManyNamed,
    /// Permissions name an account or group that is not there.
    #[error("the permissions name somebody who is not there")]
    UnknownNamed,
    /// The account whose shares are asked for is not there.
    #[error("the account is not there")]
    NoSuchAccount,
    /// The account does not show its shares.
    #[error("the account does not show its shares")]
    ProfileHidden,
    /// A password that would not fit a link.
    #[error("the password of the share would not fit a link")]
    PasswordForm,
}
