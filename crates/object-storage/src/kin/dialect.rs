//! What stores differ in that have the requests of S3 under names and signatures of their own.

use super::place::Place;
use crate::disposition::encoded;
use chrono::{DateTime, Utc};
use reqwest::Method;
use std::fmt::{Debug, Write as _};
use std::time::Duration;
use storage::BlobKey;

/// What a signed request is, whichever way it is sent.
#[derive(Clone, Debug)]
pub(super) struct Asked<'a> {
    pub method: Method,
    /// `None`: the bucket itself.
    pub key: Option<&'a BlobKey>,
    /// As they are, not encoded. An empty value is none.
    pub query: Vec<(&'a str, String)>,
    /// In small letters.
    pub headers: Vec<(&'static str, String)>,
}

impl<'a> Asked<'a> {
    pub fn of(method: Method, key: impl Into<Option<&'a BlobKey>>) -> Self {
        Self {
            method,
            key: key.into(),
            query: Vec::new(),
            headers: Vec::new(),
        }
    }

    pub fn with(mut self, name: &'a str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub fn header_value(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| *known == name);
        found.map_or("", |(_, value)| value)
    }

    /// Its headers that begin so, a line each, in order.
    pub fn lines(&self, prefix: &str, end: &str) -> String {
        let mut own: Vec<_> = self.headers.iter().collect();
        own.retain(|(name, _)| name.starts_with(prefix));
        own.sort_unstable();
        own.iter().fold(String::new(), |mut text, (name, value)| {
            let _ = write!(text, "{name}:{value}{end}");
            text
        })
    }

    /// The query as it is sent.
    pub fn query_text(&self) -> String {
        joined(&self.query)
    }
}

/// Pairs as they stand in an address.
pub(super) fn joined(pairs: &[(&str, String)]) -> String {
    let pairs = pairs.iter().map(|(name, value)| match &**value {
        "" => encoded(name),
        value => format!("{}={}", encoded(name), encoded(value)),
    });
    pairs.collect::<Vec<_>>().join("&")
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Who has the keys.
#[derive(Clone)]
pub(super) struct Keys {
    pub access: String,
    pub secret: String,
}

impl Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(…)")
    }
}

/// How a vendor calls what all of them have, and what it has besides.
#[derive(Debug)]
pub(super) struct Words {
    /// Of the headers that every answer has.
    pub request_id: &'static [&'static str],
    /// The header by which nothing is overwritten; writers of stores without one take turns.
    pub forbid: Option<&'static str>,
    /// Metadata of an object that came in one request: the name of that.
    pub name: &'static str,
    /// Such a store says itself, before anything is sent, whether a key is taken.
    pub refuses_early: bool,
    /// The parameter by which downloads are held to so many bits a second.
    pub traffic: Option<&'static str>,
    /// No signature lives longer.
    pub longest: Option<Duration>,
    /// Listings know where to begin without a marker, as the second version of S3 does.
    pub lists_as_v2: bool,
    /// What was deleted is told; otherwise what was not.
    pub tells_deleted: bool,
    /// A single key is deleted by a request about it.
    pub deletes_one: bool,
    /// A part that is not the last has at least so many bytes.
    pub least_part: u64,
    /// It makes small pictures.
    pub has_pictures: bool,
}

/// How a vendor signs.
pub(super) trait Dialect: Debug + Send + Sync {
    fn words(&self) -> &'static Words;

    /// The headers that a request carries besides its own.
    fn authorize(
        &self,
        place: &Place,
        asked: &mut Asked<'_>,
        now: DateTime<Utc>,
    ) -> Vec<(&'static str, String)>;

    /// The query of an address that carries its right with it: whoever uses it sends just the headers that
    /// were named.
    fn presign(
        &self,
        place: &Place,
        asked: &Asked<'_>,
        now: DateTime<Utc>,
        life: Duration,
    ) -> String;

    /// What a download without a signature asks for still.
    fn picture(&self, side_pixels: u32) -> (String, String);

    /// The same for what a picture says of itself.
    fn details(&self) -> (&'static str, &'static str);
}

#[cfg(test)]
pub(super) mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// The keys that the vectors of other implementations were signed with.
    pub fn vectors() -> Keys {
        Keys {
            access: "AKFIXTURE".to_owned(),
            secret: "SKFIXTURE".to_owned(),
        }
    }

    pub fn time(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    /// A value of a query.
    pub fn signature_in(query: &str, name: &str) -> String {
        let pairs = url::form_urlencoded::parse(query.as_bytes());
        let found = pairs.into_iter().find(|(known, _)| known == name);
        found.unwrap().1.into_owned()
    }
}
