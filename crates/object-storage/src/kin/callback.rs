//! How vendors say that the parts of an upload were joined, and how it is known that they say it.

use super::Vendors;
use super::client::Bucket;
use crate::http::BadOptions;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use md5::{Digest as _, Md5};
use percent_encoding::percent_decode_str;
use rsa::pkcs8::DecodePublicKey as _;
use rsa::{Pkcs1v15Sign, RsaPublicKey};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};
use storage::{CallbackMessage, CallbackProblem, DriverError, UploadPlan};
use tokio::sync::Mutex;
use url::Url;

/// Where Alibaba publishes the keys that callbacks are signed with; they are taken from nowhere else.
const KEY_HOST: &str = "gosspublic.alicdn.com";
/// Header that says which of them.
const KEY_HEADER: &str = "x-oss-pub-key-url";
/// How long a key that was fetched is trusted.
const TRUST: Duration = Duration::from_hours(7 * 24);
const MOST_KEYS: usize = 16;
const MOST_KEY_BYTES: usize = 16 << 10;
/// What stands before an MD5 digest that is signed (RFC 8017, DigestInfo).
const DIGEST_INFO: [u8; 18] = [
    0x30, 0x20, 0x30, 0x0c, 0x06, 0x08, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x05, 0x05, 0x00,
    0x04, 0x10,
];

/// What the vendor is to send where. It puts texts in quotes itself.
#[allow(clippy::struct_field_names, reason = "the names are the vendor's")]
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Callback<'a> {
    callback_url: &'a str,
    callback_body: &'static str,
    callback_body_type: &'static str,
    #[serde(rename = "callbackSNI", skip_serializing_if = "Option::is_none")]
    callback_sni: Option<bool>,
}

const OSS_BODY: &str = r#"{"bucket":${bucket},"source_name":${object},"size":${size}}"#;
const OBS_BODY: &str = r#"{"bucket":${bucket},"source_name":${key},"size":${size}}"#;

/// Name and value of the parameter by which an address has the vendor tell of a completion.
pub(super) fn callback_parameter(vendor: Vendors, url: &str) -> Option<(&'static str, String)> {
    let (name, body, sni) = match vendor {
        Vendors::Oss => ("callback", OSS_BODY, Some(true)),
        Vendors::Obs => ("x-obs-callback", OBS_BODY, None),
        Vendors::Cos | Vendors::Ks3 => return None,
    };
    let callback = Callback {
        callback_url: url,
        callback_body: body,
        callback_body_type: "application/json",
        callback_sni: sni,
    };
    let text = serde_json::to_vec(&callback).ok()?;
    Some((name, BASE64_STANDARD.encode(text)))
}

/// What OSS tells.
#[derive(Deserialize)]
struct Told {
    bucket: String,
    source_name: String,
}

/// The keys that callbacks are signed with, as far as they were needed.
#[derive(Clone, Debug)]
pub(super) struct KnownKeys {
    /// Where they are fetched.
    root: Url,
    known: Arc<Mutex<HashMap<String, (Instant, RsaPublicKey)>>>,
}

impl KnownKeys {
    pub fn new(root: Option<&str>) -> Result<Self, BadOptions> {
        let root = match root {
            Some(root) => Url::parse(root),
            None => Url::parse(&format!("https://{KEY_HOST}")),
        };
        Ok(Self {
            root: root.map_err(BadOptions::of)?,
            known: Arc::default(),
        })
    }

    /// The key at an address that somebody says is Alibaba's.
    async fn key(
        &self,
        http: &reqwest::Client,
        address: &str,
    ) -> Result<RsaPublicKey, CallbackProblem> {
        let url = Url::parse(address).ok();
        let url = url.filter(|url| {
            matches!(url.scheme(), "http" | "https")
                && url.host_str() == Some(KEY_HOST)
                && url.port().is_none()
                && url.username().is_empty()
                && url.password().is_none()
                && url.query().is_none()
        });
        let url = url.ok_or(CallbackProblem::Forged(
            "its key is not one of the vendor's",
        ))?;
        let path = url.path().to_owned();
        if let Some((since, key)) = self.known.lock().await.get(&path)
            && since.elapsed() < TRUST
        {
            return Ok(key.clone());
        }
        // Nobody waits for a key that somebody else names.
        let key = self.fetch(http, &path).await?;
        let mut known = self.known.lock().await;
        if known.len() >= MOST_KEYS {
            known.clear();
        }
        known.insert(path, (Instant::now(), key.clone()));
        Ok(key)
    }

    async fn fetch(
        &self,
        http: &reqwest::Client,
        path: &str,
    ) -> Result<RsaPublicKey, CallbackProblem> {
        let mut url = self.root.clone();
        url.set_path(path);
        let failed = |error: reqwest::Error| DriverError::Io(io::Error::other(error));
        let sent = http.get(url).send().await.map_err(failed)?;
        let mut answer = sent.error_for_status().map_err(failed)?;
        let mut pem = Vec::new();
        while let Some(piece) = answer.chunk().await.map_err(failed)? {
            pem.extend_from_slice(&piece);
            if pem.len() > MOST_KEY_BYTES {
                return Err(CallbackProblem::Forged("its key is no key"));
            }
        }
        let pem = String::from_utf8_lossy(&pem);
        let key = RsaPublicKey::from_public_key_pem(pem.trim());
        key.map_err(|_| CallbackProblem::Forged("its key is no key"))
    }
}

/// What is signed of a request: its path, decoded, its query as it came, and its body.
fn signed_of(message: CallbackMessage<'_>) -> Vec<u8> {
    let (path, query) = match message.path.split_once('?') {
        Some((path, query)) => (path, format!("?{query}")),
        None => (message.path, String::new()),
    };
    let mut text: Vec<u8> = percent_decode_str(path).collect();
    text.extend_from_slice(query.as_bytes());
    text.push(b'\n');
    text.extend_from_slice(message.body);
    text
}

impl Bucket {
    /// Whether it is OSS itself that speaks, and of just this upload. Anybody can have OSS say
    /// things of a bucket of their own.
    pub(super) async fn check_told(
        &self,
        plan: &UploadPlan,
        message: CallbackMessage<'_>,
    ) -> Result<(), CallbackProblem> {
        let decoded = |name: &str| {
            let text = message.header(name)?;
            BASE64_STANDARD.decode(text.trim()).ok()
        };
        let address = decoded(KEY_HEADER).and_then(|text| String::from_utf8(text).ok());
        let address = address.ok_or(CallbackProblem::Forged("it names no key"))?;
        let signature = decoded("authorization");
        let signature = signature.ok_or(CallbackProblem::Forged("it is not signed"))?;
        let key = self.callback_keys.key(&self.http.asking, &address).await?;
        let scheme = Pkcs1v15Sign {
            hash_len: Some(16),
            prefix: Box::new(DIGEST_INFO),
        };
        let digest = Md5::digest(signed_of(message));
        key.verify(scheme, &digest, &signature)
            .map_err(|_| CallbackProblem::Forged("its signature is wrong"))?;
        let told: Told = serde_json::from_slice(message.body)
            .map_err(|_| CallbackProblem::Forged("its body makes no sense"))?;
        if told.bucket != self.options.bucket.trim() || told.source_name != plan.key.as_str() {
            return Err(CallbackProblem::Forged("it is about something else"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_is_signed_is_the_decoded_path_and_the_rest_as_it_came() {
        let message = CallbackMessage {
            path: "/api/v4/callback/a%20b?x=%20",
            headers: &[],
            body: b"{}",
        };
        assert_eq!(signed_of(message), b"/api/v4/callback/a b?x=%20\n{}");
    }

    #[test]
    fn a_callback_is_asked_for_where_the_vendor_calls_back() {
        let url = "https://drive.example/api/v4/callback/oss/s/k";
        let (name, text) = callback_parameter(Vendors::Oss, url).unwrap();
        let text = String::from_utf8(BASE64_STANDARD.decode(text).unwrap()).unwrap();
        assert_eq!(name, "callback");
        assert!(
            text.starts_with(&format!(r#"{{"callbackUrl":"{url}","callbackBody":"#))
                && text.ends_with(r#""callbackBodyType":"application/json","callbackSNI":true}"#),
            "{text}"
        );
        let (name, text) = callback_parameter(Vendors::Obs, url).unwrap();
        let text = String::from_utf8(BASE64_STANDARD.decode(text).unwrap()).unwrap();
        assert_eq!(name, "x-obs-callback");
        assert!(!text.contains("SNI"), "{text}");
        assert!(callback_parameter(Vendors::Cos, url).is_none());
    }
}
