//! What can go wrong with shares.

/// Why a share is not opened, made or changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("share: {self:?}")]
pub enum ShareError {
    /// It is not there, or not for who follows its link.
    Gone,
    /// It is not there, or not for who asks about it.
    NotFound,
    /// Its time, its downloads or its file are over.
    Expired,
    /// Missing or wrong.
    WrongPassword,
    /// Visitors without an account are not let in; signing in may help.
    AnonymousDenied,
    GroupMayNotOpen,
    /// A public id that decodes to nothing.
    BadId,
    /// No ids, or more than one request may name.
    BadIdCount,
    /// More shares than one account may have.
    TooMany,
    /// The root of a drive cannot be shared.
    WholeDrive,
    /// A shortcut cannot be shared.
    Shortcut,
    /// Permissions name more accounts and groups than they may.
    TooManyNamed,
    /// Permissions name an account or group that is not there.
    UnknownNamed,
    /// The account whose shares are asked for is not there.
    NoSuchAccount,
    /// The account does not show its shares.
    ProfileHidden,
    /// A password that would not fit a link.
    PasswordForm,
}
