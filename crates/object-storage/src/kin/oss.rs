//! Object Storage Service of Alibaba Cloud (OSS, signature version 4).

use super::dialect::{Asked, Dialect, Keys, Words, hex, joined};
use super::place::Place;
use crate::disposition::{encoded, encoded_key};
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use std::time::Duration;

const ALGORITHM: &str = "OSS4-HMAC-SHA256";
const PAYLOAD: &str = "UNSIGNED-PAYLOAD";
/// The parameter by which pictures are made and looked at.
const PROCESS: &str = "x-oss-process";

static WORDS: Words = Words {
    request_id: &["x-oss-request-id"],
    forbid: Some("x-oss-forbid-overwrite"),
    name: "x-oss-meta-alcoveupload",
    refuses_early: true,
    traffic: Some("x-oss-traffic-limit"),
    longest: Some(Duration::from_hours(7 * 24)),
    lists_as_v2: true,
    tells_deleted: true,
    deletes_one: false,
    least_part: 100 << 10,
    has_pictures: true,
};

#[derive(Debug)]
pub(super) struct Oss {
    pub keys: Keys,
    pub region: String,
}

fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

impl Oss {
    fn scope(&self, now: DateTime<Utc>) -> String {
        let day = now.format("%Y%m%d");
        format!("{day}/{}/oss/aliyun_v4_request", self.region)
    }

    /// What is signed of a request with this query, in its order.
    fn signature(
        &self,
        place: &Place,
        asked: &Asked<'_>,
        query: &str,
        now: DateTime<Utc>,
    ) -> String {
        let key = asked.key.map_or_else(String::new, encoded_key);
        let resource = format!("/{}/{key}", encoded(&place.bucket));
        let lines = [
            asked.lines("content-md5", "\n"),
            asked.lines("content-type", "\n"),
            asked.lines("x-oss-", "\n"),
        ];
        let text = format!(
            "{}\n{resource}\n{query}\n{}\n\n{PAYLOAD}",
            asked.method,
            lines.concat()
        );
        let (scope, time) = (self.scope(now), now.format("%Y%m%dT%H%M%SZ"));
        let text = format!(
            "{ALGORITHM}\n{time}\n{scope}\n{}",
            hex(&Sha256::digest(text.as_bytes()))
        );
        let first = format!("aliyun_v4{}", self.keys.secret).into_bytes();
        let key = scope.split('/').fold(first, |key, part| hmac(&key, part));
        hex(&hmac(&key, &text))
    }
}

/// As it is sent and signed: in the order of names.
fn sorted(mut pairs: Vec<(&str, String)>) -> String {
    pairs.sort();
    joined(&pairs)
}

impl Dialect for Oss {
    fn words(&self) -> &'static Words {
        &WORDS
    }

    fn authorize(
        &self,
        place: &Place,
        asked: &mut Asked<'_>,
        now: DateTime<Utc>,
    ) -> Vec<(&'static str, String)> {
        let time = now.format("%Y%m%dT%H%M%SZ").to_string();
        asked.headers.push(("x-oss-date", time));
        asked
            .headers
            .push(("x-oss-content-sha256", PAYLOAD.to_owned()));
        let query = sorted(asked.query.clone());
        let signature = self.signature(place, asked, &query, now);
        let credential = format!("{}/{}", self.keys.access, self.scope(now));
        let value = format!("{ALGORITHM} Credential={credential},Signature={signature}");
        vec![("authorization", value)]
    }

    fn presign(
        &self,
        place: &Place,
        asked: &Asked<'_>,
        now: DateTime<Utc>,
        life: Duration,
    ) -> String {
        let mut pairs = asked.query.clone();
        let time = now.format("%Y%m%dT%H%M%SZ").to_string();
        let credential = format!("{}/{}", self.keys.access, self.scope(now));
        pairs.push(("x-oss-credential", credential));
        pairs.push(("x-oss-date", time));
        pairs.push(("x-oss-expires", life.as_secs().to_string()));
        pairs.push(("x-oss-signature-version", ALGORITHM.to_owned()));
        let query = sorted(pairs);
        let signature = self.signature(place, asked, &query, now);
        format!("{query}&x-oss-signature={signature}")
    }

    fn picture(&self, side: u32) -> (String, String) {
        let process = format!("image/resize,m_lfit,h_{side},w_{side}/format,png");
        (PROCESS.to_owned(), process)
    }

    fn details(&self) -> (&'static str, &'static str) {
        (PROCESS, "image/info")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::dialect::tests::{signature_in, time, vectors};
    use super::super::place::Named;
    use super::*;
    use reqwest::Method;
    use storage::BlobKey;

    fn oss() -> Oss {
        Oss {
            keys: vectors(),
            region: "cn-hangzhou".to_owned(),
        }
    }

    fn place() -> Place {
        Place::new("http://127.0.0.1:5940", "fixture-bucket", Named::InHost).unwrap()
    }

    /// Signatures of another implementation.
    #[test]
    fn addresses_are_signed_as_others_sign_them() {
        let big = BlobKey::parse("uploads/1/fixed_oss-big.jpg").unwrap();
        let small = BlobKey::parse("uploads/1/fixed_oss-small.jpg").unwrap();
        let day = Duration::from_hours(24);
        let part = Asked::of(Method::PUT, &big)
            .with("partNumber", "2")
            .with("uploadId", "UPLOADID0001")
            .header("content-type", "application/octet-stream");
        let query = oss().presign(&place(), &part, time("2026-11-22T08:30:27Z"), day);
        assert_eq!(
            signature_in(&query, "x-oss-signature"),
            "41904982cbf10368cdc7756ec5d9d831ab482e4726668781e630c5bbc03c4210"
        );
        let shown = Asked::of(Method::GET, &small);
        let hour = Duration::from_hours(1);
        let query = oss().presign(&place(), &shown, time("2026-11-22T08:30:30Z"), hour);
        assert_eq!(
            signature_in(&query, "x-oss-signature"),
            "3d01e8c9e334a41d05ccb71b9e45de42def6127763689b7a10b8ec0f9cb6d51c"
        );
        let details = Asked::of(Method::GET, &small).with(PROCESS, "image/info");
        let life = Duration::from_mins(10);
        let query = oss().presign(&place(), &details, time("2026-11-22T08:30:28Z"), life);
        assert_eq!(
            signature_in(&query, "x-oss-signature"),
            "825871f00c69d7c8e59ff9cbdec69823b65cf873eaf8ab5db49465aa1ef1ef37"
        );
    }

    #[test]
    fn headers_are_signed_as_others_sign_them() {
        let big = BlobKey::parse("uploads/1/fixed_oss-big.jpg").unwrap();
        let mut begin = Asked::of(Method::POST, &big)
            .with("uploads", "")
            .with("encoding-type", "url")
            .header("content-md5", "1B2M2Y8AsgTpgAmY7PhCfg==")
            .header("content-type", "image/jpeg")
            .header("x-oss-forbid-overwrite", "true");
        let signed = oss().authorize(&place(), &mut begin, time("2026-11-22T08:30:27Z"));
        assert!(
            signed[0].1.ends_with(
                "Signature=0a441145983a799503c2caf72a96ec34931b4d5786eef886a2961c4864b10fd8"
            ),
            "{signed:?}"
        );
    }
}
