//! Uploads in parts, as the store has them.

use crate::answer::{garbage, of_library};
use crate::client::{Bucket, path_of};
use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use object_store::multipart::{MultipartStore as _, PartId};
use object_store::{Attribute, Attributes, Error, PutMultipartOptions};
use quick_xml::se::to_string;
use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderValue, IF_NONE_MATCH};
use serde::{Deserialize, Serialize};
use storage::{BlobKey, DriverError};

/// A part that the store has.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Part {
    #[serde(rename = "PartNumber")]
    pub number: u64,
    #[serde(rename = "ETag")]
    pub e_tag: String,
    #[serde(default, skip_serializing)]
    pub size: u64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Parts {
    part: Vec<Part>,
    is_truncated: bool,
    next_part_number_marker: u64,
}

#[derive(Serialize)]
#[serde(rename = "CompleteMultipartUpload", rename_all = "PascalCase")]
struct Completion<'a> {
    part: &'a [Part],
}

impl Bucket {
    /// Begins an upload. Answers the store's name of it.
    pub async fn begin_multipart(
        &self,
        key: &BlobKey,
        content_type: Option<&str>,
    ) -> Result<String, DriverError> {
        let attributes = content_type.map(|kind| (Attribute::ContentType, kind.to_owned()));
        let options = PutMultipartOptions {
            attributes: Attributes::from_iter(attributes),
            ..PutMultipartOptions::default()
        };
        let path = path_of(key)?;
        let begun = self.store.create_multipart_opts(&path, options);
        begun.await.map_err(of_library)
    }

    /// Sends one part, from 0. `None`: there is no such upload.
    pub async fn send_part(
        &self,
        key: &BlobKey,
        upload: &str,
        index: u64,
        bytes: Bytes,
    ) -> Result<Option<Part>, DriverError> {
        let size = bytes.len() as u64;
        let number = usize::try_from(index).map_err(|error| garbage(error.to_string()))?;
        let (path, upload) = (path_of(key)?, upload.to_owned());
        let sent = self.store.put_part(&path, &upload, number, bytes.into());
        match sent.await {
            Ok(PartId { content_id }) => Ok(Some(Part {
                number: index + 1,
                e_tag: content_id,
                size,
            })),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(of_library(error)),
        }
    }

    /// The parts that an upload has, in order. `None`: there is no such upload.
    pub async fn parts(
        &self,
        key: &BlobKey,
        upload: &str,
    ) -> Result<Option<Vec<Part>>, DriverError> {
        let path = path_of(key)?;
        let mut all = Vec::new();
        let mut marker = "0".to_owned();
        loop {
            let query = [("uploadId", upload), ("part-number-marker", &*marker)];
            let asked = self.ask(Method::GET, &path, &query, (HeaderMap::new(), Bytes::new()));
            let page: Parts = match asked.await {
                Ok(answer) => answer.xml()?,
                Err(refusal) if refusal.is_missing() => return Ok(None),
                Err(refusal) => return Err(refusal.into_error()),
            };
            all.extend(page.part);
            if !page.is_truncated {
                return Ok(Some(all));
            }
            marker = page.next_part_number_marker.to_string();
        }
    }

    /// Makes a blob of its parts, unless something has the key. `false`: there is no such upload.
    /// # Errors
    /// `AlreadyExists`
    pub async fn join(
        &self,
        key: &BlobKey,
        upload: &str,
        parts: &[Part],
    ) -> Result<bool, DriverError> {
        let body = to_string(&Completion { part: parts });
        let body = body.map_err(|error| garbage(error.to_string()))?;
        let mut headers = HeaderMap::new();
        headers.insert(IF_NONE_MATCH, HeaderValue::from_static("*"));
        let path = path_of(key)?;
        let query = [("uploadId", upload)];
        let joined = self.ask(Method::POST, &path, &query, (headers, body.into()));
        match joined.await {
            Ok(_) => Ok(true),
            Err(refusal) if refusal.is_missing() => Ok(false),
            Err(refusal) if refusal.is_taken() => Err(DriverError::AlreadyExists(key.clone())),
            Err(refusal) => Err(refusal.into_error()),
        }
    }

    /// Drops an upload with all its parts. One that is not there is dropped.
    pub async fn abort(&self, key: &BlobKey, upload: &str) -> Result<(), DriverError> {
        let path = path_of(key)?;
        let query = [("uploadId", upload)];
        let nothing = (HeaderMap::new(), Bytes::new());
        match self.ask(Method::DELETE, &path, &query, nothing).await {
            Ok(_) => Ok(()),
            Err(refusal) if refusal.is_missing() => Ok(()),
            Err(refusal) => Err(refusal.into_error()),
        }
    }

    /// An upload that nobody but this call knows of.
    pub async fn begin_parts(
        &self,
        key: &BlobKey,
        content_type: Option<&str>,
    ) -> Result<OwnUpload, DriverError> {
        Ok(OwnUpload {
            id: self.begin_multipart(key, content_type).await?,
            bucket: self.clone(),
            key: key.clone(),
            is_over: false,
        })
    }
}

/// An upload of one call: dropped, it ends at the store as well.
#[derive(Debug)]
pub(crate) struct OwnUpload {
    bucket: Bucket,
    key: BlobKey,
    id: String,
    is_over: bool,
}

impl OwnUpload {
    /// Sends a part, from 0.
    pub fn send(&self, index: u64, bytes: Bytes) -> BoxFuture<'_, Result<Part, DriverError>> {
        async move {
            let sent = self.bucket.send_part(&self.key, &self.id, index, bytes);
            let lost = || garbage("the upload is gone".to_owned());
            sent.await?.ok_or_else(lost)
        }
        .boxed()
    }

    pub async fn complete(mut self, parts: &[Part]) -> Result<(), DriverError> {
        let joined = self.bucket.join(&self.key, &self.id, parts).await?;
        self.is_over = true;
        if joined {
            Ok(())
        } else {
            Err(garbage("the upload is gone".to_owned()))
        }
    }
}

impl Drop for OwnUpload {
    fn drop(&mut self) {
        if self.is_over {
            return;
        }
        let (bucket, key, id) = (self.bucket.clone(), self.key.clone(), self.id.clone());
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        runtime.spawn(async move {
            if let Err(error) = bucket.abort(&key, &id).await {
                tracing::warn!(%key, %error, "an upload is left at the store");
            }
        });
    }
}
