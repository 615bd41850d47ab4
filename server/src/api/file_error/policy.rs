//! Failures about storage policies, and what their rules refuse.

use super::Described;
use crate::api::code::Code;
use drive::import::ImportError;
use drive::policy::PolicyError;
use drive::policy::rules::Refused;

pub fn describe(error: &PolicyError) -> Described {
    match error {
        PolicyError::Missing(id) => (
            Code::PolicyNotExist,
            format!("storage policy {id} does not exist").into(),
        ),
        PolicyError::NoChild(_) => (
            Code::InternalSettingError,
            "no storage policy available".into(),
        ),
        PolicyError::NotOffered(_) => (
            Code::PolicyNotAllowed,
            "This storage policy may not be chosen".into(),
        ),
        PolicyError::UnknownDriver(..)
        | PolicyError::Sealed(..)
        | PolicyError::Driver(..)
        | PolicyError::NoWayBack(_) => (Code::InternalSettingError, error.to_string().into()),
        PolicyError::Store(_) => (Code::DbError, error.to_string().into()),
    }
}

pub fn of_rules(error: Refused) -> Described {
    let (code, words) = match error {
        Refused::Extension => (
            Code::IllegalObjectName,
            "file extension is not allowed here",
        ),
        Refused::Name => (Code::IllegalObjectName, "file name is not allowed here"),
        Refused::TooLarge => (
            Code::FileTooLarge,
            "file is larger than this storage allows",
        ),
    };
    (code, words.into())
}

pub fn of_import(error: ImportError) -> Described {
    let (code, words) = match error {
        ImportError::NotListable => (
            Code::ParamErr,
            "Nothing can be imported from this storage policy",
        ),
        ImportError::NotAllowed => (Code::ParamErr, "Path is not allowed"),
        ImportError::NoFolder => (Code::ParamErr, "There is no such folder in the storage"),
        ImportError::NoUser => (Code::DbError, "User not found, or not active"),
    };
    (code, words.into())
}
