//! What lies in a bucket: objects, and uploads that did not come to their end.

use super::client::Bucket;
use super::dialect::Asked;
use crate::answer::Answer;
use crate::listing::{Course, MOST_STAGED, PAGE};
use crate::refusal::{Refusal, garbage};
use crate::vendor::{Listing, Object, Page};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use percent_encoding::percent_decode_str;
use reqwest::Method;
use serde::Deserialize;
use storage::{DriverError, Staged};

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Told {
    encoding_type: String,
    contents: Vec<Contents>,
    common_prefixes: Vec<Prefix>,
    is_truncated: bool,
    next_marker: String,
    next_continuation_token: String,
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
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Upload {
    key: String,
    #[serde(rename = "UploadId")]
    id: String,
    initiated: DateTime<Utc>,
}

/// A name, which may have come encoded: not every character stands in XML.
pub(super) fn decoded(text: &str, is_encoded: bool) -> Result<String, DriverError> {
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
    async fn look(&self, asked: Asked<'_>) -> Result<Answer, DriverError> {
        let found = self.ask(asked, Bytes::new()).await;
        found.map_err(Refusal::into_error)
    }

    pub async fn list_page(&self, listing: Listing<'_>) -> Result<Page, DriverError> {
        let asked = self.listing_of(listing);
        let told: Told = self.look(asked).await?.xml("ListBucketResult")?;
        let is_encoded = told.encoding_type == "url";
        let mut page = Page::default();
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
        if told.is_truncated {
            let named = if self.dialect.words().lists_as_v2 {
                told.next_continuation_token
            } else {
                decoded(&told.next_marker, is_encoded)?
            };
            let named = Some(named).filter(|next| !next.is_empty());
            page.next = named.or_else(|| last_of(&page));
        }
        Ok(page)
    }

    fn listing_of<'a>(&self, listing: Listing<'a>) -> Asked<'a> {
        let limit = listing.limit.clamp(1, PAGE);
        let mut asked = Asked::of(Method::GET, None)
            .with("encoding-type", "url")
            .with("max-keys", limit.to_string());
        let (first, more) = if self.dialect.words().lists_as_v2 {
            asked = asked.with("list-type", "2");
            ("start-after", "continuation-token")
        } else {
            ("marker", "marker")
        };
        if !listing.prefix.is_empty() {
            asked = asked.with("prefix", listing.prefix);
        }
        match listing.next {
            Some(next) => asked = asked.with(more, next),
            None if listing.after.is_empty() => {}
            None => asked = asked.with(first, listing.after),
        }
        if listing.by_folder {
            asked = asked.with("delimiter", "/");
        }
        asked
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
            let mut asked = Asked::of(Method::GET, None)
                .with("uploads", "")
                .with("prefix", prefix);
            if !key_marker.is_empty() {
                asked = asked
                    .with("key-marker", key_marker)
                    .with("upload-id-marker", id_marker);
            }
            let page: Uploads = self.look(asked).await?.xml("ListMultipartUploadsResult")?;
            for upload in page.upload {
                if !upload.key.starts_with(prefix) {
                    continue;
                }
                found.push(Staged {
                    name: format!("{} {}", upload.id, upload.key),
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
            key_marker = page.next_key_marker;
            id_marker = page.next_upload_id_marker;
        }
    }
}

/// Where a page ends that does not say so.
fn last_of(page: &Page) -> Option<String> {
    let objects = page.objects.iter().map(|object| &object.key);
    objects.chain(&page.folders).max().cloned()
}
