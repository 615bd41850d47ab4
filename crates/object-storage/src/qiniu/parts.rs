//! Uploads in parts (Kodo, resumable upload, version 2).

use super::client::Bucket;
use super::refusal::{error_of, is_missing, is_taken};
use super::signing::base64;
use crate::answer::Answer;
use crate::disposition::encoded;
use crate::refusal::{Refusal, garbage};
use crate::vendor::Part;
use bytes::Bytes;
use md5::{Digest as _, Md5};
use reqwest::Method;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;
use storage::{BlobKey, DriverError};

/// Parts that are told at once.
const PAGE: u64 = 1_000;
const BYTES: &str = "application/octet-stream";
const JSON: &str = "application/json";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Begun {
    upload_id: String,
}

#[derive(Deserialize)]
struct Arrived {
    etag: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    #[serde(default)]
    parts: Option<Vec<Told>>,
    /// 0: there are no more.
    #[serde(default)]
    part_number_marker: u64,
}

/// A part, as it is told and named.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Told {
    etag: String,
    part_number: u64,
    #[serde(default, skip_serializing)]
    size: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Completion<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    mime_type: Option<&'a str>,
    parts: Vec<Told>,
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn read<'a, T: Deserialize<'a>>(answer: &'a Answer) -> Result<T, DriverError> {
    serde_json::from_slice(&answer.body).map_err(|_| answer.is_strange())
}

impl Bucket {
    /// Where the uploads to a key are.
    async fn uploads(&self, key: &BlobKey) -> Result<String, DriverError> {
        let up = &self.hosts().await?.up;
        let (bucket, key) = (encoded(&self.options.bucket), base64(key.as_str()));
        Ok(format!("{up}/buckets/{bucket}/objects/{key}/uploads"))
    }

    /// Where one of them is.
    pub(super) async fn upload(&self, key: &BlobKey, upload: &str) -> Result<String, DriverError> {
        Ok(format!("{}/{}", self.uploads(key).await?, encoded(upload)))
    }

    async fn about_upload(
        &self,
        (method, url): (Method, String),
        key: &BlobKey,
        (kind, body): (&'static str, Bytes),
    ) -> Result<Answer, Refusal> {
        let token = format!("UpToken {}", self.own_token(key));
        // What is compared by the vendor with what arrives.
        let sum = (kind == BYTES).then(|| hex(&Md5::digest(&body)));
        let request = || {
            let request = self.http.request(method.clone(), &url);
            let request = request.header(AUTHORIZATION, &token);
            let request = match &sum {
                Some(sum) => request.header("content-md5", sum),
                None => request,
            };
            match method {
                Method::GET | Method::DELETE => request,
                _ => request.header(CONTENT_TYPE, kind).body(body.clone()),
            }
        };
        self.send(request).await
    }

    pub async fn begin_upload(&self, key: &BlobKey) -> Result<String, DriverError> {
        let asked = (Method::POST, self.uploads(key).await?);
        let begun = self.about_upload(asked, key, (JSON, Bytes::new())).await;
        let begun = begun.map_err(error_of)?;
        Ok(read::<Begun>(&begun)?.upload_id)
    }

    pub async fn put_part(
        &self,
        key: &BlobKey,
        upload: &str,
        index: u64,
        bytes: Bytes,
    ) -> Result<Option<Part>, DriverError> {
        let (number, size) = (index + 1, bytes.len() as u64);
        let url = format!("{}/{number}", self.upload(key, upload).await?);
        let sent = self.about_upload((Method::PUT, url), key, (BYTES, bytes));
        match sent.await {
            Ok(answer) => Ok(Some(Part {
                number,
                e_tag: read::<Arrived>(&answer)?.etag,
                size,
            })),
            Err(refusal) if is_missing(&refusal) => Ok(None),
            Err(refusal) => Err(error_of(refusal)),
        }
    }

    pub async fn parts_of(
        &self,
        key: &BlobKey,
        upload: &str,
    ) -> Result<Option<Vec<Part>>, DriverError> {
        let url = self.upload(key, upload).await?;
        let (mut all, mut marker) = (Vec::new(), 0);
        loop {
            let mut page = format!("{url}?max-parts={PAGE}");
            if marker > 0 {
                let _ = write!(page, "&part-number-marker={marker}");
            }
            let told = self.about_upload((Method::GET, page), key, (JSON, Bytes::new()));
            let page: Page = match told.await {
                Ok(answer) => read(&answer)?,
                Err(refusal) if is_missing(&refusal) => return Ok(None),
                Err(refusal) => return Err(error_of(refusal)),
            };
            all.extend(page.parts.unwrap_or_default().into_iter().map(|part| Part {
                number: part.part_number,
                e_tag: part.etag,
                size: part.size,
            }));
            if page.part_number_marker <= marker {
                return Ok(Some(all));
            }
            marker = page.part_number_marker;
        }
    }

    /// # Errors
    /// `AlreadyExists`
    pub async fn join_parts(
        &self,
        key: &BlobKey,
        upload: &str,
        parts: &[Part],
        content_type: Option<&str>,
    ) -> Result<bool, DriverError> {
        let named = parts.iter().map(|part| Told {
            etag: part.e_tag.clone(),
            part_number: part.number,
            size: part.size,
        });
        let body = serde_json::to_vec(&Completion {
            mime_type: content_type.filter(|kind| !kind.is_empty()),
            parts: named.collect(),
        });
        let body = body.map_err(|error| garbage(error.to_string()))?;
        let asked = (Method::POST, self.upload(key, upload).await?);
        match self.about_upload(asked, key, (JSON, body.into())).await {
            Ok(_) => Ok(true),
            Err(refusal) if is_missing(&refusal) => Ok(false),
            Err(refusal) if is_taken(&refusal) => Err(DriverError::AlreadyExists(key.clone())),
            Err(refusal) => Err(error_of(refusal)),
        }
    }

    pub async fn drop_upload(&self, key: &BlobKey, upload: &str) -> Result<(), DriverError> {
        let asked = (Method::DELETE, self.upload(key, upload).await?);
        match self.about_upload(asked, key, (JSON, Bytes::new())).await {
            Ok(_) => Ok(()),
            Err(refusal) if is_missing(&refusal) => Ok(()),
            Err(refusal) => Err(error_of(refusal)),
        }
    }
}
