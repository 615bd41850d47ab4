//! Uploads in parts, as the store has them.

use super::client::Bucket;
use super::dialect::Asked;
use super::objects::{is_taken, md5};
use crate::refusal::{Refusal, garbage};
use crate::vendor::Part;
use bytes::Bytes;
use quick_xml::se::to_string;
use reqwest::Method;
use reqwest::header::{ETAG, HeaderValue};
use serde::{Deserialize, Serialize};
use storage::{BlobKey, DriverError};

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Parts {
    part: Vec<Part>,
    is_truncated: bool,
    next_part_number_marker: u64,
}

#[derive(Debug, Deserialize)]
struct Begun {
    #[serde(rename = "UploadId")]
    id: String,
}

/// What it says besides is known.
#[derive(Debug, Deserialize)]
struct Joined {}

#[derive(Serialize)]
#[serde(rename = "CompleteMultipartUpload", rename_all = "PascalCase")]
struct Completion<'a> {
    part: &'a [Part],
}

impl Bucket {
    /// # Errors
    /// `AlreadyExists`
    pub async fn begin_multipart(
        &self,
        key: &BlobKey,
        content_type: Option<&str>,
    ) -> Result<String, DriverError> {
        let mut asked = Asked::of(Method::POST, key).with("uploads", "");
        // What is no type is left out.
        let kind = content_type.filter(|kind| HeaderValue::from_str(kind).is_ok());
        if let Some(kind) = kind.filter(|kind| !kind.is_empty()) {
            asked = asked.header("content-type", kind);
        }
        match self.ask(self.guarded(asked), Bytes::new()).await {
            Ok(begun) => {
                let begun: Begun = begun.xml("InitiateMultipartUploadResult")?;
                Ok(begun.id)
            }
            Err(refusal) if is_taken(&refusal) => Err(DriverError::AlreadyExists(key.clone())),
            Err(refusal) => Err(refusal.into_error()),
        }
    }

    pub async fn put_part(
        &self,
        key: &BlobKey,
        upload: &str,
        index: u64,
        bytes: Bytes,
    ) -> Result<Option<Part>, DriverError> {
        let (number, size) = (index + 1, bytes.len() as u64);
        let asked = Asked::of(Method::PUT, key)
            .with("partNumber", number.to_string())
            .with("uploadId", upload)
            .header("content-md5", md5(&bytes));
        match self.ask(asked, bytes).await {
            Ok(answer) => {
                let tag = answer.header(ETAG).filter(|tag| !tag.is_empty());
                let tag = tag.ok_or_else(|| garbage("a part without a tag"))?;
                Ok(Some(Part {
                    number,
                    e_tag: tag.to_owned(),
                    size,
                }))
            }
            Err(refusal) if refusal.is_missing() => Ok(None),
            Err(refusal) => Err(refusal.into_error()),
        }
    }

    pub async fn parts_of(
        &self,
        key: &BlobKey,
        upload: &str,
    ) -> Result<Option<Vec<Part>>, DriverError> {
        let mut all = Vec::new();
        let mut marker = 0;
        loop {
            let mut asked = Asked::of(Method::GET, key).with("uploadId", upload);
            if marker > 0 {
                asked = asked.with("part-number-marker", marker.to_string());
            }
            let page: Parts = match self.ask(asked, Bytes::new()).await {
                Ok(answer) => answer.xml("ListPartsResult")?,
                Err(refusal) if refusal.is_missing() => return Ok(None),
                Err(refusal) => return Err(refusal.into_error()),
            };
            all.extend(page.part);
            if !page.is_truncated || page.next_part_number_marker <= marker {
                return Ok(Some(all));
            }
            marker = page.next_part_number_marker;
        }
    }

    pub async fn join_parts(
        &self,
        key: &BlobKey,
        upload: &str,
        parts: &[Part],
    ) -> Result<bool, DriverError> {
        let _turn = self.turn(key).await?;
        let body = to_string(&Completion { part: parts });
        let body = body.map_err(|error| garbage(error.to_string()))?;
        let asked = Asked::of(Method::POST, key)
            .with("uploadId", upload)
            .header("content-type", "application/xml");
        match self.ask(self.guarded(asked), body.into()).await {
            Ok(answer) => answer
                .xml::<Joined>("CompleteMultipartUploadResult")
                .map(|_| true),
            Err(refusal) if refusal.is_missing() => Ok(false),
            Err(refusal) if is_taken(&refusal) => Err(DriverError::AlreadyExists(key.clone())),
            Err(refusal) => Err(refusal.into_error()),
        }
    }

    pub async fn abort_upload(&self, key: &BlobKey, upload: &str) -> Result<(), DriverError> {
        let asked = Asked::of(Method::DELETE, key).with("uploadId", upload);
        match self.ask(asked, Bytes::new()).await {
            Ok(answer) => answer.nothing(),
            Err(refusal) if refusal.is_missing() => Ok(()),
            Err(refusal) => Err(Refusal::into_error(refusal)),
        }
    }
}
