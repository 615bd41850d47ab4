//! Requests about the bucket with a body: rules for browsers, many deletions.

use super::client::Bucket;
use super::dialect::Asked;
use super::listing::decoded;
use super::objects::md5;
use crate::driver::fits_xml;
use crate::refusal::{Refusal, garbage};
use bytes::Bytes;
use quick_xml::se::to_string;
use reqwest::Method;
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
    quiet: bool,
    object: Vec<Key<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Key<'a> {
    key: &'a str,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Done {
    encoding_type: String,
    deleted: Vec<Told>,
    error: Vec<Told>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Told {
    key: String,
    #[serde(default)]
    code: String,
}

impl Bucket {
    /// XML about the bucket, with the checksum that stores ask for.
    async fn say(
        &self,
        asked: Asked<'_>,
        body: &impl Serialize,
    ) -> Result<crate::answer::Answer, DriverError> {
        let body = to_string(body).map_err(|error| garbage(error.to_string()))?;
        let asked = asked
            .header("content-md5", md5(body.as_bytes()))
            .header("content-type", "application/xml");
        let said = self.ask(asked, body.into()).await;
        said.map_err(Refusal::into_error)
    }

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
        let asked = Asked::of(Method::PUT, None).with("cors", "");
        self.say(asked, &Rules { rule }).await?.nothing()
    }

    /// As many as one request may delete. Answers those that are still there.
    pub async fn delete_batch_of(&self, keys: &[BlobKey]) -> Result<Vec<BlobKey>, DriverError> {
        let words = self.dialect.words();
        if let [only] = keys
            && (words.deletes_one || !fits_xml(only))
        {
            return self.delete_one(only).await.map(|()| Vec::new());
        }
        let keys_of = keys.iter().map(|key| Key { key: key.as_str() });
        let deletion = Deletion {
            quiet: !words.tells_deleted,
            object: keys_of.collect(),
        };
        let mut asked = Asked::of(Method::POST, None).with("delete", "");
        if words.tells_deleted {
            asked = asked.with("encoding-type", "url");
        }
        let told = self.say(asked, &deletion).await?;
        let told: Done = told.xml("DeleteResult")?;
        let is_encoded = told.encoding_type == "url";
        let name = |told: &Told| decoded(&told.key, is_encoded);
        if words.tells_deleted {
            let gone = told.deleted.iter().map(name);
            let gone: HashSet<String> = gone.collect::<Result<_, _>>()?;
            let is_left = |key: &&BlobKey| !gone.contains(key.as_str());
            return Ok(keys.iter().filter(is_left).cloned().collect());
        }
        let failed = told.error.iter().filter(|told| told.code != "NoSuchKey");
        let failed: HashSet<String> = failed.map(name).collect::<Result<_, _>>()?;
        let is_left = |key: &&BlobKey| failed.contains(key.as_str());
        let left: Vec<BlobKey> = keys.iter().filter(is_left).cloned().collect();
        if left.len() < failed.len() {
            return Err(garbage("something else could not be deleted"));
        }
        Ok(left)
    }

    async fn delete_one(&self, key: &BlobKey) -> Result<(), DriverError> {
        match self.ask(Asked::of(Method::DELETE, key), Bytes::new()).await {
            Ok(answer) => answer.nothing(),
            Err(refusal) if refusal.is_missing() => Ok(()),
            Err(refusal) => Err(refusal.into_error()),
        }
    }
}
