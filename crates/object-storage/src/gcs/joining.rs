//! One object out of many: some at a time, as many times over as it takes.

use super::NAME_OF;
use super::client::Bucket;
use super::objects::{FIELDS, Told};
use super::parts::folder;
use crate::refusal::{Refusal, garbage};
use crate::vendor::Part;
use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _};
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use serde::Serialize;
use std::collections::BTreeMap;
use storage::{BlobKey, DriverError};
use uuid::Uuid;

/// Objects that one composition takes (Cloud Storage, composing objects).
const MOST_SOURCES: usize = 32;
/// Compositions on their way at one time.
const AT_ONCE: usize = 4;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Composition<'a> {
    source_objects: Vec<Source<'a>>,
    destination: Destination<'a>,
    /// Without fees for what was kept for a short while only, and without being kept for longer.
    delete_source_objects: bool,
}

#[derive(Debug, Serialize)]
struct Source<'a> {
    name: &'a str,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Destination<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    content_type: Option<&'a str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    metadata: BTreeMap<&'a str, &'a str>,
}

/// What became of a composition.
enum Composed {
    Done(Box<Told>),
    /// Something has the name.
    Taken,
    /// One of the sources is not there, or the bucket.
    Missing,
    Failed(Refusal),
}

impl Bucket {
    async fn compose(
        &self,
        name: &str,
        sources: &[String],
        destination: Destination<'_>,
        is_last: bool,
    ) -> Result<Composed, DriverError> {
        let sources = sources.iter().map(|name| Source { name });
        let composition = Composition {
            source_objects: sources.collect(),
            destination,
            delete_source_objects: is_last,
        };
        let body = serde_json::to_vec(&composition);
        let body = Bytes::from(body.map_err(|error| garbage(error.to_string()))?);
        let query = [("ifGenerationMatch", "0"), ("fields", FIELDS)];
        let url = self.composition(name, &query);
        let json = HeaderValue::from_static("application/json");
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, json)]);
        Ok(
            match self.ask(Method::POST, &url, &headers, &[body]).await {
                Ok(answer) => Composed::Done(Box::new(answer.json("storage#object")?)),
                Err(refusal) if refusal.is_taken() => Composed::Taken,
                Err(refusal) if refusal.is_missing() => Composed::Missing,
                Err(refusal) => Composed::Failed(refusal),
            },
        )
    }

    /// Makes a few objects of many, that are the same one after another. `None`: some are not there.
    async fn fewer(
        &self,
        folder: &str,
        names: &[String],
    ) -> Result<Option<Vec<String>>, DriverError> {
        let groups: Vec<Vec<String>> = names.chunks(MOST_SOURCES).map(<[_]>::to_vec).collect();
        let joined = groups.into_iter().map(|group| self.one_of(folder, group));
        let joined = futures_util::stream::iter(joined).buffered(AT_ONCE);
        let joined: Vec<Option<String>> = joined.try_collect().await?;
        Ok(joined.into_iter().collect())
    }

    async fn one_of(
        &self,
        folder: &str,
        group: Vec<String>,
    ) -> Result<Option<String>, DriverError> {
        if let [only] = &group[..] {
            return Ok(Some(only.clone()));
        }
        // Called by what it is made of: whoever made one of this name made the same.
        let all = blake3::hash(group.join("\n").as_bytes());
        let name = format!("{folder}join-{}", all.to_hex());
        // Until there is a blob, no part goes.
        let composed = self.compose(&name, &group, Destination::default(), false);
        match composed.await? {
            Composed::Done(_) | Composed::Taken => Ok(Some(name)),
            Composed::Missing => Ok(None),
            Composed::Failed(refusal) => Err(refusal.into_error()),
        }
    }

    /// Makes a blob of its parts, unless something has the key. `false`: there are no such parts.
    /// # Errors
    /// `AlreadyExists`
    pub async fn join_parts(
        &self,
        key: &BlobKey,
        upload: &str,
        parts: &[Part],
        content_type: Option<&str>,
    ) -> Result<bool, DriverError> {
        let Ok(number) = Uuid::try_parse(upload) else {
            return Ok(false);
        };
        let folder = folder(key, number);
        let mut names = Self::names_of(&folder, parts)?;
        let size = parts.iter().map(|part| part.size).sum();
        if names.is_empty() {
            self.put_for(key, upload, content_type, Bytes::new())
                .await?;
            self.clear(&folder).await;
            return Ok(true);
        }
        while names.len() > MOST_SOURCES {
            let Some(fewer) = self.fewer(&folder, &names).await? else {
                return Ok(false);
            };
            names = fewer;
        }
        let destination = Destination {
            content_type,
            metadata: BTreeMap::from([(NAME_OF, upload)]),
        };
        let composed = self
            .compose(key.as_str(), &names, destination, true)
            .await?;
        if let Composed::Done(told) = &composed
            && (told.name != key.as_str() || told.size != size)
        {
            self.remove_this(told).await?;
            return Err(garbage("something else was made of the parts"));
        }
        let refused = match composed {
            Composed::Done(_) => Ok(true),
            Composed::Taken => Err(DriverError::AlreadyExists(key.clone())),
            Composed::Missing => Ok(false),
            Composed::Failed(refusal) => Err(refusal.into_error()),
        };
        // An answer may have been lost, and this be the one to the same request sent again.
        if !matches!(refused, Ok(true)) {
            let blob = self.found(key.as_str()).await;
            let is_own = |blob: &Told| blob.is_of(upload, size);
            if !blob.is_ok_and(|blob| blob.as_ref().is_some_and(is_own)) {
                return refused;
            }
        }
        self.clear(&folder).await;
        Ok(true)
    }
}
