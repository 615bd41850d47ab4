//! Bytes of an object on their way, where no library reads them. A read that breaks off is gone on with.

use crate::answer::Answer;
use crate::http::LONGEST_WAIT;
use crate::refusal::{Refusal, garbage, is_passing};
use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use object_store::GetRange;
use reqwest::header::{CONTENT_LENGTH, CONTENT_RANGE, ETAG, HeaderMap};
use reqwest::{RequestBuilder, Response, StatusCode};
use std::io;
use storage::ByteStream;

/// How often a read that broke off is gone on with, without a byte between.
const RETRIES: usize = 4;

/// An object at a vendor.
pub(crate) trait Source: Send + Sync + 'static {
    /// A request for it, or for a part of it as `Range` says; with a tag only if it still has that.
    fn request(&self, range: Option<&str>, tag: Option<&str>) -> Result<RequestBuilder, Refusal>;

    /// Not everything that answers is the store.
    fn is_of_vendor(&self, headers: &HeaderMap) -> bool;
}

/// The bytes of an object.
pub(crate) async fn read(
    source: impl Source,
    range: Option<GetRange>,
) -> Result<ByteStream, Refusal> {
    let (start, end) = match range {
        Some(GetRange::Bounded(range)) => (range.start, Some(range.end)),
        Some(GetRange::Offset(start)) => (start, None),
        _ => (0, None),
    };
    let mut reading = Reading {
        source,
        at: start,
        end,
        told_end: None,
        tag: None,
        body: None,
    };
    reading.open().await?;
    let pieces = stream::try_unfold(reading, |mut reading| async move {
        let piece = reading.next().await?;
        Ok::<_, io::Error>(piece.map(|piece| (piece, reading)))
    });
    Ok(pieces.boxed())
}

/// A body on its way.
struct Reading<S> {
    source: S,
    at: u64,
    end: Option<u64>,
    /// Where the store says that what it sends ends.
    told_end: Option<u64>,
    /// Of the object that was begun with: what goes on has to be the same.
    tag: Option<String>,
    body: Option<ByteStream>,
}

impl<S: Source> Reading<S> {
    async fn open(&mut self) -> Result<(), Refusal> {
        let is_part = self.at > 0 || self.end.is_some();
        let last = self.end.map(|end| (end - 1).to_string());
        let range = format!("bytes={}-{}", self.at, last.unwrap_or_default());
        let range = is_part.then_some(&*range);
        let mut tries = 0;
        let response = loop {
            let request = self.source.request(range, self.tag.as_deref())?;
            let refusal = match request.send().await {
                Ok(response) if response.status().is_success() => break response,
                other => match Answer::read(other).await {
                    Ok(_) => return Err(strange("no object")),
                    Err(refusal) => refusal,
                },
            };
            tries += 1;
            let pause = refusal.pause(tries);
            // A store that names a later time is not asked before, and nobody waits here for so long.
            if tries > RETRIES || pause >= LONGEST_WAIT || !is_passing(&refusal) {
                return Err(refusal);
            }
            tokio::time::sleep(pause).await;
        };
        self.told_end = self.check(&response, is_part)?;
        let tag = response
            .headers()
            .get(ETAG)
            .and_then(|tag| tag.to_str().ok());
        self.tag = self.tag.take().or(tag.map(ToOwned::to_owned));
        self.body = Some(response.bytes_stream().map_err(io::Error::other).boxed());
        Ok(())
    }

    /// Whether it is what was asked for. Answers where it ends, as far as that is told.
    fn check(&self, response: &Response, is_part: bool) -> Result<Option<u64>, Refusal> {
        let headers = response.headers();
        if !self.source.is_of_vendor(headers) {
            return Err(strange("somebody else answered in the place of the store"));
        }
        let range = headers
            .get(CONTENT_RANGE)
            .and_then(|range| range.to_str().ok());
        let another = || strange("another range was sent than was asked for");
        if !is_part {
            if response.status() == StatusCode::PARTIAL_CONTENT {
                return Err(another());
            }
            let length = headers.get(CONTENT_LENGTH);
            return Ok(length.and_then(|length| length.to_str().ok()?.parse().ok()));
        }
        let told = range.and_then(told_range).ok_or_else(another)?;
        let end = match (self.end, told.of) {
            (Some(end), of) => end.min(of.unwrap_or(end)),
            (None, of) => of.unwrap_or(told.end),
        };
        let is_it = (told.start, told.end) == (self.at, end);
        if response.status() != StatusCode::PARTIAL_CONTENT || !is_it {
            return Err(another());
        }
        Ok(Some(told.end))
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
                    if self.told_end.is_some_and(|end| self.at > end) {
                        return Err(io::Error::other("the store sends more than it says"));
                    }
                    return Ok(Some(piece));
                }
                Ok(None) if self.told_end.is_some_and(|end| self.at < end) => {
                    io::ErrorKind::UnexpectedEof.into()
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

/// What `Content-Range` says.
struct ToldRange {
    start: u64,
    /// Behind the last byte.
    end: u64,
    /// Of so many, if whoever sends it knows.
    of: Option<u64>,
}

fn told_range(text: &str) -> Option<ToldRange> {
    let (range, of) = text.trim().strip_prefix("bytes ")?.split_once('/')?;
    let (start, last) = range.split_once('-')?;
    Some(ToldRange {
        start: start.parse().ok()?,
        end: last.parse::<u64>().ok()?.checked_add(1)?,
        of: of.parse().ok(),
    })
}

fn strange(why: &'static str) -> Refusal {
    Refusal::unsent(io::Error::other(garbage(why)))
}
