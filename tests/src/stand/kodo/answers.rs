//! What Kodo is asked, by which of its hosts, and how it answers.

use super::{BUCKET, Kept};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE;
use bytes::Bytes;
use http_body_util::Full;
use hyper::header::HeaderName;
use hyper::{Response, StatusCode};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Mutex;

pub(super) struct Asked {
    pub method: String,
    /// As it came, with its query.
    pub path_and_query: String,
    pub path: String,
    pub raw_query: String,
    query: BTreeMap<String, String>,
    pub headers: BTreeMap<String, String>,
    pub body: Bytes,
}

pub(super) fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// A text that stands in base64 in addresses.
pub(super) fn unpacked(text: &str) -> Option<String> {
    let bytes = BASE64_URL_SAFE.decode(text).ok()?;
    String::from_utf8(bytes).ok()
}

impl Asked {
    pub fn new(head: &hyper::http::request::Parts, body: Bytes) -> Self {
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
        Self {
            method: head.method.to_string(),
            path_and_query: head.uri.to_string(),
            path: path.to_owned(),
            raw_query: raw_query.to_owned(),
            query: query.collect(),
            headers: headers.collect(),
            body,
        }
    }

    pub fn query(&self, name: &str) -> &str {
        self.query.get(name).map_or("", String::as_str)
    }

    pub fn number(&self, name: &str) -> Option<u64> {
        self.query(name).parse().ok()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// Counts what was asked and let through.
    pub fn note(&self, kept: &Mutex<Kept>, what: &str) {
        let asked = format!("{} {what}", self.method);
        kept.lock().expect("no panic").asked.push(asked);
    }

    /// Where all of this is, for who asks.
    pub fn address(&self) -> String {
        format!("http://{}", self.header("host"))
    }

    pub async fn answer(&self, kept: &Mutex<Kept>) -> Result<Reply, Reply> {
        let names: Vec<&str> = self.path.trim_start_matches('/').split('/').collect();
        match (&*self.method, &names[..]) {
            ("GET", ["v4", "query"]) => Ok(self.hosts(kept)),
            (_, ["buckets", bucket, "objects", key, "uploads", rest @ ..]) => {
                let key = unpacked(key).ok_or_else(|| Reply::error(400, "invalid key"))?;
                if *bucket != BUCKET {
                    return Err(Reply::error(631, "no such bucket"));
                }
                self.about_upload(kept, &key, rest).await
            }
            ("GET", ["stat", entry]) => {
                self.check_key().await?;
                self.note(kept, "stat");
                super::objects::stat(kept, entry)
            }
            ("POST", ["batch"]) => {
                self.check_key().await?;
                self.note(kept, "batch");
                self.batch(kept)
            }
            ("GET", ["list"]) => {
                self.check_key().await?;
                self.note(kept, "list");
                self.list(kept)
            }
            ("GET", _) => {
                self.check_address().await?;
                self.get(kept)
            }
            _ => Err(Reply::error(405, "method not allowed")),
        }
    }

    /// By which hosts the bucket is reached.
    fn hosts(&self, kept: &Mutex<Kept>) -> Reply {
        self.note(kept, "region");
        if self.query("ak") != super::ACCESS {
            return Reply::error(612, "app/accesskey is not found");
        }
        if self.query("bucket") != BUCKET {
            return Reply::error(631, "no such bucket");
        }
        let domains = json!({ "domains": [self.address()] });
        Reply::json(&json!({ "hosts": [{
            "region": "z0", "ttl": 86_400, "up": domains, "rs": domains, "rsf": domains,
        }]}))
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

    pub fn json(value: &Value) -> Self {
        Self::of(200, value.to_string()).with("content-type", "application/json")
    }

    pub fn error(status: u16, why: &str) -> Self {
        Self {
            status,
            ..Self::json(&json!({ "error": why }))
        }
    }

    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub fn into_response(self) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::new(self.body));
        *response.status_mut() = StatusCode::from_u16(self.status).expect("a status");
        let headers = response.headers_mut();
        headers.insert("x-reqid", "1".parse().expect("a value"));
        for (name, value) in self.headers {
            let value = value.parse().expect("a value");
            headers.insert(HeaderName::from_static(name), value);
        }
        response
    }
}
