//! The recordings, and values in the form in which they are written down there.

#![allow(dead_code, reason = "each test needs some of it")]

use base64::{Engine, engine::general_purpose::STANDARD};
use node_wire::answer::Envelope;
use node_wire::gob::{Gob, Moment, Opaque, Shape, Value as Gobbed};
use serde_json::{Map, Value, json};

pub struct Exchange {
    pub key: String,
    pub json: Value,
}

pub fn exchanges() -> Vec<Exchange> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures");
    let files = std::fs::read_dir(folder).unwrap();
    let mut all = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let file: Value = serde_json::from_str(&text).unwrap();
        let Some(exchanges) = file["exchanges"].as_array() else {
            continue;
        };
        all.extend(exchanges.iter().map(|json| Exchange {
            key: file["key"].as_str().unwrap().to_owned(),
            json: json.clone(),
        }));
    }
    all
}

impl Exchange {
    pub fn seq(&self) -> &Value {
        &self.json["seq"]
    }

    pub fn method(&self) -> &str {
        self.json["request"]["method"].as_str().unwrap()
    }

    pub fn target(&self) -> &str {
        self.json["request"]["target"].as_str().unwrap()
    }

    pub fn headers(&self) -> Vec<(&str, &str)> {
        let headers = self.json["request"]["headers"].as_array().unwrap().iter();
        headers
            .map(|pair| (pair[0].as_str().unwrap(), pair[1].as_str().unwrap()))
            .collect()
    }

    /// Nothing for chunks that were too long to be recorded.
    pub fn request_body(&self) -> Vec<u8> {
        bytes(
            self.json["request"]["body"]["base64"]
                .as_str()
                .unwrap_or(""),
        )
    }

    pub fn envelope(&self) -> Envelope {
        let body = bytes(self.json["response"]["body"]["base64"].as_str().unwrap());
        serde_json::from_slice(&body).unwrap()
    }
}

pub fn bytes(text: &str) -> Vec<u8> {
    STANDARD.decode(text).unwrap()
}

/// A value as the recordings show it.
pub fn shown(value: &Gobbed, shape: &Shape) -> Value {
    match (value, shape) {
        (Gobbed::Bool(value), _) => json!(value),
        (Gobbed::Int(value), _) => json!(value),
        (Gobbed::Float(value), _) => json!(value),
        (Gobbed::Text(value), _) => json!(value),
        (Gobbed::Opaque(_), Shape::Opaque(Opaque::Gob, _)) => json!(Moment::of(value).unwrap().0),
        (Gobbed::Opaque(value), Shape::Opaque(_, "URI")) => {
            json!(String::from_utf8_lossy(value))
        }
        (Gobbed::Bytes(value) | Gobbed::Opaque(value), _) => json!(STANDARD.encode(value)),
        (Gobbed::List(all), Shape::List(_, of)) => all.iter().map(|one| shown(one, of)).collect(),
        (Gobbed::Map(all), Shape::Map(_, pair)) => {
            let pairs = all.iter().map(|(key, one)| {
                let key = shown(key, &pair.0);
                let key = key.as_str().map_or(key.to_string(), str::to_owned);
                (key, shown(one, &pair.1))
            });
            Value::Object(pairs.collect::<Map<_, _>>())
        }
        (Gobbed::Record(all), Shape::Record(_, fields)) => {
            let pairs = all.iter().map(|(name, one)| {
                let (_, of) = fields.iter().find(|(other, _)| *other == &**name).unwrap();
                (name.to_string(), shown(one, of))
            });
            Value::Object(pairs.collect::<Map<_, _>>())
        }
        other => panic!("{other:?}"),
    }
}

/// All that was read was written down, and all that was written down was read, but for settings of
/// nodes, which nobody needs, times that are zero, and structs with nothing in them.
pub fn assert_within(read: &Value, written: &Value, at: &str) {
    match (read, written) {
        (Value::Object(ours), Value::Object(theirs)) => {
            for (name, value) in ours {
                let at = format!("{at}.{name}");
                assert_within(value, theirs.get(name).unwrap_or(&Value::Null), &at);
            }
            for (name, value) in theirs {
                let is_left_out = at.ends_with("Node") && name == "Settings";
                let is_zero = value == "0001-01-01T00:00:00Z";
                let is_known = ours.contains_key(name) || is_left_out || is_zero;
                assert!(is_known, "{at}.{name} is lost: {value}");
            }
        }
        (Value::Object(ours), Value::Null) if ours.is_empty() => {}
        (Value::Array(ours), Value::Array(theirs)) => {
            assert_eq!(ours.len(), theirs.len(), "{at}");
            for (ours, theirs) in ours.iter().zip(theirs) {
                assert_within(ours, theirs, at);
            }
        }
        (Value::Array(ours), Value::Null) if ours.is_empty() => {}
        (Value::Number(ours), Value::Number(theirs)) => {
            assert_eq!(ours.as_f64(), theirs.as_f64(), "{at}");
        }
        _ => assert_eq!(read, written, "{at}"),
    }
}
