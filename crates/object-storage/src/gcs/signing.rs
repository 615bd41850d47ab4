//! URLs that carry their right with them (Cloud Storage, V4 signing process). The library would sign
//! them for one host only, and not every name.

use super::client::Bucket;
use crate::disposition::{disposition, encoded};
use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::time::{Duration, SystemTime};
use storage::{BlobKey, DownloadRequest, DriverError};

/// No signature lives longer.
const LONGEST: Duration = Duration::from_hours(7 * 24);
const ALGORITHM: &str = "GOOG4-RSA-SHA256";

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

impl Bucket {
    /// Where an object is, without its host.
    fn path(&self, key: &BlobKey) -> String {
        let key = key.as_str().split('/').map(encoded);
        let key = key.collect::<Vec<_>>().join("/");
        let bucket = encoded(&self.options.bucket);
        format!("{}/{bucket}/{key}", self.root.path().trim_end_matches('/'))
    }

    /// Host and port as a client says them.
    fn host(&self) -> String {
        let host = self.root.host_str().unwrap_or_default();
        match self.root.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }

    pub fn signed_download(
        &self,
        key: &BlobKey,
        request: &DownloadRequest,
        now: SystemTime,
    ) -> Result<String, DriverError> {
        let (path, host) = (self.path(key), self.host());
        let place = format!("{}://{host}{path}", self.root.scheme());
        if !self.options.is_private {
            // Whoever has no signature cannot ask for another name either.
            return Ok(place);
        }
        let now = DateTime::<Utc>::from(now);
        let (day, time) = (now.format("%Y%m%d"), now.format("%Y%m%dT%H%M%SZ"));
        let scope = format!("{day}/auto/storage/goog4_request");
        let credential = encoded(&format!("{}/{scope}", self.key.email));
        let seconds = request.lifetime.clamp(Duration::from_secs(1), LONGEST);
        // In the order of their names, capitals first.
        let query = format!(
            "X-Goog-Algorithm={ALGORITHM}&X-Goog-Credential={credential}&X-Goog-Date={time}\
             &X-Goog-Expires={}&X-Goog-SignedHeaders=host&response-content-disposition={}",
            seconds.as_secs(),
            encoded(&disposition(request)),
        );
        let asked = format!("GET\n{path}\n{query}\nhost:{host}\n\nhost\nUNSIGNED-PAYLOAD");
        let asked = hex(&Sha256::digest(asked.as_bytes()));
        let text = format!("{ALGORITHM}\n{time}\n{scope}\n{asked}");
        let signature = hex(&self.key.sign(text.as_bytes())?);
        Ok(format!("{place}?{query}&X-Goog-Signature={signature}"))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::gcs::{GcsOptions, key};
    use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
    use url::Url;

    fn bucket(endpoint: &str, is_private: bool) -> Bucket {
        let options = GcsOptions {
            endpoint: endpoint.to_owned(),
            bucket: "my.files".to_owned(),
            key: key::tests::file(),
            is_private,
            staging_prefix: String::new(),
        };
        Bucket::new(options).unwrap()
    }

    fn request() -> DownloadRequest {
        DownloadRequest {
            file_name: "Grüße 1.txt".to_owned(),
            attachment: true,
            lifetime: Duration::from_hours(1),
            speed_bytes: None,
        }
    }

    fn blob() -> BlobKey {
        BlobKey::parse("uploads/a b/ü+%2f?#&='.txt").unwrap()
    }

    #[test]
    fn what_is_signed_is_what_a_client_asks_for() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_hours(24 * 365);
        for (endpoint, host) in [
            ("", "storage.googleapis.com"),
            ("http://10.0.0.5:4443", "10.0.0.5:4443"),
        ] {
            let bucket = bucket(endpoint, true);
            let url = bucket.signed_download(&blob(), &request(), now).unwrap();
            let (signed, signature) = url.split_once("&X-Goog-Signature=").unwrap();
            // As a client sends it.
            let url = Url::parse(signed).unwrap();
            assert_eq!(url.as_str(), signed);
            let mut pairs: Vec<&str> = url.query().unwrap().split('&').collect();
            let sent = pairs.clone();
            pairs.sort_unstable();
            assert_eq!(pairs, sent);
            let (path, query) = (url.path(), pairs.join("&"));
            assert_eq!(
                path,
                "/my.files/uploads/a%20b/%C3%BC%2B%252f%3F%23%26%3D%27.txt"
            );
            assert!(query.contains("X-Goog-Date=19710101T000000Z&X-Goog-Expires=3600&"));
            let asked = format!("GET\n{path}\n{query}\nhost:{host}\n\nhost\nUNSIGNED-PAYLOAD");
            let text = format!(
                "GOOG4-RSA-SHA256\n19710101T000000Z\n19710101/auto/storage/goog4_request\n{}",
                hex(&Sha256::digest(asked))
            );
            let bytes: Vec<u8> = (0..signature.len())
                .step_by(2)
                .map(|at| u8::from_str_radix(&signature[at..at + 2], 16).unwrap())
                .collect();
            let public = bucket.key.public();
            let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public);
            public.verify(text.as_bytes(), &bytes).unwrap();
        }
    }

    #[test]
    fn of_a_public_bucket_the_address_is_enough() {
        let bucket = bucket("", false);
        let url = bucket.signed_download(&blob(), &request(), SystemTime::now());
        let path = "/my.files/uploads/a%20b/%C3%BC%2B%252f%3F%23%26%3D%27.txt";
        assert_eq!(
            url.unwrap(),
            format!("https://storage.googleapis.com{path}")
        );
    }
}
