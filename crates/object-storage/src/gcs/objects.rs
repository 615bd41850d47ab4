//! Single objects: looked at, written in one request, deleted.

use super::NAME_OF;
use super::client::Bucket;
use crate::refusal::{Refusal, garbage};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures_util::StreamExt as _;
use md5::{Digest as _, Md5};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue, RANGE};
use reqwest::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use storage::{BlobKey, BlobStat, DriverError, VendorChecksum};
use uuid::Uuid;

/// What is asked to be told of an object.
pub(super) const FIELDS: &str = "kind,name,size,updated,generation,md5Hash,crc32c,metadata";
const USUAL_TYPE: &str = "application/octet-stream";
/// Deletions on their way at one time: the store has no request for many.
const AT_ONCE: usize = 32;

/// What is told of an object.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Told {
    pub name: String,
    #[serde(deserialize_with = "number")]
    pub size: u64,
    pub updated: DateTime<Utc>,
    #[serde(deserialize_with = "number")]
    generation: u64,
    pub md5_hash: Option<String>,
    crc32c: Option<String>,
    #[serde(default)]
    metadata: BTreeMap<String, String>,
}

/// Numbers are texts.
fn number<'de, D: serde::Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    String::deserialize(from)?
        .parse()
        .map_err(serde::de::Error::custom)
}

/// What is said of an object that is to be.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Said<'a> {
    name: &'a str,
    md5_hash: &'a str,
    metadata: BTreeMap<&'a str, &'a str>,
}

/// An object that is to be.
#[derive(Debug)]
pub(super) struct New<'a> {
    pub name: &'a str,
    /// The upload that it is of.
    pub upload: &'a str,
    pub content_type: Option<&'a str>,
}

impl Told {
    pub fn stat(&self) -> BlobStat {
        BlobStat {
            size_bytes: self.size,
            modified: self.updated.into(),
        }
    }

    /// Whether it is what this upload became.
    pub fn is_of(&self, upload: &str, size_bytes: u64) -> bool {
        self.size == size_bytes
            && self
                .metadata
                .get(NAME_OF)
                .is_some_and(|name| name == upload)
    }

    /// Of objects that are made of others only the short one is known.
    fn checksum(&self) -> Option<VendorChecksum> {
        let read = |sum: &Option<String>| BASE64_STANDARD.decode(sum.as_ref()?).ok();
        let md5 = read(&self.md5_hash).and_then(|sum| sum.try_into().ok());
        let crc = read(&self.crc32c).and_then(|sum| sum.try_into().ok());
        md5.map(VendorChecksum::Md5)
            .or(crc.map(|sum| VendorChecksum::Crc32c(u32::from_be_bytes(sum))))
    }
}

impl Bucket {
    /// What is known of an object. Without answer: nothing has the name, or the bucket is not there.
    pub(super) async fn found(&self, name: &str) -> Result<Option<Told>, DriverError> {
        let url = self.object(name, &[("fields", FIELDS)]);
        match self.ask_of(Method::GET, &url).await {
            Ok(answer) => answer.json("storage#object").map(Some),
            Err(refusal) if refusal.is_missing() => Ok(None),
            Err(refusal) => Err(refusal.into_error()),
        }
    }

    /// The same, and without answer the bucket is there.
    pub(super) async fn look(&self, name: &str) -> Result<Option<Told>, DriverError> {
        let found = self.found(name).await?;
        if found.is_none() {
            self.require_bucket().await?;
        }
        Ok(found)
    }

    /// A missing bucket and a missing object are told in one word.
    async fn require_bucket(&self) -> Result<(), DriverError> {
        let url = self.objects(&[("maxResults", "1"), ("fields", "kind")]);
        let listed = self.ask_of(Method::GET, &url).await;
        let listed = listed.map_err(Refusal::into_error)?;
        listed.json::<serde::de::IgnoredAny>("storage#objects")?;
        Ok(())
    }

    /// Writes an object, unless something has the name: then `None`. The store compares what it got
    /// with the MD5.
    pub(super) async fn insert(
        &self,
        new: New<'_>,
        bytes: Bytes,
    ) -> Result<Option<Told>, DriverError> {
        let (size, md5) = (bytes.len() as u64, Md5::digest(&bytes));
        let md5 = BASE64_STANDARD.encode(md5);
        let said = Said {
            name: new.name,
            md5_hash: &md5,
            metadata: BTreeMap::from([(NAME_OF, new.upload)]),
        };
        let said = serde_json::to_string(&said).map_err(|error| garbage(error.to_string()))?;
        let (kind, body) = in_one(&said, new.content_type, bytes);
        let query = [
            ("uploadType", "multipart"),
            ("ifGenerationMatch", "0"),
            ("fields", FIELDS),
        ];
        let url = self.insertion(&query);
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, kind)]);
        let told: Told = match self.ask(Method::POST, &url, &headers, &body).await {
            Ok(answer) => answer.json("storage#object")?,
            Err(refusal) if refusal.is_taken() => return Ok(None),
            Err(refusal) => return Err(refusal.into_error()),
        };
        let has_other_md5 = told.md5_hash.as_ref().is_some_and(|told| *told != md5);
        if told.name != new.name || told.size != size || has_other_md5 {
            self.remove_this(&told).await?;
            return Err(garbage("other bytes arrived than were sent"));
        }
        Ok(Some(told))
    }

    /// A small blob in one request.
    /// # Errors
    /// `AlreadyExists`
    pub async fn put(&self, key: &BlobKey, bytes: Bytes) -> Result<(), DriverError> {
        let own = Uuid::now_v7().simple().to_string();
        self.put_for(key, &own, None, bytes).await
    }

    /// What an upload becomes, in one request.
    /// # Errors
    /// `AlreadyExists`
    pub async fn put_for(
        &self,
        key: &BlobKey,
        upload: &str,
        content_type: Option<&str>,
        bytes: Bytes,
    ) -> Result<(), DriverError> {
        let size = bytes.len() as u64;
        let new = New {
            name: key.as_str(),
            upload,
            content_type,
        };
        if self.insert(new, bytes).await?.is_some() {
            return Ok(());
        }
        // The answer was lost, and this is the one to the same request sent again.
        match self.look(key.as_str()).await? {
            Some(found) if found.is_of(upload, size) => Ok(()),
            _ => Err(DriverError::AlreadyExists(key.clone())),
        }
    }

    /// Whether it was there, as far as is known.
    pub async fn remove(&self, name: &str) -> Result<bool, DriverError> {
        let url = self.object(name, &[]);
        let answer = match self.ask_of(Method::DELETE, &url).await {
            Ok(answer) => answer,
            Err(refusal) if refusal.is_missing() => return Ok(false),
            Err(refusal) => return Err(refusal.into_error()),
        };
        // Not every store knows that there is nothing to say.
        if answer.status == StatusCode::NO_CONTENT || answer.body.trim_ascii() == b"null" {
            return Ok(true);
        }
        Err(answer.is_strange())
    }

    /// Just this object, whatever has its name by now.
    pub(super) async fn remove_this(&self, told: &Told) -> Result<(), DriverError> {
        let generation = told.generation.to_string();
        let url = self.object(&told.name, &[("generation", &generation)]);
        match self.ask_of(Method::DELETE, &url).await {
            Err(refusal) if !refusal.is_missing() => Err(refusal.into_error()),
            _ => Ok(()),
        }
    }

    /// All of them, some at a time. Answers those that are still there.
    pub async fn remove_all(&self, names: Vec<String>) -> Result<Vec<String>, DriverError> {
        let removals = names.into_iter().map(|name| async move {
            let removed = self.remove(&name).await;
            (name, removed)
        });
        let removals = futures_util::stream::iter(removals).buffer_unordered(AT_ONCE);
        let done: Vec<_> = removals.collect().await;
        let total = done.len();
        let (mut left, mut why, mut is_missing) = (Vec::new(), None, false);
        for (name, removed) in done {
            match removed {
                Ok(was_there) => is_missing |= !was_there,
                Err(error) => {
                    left.push(name);
                    why = why.or(Some(error));
                }
            }
        }
        if is_missing {
            self.require_bucket().await?;
        }
        match why {
            Some(why) if left.len() == total => Err(why),
            _ => Ok(left),
        }
    }

    /// # Errors
    /// `NotFound`
    pub async fn checksum_of(&self, key: &BlobKey) -> Result<Option<VendorChecksum>, DriverError> {
        let found = self.look(key.as_str()).await?;
        let found = found.ok_or_else(|| DriverError::NotFound(key.clone()))?;
        Ok(found.checksum())
    }

    /// Why an object cannot be read, if it is not the answer to another question.
    pub async fn why(&self, key: &BlobKey) -> Option<DriverError> {
        let first = HeaderMap::from_iter([(RANGE, HeaderValue::from_static("bytes=0-0"))]);
        let url = self.object(key.as_str(), &[("alt", "media")]);
        let asked = self.ask(Method::GET, &url, &first, &[]).await;
        asked.err().map(Refusal::into_error)
    }
}

/// What is said of an object and its bytes as one body (RFC 2387).
fn in_one(said: &str, content_type: Option<&str>, bytes: Bytes) -> (HeaderValue, [Bytes; 3]) {
    // What is no type is left out.
    let kind = content_type.filter(|kind| HeaderValue::from_str(kind).is_ok());
    let kind = kind.unwrap_or(USUAL_TYPE);
    let between = Uuid::new_v4().simple();
    let head = format!(
        "--{between}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n{said}\r\n\
         --{between}\r\nContent-Type: {kind}\r\n\r\n"
    );
    let tail = format!("\r\n--{between}--\r\n");
    let named = HeaderValue::from_str(&format!("multipart/related; boundary={between}"));
    (
        named.expect("a boundary is ASCII"),
        [head.into(), bytes, tail.into()],
    )
}
