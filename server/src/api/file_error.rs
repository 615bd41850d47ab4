//! Failures about files: their codes, and what else their envelopes carry.

use super::code::Code;
use super::error::ApiError;
use crate::http::correlation::CorrelationId;
use drive::error::FileError;
use drive::lock::Conflict;
use drive::picture::PictureError;
use drive::policy::PolicyError;
use drive::policy::rules::Refused;
use drive::wire::BadUri;
use serde_json::{Map, Value, json};

/// The number of the V4 API.
pub fn code(error: &FileError) -> Code {
    match error {
        FileError::NotFound => Code::ParentNotExist,
        FileError::LoginRequired => Code::LoginRequired,
        FileError::Denied(_) | FileError::TooManyTries(_) => Code::NoPermission,
        FileError::OwnerOnly => Code::OwnerOnly,
        FileError::GroupNotAllowed => Code::GroupNotAllowed,
        FileError::NameTaken(_) => Code::ObjectExist,
        FileError::BadName(_) | FileError::Refused(Refused::Extension | Refused::Name) => {
            Code::IllegalObjectName
        }
        FileError::Refused(Refused::TooLarge)
        | FileError::TooLargeToEdit
        | FileError::ArchiveTooLarge(_) => Code::FileTooLarge,
        FileError::BadUri(BadUri::UnknownFileSystem(_))
        | FileError::BadPageToken
        | FileError::UnknownCategory
        | FileError::TooSlow
        | FileError::Unclassified(_) => Code::NotSet,
        FileError::BadUri(BadUri::Character(_)) => Code::IllegalObjectName,
        FileError::BadUri(_)
        | FileError::BadMetadata(_)
        | FileError::BadParameter(_)
        | FileError::LimitReached(_)
        | FileError::PathTooLong => Code::ParamErr,
        FileError::Locked(_) | FileError::LockGone => Code::LockConflict,
        FileError::TooManyUris(_) => Code::TooManyUris,
        FileError::StaleVersion => Code::StaleVersion,
        FileError::VersionNotFound | FileError::NoThumbnail => Code::EntityNotExist,
        FileError::WalkLimit(_) => Code::FileCountLimitedReached,
        FileError::QuotaExceeded => Code::InsufficientCapacity,
        FileError::UploadRouteNotAllowed => Code::PolicyNotAllowed,
        FileError::SessionGone => Code::UploadSessionExpired,
        FileError::SessionForeign | FileError::LinkGone | FileError::ShareGone(_) => Code::NotFound,
        FileError::SharePassword => Code::IncorrectPassword,
        FileError::AnonymousDenied => Code::AnonymousAccessDenied,
        FileError::TooManyDirectLinks(_) => Code::BatchSourceSize,
        FileError::BadChunkIndex => Code::InvalidChunkIndex,
        FileError::BadChunkLength { .. } => Code::InvalidContentLength,
        FileError::FeatureOff(_) => Code::FeatureNotEnabled,
        FileError::Batch(_) => Code::BatchOperationNotFullyCompleted,
        FileError::Storage(_) | FileError::Picture(PictureError::Unreadable(_)) => Code::IoFailed,
        FileError::Picture(_) => Code::NotSet,
        FileError::Policy(PolicyError::Missing(_)) => Code::PolicyNotExist,
        FileError::Policy(
            PolicyError::UnknownDriver(..) | PolicyError::Sealed(..) | PolicyError::Driver(..),
        )
        | FileError::Internal(_) => Code::InternalSettingError,
        FileError::Policy(PolicyError::Store(_))
        | FileError::Store(_)
        | FileError::NoSuchAccount => Code::DbError,
    }
}

/// The sentence: a batch with one failure says what that one says.
pub fn words(error: &FileError) -> String {
    match error {
        FileError::Batch(failed) => match failed.as_slice() {
            [(_, only)] => only.to_string(),
            _ => error.to_string(),
        },
        other => other.to_string(),
    }
}

/// Adds what some failures carry: conflicting locks, the failures of a batch.
pub fn extend(
    error: &FileError,
    correlation: Option<CorrelationId>,
    envelope: &mut Map<String, Value>,
) {
    match error {
        FileError::Locked(conflicts) => {
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
    let code = code(error);
    envelope.insert("code".to_owned(), code.number().into());
    envelope.insert(
        "msg".to_owned(),
        ApiError::public_words(code, error.to_string()).into(),
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
mod tests {
    use super::*;

    #[test]
    fn a_lock_conflict_carries_an_array() {
        let error = FileError::Locked(vec![Conflict {
            uri: Some("cloudreve://my/a.txt".into()),
            token: Some("t".into()),
            application: "dav".into(),
            detail: Some("<o/>".into()),
            is_folder: false,
        }]);
        assert_eq!(
            ApiError::File(error).envelope(None)["data"],
            json!([{
                "path": "cloudreve://my/a.txt",
                "token": "t",
                "owner": { "application": { "type": "dav", "inner_xml": "<o/>" } },
                "type": 0,
            }])
        );
    }

    #[test]
    fn a_batch_names_what_failed_and_speaks_for_a_single_failure() {
        let one = FileError::Batch(vec![("cloudreve://my/a".into(), FileError::NotFound)]);
        let envelope = ApiError::File(one).envelope(None);
        assert_eq!(envelope["code"], 40081);
        assert_eq!(envelope["msg"], "Path not exist");
        assert_eq!(
            envelope["aggregated_error"]["cloudreve://my/a"]["code"],
            40016
        );
    }
}
