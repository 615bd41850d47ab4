//! What clients read for each failure: a table, so that no code and no sentence changes unseen.

mod content;
mod rest;
mod shares;
mod tree;

use crate::api::error::ApiError;
use drive::error::FileError;
use site::limiter::TooManyTries;
use std::io;
use wire::{BadMetadata, BadName, BadUri};

/// A failure, its number, its sentence.
type Row = (FileError, i32, &'static str);

#[test]
fn each_failure_keeps_its_number_and_its_sentence() {
    let tables = [
        shared(),
        tree::rows(),
        content::rows(),
        shares::rows(),
        rest::rows(),
    ];
    for (error, number, words) in tables.into_iter().flatten() {
        let name = format!("{error:?}");
        let envelope = ApiError::File(error).envelope(None);
        assert_eq!(envelope["code"], number, "{name}");
        assert_eq!(envelope["msg"], words, "{name}");
    }
}

fn shared() -> Vec<Row> {
    vec![
        (FileError::LoginRequired, 401, "Login required"),
        (
            FileError::OwnerOnly,
            40082,
            "Only the owner of the file may do this",
        ),
        (
            FileError::Unsupported,
            403,
            "This place does not support the action",
        ),
        (FileError::NotAllowed, 403, "Not allowed"),
        (
            FileError::GroupNotAllowed,
            40007,
            "Your group is not allowed to do this",
        ),
        (FileError::QuotaExceeded, 40051, "Insufficient capacity"),
        (FileError::BadPageToken, -1, "Unknown or garbled page token"),
        (
            FileError::TooManyTasks,
            -1,
            "There are too many tasks in your list: wait until some of them have ended",
        ),
        (
            TooManyTries {
                retry_after_secs: 7,
            }
            .into(),
            403,
            "Too many attempts, try again in 7 seconds",
        ),
        (
            FileError::Batch(vec![]),
            40081,
            "One or more operation failed",
        ),
        (
            FileError::Storage(io::Error::other("x").into()),
            50004,
            "Storage error",
        ),
        (
            FileError::Internal("a bad blob key"),
            50005,
            "Internal error",
        ),
        (BadName::Dots.into(), 40052, "`.` and `..` are not names"),
        (
            BadUri::UnknownFileSystem("x".into()).into(),
            -1,
            "unknown file system `x`",
        ),
        (
            BadUri::Character('?').into(),
            40052,
            "a path segment contains '?'",
        ),
        (BadUri::Fragment.into(), 40001, "a file URI has no `#` part"),
        (
            BadMetadata::Private.into(),
            40001,
            "private metadata cannot be written",
        ),
    ]
}
