//! Single objects: looked at, written in one request, deleted, compared.

use super::client::Container;
use super::{DROPPED, NAME_OF, checked, name_of};
use crate::answer::Answer;
use crate::driver::path_of;
use crate::refusal::{Refusal, garbage, of_library};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use futures_util::StreamExt as _;
use object_store::{Error, ObjectStore as _};
use reqwest::Method;
use reqwest::header::{HeaderName, HeaderValue, IF_NONE_MATCH};
use storage::{BlobKey, BlobStat, DriverError, VendorChecksum};
use uuid::Uuid;

const TYPE: HeaderName = HeaderName::from_static("x-ms-blob-type");

impl Container {
    /// What is known of a blob. Without answer: nothing has the key.
    async fn head(&self, key: &BlobKey) -> Result<Option<Answer>, DriverError> {
        match self.ask_of(Method::HEAD, key, &[], []).await {
            Ok(found) => Ok(Some(found).filter(|found| found.header(DROPPED).is_none())),
            Err(refusal) if refusal.is_missing() => Ok(None),
            Err(refusal) => Err(refusal.into_error()),
        }
    }

    pub async fn found(&self, key: &BlobKey) -> Result<Option<BlobStat>, DriverError> {
        let found = self.head(key).await?;
        found.map(|found| found.stat()).transpose()
    }

    /// Whether a blob is what this upload became. `None` if nothing has the key.
    pub async fn is_of(
        &self,
        key: &BlobKey,
        upload: &str,
        size_bytes: u64,
    ) -> Result<Option<bool>, DriverError> {
        let Some(found) = self.head(key).await? else {
            return Ok(None);
        };
        let is_own = found.header(NAME_OF) == Some(upload);
        Ok(Some(is_own && found.stat()?.size_bytes == size_bytes))
    }

    /// A small blob in one request.
    /// # Errors
    /// `AlreadyExists`
    pub async fn put(&self, key: &BlobKey, bytes: Bytes) -> Result<(), DriverError> {
        let own = name_of(Uuid::now_v7());
        let mut headers = checked(&bytes);
        headers.insert(IF_NONE_MATCH, HeaderValue::from_static("*"));
        headers.insert(TYPE, HeaderValue::from_static("BlockBlob"));
        headers.extend(HeaderValue::from_str(&own).ok().map(|own| (NAME_OF, own)));
        let (size, body) = (bytes.len() as u64, (headers, bytes.clone()));
        match self.ask(Method::PUT, Some(key), &[], body).await {
            Ok(_) => Ok(()),
            Err(refusal) if refusal.is_taken() => match self.is_of(key, &own, size).await? {
                // The answer was lost, and this is the one to the same request sent again.
                Some(true) => Ok(()),
                Some(false) => Err(DriverError::AlreadyExists(key.clone())),
                // Some take blocks without a blob for one.
                None => self.put_as_block(key, bytes).await,
            },
            Err(refusal) => Err(refusal.into_error()),
        }
    }

    async fn put_as_block(&self, key: &BlobKey, bytes: Bytes) -> Result<(), DriverError> {
        let upload = name_of(Uuid::now_v7());
        let part = self.send_block(key, &upload, 0, bytes).await?;
        let parts = Vec::from_iter(part);
        if self.join_blocks(key, &upload, &parts, None).await? {
            Ok(())
        } else {
            Err(garbage("the upload is gone"))
        }
    }

    /// Answers the keys that are still there.
    pub async fn delete_batch_of(&self, keys: &[BlobKey]) -> Result<Vec<BlobKey>, DriverError> {
        if let [only] = keys {
            return self.delete_one(only).await.map(|()| Vec::new());
        }
        let paths: Result<Vec<_>, _> = keys.iter().map(path_of).collect();
        let paths = futures_util::stream::iter(paths?.into_iter().map(Ok)).boxed();
        let done: Vec<_> = self.store.delete_stream(paths).collect().await;
        if done.len() != keys.len() {
            // One alone is refused in the store's own words, with the time to come back.
            if let Some(first) = keys.first() {
                self.delete_one(first).await?;
            }
            let why = done.into_iter().find_map(Result::err);
            return Err(why.map_or_else(|| garbage("fewer answers than keys"), of_library));
        }
        let mut left = Vec::new();
        let mut missing = None;
        for (key, done) in keys.iter().zip(done) {
            match done {
                Ok(_) => {}
                Err(Error::NotFound { .. }) => missing = Some(key),
                Err(_) => left.push(key.clone()),
            }
        }
        if let Some(missing) = missing {
            // Where the container is gone they are told to be missing, too: one of them tells.
            self.delete_one(missing).await?;
        }
        Ok(left)
    }

    async fn delete_one(&self, key: &BlobKey) -> Result<(), DriverError> {
        match self.ask_of(Method::DELETE, key, &[], []).await {
            Ok(_) => Ok(()),
            Err(refusal) if refusal.is_missing() => Ok(()),
            Err(refusal) => Err(refusal.into_error()),
        }
    }

    /// The store computes it over what comes in one request.
    /// # Errors
    /// `NotFound`
    pub async fn md5_of(&self, key: &BlobKey) -> Result<Option<VendorChecksum>, DriverError> {
        let found = self.head(key).await?;
        let found = found.ok_or_else(|| DriverError::NotFound(key.clone()))?;
        let md5 = found.header("content-md5");
        let md5 = md5.and_then(|md5| BASE64_STANDARD.decode(md5).ok()?.try_into().ok());
        Ok(md5.map(VendorChecksum::Md5))
    }

    /// Why a blob cannot be read, if it is not the answer to another question.
    pub async fn why(&self, key: &BlobKey) -> Option<DriverError> {
        let first = [(
            reqwest::header::RANGE,
            HeaderValue::from_static("bytes=0-0"),
        )];
        let asked = self.ask_of(Method::GET, key, &[], first).await;
        asked.err().map(Refusal::into_error)
    }
}
