//! What is asked of a vendor, and how it answers.

use super::signer::what_is_wrong;
use super::{ACCESS, BUCKET, Kept, REGION, SECRET, Whose};
use bytes::Bytes;
use http_body_util::Full;
use hyper::{Response, StatusCode};
use percent_encoding::percent_decode_str;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{SystemTime, UNIX_EPOCH};

/// What of a query says what is asked.
const SUBJECTS: [&str; 6] = [
    "cors",
    "delete",
    "uploads",
    "partNumber",
    "uploadId",
    "list",
];

pub(super) struct Asked {
    pub whose: Whose,
    pub method: String,
    /// As it came.
    pub path: String,
    raw_query: String,
    /// `None`: the bucket itself.
    pub key: Option<String>,
    query: BTreeMap<String, String>,
    headers: BTreeMap<String, String>,
    pub body: Bytes,
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

impl Asked {
    pub fn new(whose: Whose, head: &hyper::http::request::Parts, body: Bytes) -> Self {
        let (path, raw_query) = (head.uri.path(), head.uri.query().unwrap_or_default());
        let pairs = raw_query.split('&').filter(|pair| !pair.is_empty());
        let query = pairs.map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(name), decoded(value))
        });
        let headers = head.headers.iter().map(|(name, value)| {
            let value = value.to_str().unwrap_or_default();
            (name.as_str().to_owned(), value.to_owned())
        });
        let whole = decoded(path);
        let key = match whose {
            // Its host is the bucket's.
            Whose::Cos => whole.strip_prefix('/'),
            _ => whole
                .strip_prefix(&format!("/{BUCKET}"))
                .map(|key| key.strip_prefix('/').unwrap_or(key)),
        };
        Self {
            whose,
            method: head.method.to_string(),
            path: path.to_owned(),
            raw_query: raw_query.to_owned(),
            key: key.filter(|key| !key.is_empty()).map(ToOwned::to_owned),
            query: query.collect(),
            headers: headers.collect(),
            body,
        }
    }

    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(String::as_str)
    }

    /// Whether a name in the query begins so.
    pub fn asks_for(&self, prefix: &str) -> bool {
        self.query.keys().any(|name| name.starts_with(prefix))
    }

    pub fn number(&self, name: &str) -> Option<u64> {
        self.query(name)?.parse().ok()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// One of its own headers.
    pub fn own_header(&self, name: &str) -> Option<&str> {
        self.header(&format!("{}-{name}", self.whose.prefix()))
    }

    /// It is only to be done if nothing has the key.
    pub fn forbids_overwriting(&self) -> bool {
        // No header of OBS says that.
        self.whose != Whose::Obs && self.own_header("forbid-overwrite") == Some("true")
    }

    /// What is asked, for counting.
    pub fn words(&self) -> String {
        let what = if self.key.is_some() { "key" } else { "bucket" };
        let subjects = SUBJECTS
            .iter()
            .filter(|name| self.query.contains_key(**name));
        let subjects: Vec<&str> = subjects.copied().collect();
        format!("{} {what} {}", self.method, subjects.join("&"))
            .trim_end()
            .to_owned()
    }

    /// Whether it is signed, and in time.
    pub async fn check(&self) -> Result<(), Reply> {
        let wrong = what_is_wrong(json!({
            "question": "signature",
            "vendor": self.whose.name(),
            "method": self.method,
            "path": self.path,
            "query": self.raw_query,
            "headers": self.headers,
            "access": ACCESS,
            "secret": SECRET,
            "region": REGION,
            "bucket": BUCKET,
        }));
        if let Some(why) = wrong.await {
            return Err(Reply::error_with(403, "SignatureDoesNotMatch", &why));
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = now.map_or(0, |now| now.as_secs());
        if self.until().is_some_and(|until| until < now) {
            return Err(Reply::error_with(
                403,
                "AccessDenied",
                "Request has expired",
            ));
        }
        if let Some(length) = self.header("content-length")
            && length.parse() != Ok(self.body.len())
        {
            return Err(Reply::error(400, "IncompleteBody"));
        }
        Ok(())
    }

    /// Until when an address is good, seconds since 1970.
    fn until(&self) -> Option<u64> {
        match self.whose {
            Whose::Oss => {
                let begun = self.query("x-oss-date")?;
                let begun = chrono::NaiveDateTime::parse_from_str(begun, "%Y%m%dT%H%M%SZ").ok()?;
                let begun = u64::try_from(begun.and_utc().timestamp()).ok()?;
                Some(begun + self.number("x-oss-expires")?)
            }
            Whose::Cos => {
                let (_, until) = self.query("q-sign-time")?.split_once(';')?;
                until.parse().ok()
            }
            Whose::Obs | Whose::Ks3 => self.number("Expires"),
        }
    }

    pub async fn answer(&self, kept: &Mutex<Kept>) -> Reply {
        let has = |name: &str| self.query.contains_key(name);
        let Some(key) = &self.key else {
            return self.answer_of_bucket(kept);
        };
        match &*self.method {
            "POST" if has("uploads") => self.begin(kept, key),
            "PUT" if has("uploadId") => self.put_part(kept),
            "GET" if has("uploadId") => self.list_parts(kept),
            "DELETE" if has("uploadId") => self.abort(kept),
            "POST" if has("uploadId") => self.join(kept, key).await,
            "PUT" => self.put(kept, key),
            "GET" | "HEAD" => self.get(kept, key),
            "DELETE" => {
                kept.lock().expect("no panic").blobs.remove(key);
                Reply::of(204, "")
            }
            _ => Reply::error(405, "MethodNotAllowed"),
        }
    }
}

#[derive(Debug)]
pub(super) struct Reply {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Bytes,
}

impl Reply {
    pub fn of(status: u16, body: impl Into<Bytes>) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: body.into(),
        }
    }

    pub fn xml(root: &str, inner: &str) -> Self {
        let text = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{root}>{inner}</{root}>");
        Self::of(200, text).with("content-type", "application/xml")
    }

    pub fn error(status: u16, code: &str) -> Self {
        Self::error_with(status, code, "No.")
    }

    pub fn error_with(status: u16, code: &str, message: &str) -> Self {
        let message = escaped(message);
        let inner = format!("<Code>{code}</Code><Message>{message}</Message>");
        Self {
            status,
            ..Self::xml("Error", &inner)
        }
    }

    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub fn into_response(self, whose: Whose, is_head: bool) -> Response<Full<Bytes>> {
        let length = self.body.len();
        let body = if is_head { Bytes::new() } else { self.body };
        let mut response = Response::new(Full::new(body));
        *response.status_mut() = StatusCode::from_u16(self.status).expect("a status");
        let request_id = format!("{}-request-id", whose.prefix());
        let name = hyper::header::HeaderName::try_from(request_id).expect("a name");
        let headers = response.headers_mut();
        headers.insert(name, "1".parse().expect("a value"));
        if is_head {
            headers.insert("content-length", length.into());
        }
        for (name, value) in self.headers {
            headers.insert(name, value.parse().expect("a value"));
        }
        response
    }
}

pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
