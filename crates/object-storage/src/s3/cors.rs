//! Requests about the bucket with a body: rules for browsers, many deletions.

use super::client::Bucket;
use super::md5;
use crate::refusal::{Refusal, garbage};
use bytes::Bytes;
use object_store::path::Path;
use quick_xml::se::to_string;
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use storage::{BlobKey, DriverError};

/// How long browsers need not ask again.
const RULES_SECS: u32 = 3_600;

#[derive(Serialize)]
#[serde(rename = "CORSConfiguration")]
struct Rules {
    #[serde(rename = "CORSRule")]
    rule: Rule,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Rule {
    allowed_origin: Vec<String>,
    allowed_method: Vec<&'static str>,
    allowed_header: Vec<&'static str>,
    expose_header: Vec<&'static str>,
    max_age_seconds: u32,
}

#[derive(Serialize)]
#[serde(rename = "Delete", rename_all = "PascalCase")]
struct Deletion<'a> {
    object: Vec<Deleted<'a>>,
    quiet: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Deleted<'a> {
    key: &'a str,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct DeletionResult {
    error: Vec<DeletionError>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DeletionError {
    key: String,
    #[serde(default)]
    code: String,
}

/// XML with the checksum that stores ask for.
fn sent(body: &impl Serialize) -> Result<(HeaderMap, Bytes), DriverError> {
    let body = to_string(body).map_err(|error| garbage(error.to_string()))?;
    let mut headers = HeaderMap::new();
    headers.insert(HeaderName::from_static("content-md5"), md5(body.as_bytes()));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/xml"));
    Ok((headers, body.into()))
}

impl Bucket {
    pub async fn set_rules(&self, origins: &[String]) -> Result<(), DriverError> {
        let everybody = || vec!["*".to_owned()];
        let rule = Rule {
            allowed_origin: if origins.is_empty() {
                everybody()
            } else {
                origins.to_vec()
            },
            allowed_method: vec!["GET", "POST", "PUT", "DELETE", "HEAD"],
            allowed_header: vec!["*"],
            expose_header: vec!["ETag"],
            max_age_seconds: RULES_SECS,
        };
        let body = sent(&Rules { rule })?;
        let root = Path::default();
        let set = self.ask(Method::PUT, &root, &[("cors", "")], body);
        set.await.map_err(Refusal::into_error)?.nothing()
    }

    /// As many as one request may delete. Answers those that are still there.
    pub async fn delete_batch_of(&self, keys: &[BlobKey]) -> Result<Vec<BlobKey>, DriverError> {
        if let [only] = keys {
            return self.delete_one(only).await.map(|()| Vec::new());
        }
        let object = keys.iter().map(|key| Deleted { key: key.as_str() });
        let deletion = Deletion {
            object: object.collect(),
            quiet: true,
        };
        let body = sent(&deletion)?;
        let root = Path::default();
        let asked = self.ask(Method::POST, &root, &[("delete", "")], body);
        let result: DeletionResult = match asked.await {
            Ok(answer) => answer.xml("DeleteResult")?,
            Err(refusal) if refusal.is_unknown() => {
                for key in keys {
                    self.delete_one(key).await?;
                }
                return Ok(Vec::new());
            }
            Err(refusal) => return Err(refusal.into_error()),
        };
        let failed = result.error.into_iter();
        let failed = failed.filter(|error| error.code != "NoSuchKey");
        let failed: HashSet<String> = failed.map(|error| error.key).collect();
        let is_left = |key: &&BlobKey| failed.contains(key.as_str());
        let left: Vec<BlobKey> = keys.iter().filter(is_left).cloned().collect();
        if left.len() < failed.len() {
            return Err(garbage("something else could not be deleted"));
        }
        Ok(left)
    }

    async fn delete_one(&self, key: &BlobKey) -> Result<(), DriverError> {
        match self
            .ask_of(Method::DELETE, key, &[], HeaderMap::new())
            .await
        {
            Ok(answer) => answer.nothing(),
            Err(refusal) if refusal.is_missing() => Ok(()),
            Err(refusal) => Err(refusal.into_error()),
        }
    }
}
