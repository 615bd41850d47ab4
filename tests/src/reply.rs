//! What the server answered, kept whole.

use bytes::Bytes;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

/// An answer of the API. Nothing is judged until the test asks.
#[derive(Clone, Debug)]
pub struct Reply {
    /// What was asked, for messages: `POST /file/rename`.
    pub asked: String,
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Reply {
    pub(crate) async fn read(asked: String, response: reqwest::Response) -> Self {
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let body = response.bytes().await.expect("the whole answer arrives");
        Self {
            asked,
            status,
            headers,
            body,
        }
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap_or("(not text)")
    }

    /// A header's value, empty if it is missing.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// The envelope. API answers have HTTP status 200 whatever their code: the web client reads
    /// nothing else.
    #[track_caller]
    pub fn json(&self) -> Value {
        assert_eq!(
            self.status, 200,
            "{}: an envelope comes with status 200: {self:?}",
            self.asked
        );
        let kind = self.header("content-type");
        assert!(
            kind.starts_with("application/json"),
            "{}: {kind}",
            self.asked
        );
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{}: {error} in {}", self.asked, self.text()))
    }

    /// Success of an answer without an envelope, where a standard says how it looks.
    #[track_caller]
    pub fn bare(&self) -> Value {
        let json = self.json();
        assert!(json.get("code").is_none(), "{} failed: {json}", self.asked);
        json
    }

    /// A refusal by the token endpoint, with the name of RFC 6749.
    #[track_caller]
    pub fn refused_tokens(&self, name: &str, code: i64) {
        assert_eq!(self.status, 400, "{}: {self:?}", self.asked);
        let json: Value = serde_json::from_slice(&self.body).expect("it answers JSON");
        assert_eq!(json["error"], name, "{json}");
        assert_eq!(json["error_codes"], json!([code]), "{json}");
        assert!(json["error_description"].is_string(), "{json}");
        assert!(json["correlation_id"].is_string(), "{json}");
        assert!(json.get("access_token").is_none(), "{json}");
    }

    #[track_caller]
    pub fn code(&self) -> i64 {
        let json = self.json();
        json["code"]
            .as_i64()
            .unwrap_or_else(|| panic!("{}: no code in {json}", self.asked))
    }

    /// `data` of the envelope, `null` when there is none.
    #[track_caller]
    pub fn data(&self) -> Value {
        self.json()["data"].clone()
    }

    /// Success, and its `data`.
    #[track_caller]
    pub fn ok(&self) -> Value {
        let mut json = self.json();
        assert_eq!(json["code"], 0, "{} failed: {json}", self.asked);
        assert_eq!(
            json["msg"], "",
            "{}: success says nothing: {json}",
            self.asked
        );
        json["data"].take()
    }

    /// Success that carries nothing: exactly `{"code":0,"msg":""}`.
    #[track_caller]
    pub fn done(&self) {
        assert_eq!(
            self.json(),
            json!({ "code": 0, "msg": "" }),
            "{}",
            self.asked
        );
    }

    /// A refusal with this code and without data.
    #[track_caller]
    pub fn refused(&self, code: i64) {
        let json = self.json();
        assert_eq!(json["code"], code, "{}: {json}", self.asked);
        assert!(
            json["msg"].is_string(),
            "{}: msg is always there: {json}",
            self.asked
        );
        assert!(
            json.get("data").is_none(),
            "{}: a refusal has no data: {json}",
            self.asked
        );
    }

    /// A refusal with one of these codes, for rules that leave a choice.
    #[track_caller]
    pub fn refused_with_any(&self, codes: &[i64]) {
        let code = self.code();
        assert!(
            codes.contains(&code),
            "{}: {} is none of {codes:?}",
            self.asked,
            self.text()
        );
    }

    /// A batch of which these items failed with these codes, and no others.
    #[track_caller]
    pub fn refused_items(&self, expected: &[(&str, i64)]) {
        let json = self.json();
        assert_eq!(json["code"], 40081, "{}: {json}", self.asked);
        let errors = json["aggregated_error"].as_object();
        let errors = errors.unwrap_or_else(|| panic!("{}: no errors in {json}", self.asked));
        let mut found: Vec<_> = errors
            .iter()
            .map(|(uri, error)| (uri.clone(), error["code"].as_i64()))
            .collect();
        let mut wanted: Vec<_> = expected
            .iter()
            .map(|(path, code)| (crate::uri(path), Some(*code)))
            .collect();
        found.sort();
        wanted.sort();
        assert_eq!(found, wanted, "{}: {json}", self.asked);
    }

    /// The code a client shows for a call about one item: the item's own, if it was wrapped.
    #[track_caller]
    pub fn inner_code(&self) -> i64 {
        let json = self.json();
        if json["code"] == 40081 {
            let errors = json["aggregated_error"].as_object();
            let first = errors.and_then(|errors| errors.values().next());
            return first
                .and_then(|error| error["code"].as_i64())
                .expect("an item's code");
        }
        self.code()
    }

    /// The answer with everything that differs from run to run replaced by its kind.
    #[track_caller]
    pub fn shape(&self) -> Value {
        let mut json = self.json();
        redact(&mut json);
        json
    }
}

/// Replaces ids, times, secrets and wording by their kind, after checking that they are of it.
pub(crate) fn redact(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(redact),
        Value::Object(map) => {
            for (key, value) in map {
                if let Some(kind) = kind_of(key, value) {
                    *value = Value::from(format!("[{kind}]"));
                } else {
                    redact(value);
                }
            }
        }
        _ => {}
    }
}

fn kind_of(key: &str, value: &Value) -> Option<&'static str> {
    let text = value.as_str();
    match key {
        "id" | "primary_entity" | "file_id" => {
            let text = text?;
            let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
            plain.then_some("id")
        }
        "created_at" | "updated_at" | "calculated_at" | "access_expires" | "refresh_expires" => {
            chrono::DateTime::parse_from_rfc3339(text?)
                .ok()
                .map(|_| "time")
        }
        "expires" => match value {
            Value::Number(_) => Some("unix time"),
            _ => chrono::DateTime::parse_from_rfc3339(text?)
                .ok()
                .map(|_| "time"),
        },
        "context_hint" | "correlation_id" | "session_id" | "instance_id" => {
            uuid::Uuid::parse_str(text?).ok().map(|_| "uuid")
        }
        "access_token" | "refresh_token" => text.map(|_| "token"),
        "callback_secret" => text.filter(|text| text.len() == 32).map(|_| "secret"),
        "msg" => text.filter(|text| !text.is_empty()).map(|_| "text"),
        _ => None,
    }
}
