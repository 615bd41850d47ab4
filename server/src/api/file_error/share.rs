//! Failures about shares.

use super::Described;
use crate::api::code::Code;
use drive::share::ShareError;

pub fn describe(error: ShareError) -> Described {
    let (code, words) = match error {
        // The sentence is of the V4 API, share file system.
        ShareError::Gone => (Code::NotFound, "Shared file does not exist"),
        ShareError::NotFound => (Code::NotFound, "Share not found"),
        ShareError::Expired => (Code::NotFound, "Share link expired"),
        ShareError::WrongPassword => (Code::IncorrectPassword, "Incorrect password"),
        ShareError::AnonymousDenied => (Code::AnonymousAccessDenied, "Anonymous access denied"),
        ShareError::GroupMayNotOpen => (Code::NoPermission, "Your group may not open shares"),
        ShareError::BadId => (Code::ParamErr, "Failed to parse object ID"),
        ShareError::BadIdCount => (Code::ParamErr, "Ids cannot be empty or too many"),
        ShareError::TooMany => (Code::ParamErr, "There are too many shares"),
        ShareError::WholeDrive => (Code::NoPermission, "A whole drive cannot be shared"),
        ShareError::Shortcut => (Code::NoPermission, "A shortcut cannot be shared"),
        ShareError::TooManyNamed => (Code::ParamErr, "Permissions name too many"),
        ShareError::UnknownNamed => (Code::ParamErr, "Permissions name somebody unknown"),
        ShareError::NoSuchAccount => (Code::DbError, "User not found"),
        ShareError::ProfileHidden => (Code::ParamErr, "The profile does not show shares"),
        ShareError::PasswordForm => (
            Code::ParamErr,
            "A password has at most 32 letters and digits",
        ),
    };
    (code, words.into())
}
