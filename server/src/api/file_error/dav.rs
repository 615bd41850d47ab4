//! Failures about accounts for WebDAV and about properties.

use super::Described;
use crate::api::code::Code;
use drive::dav::{DavAccountError, PropertyError};

pub fn of_account(error: DavAccountError) -> Described {
    let words = match error {
        DavAccountError::TooMany => "There are too many accounts",
        DavAccountError::NameLength => "Name must have 1 to 255 bytes",
        DavAccountError::NameHasNul => "Name contains NUL",
        DavAccountError::NotFolderUri => "Not a URI of a folder",
        DavAccountError::NotMountable => "Only folders of your own or of shares can be mounted",
        DavAccountError::UriTooLong => "The URI is too long",
    };
    (Code::ParamErr, words.into())
}

pub fn of_property(error: PropertyError) -> Described {
    let words = match error {
        PropertyError::TooLong => "Property too long",
        PropertyError::TooMany => "Too many properties",
    };
    (Code::ParamErr, words.into())
}
