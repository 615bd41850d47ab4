//! Single objects: looked at, written in one request, read.

use super::client::Bucket;
use super::dialect::Asked;
use crate::own::Write;
use crate::reading::{Source, read};
use crate::refusal::Refusal;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use md5::{Digest as _, Md5};
use object_store::GetRange;
use reqwest::header::{ETAG, HeaderMap};
use reqwest::{Method, RequestBuilder, StatusCode};
use storage::{BlobKey, BlobStat, ByteStream, DriverError};

/// What a store compares with the bytes that it got.
pub(super) fn md5(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(Md5::digest(bytes))
}

impl Bucket {
    /// `None` if nothing has the key, or the bucket is not there: HEAD has no words.
    async fn head(&self, key: &BlobKey) -> Result<Option<BlobStat>, Refusal> {
        let asked = Asked::of(Method::HEAD, key);
        match self.ask(asked, Bytes::new()).await {
            Ok(answer) => answer.stat().map(Some).map_err(Refusal::unsent),
            Err(refusal) if refusal.is(StatusCode::NOT_FOUND) => Ok(None),
            Err(refusal) => Err(refusal),
        }
    }

    pub async fn is_there(&self, key: &BlobKey) -> Result<bool, DriverError> {
        match self.head(key).await {
            Ok(found) => Ok(found.is_some()),
            Err(refusal) => Err(self.in_words(key, refusal).await),
        }
    }

    /// # Errors
    /// `NotFound`
    pub async fn stat_object(&self, key: &BlobKey) -> Result<BlobStat, DriverError> {
        match self.head(key).await {
            Ok(Some(stat)) => Ok(stat),
            Ok(None) => {
                // Whether the object is missing, or more than that.
                let missing = || DriverError::NotFound(key.clone());
                Err(self.why(key).await.unwrap_or_else(missing))
            }
            Err(refusal) => Err(self.in_words(key, refusal).await),
        }
    }

    async fn in_words(&self, key: &BlobKey, refusal: Refusal) -> DriverError {
        let was_answered = refusal.status.is_some();
        match refusal.into_error() {
            error @ DriverError::Io(_) if was_answered => self.why(key).await.unwrap_or(error),
            error => error,
        }
    }

    /// Why an object cannot be looked at. A refusal of HEAD has no words, that of GET has.
    pub async fn why(&self, key: &BlobKey) -> Option<DriverError> {
        let asked = Asked::of(Method::GET, key).header("range", "bytes=0-0");
        let refusal = self.ask(asked, Bytes::new()).await.err()?;
        if refusal.is_missing() {
            return Some(DriverError::NotFound(key.clone()));
        }
        Some(refusal.into_error())
    }

    /// A request under which nothing is overwritten, where the store knows such.
    pub(super) fn guarded<'a>(&self, asked: Asked<'a>) -> Asked<'a> {
        match self.dialect.words().forbid {
            Some(header) => asked.header(header, "true"),
            None => asked,
        }
    }

    /// A small blob in one request.
    /// # Errors
    /// `AlreadyExists`
    pub async fn put(&self, key: &BlobKey, bytes: Bytes) -> Result<(), DriverError> {
        let _turn = self.turn(key).await?;
        let own = Write::of(Md5::digest(&bytes));
        let asked = Asked::of(Method::PUT, key)
            .header("content-md5", md5(&bytes))
            .header(self.dialect.words().name, &*own.name);
        match self.ask(self.guarded(asked), bytes).await {
            Ok(answer) if answer.header(ETAG).is_none() => Err(answer.is_strange()),
            Ok(_) => Ok(()),
            // The answer was lost, and this is the one to the same request sent again.
            Err(refusal) if is_taken(&refusal) && self.has(key, &own).await => Ok(()),
            Err(refusal) if is_taken(&refusal) => Err(DriverError::AlreadyExists(key.clone())),
            Err(refusal) => Err(refusal.into_error()),
        }
    }

    /// Until it is dropped nobody else here writes to this key, which is free.
    pub(super) async fn turn(
        &self,
        key: &BlobKey,
    ) -> Result<Option<tokio::sync::MutexGuard<'_, ()>>, DriverError> {
        if self.dialect.words().forbid.is_some() {
            return Ok(None);
        }
        let turn = self.turns.of(key).await;
        if self.is_there(key).await? {
            return Err(DriverError::AlreadyExists(key.clone()));
        }
        Ok(Some(turn))
    }

    /// Whether an object is what came of a write, as far as is told.
    async fn has(&self, key: &BlobKey, own: &Write) -> bool {
        let asked = self.ask(Asked::of(Method::HEAD, key), Bytes::new()).await;
        asked.is_ok_and(|found| own.has_made(&found, self.dialect.words().name))
    }

    /// The bytes of an object. A read that breaks off is gone on with.
    pub async fn read_object(
        &self,
        key: &BlobKey,
        range: Option<GetRange>,
    ) -> Result<ByteStream, DriverError> {
        let object = Object {
            bucket: self.clone(),
            key: key.clone(),
        };
        read(object, range).await.map_err(Refusal::into_error)
    }
}

/// Somebody else has the key.
pub(super) fn is_taken(refusal: &Refusal) -> bool {
    let exists = refusal.code.ends_with("AlreadyExists") || refusal.code.ends_with("AlreadyExist");
    refusal.is_taken() || (refusal.is(StatusCode::CONFLICT) && exists)
}

/// What is read.
struct Object {
    bucket: Bucket,
    key: BlobKey,
}

impl Source for Object {
    fn request(&self, range: Option<&str>, tag: Option<&str>) -> Result<RequestBuilder, Refusal> {
        let mut asked = Asked::of(Method::GET, &self.key);
        for (name, value) in [("range", range), ("if-match", tag)] {
            if let Some(value) = value {
                asked = asked.header(name, value);
            }
        }
        self.bucket.request(&asked)
    }

    fn is_of_vendor(&self, headers: &HeaderMap) -> bool {
        self.bucket.is_of_vendor(headers)
    }
}
