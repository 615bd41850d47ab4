//! What lies in a bucket: objects, and uploads that did not come to their end.

use super::client::Bucket;
use crate::answer::Answer;
use crate::listing::{Course, MOST_STAGED, PAGE};
use crate::refusal::{Refusal, garbage};
use crate::vendor::{Listing, Object, Page};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use object_store::path::Path;
use percent_encoding::percent_decode_str;
use reqwest::Method;
use reqwest::header::HeaderMap;
use serde::Deserialize;
use storage::{DriverError, Staged};

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Told {
    contents: Vec<Contents>,
    common_prefixes: Vec<Prefix>,
    next_continuation_token: Option<String>,
    is_truncated: bool,
    /// How its names are written: not every store does as it is asked.
    encoding_type: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Contents {
    key: String,
    size: u64,
    last_modified: DateTime<Utc>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Prefix {
    prefix: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Uploads {
    upload: Vec<Upload>,
    is_truncated: bool,
    next_key_marker: String,
    next_upload_id_marker: String,
    encoding_type: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Upload {
    key: String,
    #[serde(rename = "UploadId")]
    id: String,
    initiated: DateTime<Utc>,
}

/// Keys come encoded where that is said: not every character stands in XML.
fn decoded(text: &str, is_encoded: bool) -> Result<String, DriverError> {
    if !is_encoded {
        return Ok(text.to_owned());
    }
    // As in forms: some stores write a blank so.
    let text = text.replace('+', " ");
    let decoded = percent_decode_str(&text).decode_utf8();
    decoded
        .map(std::borrow::Cow::into_owned)
        .map_err(|error| garbage(error.to_string()))
}

impl Bucket {
    async fn look(&self, query: &[(&str, &str)]) -> Result<Answer, DriverError> {
        let nothing = (HeaderMap::new(), Bytes::new());
        let found = self
            .ask(Method::GET, &Path::default(), query, nothing)
            .await;
        found.map_err(Refusal::into_error)
    }

    /// # Errors
    /// What answers does not know what a bucket is. A store may refuse to list, and is one.
    pub async fn require_store(&self) -> Result<(), DriverError> {
        let query = [("list-type", "2"), ("max-keys", "1")];
        let nothing = (HeaderMap::new(), Bytes::new());
        let root = Path::default();
        match self.ask(Method::GET, &root, &query, nothing).await {
            Ok(answer) => answer.xml::<Told>("ListBucketResult").map(drop),
            Err(refusal) if refusal.is_of_store() => Ok(()),
            Err(refusal) => Err(refusal.into_error()),
        }
    }

    pub async fn list_page(&self, listing: Listing<'_>) -> Result<Page, DriverError> {
        let limit = listing.limit.clamp(1, PAGE).to_string();
        let mut query = vec![
            ("list-type", "2"),
            ("encoding-type", "url"),
            ("max-keys", &*limit),
            ("prefix", listing.prefix),
        ];
        match listing.next {
            Some(token) => query.push(("continuation-token", token)),
            None if listing.after.is_empty() => {}
            None => query.push(("start-after", listing.after)),
        }
        if listing.by_folder {
            query.push(("delimiter", "/"));
        }
        let told: Told = self.look(&query).await?.xml("ListBucketResult")?;
        let is_encoded = told.encoding_type == "url";
        let next = told.next_continuation_token;
        let mut page = Page {
            next: next.filter(|token| !token.is_empty()),
            ..Page::default()
        };
        if told.is_truncated && page.next.is_none() {
            return Err(garbage("a listing that is cut short, and says not where"));
        }
        for object in told.contents {
            page.objects.push(Object {
                key: decoded(&object.key, is_encoded)?,
                size_bytes: object.size,
                modified: object.last_modified.into(),
            });
        }
        for folder in told.common_prefixes {
            page.folders.push(decoded(&folder.prefix, is_encoded)?);
        }
        Ok(page)
    }

    /// Uploads below the prefix of this storage that were begun and neither completed nor ended.
    pub async fn unfinished_uploads(&self) -> Result<Vec<Staged>, DriverError> {
        let prefix = &*self.options.staging_prefix;
        if prefix.is_empty() {
            // Others may use the same bucket: what is not known to be ours is left alone.
            return Ok(Vec::new());
        }
        let mut found = Vec::new();
        let (mut key_marker, mut id_marker) = (String::new(), String::new());
        let mut course = Course::default();
        loop {
            let query = [
                ("uploads", ""),
                ("encoding-type", "url"),
                ("prefix", prefix),
                ("key-marker", &*key_marker),
                ("upload-id-marker", &*id_marker),
            ];
            let given = if key_marker.is_empty() { 3 } else { 5 };
            let page: Uploads = self
                .look(&query[..given])
                .await?
                .xml("ListMultipartUploadsResult")?;
            let is_encoded = page.encoding_type == "url";
            for upload in page.upload {
                let key = decoded(&upload.key, is_encoded)?;
                if !key.starts_with(prefix) {
                    continue;
                }
                found.push(Staged {
                    name: format!("{} {key}", upload.id),
                    upload: None,
                    vendor_state: Some(upload.id),
                    size_bytes: 0,
                    modified: upload.initiated.into(),
                });
            }
            let is_last = !page.is_truncated || page.next_key_marker.is_empty();
            if is_last || found.len() >= MOST_STAGED {
                return Ok(found);
            }
            course.turn(format!(
                "{} {}",
                page.next_key_marker, page.next_upload_id_marker
            ))?;
            key_marker = decoded(&page.next_key_marker, is_encoded)?;
            id_marker = page.next_upload_id_marker;
        }
    }
}
