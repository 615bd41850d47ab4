//! Bytes of a file on their way. A read that breaks off is gone on with; what a server sends beside
//! the range that was asked for is left out.

use super::client::{Server, is_missing, no_dav, told};
use crate::refusal::garbage;
use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use reqwest::header::{ACCEPT_ENCODING, CONTENT_RANGE, CONTENT_TYPE, RANGE};
use reqwest::{Method, Response, StatusCode};
use std::io;
use std::ops::Range;
use storage::{ByteStream, DriverError};

/// How often a read that broke off is gone on with, without a byte between.
const RETRIES: usize = 4;

/// The bytes of a file that is this long. `None`: it is not there.
pub(super) async fn read(
    server: &Server,
    path: String,
    range: Range<u64>,
    size_bytes: u64,
) -> Result<Option<ByteStream>, DriverError> {
    let mut reading = Reading {
        server: server.clone(),
        path,
        left: range,
        size_bytes,
        body: None,
    };
    if !reading.open().await? {
        return Ok(None);
    }
    let pieces = stream::try_unfold(reading, |mut reading| async move {
        let piece = reading.next().await?;
        Ok::<_, io::Error>(piece.map(|piece| (piece, reading)))
    });
    Ok(Some(pieces.boxed()))
}

struct Reading {
    server: Server,
    path: String,
    left: Range<u64>,
    size_bytes: u64,
    body: Option<Body>,
}

struct Body {
    pieces: ByteStream,
    /// Bytes before those that were asked for.
    skip: u64,
}

impl Reading {
    /// `false`: the file is not there.
    async fn open(&mut self) -> Result<bool, DriverError> {
        let url = self.server.url(&self.path);
        let is_whole = self.left == (0..self.size_bytes);
        let range = format!("bytes={}-{}", self.left.start, self.left.end - 1);
        let request = || {
            // What is sent packed would be of another length.
            let request = self.server.request(Method::GET, url.clone());
            let request = request.header(ACCEPT_ENCODING, "identity");
            if is_whole {
                request
            } else {
                request.header(RANGE, &range)
            }
        };
        let response = match self.server.send(request).await {
            Ok(response) => response,
            Err(refusal) if is_missing(&refusal) => return Ok(false),
            Err(refusal) => return Err(told(refusal)),
        };
        let skip = self.skip(&response)?;
        let pieces = response.bytes_stream().map_err(io::Error::other).boxed();
        self.body = Some(Body { pieces, skip });
        Ok(true)
    }

    /// How many bytes come before those that were asked for: not every server knows ranges.
    fn skip(&self, response: &Response) -> Result<u64, DriverError> {
        if response.status() == StatusCode::PARTIAL_CONTENT {
            let range = response.headers().get(CONTENT_RANGE);
            let range = range.and_then(|range| range.to_str().ok());
            let begin = format!("bytes {}-", self.left.start);
            let end = format!("/{}", self.size_bytes);
            let fits = |range: &str| range.ends_with(&end) || range.ends_with("/*");
            if range.is_some_and(|range| range.starts_with(&begin) && fits(range)) {
                return Ok(0);
            }
            return Err(garbage("another range was sent than was asked for"));
        }
        match response.content_length() {
            Some(length) if length != self.size_bytes => {
                Err(garbage("the file was sent in another length than it has"))
            }
            // A page of somebody who stands between may be of any length.
            None if is_page(response) => Err(no_dav()),
            _ => Ok(self.left.start),
        }
    }

    async fn next(&mut self) -> io::Result<Option<Bytes>> {
        let mut failures = 0;
        while !self.left.is_empty() {
            let Some(body) = &mut self.body else {
                return Err(io::ErrorKind::UnexpectedEof.into());
            };
            let error = match body.pieces.try_next().await {
                Ok(Some(piece)) => match self.take(piece) {
                    Some(piece) => return Ok(Some(piece)),
                    None => continue,
                },
                Ok(None) => io::ErrorKind::UnexpectedEof.into(),
                Err(error) => error,
            };
            failures += 1;
            if failures > RETRIES {
                return Err(error);
            }
            if !self.open().await.map_err(io::Error::other)? {
                return Err(io::Error::other("the file went while it was read"));
            }
        }
        Ok(None)
    }

    /// What of a piece was asked for.
    fn take(&mut self, mut piece: Bytes) -> Option<Bytes> {
        let body = self.body.as_mut()?;
        let skipped = body.skip.min(piece.len() as u64);
        body.skip -= skipped;
        let piece = piece.split_off(usize::try_from(skipped).ok()?);
        let wanted = (self.left.end - self.left.start).min(piece.len() as u64);
        self.left.start += wanted;
        let piece = piece.slice(..usize::try_from(wanted).ok()?);
        (!piece.is_empty()).then_some(piece)
    }
}

fn is_page(response: &Response) -> bool {
    let kind = response.headers().get(CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
}
