//! A request, and what of it is signed.
//!
//! PUT, POST and PATCH are signed in a header, over path, `X-Cr-*` headers and body. All others carry
//! `sign` in their query, over the path alone: neither the rest of the query nor a body is covered.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::{NodeKey, SignError, go_json};

/// Stands before a signature in `Authorization`.
const SCHEME: &str = "Bearer Cr ";
/// Paths that have chunks for bodies, which are not signed.
const CHUNKS: &str = "/api/v4/slave/upload/";
/// Headers that are signed begin with this, in any case.
const SIGNED_PREFIX: &str = "x-cr-";
/// The one that is not.
const UNSIGNED: &str = "X-Cr-Filename";
const QUERY_VALUE: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// A request as it is on the wire.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    pub method: &'a str,
    /// Path and query, still escaped.
    pub target: &'a str,
    pub headers: &'a [(&'a str, &'a str)],
    /// Empty for chunks, which need not be read to be checked.
    pub body: &'a [u8],
}

/// A request that the holder of the key made. Only [`Request::check`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    path: String,
    node: Option<String>,
    expires_unix: i64,
}

impl Checked {
    /// The path without escapes, as it was signed.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// `X-Cr-Node-Id`. Requests that are signed in their query do not cover it.
    pub fn node(&self) -> Option<&str> {
        self.node.as_deref()
    }

    /// In seconds since 1970; [`NEVER`](super::NEVER) for no end.
    pub fn expires_unix(&self) -> i64 {
        self.expires_unix
    }
}

impl Request<'_> {
    /// Whether the signature is in the header `Authorization`, and not in the query.
    pub fn is_signed_in_header(&self) -> bool {
        matches!(self.method, "PUT" | "POST" | "PATCH")
    }

    /// The text that is signed.
    ///
    /// # Errors
    /// `Malformed` for a path or body that is no text, and for a signed header that comes twice.
    pub fn signed_text(&self) -> Result<String, SignError> {
        let path = self.path()?;
        if !self.is_signed_in_header() {
            return Ok(path);
        }
        let is_chunk = self.method != "PUT" && path.contains(CHUNKS);
        let body = if is_chunk { b"" } else { self.body };
        let body = std::str::from_utf8(body).map_err(|_| SignError::Malformed)?;
        let mut text = String::with_capacity(path.len() + body.len() + 512);
        for (name, value) in [
            ("{\"Path\":", path.as_str()),
            (",\"Header\":", &self.signed_headers()?),
            (",\"Body\":", body),
        ] {
            text.push_str(name);
            go_json::quote(value, &mut text);
        }
        text.push('}');
        Ok(text)
    }

    /// The value of `Authorization` for a request that is signed in its header.
    pub fn authorization(&self, key: &NodeKey, expires_unix: i64) -> Result<String, SignError> {
        let sign = key.sign(&self.signed_text()?, expires_unix);
        Ok(format!("{SCHEME}{sign}"))
    }

    /// The target with `sign` in its query.
    pub fn signed_target(&self, key: &NodeKey, expires_unix: i64) -> Result<String, SignError> {
        let sign = key.sign(&self.path()?, expires_unix);
        let joint = if self.target.contains('?') { '&' } else { '?' };
        let sign = utf8_percent_encode(&sign, QUERY_VALUE);
        Ok(format!("{}{joint}sign={sign}", self.target))
    }

    /// Checks who made the request.
    ///
    /// # Errors
    /// All of [`SignError`].
    pub fn check(&self, key: &NodeKey, now_unix: i64) -> Result<Checked, SignError> {
        let sign = self.sign()?;
        let text = self.signed_text()?;
        let expires_unix = key.check(&text, &sign, now_unix)?;
        Ok(Checked {
            path: self.path()?,
            node: self.header("X-Cr-Node-Id").map(str::to_owned),
            expires_unix,
        })
    }

    fn sign(&self) -> Result<String, SignError> {
        if self.is_signed_in_header() {
            let value = self.header("Authorization").filter(|one| !one.is_empty());
            let value = value.ok_or(SignError::Missing)?;
            let sign = value.strip_prefix(SCHEME).ok_or(SignError::Malformed)?;
            return Ok(sign.to_owned());
        }
        let query = self.target.split_once('?').map_or("", |(_, query)| query);
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let (_, sign) = pairs
            .find(|(name, _)| *name == "sign")
            .ok_or(SignError::Empty)?;
        decoded(sign)
    }

    fn path(&self) -> Result<String, SignError> {
        let path = self.target.split('?').next().unwrap_or_default();
        let path = decoded(path)?;
        Ok(if path.is_empty() { "/".into() } else { path })
    }

    fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers
            .find(|(one, _)| one.eq_ignore_ascii_case(name))
            .map(|(_, value)| *value)
    }

    fn signed_headers(&self) -> Result<String, SignError> {
        let mut signed: Vec<(String, &str)> = Vec::new();
        for (name, value) in self.headers {
            let name = canonical(name);
            if !name.to_ascii_lowercase().starts_with(SIGNED_PREFIX) || name == UNSIGNED {
                continue;
            }
            if signed.iter().any(|(other, _)| *other == name) {
                return Err(SignError::Malformed);
            }
            signed.push((name, value));
        }
        let mut lines: Vec<String> = signed
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        lines.sort();
        Ok(lines.join("&"))
    }
}

fn decoded(text: &str) -> Result<String, SignError> {
    let decoded = percent_decode_str(text).decode_utf8();
    decoded
        .map(std::borrow::Cow::into_owned)
        .map_err(|_| SignError::Malformed)
}

/// `x-cr-node-id` as `X-Cr-Node-Id`.
fn canonical(name: &str) -> String {
    let mut upper = true;
    let letters = name.chars().map(|letter| {
        let made = if upper {
            letter.to_ascii_uppercase()
        } else {
            letter.to_ascii_lowercase()
        };
        upper = letter == '-';
        made
    });
    letters.collect()
}
