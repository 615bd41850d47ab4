//! Cloud Object Storage of Tencent Cloud (COS, request signature).

use super::dialect::{Asked, Dialect, Keys, Words, hex};
use super::place::Place;
use crate::disposition::encoded;
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::{Digest as _, Sha1};
use std::fmt::Write as _;
use std::time::Duration;
use storage::BlobKey;

/// How long a request that is sent at once is good.
const AT_ONCE_SECS: i64 = 3_600;
/// Clocks may differ by so much.
const EARLIER_SECS: i64 = 60;

static WORDS: Words = Words {
    request_id: &["x-cos-request-id"],
    forbid: Some("x-cos-forbid-overwrite"),
    name: "x-cos-meta-alcoveupload",
    refuses_early: true,
    traffic: Some("x-cos-traffic-limit"),
    longest: None,
    lists_as_v2: false,
    tells_deleted: false,
    deletes_one: false,
    least_part: 1 << 20,
    has_pictures: true,
};

#[derive(Debug)]
pub(super) struct Cos {
    pub keys: Keys,
}

fn hmac(key: &str, text: &str) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(key.as_bytes()).expect("a key of any length");
    mac.update(text.as_bytes());
    hex(&mac.finalize().into_bytes())
}

/// Names in order, and the pairs as they are signed.
fn signed<'a>(pairs: impl Iterator<Item = (&'a str, &'a String)>) -> (String, String) {
    let mut pairs: Vec<(String, String)> = pairs
        .map(|(name, value)| (encoded(name).to_lowercase(), encoded(value)))
        .collect();
    pairs.sort_unstable();
    let names: Vec<&str> = pairs.iter().map(|(name, _)| &**name).collect();
    let texts: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    (names.join(";"), texts.join("&"))
}

impl Cos {
    /// All that a request says about its signature, in order.
    fn said(&self, asked: &Asked<'_>, from: i64, until: i64) -> Vec<(&'static str, String)> {
        let time = format!("{from};{until}");
        let query = asked.query.iter().map(|(name, value)| (*name, value));
        let headers = asked.headers.iter().map(|(name, value)| (*name, value));
        let ((params, query), (names, headers)) = (signed(query), signed(headers));
        let method = asked.method.as_str().to_lowercase();
        let path = asked.key.map_or("", BlobKey::as_str);
        let text = format!("{method}\n/{path}\n{query}\n{headers}\n");
        let text = hex(&Sha1::digest(text.as_bytes()));
        let text = format!("sha1\n{time}\n{text}\n");
        let signature = hmac(&hmac(&self.keys.secret, &time), &text);
        vec![
            ("q-sign-algorithm", "sha1".to_owned()),
            ("q-ak", self.keys.access.clone()),
            ("q-sign-time", time.clone()),
            ("q-key-time", time),
            ("q-header-list", names),
            ("q-url-param-list", params),
            ("q-signature", signature),
        ]
    }
}

impl Dialect for Cos {
    fn words(&self) -> &'static Words {
        &WORDS
    }

    fn authorize(
        &self,
        _place: &Place,
        asked: &mut Asked<'_>,
        now: DateTime<Utc>,
    ) -> Vec<(&'static str, String)> {
        let now = now.timestamp();
        let said = self.said(asked, now - EARLIER_SECS, now + AT_ONCE_SECS);
        let said = said.iter().map(|(name, value)| format!("{name}={value}"));
        let value = said.collect::<Vec<_>>().join("&");
        vec![("authorization", value)]
    }

    fn presign(
        &self,
        _place: &Place,
        asked: &Asked<'_>,
        now: DateTime<Utc>,
        life: Duration,
    ) -> String {
        let now = now.timestamp();
        let until = now.saturating_add(i64::try_from(life.as_secs()).unwrap_or(i64::MAX));
        let mut query = asked.query_text();
        for (name, value) in self.said(asked, now, until) {
            if !query.is_empty() {
                query.push('&');
            }
            // Empty lists are said as well.
            let _ = write!(query, "{name}={}", encoded(&value));
        }
        query
    }

    fn picture(&self, side: u32) -> (String, String) {
        let process = format!("imageMogr2/thumbnail/{side}x{side}/format/png");
        (process, String::new())
    }

    fn details(&self) -> (&'static str, &'static str) {
        ("exif", "")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::dialect::tests::{signature_in, vectors};
    use super::super::place::Named;
    use super::*;
    use reqwest::Method;

    fn place() -> Place {
        Place::new("http://127.0.0.1:5940", "fixture-bucket", Named::Nowhere).unwrap()
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    /// Signatures of another implementation.
    #[test]
    fn addresses_are_signed_as_others_sign_them() {
        let cos = Cos { keys: vectors() };
        let big = BlobKey::parse("uploads/1/fixed_cos-big.jpg").unwrap();
        let small = BlobKey::parse("uploads/1/fixed_cos-small.jpg").unwrap();
        let day = Duration::from_hours(24);
        let part = Asked::of(Method::PUT, &big)
            .with("partNumber", "1")
            .with("uploadId", "UPLOADID0001")
            .header("content-length", "5242880")
            .header("content-type", "application/octet-stream");
        let query = cos.presign(&place(), &part, at(1_795_336_357), day);
        assert_eq!(
            signature_in(&query, "q-signature"),
            "7f64d6caa4974fa177d17ce8a1b95d9ab0b8dc0b"
        );
        let complete = Asked::of(Method::POST, &big)
            .with("uploadId", "UPLOADID0001")
            .header("x-cos-forbid-overwrite", "true");
        let query = cos.presign(&place(), &complete, at(1_795_336_357), day);
        assert_eq!(
            signature_in(&query, "q-signature"),
            "5146b381655bb33f12c931b0b79fa36d14c6f27e"
        );
        let hour = Duration::from_hours(1);
        let disposition = "attachment; filename=\"cos-small.jpg\"; filename*=UTF-8''cos-small.jpg";
        let named =
            Asked::of(Method::GET, &small).with("response-content-disposition", disposition);
        let query = cos.presign(&place(), &named, at(1_795_336_360), hour);
        assert_eq!(
            signature_in(&query, "q-signature"),
            "f12fb0671ceaacac4ed340c01a62d3bee8e3d767"
        );
    }

    #[test]
    fn headers_are_signed_as_others_sign_them() {
        let cos = Cos { keys: vectors() };
        let cors = Asked::of(Method::PUT, None)
            .with("cors", "")
            .header("content-md5", "KTJw2RVrNgoG5M5aWFg0lA==")
            .header("content-type", "application/xml");
        let said = cos.said(&cors, 1_795_336_356, 1_795_339_956);
        assert_eq!(said[6].1, "a2415e613c975a0c343469418f312ffa236efd3b");
        assert_eq!(said[4].1, "content-md5;content-type");
    }
}
