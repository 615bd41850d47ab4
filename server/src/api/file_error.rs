//! Failures about files: their codes and sentences, and what else their envelopes carry. One
//! exhaustive match for each module of the drive.

mod blob;
mod dav;
mod events;
mod lock;
mod policy;
mod share;
mod thumbnail;
mod tree;

use super::code::Code;
use super::error::ApiError;
use crate::http::correlation::CorrelationId;
use drive::error::FileError;
use drive::lock::{Conflict, LockError};
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use wire::BadUri;

/// The number of the V4 API, and the sentence that goes with it.
type Described = (Code, Cow<'static, str>);

fn describe(error: &FileError) -> Described {
    let (code, words) = match error {
        FileError::LoginRequired => (Code::LoginRequired, "Login required"),
        FileError::OwnerOnly => (Code::OwnerOnly, "Only the owner of the file may do this"),
        FileError::NotAllowed => (Code::NoPermission, "Not allowed"),
        FileError::Unsupported => (Code::NoPermission, "This place does not support the action"),
        FileError::GroupNotAllowed => (
            Code::GroupNotAllowed,
            "Your group is not allowed to do this",
        ),
        FileError::QuotaExceeded => (Code::InsufficientCapacity, "Insufficient capacity"),
        FileError::BadPageToken => (Code::NotSet, "Unknown or garbled page token"),
        FileError::TooManyTasks => (
            Code::NotSet,
            "There are too many tasks in your list: wait until some of them have ended",
        ),
        FileError::TooManyTries(tries) => return (Code::NoPermission, tries.to_string().into()),
        FileError::BadName(error) => return (Code::IllegalObjectName, error.to_string().into()),
        FileError::BadUri(error) => return (code_of_uri(error), error.to_string().into()),
        FileError::BadMetadata(error) => return (Code::ParamErr, error.to_string().into()),
        FileError::Tree(error) => return tree::describe(error),
        FileError::Upload(error) => return blob::of_upload(*error),
        FileError::Version(error) => return blob::of_version(*error),
        FileError::Archive(error) => return blob::of_archive(*error),
        FileError::Import(error) => return policy::of_import(*error),
        FileError::Link(error) => return blob::of_link(*error),
        FileError::Share(error) => return share::describe(*error),
        FileError::Lock(error) => return lock::describe(error),
        FileError::Thumbnail(error) => return thumbnail::describe(error),
        FileError::Event(error) => return events::describe(error),
        FileError::DavAccount(error) => return dav::of_account(*error),
        FileError::Property(error) => return dav::of_property(*error),
        FileError::Refused(error) => return policy::of_rules(*error),
        FileError::Policy(error) => return policy::describe(error),
        FileError::Batch(_) => (
            Code::BatchOperationNotFullyCompleted,
            "One or more operation failed",
        ),
        FileError::Storage(error) => return (Code::IoFailed, format!("storage: {error}").into()),
        FileError::Store(error) => return (Code::DbError, error.to_string().into()),
        FileError::Internal(why) => (Code::InternalSettingError, *why),
    };
    (code, words.into())
}

fn code_of_uri(error: &BadUri) -> Code {
    match error {
        BadUri::UnknownFileSystem(_) => Code::NotSet,
        BadUri::Character(_) => Code::IllegalObjectName,
        BadUri::Scheme
        | BadUri::NoShareId
        | BadUri::BadEscape
        | BadUri::NotUtf8
        | BadUri::Fragment
        | BadUri::TooLong
        | BadUri::TooDeep
        | BadUri::QueryTooLong => Code::ParamErr,
    }
}

/// The number of the V4 API.
pub fn code(error: &FileError) -> Code {
    describe(error).0
}

/// The sentence: a batch with one failure says what that one says.
pub fn words(error: &FileError) -> Cow<'static, str> {
    match error {
        FileError::Batch(failed) => match failed.as_slice() {
            [(_, only)] => describe(only).1,
            _ => describe(error).1,
        },
        other => describe(other).1,
    }
}

/// Adds what some failures carry: conflicting locks, the failures of a batch.
pub fn extend(
    error: &FileError,
    correlation: Option<CorrelationId>,
    envelope: &mut Map<String, Value>,
) {
    match error {
        FileError::Lock(LockError::Conflict(conflicts)) => {
            let conflicts: Vec<Value> = conflicts.iter().map(conflict).collect();
            envelope.insert("data".to_owned(), conflicts.into());
        }
        FileError::Batch(failed) => {
            let failed: Map<String, Value> = failed
                .iter()
                .map(|(uri, error)| (uri.clone(), Value::Object(inner(error, correlation))))
                .collect();
            envelope.insert("aggregated_error".to_owned(), Value::Object(failed));
        }
        _ => {}
    }
}

/// The envelope of one failure of a batch.
fn inner(error: &FileError, correlation: Option<CorrelationId>) -> Map<String, Value> {
    let mut envelope = Map::new();
    let (code, words) = describe(error);
    envelope.insert("code".to_owned(), code.number().into());
    envelope.insert(
        "msg".to_owned(),
        ApiError::public_words(code, words.into_owned()).into(),
    );
    if let Some(CorrelationId(id)) = correlation {
        envelope.insert("correlation_id".to_owned(), id.to_string().into());
    }
    extend(error, correlation, &mut envelope);
    envelope
}

fn conflict(conflict: &Conflict) -> Value {
    let mut application = json!({ "type": conflict.application });
    if let Some(detail) = &conflict.detail {
        let key = if conflict.application == "viewer" {
            "viewer_id"
        } else {
            "inner_xml"
        };
        application[key] = detail.clone().into();
    }
    let mut value = json!({
        "owner": { "application": application },
        "type": i32::from(conflict.is_folder),
    });
    if let Some(uri) = &conflict.uri {
        value["path"] = uri.clone().into();
    }
    if let Some(token) = &conflict.token {
        value["token"] = token.clone().into();
    }
    value
}

#[cfg(test)]
mod table_tests;
#[cfg(test)]
mod tests;
