//! Failures about following a folder.

use super::Described;
use crate::api::code::Code;
use drive::events::EventError;

pub fn describe(error: &EventError) -> Described {
    let (code, words) = match error {
        EventError::Disabled => (
            Code::FeatureNotEnabled,
            "Following file events is not available",
        ),
        EventError::NotAFolder => (Code::ParamErr, "Only folders can be followed"),
        EventError::SingleFile => (Code::NoPermission, "A single file cannot be followed"),
        EventError::BadClientId => (Code::ParamErr, "X-Cr-Client-Id must be a UUID"),
        EventError::TooManyStreams => (Code::ParamErr, "Too many event streams at a time"),
        EventError::Store(error) => return (Code::DbError, error.to_string().into()),
    };
    (code, words.into())
}
