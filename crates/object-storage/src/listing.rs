//! What lies in a bucket: blobs by prefix, folders, and uploads that did not come to their end.

use crate::answer::{Answer, Refusal, garbage};
use crate::client::Bucket;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use object_store::path::Path;
use percent_encoding::percent_decode_str;
use reqwest::Method;
use reqwest::header::HeaderMap;
use serde::Deserialize;
use std::collections::BTreeMap;
use storage::{BlobKey, DriverError, FolderEntry, FolderFile, ListedBlob, Staged};

/// Entries that a store tells at once.
const PAGE: usize = 1_000;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Page {
    contents: Vec<Object>,
    common_prefixes: Vec<Prefix>,
    next_continuation_token: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Object {
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

/// Keys come encoded: not every character stands in XML.
fn decoded(text: &str) -> Result<String, DriverError> {
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

    async fn page(
        &self,
        (prefix, delimiter): (&str, &str),
        (after, token): (&str, Option<&str>),
        limit: usize,
    ) -> Result<Page, DriverError> {
        let limit = limit.clamp(1, PAGE).to_string();
        let mut query = vec![
            ("list-type", "2"),
            ("encoding-type", "url"),
            ("max-keys", &*limit),
            ("prefix", prefix),
        ];
        match token {
            Some(token) => query.push(("continuation-token", token)),
            None if after.is_empty() => {}
            None => query.push(("start-after", after)),
        }
        if !delimiter.is_empty() {
            query.push(("delimiter", delimiter));
        }
        self.look(&query).await?.xml()
    }

    pub async fn list(
        &self,
        prefix: &str,
        after: Option<&BlobKey>,
        limit: usize,
    ) -> Result<Vec<ListedBlob>, DriverError> {
        let after = after.map_or("", BlobKey::as_str);
        let mut found = Vec::new();
        let mut token: Option<String> = None;
        while found.len() < limit {
            let place = (after, token.as_deref());
            let page = self.page((prefix, ""), place, limit - found.len()).await?;
            for object in page.contents {
                let key = decoded(&object.key)?;
                // Folders that somebody made by hand, and what no blob of ours is called.
                let Ok(key) = BlobKey::parse(key) else {
                    continue;
                };
                found.push(ListedBlob {
                    key,
                    size_bytes: object.size,
                    modified: object.last_modified.into(),
                });
            }
            token = page
                .next_continuation_token
                .filter(|token| !token.is_empty());
            if token.is_none() {
                break;
            }
        }
        Ok(found)
    }

    pub async fn list_folder(
        &self,
        folder: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<FolderEntry>, DriverError> {
        let prefix = match folder {
            "" => String::new(),
            folder => format!("{folder}/"),
        };
        let start = after.map_or_else(String::new, |after| format!("{prefix}{after}"));
        let mut known: BTreeMap<String, Option<FolderFile>> = BTreeMap::new();
        let mut token: Option<String> = None;
        loop {
            let place = (&*start, token.as_deref());
            let page = self.page((&prefix, "/"), place, PAGE).await?;
            let mut reached = String::new();
            for object in page.contents {
                let key = decoded(&object.key)?;
                reached = reached.max(key.clone());
                let Some(name) = key.strip_prefix(&prefix).filter(|name| !name.is_empty()) else {
                    continue;
                };
                let file = FolderFile {
                    size_bytes: object.size,
                    modified: object.last_modified.into(),
                };
                known.insert(name.to_owned(), Some(file));
            }
            for folder in page.common_prefixes {
                let key = decoded(&folder.prefix)?;
                let name = key.strip_prefix(&prefix).unwrap_or(&key);
                let name = name.trim_end_matches('/').to_owned();
                if !name.is_empty() {
                    // A file of the same name would be hidden by it: both cannot be entries.
                    known.entry(name).or_insert(None);
                }
                reached = reached.max(key);
            }
            known.retain(|name, _| after.is_none_or(|after| name.as_str() > after));
            token = page
                .next_continuation_token
                .filter(|token| !token.is_empty());
            let end = token.is_none();
            let sure = known.keys().take(limit);
            let is_sure = |name: &String| end || format!("{prefix}{}", last_key(name)) <= reached;
            if end || (known.len() >= limit && sure.into_iter().all(is_sure)) {
                let entries = known.into_iter().take(limit);
                return Ok(entries
                    .map(|(name, file)| FolderEntry { name, file })
                    .collect());
            }
        }
    }

    /// Uploads below the prefix of this storage that were begun and neither completed nor ended.
    pub async fn unfinished(&self) -> Result<Vec<Staged>, DriverError> {
        let prefix = &*self.options.staging_prefix;
        if prefix.is_empty() {
            // Others may use the same bucket: what is not known to be ours is left alone.
            return Ok(Vec::new());
        }
        let mut found = Vec::new();
        let (mut key_marker, mut id_marker) = (String::new(), String::new());
        loop {
            let query = [
                ("uploads", ""),
                ("encoding-type", "url"),
                ("prefix", prefix),
                ("key-marker", &*key_marker),
                ("upload-id-marker", &*id_marker),
            ];
            let given = if key_marker.is_empty() { 3 } else { 5 };
            let page: Uploads = self.look(&query[..given]).await?.xml()?;
            for upload in page.upload {
                let key = decoded(&upload.key)?;
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
            if !page.is_truncated || page.next_key_marker.is_empty() {
                return Ok(found);
            }
            key_marker = decoded(&page.next_key_marker)?;
            id_marker = page.next_upload_id_marker;
        }
    }
}

/// The last key, in the order of a store, under which something that is called a beginning of
/// this name may follow: folders are listed with their slash, behind `photos.zip` comes `photos/`.
fn last_key(name: &str) -> String {
    let is_before_slash = |(at, c): (usize, char)| (at > 0 && c < '/').then_some(at);
    let shortest = name.char_indices().find_map(is_before_slash);
    match shortest {
        Some(at) => format!("{}/", &name[..at]),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_is_listed_later_comes_first_by_name() {
        assert_eq!(last_key("photos.zip"), "photos/");
        assert_eq!(last_key("a-b c"), "a/");
        assert_eq!(last_key("photos"), "photos");
        assert_eq!(last_key(".hidden"), ".hidden");
    }
}
