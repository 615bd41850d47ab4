//! What lies in a container: blobs, and blocks that belong to none yet.

use super::client::Container;
use super::{name_of, number_of};
use crate::listing::{Course, MOST_STAGED, PAGE};
use crate::refusal::{Refusal, garbage, time};
use crate::vendor::{Listing, Object, Page};
use bytes::Bytes;
use percent_encoding::percent_decode_str;
use reqwest::Method;
use reqwest::header::HeaderMap;
use serde::Deserialize;
use std::time::{Duration, SystemTime};
use storage::{BlobKey, DriverError, Staged};

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Told {
    blobs: Blobs,
    next_marker: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Blobs {
    blob: Vec<Blob>,
    blob_prefix: Vec<Prefix>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Prefix {
    name: Name,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Blob {
    name: Name,
    properties: Properties,
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Debug, Deserialize)]
struct Name {
    /// Not every character stands in XML.
    #[serde(rename = "@Encoded", default)]
    encoded: bool,
    #[serde(rename = "$text", default)]
    text: String,
}

#[derive(Debug, Deserialize)]
struct Properties {
    #[serde(rename = "Last-Modified", default)]
    modified: String,
    #[serde(rename = "Content-Length", default)]
    size: u64,
    #[serde(rename = "Content-MD5")]
    md5: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
struct Metadata {
    #[serde(rename = "alcoveupload")]
    upload: Option<String>,
    #[serde(rename = "alcovedropped")]
    dropped: Option<String>,
}

impl Name {
    fn read(self) -> Result<String, DriverError> {
        if !self.encoded {
            return Ok(self.text);
        }
        let decoded = percent_decode_str(&self.text).decode_utf8();
        let decoded = decoded.map_err(|error| garbage(error.to_string()))?;
        Ok(decoded.into_owned())
    }
}

impl Container {
    async fn look(&self, more: &[(&str, &str)]) -> Result<Told, DriverError> {
        let mut query = vec![("restype", "container"), ("comp", "list")];
        query.extend(more);
        let nothing = (HeaderMap::new(), Bytes::new());
        let found = self.ask(Method::GET, None, &query, nothing).await;
        found
            .map_err(Refusal::into_error)?
            .xml("EnumerationResults")
    }

    pub async fn list_page(&self, listing: Listing<'_>) -> Result<Page, DriverError> {
        // The one that is not wanted again is told once more.
        let limit = (listing.limit + 1).clamp(1, PAGE).to_string();
        let mut query = vec![
            ("include", "metadata"),
            ("maxresults", &*limit),
            ("prefix", listing.prefix),
        ];
        match listing.next {
            Some(marker) => query.push(("marker", marker)),
            None if listing.after.is_empty() => {}
            None => query.push(("startFrom", listing.after)),
        }
        if listing.by_folder {
            query.push(("delimiter", "/"));
        }
        let told = self.look(&query).await?;
        let mut page = Page {
            next: told.next_marker.filter(|marker| !marker.is_empty()),
            ..Page::default()
        };
        for blob in told.blobs.blob {
            let key = blob.name.read()?;
            // Not every store begins where it was asked to.
            if blob.metadata.dropped.is_some() || key.as_str() <= listing.after {
                continue;
            }
            page.objects.push(Object {
                key,
                size_bytes: blob.properties.size,
                modified: time(&blob.properties.modified).unwrap_or(SystemTime::UNIX_EPOCH),
            });
        }
        for folder in told.blobs.blob_prefix {
            page.folders.push(folder.name.read()?);
        }
        Ok(page)
    }

    /// Blocks below the prefix of this storage that no blob is made of.
    pub async fn unfinished_uploads(&self) -> Result<Vec<Staged>, DriverError> {
        let prefix = &*self.options.staging_prefix;
        if prefix.is_empty() {
            // Others may use the same container: what is not known to be ours is left alone.
            return Ok(Vec::new());
        }
        let mut found = Vec::new();
        let mut marker = String::new();
        let mut course = Course::default();
        loop {
            let query = [
                ("include", "metadata,uncommittedblobs"),
                ("prefix", prefix),
                ("marker", &*marker),
            ];
            let given = if marker.is_empty() { 2 } else { 3 };
            let told = self.look(&query[..given]).await?;
            for blob in told.blobs.blob {
                let Ok(key) = BlobKey::parse(blob.name.read()?) else {
                    continue;
                };
                if let Some(upload) = blob.metadata.dropped {
                    found.extend(number_of(&upload).map(|upload| staged(&key, upload)));
                    continue;
                }
                let is_blob = blob.metadata.upload.is_some()
                    || blob.properties.md5.is_some_and(|md5| !md5.is_empty());
                if blob.properties.size == 0 && !is_blob {
                    let uploads = self.uploads_of(&key).await?;
                    found.extend(uploads.into_iter().map(|upload| staged(&key, upload)));
                }
            }
            match told.next_marker.filter(|marker| !marker.is_empty()) {
                Some(next) if found.len() < MOST_STAGED => marker = course.turn(next)?,
                _ => return Ok(found),
            }
        }
    }
}

fn staged(key: &BlobKey, upload: uuid::Uuid) -> Staged {
    let begun = upload.get_timestamp().map(|time| time.to_unix());
    let (secs, nanos) = begun.unwrap_or_default();
    let upload = name_of(upload);
    Staged {
        name: format!("{upload} {key}"),
        upload: None,
        vendor_state: Some(upload),
        size_bytes: 0,
        modified: SystemTime::UNIX_EPOCH + Duration::new(secs, nanos),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn names_are_read_as_they_are() {
        let blob = |name: &str| {
            format!(
                "<Blob>{name}<Properties><Last-Modified>Tue, 24 Nov 2026 19:32:49 GMT</Last-Modified>\
                 <Content-Length>5</Content-Length></Properties><OrMetadata/></Blob>"
            )
        };
        let text = format!(
            "<?xml version=\"1.0\"?><EnumerationResults><Prefix/><Blobs>{}\
             <BlobPrefix><Name>a/</Name></BlobPrefix>{}{}</Blobs><NextMarker/></EnumerationResults>",
            blob("<Name> a?b#c&amp;d=e+f é </Name>"),
            blob("<Name Encoded=\"true\">%EF%BF%BE%20x</Name>"),
            blob("<Name>b</Name>"),
        );
        let told: Told = quick_xml::de::from_str(&text).unwrap();
        let names = told
            .blobs
            .blob
            .into_iter()
            .map(|blob| blob.name.read().unwrap());
        assert_eq!(
            names.collect::<Vec<_>>(),
            [" a?b#c&d=e+f é ", "\u{fffe} x", "b"]
        );
        assert_eq!(told.blobs.blob_prefix.len(), 1);
        assert_eq!(told.next_marker.unwrap_or_default(), "");
    }
}
