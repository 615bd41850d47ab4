//! Single objects: looked at, written in one request, compared.

use super::checked;
use super::client::Bucket;
use crate::answer::Answer;
use crate::driver::path_of;
use crate::own::Write;
use crate::refusal::{Refusal, garbage};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use md5::{Digest as _, Md5};
use reqwest::Method;
use reqwest::header::{ETAG, HeaderMap, HeaderName, HeaderValue, IF_NONE_MATCH, RANGE};
use storage::{BlobKey, BlobStat, DriverError, VendorChecksum};

/// What stores call the request by; not all of them do so.
const OF_STORES: &str = "x-amz-request-id";
/// Metadata of an object that came in one request: the name of that.
const NAME: HeaderName = HeaderName::from_static("x-amz-meta-alcoveupload");
/// Said of who has an object for GET and not for HEAD: it may stand in front of a store.
const CONTRADICTS: &str = "HEAD says that an object is not there, and GET that it is";
/// Asks for checksums (S3, HeadObject).
const MODE: HeaderName = HeaderName::from_static("x-amz-checksum-mode");
const TYPE: &str = "x-amz-checksum-type";
const SHA256: &str = "x-amz-checksum-sha256";
const CRC64: &str = "x-amz-checksum-crc64nvme";

impl Bucket {
    /// `None` if nothing has the key, or the bucket is not there: HEAD has no words.
    async fn head(&self, key: &BlobKey) -> Result<Option<Answer>, Refusal> {
        let asked = self.ask_of(Method::HEAD, key, &[], HeaderMap::new());
        match asked.await {
            Ok(answer) => Ok(Some(answer)),
            Err(refusal) if refusal.is(reqwest::StatusCode::NOT_FOUND) => Ok(None),
            Err(refusal) => Err(refusal),
        }
    }

    /// # Errors
    /// Also if whoever says that it is there has everything there, as some web sites do.
    pub async fn is_there(&self, key: &BlobKey) -> Result<bool, DriverError> {
        match self.head(key).await {
            Ok(None) => Ok(false),
            Ok(Some(found)) if found.header(OF_STORES).is_some() => Ok(true),
            Ok(Some(found)) => {
                found.stat()?;
                self.require_store().await.map(|()| true)
            }
            Err(refusal) => Err(self.in_words(key, refusal).await),
        }
    }

    /// # Errors
    /// `NotFound`
    pub async fn stat_object(&self, key: &BlobKey) -> Result<BlobStat, DriverError> {
        match self.head(key).await {
            Ok(Some(found)) => found.stat(),
            Ok(None) => {
                // Whether the object is missing, or more than that.
                Err(self.why(key).await.unwrap_or_else(|| garbage(CONTRADICTS)))
            }
            Err(refusal) => Err(self.in_words(key, refusal).await),
        }
    }

    async fn in_words(&self, key: &BlobKey, refusal: Refusal) -> DriverError {
        let was_answered = refusal.status.is_some();
        let error = refusal.into_error();
        match error {
            DriverError::Io(_) if was_answered => self.why(key).await.unwrap_or(error),
            error => error,
        }
    }

    /// Why an object cannot be looked at. A refusal of HEAD has no words, that of GET has.
    pub async fn why(&self, key: &BlobKey) -> Option<DriverError> {
        let first = HeaderMap::from_iter([(RANGE, HeaderValue::from_static("bytes=0-0"))]);
        let asked = self.ask_of(Method::GET, key, &[], first);
        let refusal = asked.await.err()?;
        if refusal.is_missing() {
            return Some(DriverError::NotFound(key.clone()));
        }
        Some(refusal.into_error())
    }

    /// A small blob in one request.
    /// # Errors
    /// `AlreadyExists`
    pub async fn put(&self, key: &BlobKey, bytes: Bytes) -> Result<(), DriverError> {
        let mut headers = checked(&bytes);
        headers.insert(IF_NONE_MATCH, HeaderValue::from_static("*"));
        let own = Write::of(Md5::digest(&bytes));
        headers.extend(HeaderValue::from_str(&own.name).map(|name| (NAME, name)));
        let path = path_of(key)?;
        match self.ask(Method::PUT, &path, &[], (headers, bytes)).await {
            Ok(answer) if answer.header(ETAG).is_none() => Err(answer.is_strange()),
            Ok(_) => Ok(()),
            // The answer was lost, and this is the one to the same request sent again.
            Err(refusal) if refusal.is_taken() && self.has(key, &own).await => Ok(()),
            Err(refusal) if refusal.is_taken() => Err(DriverError::AlreadyExists(key.clone())),
            Err(refusal) => Err(refusal.into_error()),
        }
    }

    /// Whether an object is what came of a write, as far as is told.
    async fn has(&self, key: &BlobKey, own: &Write) -> bool {
        let asked = self.ask_of(Method::HEAD, key, &[], HeaderMap::new()).await;
        asked.is_ok_and(|found| own.has_made(&found, NAME))
    }

    /// What the store computed over the whole object, where it does so.
    pub async fn told_checksum(
        &self,
        key: &BlobKey,
    ) -> Result<Option<VendorChecksum>, DriverError> {
        let mode = HeaderMap::from_iter([(MODE, HeaderValue::from_static("ENABLED"))]);
        let Ok(answer) = self.ask_of(Method::HEAD, key, &[], mode).await else {
            // It is missing, or the store does not know what it is asked.
            self.stat_object(key).await?;
            return Ok(None);
        };
        answer.stat()?;
        // Of some objects they are made of those of their parts.
        if answer.header(TYPE).is_some_and(|of| of != "FULL_OBJECT") {
            return Ok(None);
        }
        let sum = |name: &str| BASE64_STANDARD.decode(answer.header(name)?).ok();
        let sha256 = sum(SHA256).and_then(|sum| sum.try_into().ok());
        let crc64 = sum(CRC64).and_then(|sum| sum.try_into().ok());
        Ok(sha256
            .map(VendorChecksum::Sha256)
            .or(crc64.map(|sum| VendorChecksum::Crc64(u64::from_be_bytes(sum)))))
    }
}
