//! Failures about locks.

use super::Described;
use crate::api::code::Code;
use drive::lock::LockError;

pub fn describe(error: &LockError) -> Described {
    let (code, words) = match error {
        LockError::Conflict(_) => (Code::LockConflict, "Locked by another operation"),
        LockError::Gone => (Code::LockConflict, "Lock expired or unknown"),
        LockError::UnknownToken => (Code::ParamErr, "Unknown lock token"),
        LockError::OwnerTooLong => (Code::ParamErr, "The owner of a lock is too long"),
        LockError::RootNeverLocked => (Code::NoPermission, "The root cannot be locked"),
        LockError::TooMany => (Code::ParamErr, "There are too many locks"),
    };
    (code, words.into())
}
