//! Requests that do not have the form a route expects, in the words of the V4 API; and the few
//! parameter types that are more lenient than poem's own.

use super::error::ApiError;
use crate::http::body::BadBody;
use poem::error::{MethodNotAllowedError, NotFoundError, ReadBodyError};
use poem::{Body, Request, RequestBody};
use poem_openapi::error::{
    ContentTypeError, ParseParamError, ParsePathError, ParseRequestPayloadError,
};
use poem_openapi::registry::{MetaMediaType, MetaRequest, MetaSchema, MetaSchemaRef, Registry};
use poem_openapi::types::{
    ParseError, ParseFromJSON, ParseFromParameter, ParseResult, ToJSON, Type,
};
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};
use serde::Serialize;
use serde_json::Value;
use std::borrow::Cow;

/// What went wrong on the way to a handler.
#[derive(Debug)]
pub enum Rejected {
    /// No such route, or not by this method.
    NoRoute,
    Because(ApiError),
}

/// Reads poem's error; `None` if it is neither ours nor about binding.
pub fn rejected(error: &poem::Error) -> Option<Rejected> {
    if error.is::<NotFoundError>() || error.is::<MethodNotAllowedError>() {
        return Some(Rejected::NoRoute);
    }
    if let Some(BadBody::TooMany) = error.downcast_ref() {
        return Some(Rejected::Because(ApiError::Busy));
    }
    let msg = if let Some(error) = error.downcast_ref::<ParseParamError>() {
        words(&error.reason, Some(error.name))
    } else if let Some(error) = error.downcast_ref::<ParseRequestPayloadError>() {
        words(&error.reason, None)
    } else if let Some(error) = error.downcast_ref::<BadBody>() {
        match error {
            BadBody::TooLarge { .. } => "Request body too large".to_owned(),
            BadBody::TooSlow | BadBody::TooMany => "Request body did not arrive in time".to_owned(),
        }
    } else if error.is::<ContentTypeError>()
        || error.is::<ParsePathError>()
        || error.is::<ReadBodyError>()
    {
        "Parameter error".to_owned()
    } else {
        return None;
    };
    Some(Rejected::Because(ApiError::Binding(msg)))
}

/// poem's reason as the sentence clients know. The exact wording is cosmetic.
fn words(reason: &str, parameter: Option<&str>) -> String {
    let named = reason
        .split_once("field `")
        .and_then(|(_, rest)| rest.split_once('`'))
        .map(|(field, _)| field)
        .or(parameter);
    let field = display_name(named.unwrap_or_default());
    if reason.contains("minLength(1)") || reason.contains("minItems(1)") {
        format!("{field} cannot be empty")
    } else if ["minLength", "minItems", "minimum"]
        .iter()
        .any(|rule| reason.contains(rule))
    {
        format!("{field} too short")
    } else if ["maxLength", "maxItems", "maximum"]
        .iter()
        .any(|rule| reason.contains(rule))
    {
        format!("{field} too long")
    } else if reason.contains("expects an input value") && parameter.is_some() {
        format!("{field} cannot be empty")
    } else if reason.contains("expects an input value") || reason.contains("found null.") {
        // A required field is missing; poem does not say which.
        "Invalid parameters.".to_owned()
    } else if let Some(value) = unknown_value(reason) {
        format!("Unknown value {value}")
    } else if reason.contains("Expected input type") {
        "JSON marshall error".to_owned()
    } else {
        "Parameter error".to_owned()
    }
}

/// The text, in quotes, where one of a few was expected: types of our own have a capital letter.
fn unknown_value(reason: &str) -> Option<String> {
    const MOST: usize = 40;
    let (_, rest) = reason.split_once("Expected input type \"")?;
    let (expected, rest) = rest.split_once("\", found \"")?;
    let (value, _) = rest.split_once('"')?;
    let is_own = expected.starts_with(|first: char| first.is_ascii_uppercase());
    (is_own && value.chars().count() <= MOST && !value.ends_with('\\'))
        .then(|| format!("\"{value}\""))
}

/// `page_size` → `PageSize`, with the few names of their own (V4 API, request binding errors).
fn display_name(field: &str) -> Cow<'static, str> {
    match field {
        "email" => "Email".into(),
        "password" => "Password".into(),
        "path" => "Path".into(),
        "uris" => "Source resource".into(),
        "url" => "URL".into(),
        "nick" => "Nickname".into(),
        other => other
            .split('_')
            .flat_map(|word| {
                let mut chars = word.chars();
                chars
                    .next()
                    .map(|first| first.to_ascii_uppercase())
                    .into_iter()
                    .chain(chars)
            })
            .collect::<String>()
            .into(),
    }
}

/// A text in a body that is nothing else: elsewhere numbers are taken for what they look like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text(pub String);

impl Type for Text {
    const IS_REQUIRED: bool = true;
    type RawValueType = String;
    type RawElementValueType = String;

    fn name() -> Cow<'static, str> {
        String::name()
    }

    fn schema_ref() -> MetaSchemaRef {
        String::schema_ref()
    }

    fn as_raw_value(&self) -> Option<&String> {
        Some(&self.0)
    }

    fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a String> + 'a> {
        Box::new(std::iter::once(&self.0))
    }
}

impl ParseFromJSON for Text {
    fn parse_from_json(value: Option<Value>) -> ParseResult<Self> {
        match value {
            Some(Value::String(text)) => Ok(Self(text)),
            other => Err(ParseError::expected_type(other.unwrap_or_default())),
        }
    }
}

impl ToJSON for Text {
    fn to_json(&self) -> Option<Value> {
        Some(Value::String(self.0.clone()))
    }
}

/// A query parameter that may be missing or empty: clients send `page_size=`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lenient<T>(pub Option<T>);

impl<T: Type> Type for Lenient<T> {
    const IS_REQUIRED: bool = false;
    type RawValueType = T::RawValueType;
    type RawElementValueType = T::RawElementValueType;

    fn name() -> Cow<'static, str> {
        format!("lenient_{}", T::name()).into()
    }

    fn schema_ref() -> MetaSchemaRef {
        T::schema_ref()
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }

    fn as_raw_value(&self) -> Option<&Self::RawValueType> {
        self.0.as_ref().and_then(T::as_raw_value)
    }

    fn raw_element_iter<'a>(
        &'a self,
    ) -> Box<dyn Iterator<Item = &'a Self::RawElementValueType> + 'a> {
        match &self.0 {
            Some(value) => value.raw_element_iter(),
            None => Box::new(std::iter::empty()),
        }
    }
}

impl<T: ParseFromParameter> ParseFromParameter for Lenient<T> {
    fn parse_from_parameter(value: &str) -> ParseResult<Self> {
        if value.is_empty() {
            return Ok(Self(None));
        }
        T::parse_from_parameter(value)
            .map(|value| Self(Some(value)))
            .map_err(ParseError::propagate)
    }

    fn parse_from_parameters<I: IntoIterator<Item = A>, A: AsRef<str>>(
        values: I,
    ) -> ParseResult<Self> {
        match values.into_iter().next() {
            Some(value) => Self::parse_from_parameter(value.as_ref()),
            None => Ok(Self(None)),
        }
    }
}

/// What is always there and may be `null`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Nullable<T>(pub Option<T>);

impl<T: Type> Type for Nullable<T> {
    const IS_REQUIRED: bool = true;
    type RawValueType = T::RawValueType;
    type RawElementValueType = T::RawElementValueType;

    fn name() -> Cow<'static, str> {
        format!("nullable_{}", T::name()).into()
    }

    fn schema_ref() -> MetaSchemaRef {
        let schema = match T::schema_ref() {
            MetaSchemaRef::Inline(schema) => MetaSchema {
                nullable: true,
                ..*schema
            },
            // What stands beside a reference does not count.
            reference @ MetaSchemaRef::Reference(_) => MetaSchema {
                all_of: vec![reference],
                nullable: true,
                ..MetaSchema::ANY
            },
        };
        MetaSchemaRef::Inline(Box::new(schema))
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }

    fn as_raw_value(&self) -> Option<&Self::RawValueType> {
        self.0.as_ref().and_then(T::as_raw_value)
    }

    fn raw_element_iter<'a>(
        &'a self,
    ) -> Box<dyn Iterator<Item = &'a Self::RawElementValueType> + 'a> {
        match &self.0 {
            Some(value) => value.raw_element_iter(),
            None => Box::new(std::iter::empty()),
        }
    }
}

impl<T: ParseFromJSON> ParseFromJSON for Nullable<T> {
    fn parse_from_json(value: Option<Value>) -> ParseResult<Self> {
        match value.unwrap_or_default() {
            Value::Null => Ok(Self(None)),
            value => T::parse_from_json(Some(value))
                .map(|value| Self(Some(value)))
                .map_err(ParseError::propagate),
        }
    }
}

impl<T: ToJSON> ToJSON for Nullable<T> {
    fn to_json(&self) -> Option<Value> {
        let value = self.0.as_ref().and_then(T::to_json);
        Some(value.unwrap_or_default())
    }
}

/// A body of bytes, whatever type its sender says it has.
#[derive(Debug)]
pub struct AnyBytes(pub Body);

impl<'a> ApiExtractor<'a> for AnyBytes {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];
    type ParamType = ();
    type ParamRawType = ();

    fn request_meta() -> Option<MetaRequest> {
        let schema = MetaSchema::new_with_format("string", "binary");
        Some(MetaRequest {
            description: Some("The bytes; any type is taken."),
            content: vec![MetaMediaType {
                content_type: "application/octet-stream",
                schema: MetaSchemaRef::Inline(Box::new(schema)),
            }],
            required: true,
        })
    }

    async fn from_request(
        _request: &'a Request,
        body: &mut RequestBody,
        _options: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        Ok(Self(body.take()?))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn reasons_become_the_words_clients_know() {
        let field = |rule| format!("field `password` verification failed. {rule}");
        assert_eq!(words(&field("minLength(6)"), None), "Password too short");
        assert_eq!(words(&field("maxLength(128)"), None), "Password too long");
        assert_eq!(
            words(&field("minLength(1)"), None),
            "Password cannot be empty"
        );
        assert_eq!(
            words(
                r#"Type "string" expects an input value."#,
                Some("page_size")
            ),
            "PageSize cannot be empty"
        );
        assert_eq!(
            words(r#"Expected input type "string", found {}."#, None),
            "JSON marshall error"
        );
        assert_eq!(
            words(r#"Expected input type "string", found null."#, None),
            "Invalid parameters."
        );
        assert_eq!(
            words(
                r#"failed to parse "ArchiveFormat": Expected input type "ArchiveFormat", found "rar"."#,
                None
            ),
            "Unknown value \"rar\""
        );
        assert_eq!(words("EOF while parsing", None), "Parameter error");
    }

    #[test]
    fn an_empty_number_counts_as_missing() {
        let parse = |values: &[&str]| Lenient::<u32>::parse_from_parameters(values);
        assert_eq!(parse(&[]).unwrap(), Lenient(None));
        assert_eq!(parse(&[""]).unwrap(), Lenient(None));
        assert_eq!(parse(&["12"]).unwrap(), Lenient(Some(12)));
        assert!(parse(&["many"]).is_err());
    }
}
