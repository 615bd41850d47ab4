//! Uploads in parts, as the store has them.

use super::checked;
use super::client::Bucket;
use crate::driver::path_of;
use crate::refusal::{Refusal, garbage};
use crate::vendor::Part;
use bytes::Bytes;
use quick_xml::se::to_string;
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, ETAG, HeaderMap, HeaderValue, IF_NONE_MATCH};
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
    pub async fn begin_multipart(
        &self,
        key: &BlobKey,
        content_type: Option<&str>,
    ) -> Result<String, DriverError> {
        let mut headers = HeaderMap::new();
        // What is no type is left out.
        if let Some(Ok(kind)) = content_type.map(HeaderValue::from_str) {
            headers.insert(CONTENT_TYPE, kind);
        }
        let begun = self.ask_of(Method::POST, key, &[("uploads", "")], headers);
        let begun = begun.await.map_err(Refusal::into_error)?;
        let begun: Begun = begun.xml("InitiateMultipartUploadResult")?;
        Ok(begun.id)
    }

    pub async fn put_part(
        &self,
        key: &BlobKey,
        upload: &str,
        index: u64,
        bytes: Bytes,
    ) -> Result<Option<Part>, DriverError> {
        let (number, size) = (index + 1, bytes.len() as u64);
        let path = path_of(key)?;
        let text = number.to_string();
        let query = [("partNumber", &*text), ("uploadId", upload)];
        let sent = self.ask(Method::PUT, &path, &query, (checked(&bytes), bytes));
        match sent.await {
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
            let text = marker.to_string();
            let query = [("uploadId", upload), ("part-number-marker", &*text)];
            let asked = self.ask_of(Method::GET, key, &query, HeaderMap::new());
            let page: Parts = match asked.await {
                Ok(answer) => answer.xml("ListPartsResult")?,
                Err(refusal) if refusal.is_missing() => return Ok(None),
                Err(refusal) => return Err(refusal.into_error()),
            };
            all.extend(page.part);
            if !page.is_truncated {
                return Ok(Some(all));
            }
            if page.next_part_number_marker <= marker {
                return Err(garbage("a listing that leads nowhere"));
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
        let body = to_string(&Completion { part: parts });
        let body = body.map_err(|error| garbage(error.to_string()))?;
        let mut headers = HeaderMap::new();
        headers.insert(IF_NONE_MATCH, HeaderValue::from_static("*"));
        let path = path_of(key)?;
        let query = [("uploadId", upload)];
        let joined = self.ask(Method::POST, &path, &query, (headers, body.into()));
        match joined.await {
            Ok(answer) => answer
                .xml::<Joined>("CompleteMultipartUploadResult")
                .map(|_| true),
            Err(refusal) if refusal.is_missing() => Ok(false),
            Err(refusal) if refusal.is_taken() => Err(DriverError::AlreadyExists(key.clone())),
            Err(refusal) => Err(refusal.into_error()),
        }
    }

    pub async fn abort_upload(&self, key: &BlobKey, upload: &str) -> Result<(), DriverError> {
        let query = [("uploadId", upload)];
        let asked = self.ask_of(Method::DELETE, key, &query, HeaderMap::new());
        match asked.await {
            Ok(answer) => answer.nothing(),
            Err(refusal) if refusal.is_missing() => Ok(()),
            Err(refusal) => Err(refusal.into_error()),
        }
    }
}
