//! Two vendors that sign as S3 did at first: Huawei's Object Storage Service (OBS) and Kingsoft's
//! KS3. Their signatures differ in names alone.

use super::dialect::{Asked, Dialect, Keys, Words};
use super::place::{Named, Place};
use crate::disposition::{encoded, encoded_key};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;
use std::time::Duration;

/// What of a query is signed, besides what begins as the vendor's own headers.
const OBS_PARAMETERS: &[&str] = &[
    "cors",
    "delete",
    "partNumber",
    "response-content-disposition",
    "uploadId",
    "uploads",
    "x-image-process",
];
const KS3_PARAMETERS: &[&str] = &[
    "cors",
    "delete",
    "partNumber",
    "response-content-disposition",
    "uploadId",
    "uploads",
];

static OBS_WORDS: Words = Words {
    request_id: &["x-obs-request-id", "x-amz-request-id"],
    forbid: None,
    name: "x-obs-meta-alcoveupload",
    refuses_early: false,
    traffic: Some("x-obs-traffic-limit"),
    longest: None,
    lists_as_v2: false,
    tells_deleted: false,
    deletes_one: false,
    least_part: 100 << 10,
    has_pictures: true,
};

static KS3_WORDS: Words = Words {
    request_id: &["x-kss-request-id", "x-amz-request-id"],
    forbid: Some("x-kss-forbid-overwrite"),
    name: "x-kss-meta-alcoveupload",
    refuses_early: false,
    traffic: None,
    longest: Some(Duration::from_hours(7 * 24)),
    lists_as_v2: false,
    tells_deleted: false,
    deletes_one: true,
    least_part: 5 << 20,
    has_pictures: false,
};

/// Of which vendor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    Obs,
    Ks3,
}

#[derive(Debug)]
pub(super) struct HmacSha1 {
    pub keys: Keys,
    pub whose: Whose,
}

impl HmacSha1 {
    fn resource(&self, place: &Place, asked: &Asked<'_>) -> String {
        let bucket = match (self.whose, place.named) {
            (Whose::Obs, Named::Nowhere) => place.host(),
            _ => &place.bucket,
        };
        let key = asked.key.map(encoded_key);
        match (self.whose, place.named) {
            // There a bucket is called as it stands in the path.
            (Whose::Obs, Named::InPath) if key.is_none() => format!("/{bucket}"),
            _ => format!("/{bucket}/{}", key.unwrap_or_default()),
        }
    }

    fn is_signed(&self, name: &str) -> bool {
        match self.whose {
            Whose::Obs => OBS_PARAMETERS.contains(&name) || name.starts_with("x-obs-"),
            Whose::Ks3 => KS3_PARAMETERS.contains(&name),
        }
    }

    fn signature(&self, place: &Place, asked: &Asked<'_>, date: &str) -> String {
        let prefix = match self.whose {
            Whose::Obs => "x-obs-",
            Whose::Ks3 => "x-kss-",
        };
        let mut query = asked.query.clone();
        query.retain(|(name, _)| self.is_signed(name));
        query.sort();
        // As they are, not encoded.
        let query: Vec<String> = query
            .iter()
            .map(|(name, value)| match &**value {
                "" => (*name).to_owned(),
                value => format!("{name}={value}"),
            })
            .collect();
        let mut resource = self.resource(place, asked);
        if !query.is_empty() {
            resource = format!("{resource}?{}", query.join("&"));
        }
        let text = format!(
            "{}\n{}\n{}\n{date}\n{}{resource}",
            asked.method,
            asked.header_value("content-md5"),
            asked.header_value("content-type"),
            asked.lines(prefix, "\n"),
        );
        let key = self.keys.secret.as_bytes();
        let mut mac = Hmac::<Sha1>::new_from_slice(key).expect("a key of any length");
        mac.update(text.as_bytes());
        BASE64_STANDARD.encode(mac.finalize().into_bytes())
    }
}

impl Dialect for HmacSha1 {
    fn words(&self) -> &'static Words {
        match self.whose {
            Whose::Obs => &OBS_WORDS,
            Whose::Ks3 => &KS3_WORDS,
        }
    }

    fn authorize(
        &self,
        place: &Place,
        asked: &mut Asked<'_>,
        now: DateTime<Utc>,
    ) -> Vec<(&'static str, String)> {
        let date = now.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let signature = self.signature(place, asked, &date);
        let whose = match self.whose {
            Whose::Obs => "OBS",
            Whose::Ks3 => "KSS",
        };
        let value = format!("{whose} {}:{signature}", self.keys.access);
        vec![("date", date), ("authorization", value)]
    }

    fn presign(
        &self,
        place: &Place,
        asked: &Asked<'_>,
        now: DateTime<Utc>,
        life: Duration,
    ) -> String {
        let life = i64::try_from(life.as_secs()).unwrap_or(i64::MAX);
        let until = now.timestamp().saturating_add(life).to_string();
        let signature = encoded(&self.signature(place, asked, &until));
        let access = match self.whose {
            Whose::Obs => "AccessKeyId",
            Whose::Ks3 => "KSSAccessKeyId",
        };
        let key = encoded(&self.keys.access);
        let own = format!("{access}={key}&Expires={until}&Signature={signature}");
        match &*asked.query_text() {
            "" => own,
            query => format!("{query}&{own}"),
        }
    }

    fn picture(&self, side: u32) -> (String, String) {
        let process = format!("image/resize,m_lfit,w_{side},h_{side}/format,png");
        ("x-image-process".to_owned(), process)
    }

    fn details(&self) -> (&'static str, &'static str) {
        ("x-image-process", "image/info")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::dialect::tests::{signature_in, time, vectors};
    use super::*;
    use reqwest::Method;
    use storage::BlobKey;

    fn place() -> Place {
        Place::new("http://127.0.0.1:5940", "fixture-bucket", Named::InPath).unwrap()
    }

    fn until(seconds: i64) -> (DateTime<Utc>, Duration) {
        let hour = Duration::from_hours(1);
        (DateTime::from_timestamp(seconds - 3_600, 0).unwrap(), hour)
    }

    /// Signatures of another implementation.
    #[test]
    fn both_sign_addresses_as_others_sign_them() {
        for (whose, until_part, part, until_get, shown) in [
            (
                Whose::Obs,
                1_795_422_661,
                "Y2B2ZhrEwn7e5R6atKg+kaKeAcc=",
                1_795_339_865,
                "Wy9qhty0tStqhnCor3xHY7WSGxw=",
            ),
            (
                Whose::Ks3,
                1_795_422_608,
                "8kU45iCLTat7EHLPqRCKSk+lV4s=",
                1_795_339_811,
                "AMO44o+U8ZSCEwt0Kb8IQTror0g=",
            ),
        ] {
            let name = match whose {
                Whose::Obs => "obs",
                Whose::Ks3 => "ks3",
            };
            let dialect = HmacSha1 {
                keys: vectors(),
                whose,
            };
            let big = BlobKey::parse(format!("uploads/1/fixed_{name}-big.jpg")).unwrap();
            let put = Asked::of(Method::PUT, &big)
                .with("partNumber", "1")
                .with("uploadId", "UPLOADID0001")
                .header("content-type", "application/octet-stream");
            let (now, life) = until(until_part);
            let query = dialect.presign(&place(), &put, now, life);
            assert_eq!(signature_in(&query, "Signature"), part, "{name}");
            let small = BlobKey::parse(format!("uploads/1/fixed_{name}-small.jpg")).unwrap();
            let get = Asked::of(Method::GET, &small);
            let (now, life) = until(until_get);
            let query = dialect.presign(&place(), &get, now, life);
            assert_eq!(signature_in(&query, "Signature"), shown, "{name}");
        }
    }

    #[test]
    fn headers_are_signed_as_others_sign_them() {
        let dialect = HmacSha1 {
            keys: vectors(),
            whose: Whose::Obs,
        };
        let mut cors = Asked::of(Method::PUT, None)
            .with("cors", "")
            .header("content-md5", "pR+Jj/+nULHvQqp+BbQudA==");
        let signed = dialect.authorize(&place(), &mut cors, time("2026-11-22T08:31:02Z"));
        assert_eq!(signed[0].1, "Sun, 22 Nov 2026 08:31:02 GMT");
        assert_eq!(signed[1].1, "OBS AKFIXTURE:vSJWBVm/oPLtuB2S38dtIxdD5IE=");
        let big = BlobKey::parse("uploads/1/fixed_obs-big.jpg").unwrap();
        let mut begin = Asked::of(Method::POST, &big)
            .with("uploads", "")
            .header("content-type", "image/jpeg");
        let signed = dialect.authorize(&place(), &mut begin, time("2026-11-22T08:31:02Z"));
        assert_eq!(signed[1].1, "OBS AKFIXTURE:+lA0SkZAfjsw210CKGZXKvAfEZE=");
    }
}
