//! Single objects: looked at, written in one request, read.

use super::client::Bucket;
use super::dialect::Asked;
use crate::answer::{Answer, Refusal, garbage, is_passing};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use md5::{Digest as _, Md5};
use object_store::GetRange;
use reqwest::header::{CONTENT_RANGE, ETAG};
use reqwest::{Method, Response, StatusCode};
use std::io;
use storage::{BlobKey, BlobStat, ByteStream, DriverError};

/// How often a read that broke off is gone on with, without a byte between.
const RETRIES: usize = 4;

/// What a store compares with the bytes that it got.
pub(super) fn md5(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(Md5::digest(bytes))
}

impl Bucket {
    /// `None` if nothing has the key, or the bucket is not there: HEAD has no words.
    async fn head(&self, key: &BlobKey) -> Result<Option<BlobStat>, Refusal> {
        let asked = Asked::of(Method::HEAD, key);
        match self.ask(asked, Bytes::new()).await {
            Ok(answer) => answer.stat().map(Some).map_err(Refusal::unsent),
            Err(refusal) if refusal.is(StatusCode::NOT_FOUND) => Ok(None),
            Err(refusal) => Err(refusal),
        }
    }

    pub async fn is_there(&self, key: &BlobKey) -> Result<bool, DriverError> {
        match self.head(key).await {
            Ok(found) => Ok(found.is_some()),
            Err(refusal) => Err(self.in_words(key, refusal).await),
        }
    }

    /// # Errors
    /// `NotFound`
    pub async fn stat_object(&self, key: &BlobKey) -> Result<BlobStat, DriverError> {
        match self.head(key).await {
            Ok(Some(stat)) => Ok(stat),
            Ok(None) => {
                // Whether the object is missing, or more than that.
                let missing = || DriverError::NotFound(key.clone());
                Err(self.why(key).await.unwrap_or_else(missing))
            }
            Err(refusal) => Err(self.in_words(key, refusal).await),
        }
    }

    async fn in_words(&self, key: &BlobKey, refusal: Refusal) -> DriverError {
        let was_answered = refusal.status.is_some();
        match refusal.into_error() {
            error @ DriverError::Io(_) if was_answered => self.why(key).await.unwrap_or(error),
            error => error,
        }
    }

    /// Why an object cannot be looked at. A refusal of HEAD has no words, that of GET has.
    pub async fn why(&self, key: &BlobKey) -> Option<DriverError> {
        let asked = Asked::of(Method::GET, key).header("range", "bytes=0-0");
        let refusal = self.ask(asked, Bytes::new()).await.err()?;
        if refusal.is_missing() {
            return Some(DriverError::NotFound(key.clone()));
        }
        Some(refusal.into_error())
    }

    /// A request under which nothing is overwritten, where the store knows such.
    pub(super) fn guarded<'a>(&self, asked: Asked<'a>) -> Asked<'a> {
        match self.dialect.words().forbid {
            Some(header) => asked.header(header, "true"),
            None => asked,
        }
    }

    /// A small blob in one request.
    /// # Errors
    /// `AlreadyExists`
    pub async fn put(&self, key: &BlobKey, bytes: Bytes) -> Result<(), DriverError> {
        let _turn = self.turn(key).await?;
        let digest = Md5::digest(&bytes);
        let asked = Asked::of(Method::PUT, key).header("content-md5", md5(&bytes));
        match self.ask(self.guarded(asked), bytes).await {
            Ok(answer) if answer.header(ETAG).is_none() => Err(answer.is_strange()),
            Ok(_) => Ok(()),
            // The answer was lost, and this is the one to the same request sent again.
            Err(refusal) if is_taken(&refusal) && self.has(key, &digest).await => Ok(()),
            Err(refusal) if is_taken(&refusal) => Err(DriverError::AlreadyExists(key.clone())),
            Err(refusal) => Err(refusal.into_error()),
        }
    }

    /// Until it is dropped nobody else here writes to this key, which is free.
    pub(super) async fn turn(
        &self,
        key: &BlobKey,
    ) -> Result<Option<tokio::sync::MutexGuard<'_, ()>>, DriverError> {
        if self.dialect.words().forbid.is_some() {
            return Ok(None);
        }
        let turn = self.turns.of(key).await;
        if self.is_there(key).await? {
            return Err(DriverError::AlreadyExists(key.clone()));
        }
        Ok(Some(turn))
    }

    /// Whether an object has just these bytes, as far as its tag tells.
    async fn has(&self, key: &BlobKey, md5: &[u8]) -> bool {
        let asked = self.ask(Asked::of(Method::HEAD, key), Bytes::new()).await;
        let is_same = |tag: &str| {
            let tag = tag.trim_matches('"');
            tag.eq_ignore_ascii_case(&super::dialect::hex(md5))
        };
        asked.is_ok_and(|found| found.header(ETAG).is_some_and(is_same))
    }

    /// The bytes of an object. A read that breaks off is gone on with.
    pub async fn read_object(
        &self,
        key: &BlobKey,
        range: Option<GetRange>,
    ) -> Result<ByteStream, DriverError> {
        let (start, end) = match range {
            Some(GetRange::Bounded(range)) => (range.start, Some(range.end)),
            Some(GetRange::Offset(start)) => (start, None),
            _ => (0, None),
        };
        let mut reading = Reading {
            bucket: self.clone(),
            key: key.clone(),
            at: start,
            end,
            tag: None,
            body: None,
        };
        reading.open().await.map_err(Refusal::into_error)?;
        let pieces = stream::try_unfold(reading, |mut reading| async move {
            let piece = reading.next().await?;
            Ok::<_, io::Error>(piece.map(|piece| (piece, reading)))
        });
        Ok(pieces.boxed())
    }
}

/// Somebody else has the key.
pub(super) fn is_taken(refusal: &Refusal) -> bool {
    let exists = refusal.code.ends_with("AlreadyExists") || refusal.code.ends_with("AlreadyExist");
    refusal.is_taken() || (refusal.is(StatusCode::CONFLICT) && exists)
}

/// A body on its way.
struct Reading {
    bucket: Bucket,
    key: BlobKey,
    at: u64,
    end: Option<u64>,
    /// Of the object that was begun with: what goes on has to be the same.
    tag: Option<String>,
    body: Option<ByteStream>,
}

impl Reading {
    async fn open(&mut self) -> Result<(), Refusal> {
        let is_part = self.at > 0 || self.end.is_some();
        let mut asked = Asked::of(Method::GET, &self.key);
        if is_part {
            let last = self.end.map(|end| (end - 1).to_string());
            let range = format!("bytes={}-{}", self.at, last.unwrap_or_default());
            asked = asked.header("range", range);
        }
        if let Some(tag) = &self.tag {
            asked = asked.header("if-match", tag.clone());
        }
        let mut tries = 0;
        let response = loop {
            let sent = self.bucket.request(&asked)?.send().await;
            let refusal = match sent {
                Ok(response) if response.status().is_success() => break response,
                other => match Answer::read(other).await {
                    Ok(_) => return Err(strange("no object")),
                    Err(refusal) => refusal,
                },
            };
            tries += 1;
            if tries > RETRIES || !is_passing(&refusal) {
                return Err(refusal);
            }
            tokio::time::sleep(refusal.pause(tries)).await;
        };
        self.check(&response, is_part)?;
        let tag = response
            .headers()
            .get(ETAG)
            .and_then(|tag| tag.to_str().ok());
        self.tag = self.tag.take().or(tag.map(ToOwned::to_owned));
        self.body = Some(response.bytes_stream().map_err(io::Error::other).boxed());
        Ok(())
    }

    /// Whether it is what was asked for.
    fn check(&self, response: &Response, is_part: bool) -> Result<(), Refusal> {
        let headers = response.headers();
        if !self.bucket.is_of_vendor(headers) {
            return Err(strange("somebody else answered in the place of the store"));
        }
        let range = headers
            .get(CONTENT_RANGE)
            .and_then(|range| range.to_str().ok());
        let begins = range.is_some_and(|range| range.starts_with(&format!("bytes {}-", self.at)));
        if is_part && !(response.status() == StatusCode::PARTIAL_CONTENT && begins) {
            return Err(strange("another range was sent than was asked for"));
        }
        Ok(())
    }

    async fn next(&mut self) -> io::Result<Option<Bytes>> {
        let mut failures = 0;
        loop {
            let Some(body) = &mut self.body else {
                return Ok(None);
            };
            let error = match body.try_next().await {
                Ok(Some(piece)) => {
                    self.at += piece.len() as u64;
                    return Ok(Some(piece));
                }
                Ok(None) => {
                    self.body = None;
                    return Ok(None);
                }
                Err(error) => error,
            };
            failures += 1;
            // Where it ended with its last byte there is nothing more to ask for.
            if failures > RETRIES
                || self.tag.is_none()
                || self.end.is_some_and(|end| self.at >= end)
            {
                return Err(error);
            }
            if let Err(refusal) = self.open().await {
                return Err(io::Error::other(refusal.into_error()));
            }
        }
    }
}

fn strange(why: &'static str) -> Refusal {
    Refusal::unsent(io::Error::other(garbage(why.to_owned())))
}
