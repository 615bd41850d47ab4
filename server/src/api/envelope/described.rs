//! How envelopes look in the description of the API: success is an envelope of its own for each
//! kind of data, with a name; everything else is a [`Failure`]. The code tells them apart.

use super::{JSON, NoData};
use crate::api::code::Code;
use poem_openapi::registry::{
    MetaMediaType, MetaResponse, MetaResponses, MetaSchema, MetaSchemaRef, Registry,
};
use poem_openapi::types::Type;
use std::borrow::Cow;

/// Names of the schemas.
const SUCCESS: &str = "Success";
const FAILURE: &str = "Failure";
const FAILURE_CODE: &str = "FailureCode";

/// The code of success.
enum Success {}
/// The codes of all that is not success.
enum FailureCode {}
/// An envelope that is not success.
enum Failure {}

/// The answer of success or failure, both with HTTP status 200.
pub fn either_way(success: MetaSchemaRef) -> MetaResponse {
    let schema = MetaSchema {
        one_of: vec![success, named(FAILURE)],
        ..MetaSchema::ANY
    };
    answer(200, "", vec![media(JSON, inline(schema))])
}

/// Other things than JSON, or a failure.
pub fn or_failure(description: &'static str, types: &[&'static str]) -> MetaResponse {
    let bytes = || MetaSchema::new_with_format("string", "binary");
    let text = || MetaSchema::new("string");
    let of = |kind: &'static str| {
        let is_text = kind.starts_with("text/");
        media(kind, inline(if is_text { text() } else { bytes() }))
    };
    let mut content: Vec<_> = types.iter().map(|kind| of(kind)).collect();
    content.push(media(JSON, named(FAILURE)));
    answer(200, description, content)
}

/// A failure with a status of its own, where those who ask look at nothing else.
pub fn failure(status: u16, description: &'static str) -> MetaResponse {
    answer(status, description, vec![media(JSON, named(FAILURE))])
}

/// An answer with a status and nothing that clients read.
pub fn bare_status(status: u16, description: &'static str) -> MetaResponse {
    answer(status, description, Vec::new())
}

pub fn answer(status: u16, description: &'static str, content: Vec<MetaMediaType>) -> MetaResponse {
    MetaResponse {
        description,
        status: Some(status),
        status_range: None,
        content,
        headers: vec![],
    }
}

pub fn all(responses: Vec<MetaResponse>) -> MetaResponses {
    MetaResponses { responses }
}

pub fn media(content_type: &'static str, schema: MetaSchemaRef) -> MetaMediaType {
    MetaMediaType {
        content_type,
        schema,
    }
}

pub fn inline(schema: MetaSchema) -> MetaSchemaRef {
    MetaSchemaRef::Inline(Box::new(schema))
}

fn named(name: &str) -> MetaSchemaRef {
    MetaSchemaRef::Reference(name.to_owned())
}

/// The envelope of some data.
pub fn envelope_of<T: Type>() -> MetaSchemaRef {
    named(&name_of(&T::name()))
}

/// `FileView` travels in a `FileReply`, a list of them in a `FileListReply`, a map in a
/// `FileMapReply`.
fn name_of(data: &str) -> String {
    let list = data.strip_prefix("list_").map(|item| (item, "List"));
    let map = data.strip_prefix("map_").map(|item| (item, "Map"));
    let (data, many) = list.or(map).unwrap_or((data, ""));
    let (optional, data) = match data.strip_prefix("optional_") {
        Some(data) => ("Optional", data),
        None => ("", data),
    };
    let data = match data {
        NoData::NAME => "Done",
        "string" => "Text",
        data => data.strip_suffix("View").unwrap_or(data),
    };
    format!("{optional}{data}{many}Reply")
}

/// Makes the envelope of some data known, and what failures look like.
pub fn register<T: Type>(registry: &mut Registry) {
    T::register(registry);
    register_failure(registry);
    // Named after the data: two kinds of data of one name are a mistake that is told.
    registry.create_schema::<T, _>(name_of(&T::name()), |_| {
        let mut properties = vec![("code", named(SUCCESS)), ("msg", text("Empty."))];
        let mut required = vec!["code", "msg"];
        if T::name() != NoData::NAME {
            properties.push(("data", T::schema_ref()));
            if T::IS_REQUIRED {
                required.push("data");
            }
        }
        MetaSchema {
            properties,
            required,
            ..MetaSchema::new("object")
        }
    });
}

/// Makes known what failures look like.
pub fn register_failure(registry: &mut Registry) {
    registry.create_schema::<Success, _>(SUCCESS.to_owned(), |_| MetaSchema {
        enum_items: vec![Code::Success.number().into()],
        description: Some("The code of success."),
        ..MetaSchema::new("integer")
    });
    registry.create_schema::<FailureCode, _>(FAILURE_CODE.to_owned(), |_| {
        let codes = Code::ALL.iter().filter(|code| **code != Code::Success);
        MetaSchema {
            enum_items: codes.map(|code| code.number().into()).collect(),
            description: Some("Why there is no success; docs/api.md says what each means."),
            ..MetaSchema::new("integer")
        }
    });
    registry.create_schema::<Failure, _>(FAILURE.to_owned(), |_| {
        let failures = MetaSchema {
            additional_properties: Some(Box::new(named(FAILURE))),
            description: Some("With 40081: what failed, by the URI that was sent."),
            ..MetaSchema::new("object")
        };
        let data = MetaSchema {
            description: Some(
                "With 203: what to go on with. With 40073: the locks in the way. With 40081: what \
                 did not fail.",
            ),
            ..MetaSchema::ANY
        };
        MetaSchema {
            description: Some("Whatever is not success, with HTTP status 200 all the same."),
            required: vec!["code", "msg"],
            properties: vec![
                ("code", named(FAILURE_CODE)),
                ("msg", text("A sentence for people.")),
                ("correlation_id", text("Names the request in the log.")),
                ("aggregated_error", inline(failures)),
                ("data", inline(data)),
                (
                    "error",
                    text("To vendors that call back: the same as `msg`."),
                ),
            ],
            ..MetaSchema::new("object")
        }
    });
}

pub fn text(description: &'static str) -> MetaSchemaRef {
    inline(MetaSchema {
        description: Some(description),
        ..MetaSchema::new("string")
    })
}

impl Type for NoData {
    const IS_REQUIRED: bool = false;
    type RawValueType = Self;
    type RawElementValueType = Self;

    fn name() -> Cow<'static, str> {
        Self::NAME.into()
    }

    fn schema_ref() -> MetaSchemaRef {
        inline(MetaSchema::ANY)
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }

    fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
        Box::new(std::iter::empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn envelopes_are_named_after_what_is_in_them() {
        assert_eq!(name_of("FileView"), "FileReply");
        assert_eq!(name_of("list_SessionView"), "SessionListReply");
        assert_eq!(name_of("map_PartView"), "PartMapReply");
        assert_eq!(name_of("GroupName"), "GroupNameReply");
        assert_eq!(name_of("string"), "TextReply");
        assert_eq!(name_of("optional_string"), "OptionalTextReply");
        assert_eq!(name_of(NoData::NAME), "DoneReply");
    }
}
