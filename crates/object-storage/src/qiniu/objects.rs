//! Single objects: looked at, read, deleted.

use super::client::{Bucket, is_of_vendor};
use super::refusal::{error_of, is_missing};
use super::signing::base64;
use super::token::secs;
use crate::disposition::encoded_key;
use crate::reading::{Source, read};
use crate::refusal::Refusal;
use object_store::GetRange;
use reqwest::header::{ETAG, HeaderMap, IF_MATCH, RANGE};
use reqwest::{Method, RequestBuilder};
use serde::Deserialize;
use std::time::{Duration, SystemTime};
use storage::{BlobKey, BlobStat, ByteStream, DriverError};

/// How long addresses are good by which this server reads.
const OWN: Duration = Duration::from_hours(1);
/// Twenty years: no address is good for longer.
const LONGEST: Duration = Duration::from_hours(24 * 365 * 20);
/// Deleted, and not there, in the answer to many deletions at once.
const GONE: [u16; 2] = [200, 612];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Told {
    fsize: u64,
    put_time: u64,
}

#[derive(Deserialize)]
struct Deleted {
    code: u16,
}

/// When something was put there: in units of 100 nanoseconds since 1970.
pub(super) fn put_at(time: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_nanos(time.saturating_mul(100))
}

impl Bucket {
    /// How a key is called where objects are known.
    fn entry(&self, key: &BlobKey) -> String {
        base64(format!("{}:{key}", self.options.bucket))
    }

    /// # Errors
    /// `NotFound`
    pub async fn stat_object(&self, key: &BlobKey) -> Result<BlobStat, DriverError> {
        let path = format!("/stat/{}", self.entry(key));
        let rs = &self.hosts().await?.rs;
        match self.ask((Method::GET, rs, &path), None).await {
            Ok(answer) => {
                let told = serde_json::from_slice::<Told>(&answer.body);
                let told = told.map_err(|_| answer.is_strange())?;
                Ok(BlobStat {
                    size_bytes: told.fsize,
                    modified: put_at(told.put_time),
                })
            }
            Err(refusal) if is_missing(&refusal) => Err(DriverError::NotFound(key.clone())),
            Err(refusal) => Err(error_of(refusal)),
        }
    }

    /// As many as one request may delete. Answers those that are still there.
    pub async fn delete_all(&self, keys: &[BlobKey]) -> Result<Vec<BlobKey>, DriverError> {
        let orders = keys
            .iter()
            .map(|key| format!("op=/delete/{}", self.entry(key)));
        let form = orders.collect::<Vec<_>>().join("&");
        let rs = &self.hosts().await?.rs;
        let answer = self.look((Method::POST, rs, "/batch"), Some(form)).await?;
        let told = serde_json::from_slice::<Vec<Deleted>>(&answer.body);
        let told = told.map_err(|_| answer.is_strange())?;
        if told.len() != keys.len() {
            return Err(answer.is_strange());
        }
        let left = keys.iter().zip(told);
        let left = left.filter(|(_, told)| !GONE.contains(&told.code));
        Ok(left.map(|(key, _)| key.clone()).collect())
    }

    /// An address under which an object is fetched, with what else is asked for: each of that is in the
    /// address as it stands. Where not everybody may it carries its right with it.
    pub(super) fn address(&self, key: &BlobKey, more: &[String], life: Duration) -> String {
        let mut query = more.join("&");
        let address = format!("{}/{}", self.domain, encoded_key(key));
        if self.options.is_private {
            let until = secs(SystemTime::now() + life.min(LONGEST));
            let and = if query.is_empty() { "" } else { "&" };
            query = format!("{query}{and}e={until}");
            let token = self.keys.token(format!("{address}?{query}"));
            return format!("{address}?{query}&token={token}");
        }
        if query.is_empty() {
            return address;
        }
        format!("{address}?{query}")
    }

    /// The same for this server, at once.
    pub(super) fn own_address(&self, key: &BlobKey, more: &[String]) -> String {
        self.address(key, more, OWN)
    }

    pub async fn read_object(
        &self,
        key: &BlobKey,
        range: Option<GetRange>,
    ) -> Result<ByteStream, DriverError> {
        let object = Object {
            bucket: self.clone(),
            key: key.clone(),
        };
        read(object, range).await.map_err(error_of)
    }
}

/// What is read.
struct Object {
    bucket: Bucket,
    key: BlobKey,
}

impl Source for Object {
    fn request(&self, range: Option<&str>, tag: Option<&str>) -> Result<RequestBuilder, Refusal> {
        let mut request = self
            .bucket
            .http
            .get(self.bucket.own_address(&self.key, &[]));
        for (name, value) in [(RANGE, range), (IF_MATCH, tag)] {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
        Ok(request)
    }

    /// What stands before the bucket may keep the vendor's own header to itself.
    fn is_of_vendor(&self, headers: &HeaderMap) -> bool {
        let tag = headers.get(ETAG).and_then(|tag| tag.to_str().ok());
        is_of_vendor(headers) || tag.is_some_and(is_hash)
    }
}

/// Whether a tag is made as Kodo makes them: 21 bytes in base64.
fn is_hash(tag: &str) -> bool {
    let tag = tag.trim_start_matches("W/").trim_matches('"');
    let is_digit = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    tag.len() >= 28 && tag.chars().take(28).all(is_digit) && tag.starts_with(['F', 'l'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_tags_are_known_by_how_they_are_made() {
        assert!(is_hash("\"FqlKj-XMsZumHEwIc9OR6YeYL7vT\""));
        assert!(is_hash("W/\"lqlKj-XMsZumHEwIc9OR6YeYL7vT.gz\""));
        for other in [
            "",
            "\"5eb63bbbe01eeed093cb22bb8f5acdc3\"",
            "\"F\"",
            "\"60a-5b2c\"",
        ] {
            assert!(!is_hash(other), "{other}");
        }
    }
}
