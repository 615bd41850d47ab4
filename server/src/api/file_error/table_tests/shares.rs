//! Failures of shares.

use super::Row;
use drive::share::ShareError;

pub fn rows() -> Vec<Row> {
    vec![
        (ShareError::Gone.into(), 404, "Shared file does not exist"),
        (ShareError::NotFound.into(), 404, "Share not found"),
        (ShareError::Expired.into(), 404, "Share link expired"),
        (
            ShareError::WrongPassword.into(),
            40069,
            "Incorrect password",
        ),
        (
            ShareError::AnonymousDenied.into(),
            40088,
            "Anonymous access denied",
        ),
        (
            ShareError::GroupMayNotOpen.into(),
            403,
            "Your group may not open shares",
        ),
        (ShareError::BadId.into(), 40001, "Failed to parse object ID"),
        (
            ShareError::BadIdCount.into(),
            40001,
            "Ids cannot be empty or too many",
        ),
        (
            ShareError::TooMany.into(),
            40001,
            "There are too many shares",
        ),
        (
            ShareError::WholeDrive.into(),
            403,
            "A whole drive cannot be shared",
        ),
        (
            ShareError::Shortcut.into(),
            403,
            "A shortcut cannot be shared",
        ),
        (
            ShareError::TooManyNamed.into(),
            40001,
            "Permissions name too many",
        ),
        (
            ShareError::UnknownNamed.into(),
            40001,
            "Permissions name somebody unknown",
        ),
        (ShareError::NoSuchAccount.into(), 50001, "User not found"),
        (
            ShareError::ProfileHidden.into(),
            40001,
            "The profile does not show shares",
        ),
        (
            ShareError::PasswordForm.into(),
            40001,
            "A password has at most 32 letters and digits",
        ),
    ]
}
