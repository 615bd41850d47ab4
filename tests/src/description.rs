//! Holds every answer of the API against its description, `openapi.json`: a field that is not
//! described, or described and missing, fails whatever test gets it.

use std::sync::OnceLock;

use serde_json::Value;

use crate::Reply;

const PREFIX: &str = "/api/v4/";
const KEYWORDS: [&str; 20] = [
    "$ref",
    "additionalProperties",
    "allOf",
    "default",
    "description",
    "enum",
    "format",
    "items",
    "maxItems",
    "maxLength",
    "maximum",
    "minItems",
    "minLength",
    "minimum",
    "nullable",
    "oneOf",
    "properties",
    "required",
    "type",
    "title",
];

/// The description and its operations, read once.
struct Description {
    document: Value,
    operations: Vec<Operation>,
}

struct Operation {
    method: String,
    /// `None` stands for a parameter.
    segments: Vec<Option<String>>,
    responses: Value,
}

/// Checks an answer of a described operation. Others pass.
#[track_caller]
pub(crate) fn hold(reply: &Reply) {
    let described = description();
    let Some(operation) = described.operation(&reply.asked) else {
        return;
    };
    if let Err(why) = described.check(operation, reply) {
        panic!(
            "{} is not answered as described: {why}\n{}",
            reply.asked,
            reply.text()
        );
    }
}

fn description() -> &'static Description {
    static READ: OnceLock<Description> = OnceLock::new();
    READ.get_or_init(|| {
        let text = server::app::openapi_json();
        Description::read(serde_json::from_str(&text).expect("the description is JSON"))
    })
}

impl Description {
    fn read(document: Value) -> Self {
        let mut operations = Vec::new();
        for (path, methods) in document["paths"].as_object().into_iter().flatten() {
            let segments: Vec<_> = path.trim_matches('/').split('/').map(segment).collect();
            for (method, operation) in methods.as_object().into_iter().flatten() {
                operations.push(Operation {
                    method: method.to_uppercase(),
                    segments: segments.clone(),
                    responses: operation["responses"].clone(),
                });
            }
        }
        // `/share/info/{id}` before `/share/{id}/{other}`.
        operations
            .sort_by_key(|operation| operation.segments.iter().filter(|s| s.is_none()).count());
        Self {
            document,
            operations,
        }
    }

    /// The operation of `GET /api/v4/file/info`.
    fn operation(&self, asked: &str) -> Option<&Operation> {
        let (method, path) = asked.split_once(' ')?;
        let path = path.strip_prefix(PREFIX)?;
        let asked: Vec<_> = path.trim_end_matches('/').split('/').collect();
        self.operations
            .iter()
            .find(|operation| operation.method == method && fits(&operation.segments, &asked))
    }

    fn check(&self, operation: &Operation, reply: &Reply) -> Result<(), String> {
        let status = reply.status.to_string();
        let response = operation.responses.get(&status);
        let response = response.ok_or_else(|| format!("status {status}"))?;
        let Some(content) = response.get("content").and_then(Value::as_object) else {
            return Ok(());
        };
        let kind = essence(reply.header("content-type"));
        let described = content
            .iter()
            .find(|(described, _)| essence(described) == kind);
        let (_, media) = described.ok_or_else(|| format!("content of type {kind:?}"))?;
        if kind != "application/json" {
            return Ok(());
        }
        let body = serde_json::from_slice(&reply.body).map_err(|error| error.to_string())?;
        self.fit(&media["schema"], &body, "")
    }

    /// Whether a value is of a schema, with nothing in it that the schema does not name.
    fn fit(&self, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
        if let Some(reference) = schema["$ref"].as_str() {
            let pointer = reference.trim_start_matches('#');
            let named = self.document.pointer(pointer);
            return self.fit(named.ok_or(format!("{reference} is missing"))?, value, at);
        }
        for keyword in schema
            .as_object()
            .into_iter()
            .flat_map(|schema| schema.keys())
        {
            assert!(
                KEYWORDS.contains(&keyword.as_str()),
                "{keyword} is not checked"
            );
        }
        if value.is_null() && schema["nullable"] == true {
            return Ok(());
        }
        if let Some(choices) = schema["oneOf"].as_array() {
            return self.fit_one(choices, value, at);
        }
        for part in schema["allOf"].as_array().into_iter().flatten() {
            self.fit(part, value, at)?;
        }
        if let Some(values) = schema["enum"].as_array()
            && !values.contains(value)
        {
            return Err(format!("{at}: {value} is none of those listed"));
        }
        match schema["type"].as_str() {
            None => Ok(()),
            Some("object") => self.fit_object(schema, value, at),
            Some("array") => {
                let items = value.as_array().ok_or(format!("{at}: no array"))?;
                for (n, item) in items.iter().enumerate() {
                    self.fit(&schema["items"], item, &format!("{at}/{n}"))?;
                }
                Ok(())
            }
            Some(plain) => fit_plain(plain, schema["format"].as_str(), value)
                .then_some(())
                .ok_or(format!("{at}: {value} is no {plain}")),
        }
    }

    fn fit_one(&self, choices: &[Value], value: &Value, at: &str) -> Result<(), String> {
        let tried: Vec<_> = choices
            .iter()
            .map(|choice| self.fit(choice, value, at))
            .collect();
        match tried.iter().filter(|fit| fit.is_ok()).count() {
            1 => Ok(()),
            0 => {
                let why: Vec<_> = tried.into_iter().filter_map(Result::err).collect();
                Err(why.join("; "))
            }
            _ => Err(format!("{at}: several of the choices fit")),
        }
    }

    fn fit_object(&self, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
        let fields = value.as_object().ok_or(format!("{at}: no object"))?;
        for name in schema["required"].as_array().into_iter().flatten() {
            let name = name.as_str().unwrap_or_default();
            if !fields.contains_key(name) {
                return Err(format!("{at}/{name} is missing"));
            }
        }
        let others = schema.get("additionalProperties");
        let is_open = schema.get("properties").is_none() && others.is_none();
        for (name, field) in fields {
            let at = format!("{at}/{name}");
            match schema["properties"].get(name).or(others) {
                Some(described) => self.fit(described, field, &at)?,
                None if is_open => {}
                None => return Err(format!("{at} is not described")),
            }
        }
        Ok(())
    }
}

fn segment(text: &str) -> Option<String> {
    (!text.starts_with('{')).then(|| text.to_owned())
}

fn fits(described: &[Option<String>], asked: &[&str]) -> bool {
    described.len() == asked.len()
        && described.iter().zip(asked).all(|(described, asked)| {
            described
                .as_deref()
                .map_or(!asked.is_empty(), |described| described == *asked)
        })
}

/// A media type without its parameters.
fn essence(kind: &str) -> &str {
    kind.split(';').next().unwrap_or_default().trim()
}

fn fit_plain(kind: &str, format: Option<&str>, value: &Value) -> bool {
    match (kind, format) {
        ("string", Some("date-time")) => value
            .as_str()
            .is_some_and(|text| chrono::DateTime::parse_from_rfc3339(text).is_ok()),
        ("string", _) => value.is_string(),
        ("integer", _) => value.is_i64() || value.is_u64(),
        ("number", _) => value.is_number(),
        ("boolean", _) => value.is_boolean(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
    use serde_json::json;

    use super::*;

    fn answered(body: &Value) -> Result<(), String> {
        let kind = HeaderValue::from_static("application/json; charset=utf-8");
        let reply = Reply {
            asked: "GET /api/v4/user/capacity".to_owned(),
            status: 200,
            headers: HeaderMap::from_iter([(CONTENT_TYPE, kind)]),
            body: Bytes::from(body.to_string()),
        };
        let described = description();
        let operation = described.operation(&reply.asked).expect("it is described");
        described.check(operation, &reply)
    }

    #[test]
    fn success_and_failure_are_told_apart_by_the_code() {
        let data = json!({ "total": 5, "used": 3 });
        assert_eq!(
            answered(&json!({ "code": 0, "data": data, "msg": "" })),
            Ok(())
        );
        assert_eq!(
            answered(&json!({ "code": 401, "msg": "Login required" })),
            Ok(())
        );
        for bad in [
            json!({ "code": 0, "msg": "" }),
            json!({ "code": 0, "data": { "total": 5 }, "msg": "" }),
            json!({ "code": 0, "data": { "total": "5", "used": 3 }, "msg": "" }),
            json!({ "code": 0, "data": { "total": 5, "used": 3, "free": 2 }, "msg": "" }),
            json!({ "code": 7, "msg": "" }),
            json!({ "code": 401 }),
            json!({ "code": 401, "msg": "", "more": 1 }),
        ] {
            assert!(answered(&bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn parameters_give_way_to_names() {
        let described = description();
        let responses = |asked: &str| described.operation(asked).map(|found| &found.responses);
        let setting = responses("PUT /api/v4/user/setting/avatar");
        assert!(setting.is_some());
        assert!(responses("GET /api/v4/share/info/abc").is_some());
        assert!(responses("GET /api/v4/nowhere").is_none());
    }
}
