//! Compression of buffered, text-like answers, as the client's Accept-Encoding asks.

mod negotiate;

use std::io;

use async_compression::Level;
use async_compression::tokio::write::{BrotliEncoder, GzipEncoder, ZstdEncoder};
use bytes::Bytes;
use futures_util::FutureExt;
use http_body_util::combinators::BoxBody;
use hyper::body::Body as _;
use poem::http::header::{
    ACCEPT_ENCODING, ACCEPT_RANGES, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE,
    ETAG, HeaderMap, VARY,
};
use poem::http::{HeaderValue, Method, StatusCode};
use poem::{Body, Endpoint, IntoResponse, Middleware, Request, Response, Result};
use tokio::io::{AsyncWrite, AsyncWriteExt};

pub use negotiate::Coding;

/// Below this many bytes compressing saves no packet worth the work.
const LEAST: u64 = 1 << 10;
/// Above this many bytes an answer is left alone rather than held in memory twice.
const LARGEST: u64 = 32 << 20;
/// Above this many bytes the work would hold up other requests on an async thread.
const INLINE: usize = 64 << 10;

/// Put into an answer's data: never compress it. Content answers carry it, because their length
/// and ranges are promises about the stored bytes.
#[derive(Clone, Copy, Debug)]
pub struct Uncompressed;

/// Middleware that compresses successful JSON, HTML, script, style, SVG and manifest answers
/// whose body is a buffer of at least 1 KiB. Streams (events, archives, content), partial and
/// already encoded answers pass unchanged.
#[derive(Clone, Copy, Debug, Default)]
pub struct Compress;

impl<E: Endpoint> Middleware<E> for Compress {
    type Output = CompressEndpoint<E>;

    fn transform(&self, inner: E) -> Self::Output {
        CompressEndpoint { inner }
    }
}

/// What [`Compress`] makes of an endpoint.
#[derive(Debug)]
pub struct CompressEndpoint<E> {
    inner: E,
}

impl<E: Endpoint> Endpoint for CompressEndpoint<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let coding = match *request.method() {
            Method::HEAD => None,
            _ => Coding::negotiate(request.headers().get_all(ACCEPT_ENCODING)),
        };
        let mut response = self.inner.call(request).await?.into_response();
        let body: BoxBody<Bytes, io::Error> = response.take_body().into();
        let length = body.size_hint().exact();
        let body = Body::from(body);
        if !length.is_some_and(|length| (LEAST..=LARGEST).contains(&length)) || !suits(&response) {
            response.set_body(body);
            return Ok(response);
        }
        response
            .headers_mut()
            .append(VARY, HeaderValue::from_static("Accept-Encoding"));
        let Some(coding) = coding else {
            response.set_body(body);
            return Ok(response);
        };
        let packed = compress(coding, body.into_bytes().await?)
            .await
            .map_err(poem::error::InternalServerError)?;
        mark(response.headers_mut(), coding);
        response.set_body(packed);
        Ok(response)
    }
}

/// Whether an answer may be compressed, whatever its length.
fn suits(response: &Response) -> bool {
    let headers = response.headers();
    let keeps_form = headers
        .get(CACHE_CONTROL)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.to_ascii_lowercase().contains("no-transform"));
    response.status().is_success()
        && response.status() != StatusCode::PARTIAL_CONTENT
        && response.data::<Uncompressed>().is_none()
        && !headers.contains_key(CONTENT_ENCODING)
        && !headers.contains_key(CONTENT_RANGE)
        && !keeps_form
        && response.content_type().is_some_and(is_text)
}

fn is_text(content_type: &str) -> bool {
    let essence = content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    match essence.as_str() {
        "text/event-stream" => false,
        "application/json" | "application/javascript" | "application/xml" | "image/svg+xml" => true,
        other => other.starts_with("text/") || other.ends_with("+json") || other.ends_with("+xml"),
    }
}

/// Tells the client, and that these are not the very bytes of the tag any more.
fn mark(headers: &mut HeaderMap, coding: Coding) {
    headers.insert(CONTENT_ENCODING, HeaderValue::from_static(coding.name()));
    headers.remove(CONTENT_LENGTH);
    headers.remove(ACCEPT_RANGES);
    let weak = headers
        .get(ETAG)
        .and_then(|tag| tag.to_str().ok())
        .and_then(|tag| {
            tag.starts_with('"')
                .then(|| HeaderValue::try_from(format!("W/{tag}")).ok())
                .flatten()
        });
    if let Some(weak) = weak {
        headers.insert(ETAG, weak);
    }
}

async fn compress(coding: Coding, bytes: Bytes) -> io::Result<Vec<u8>> {
    if bytes.len() <= INLINE {
        return pack(coding, &bytes);
    }
    tokio::task::spawn_blocking(move || pack(coding, &bytes))
        .await
        .map_err(io::Error::other)?
}

fn pack(coding: Coding, bytes: &[u8]) -> io::Result<Vec<u8>> {
    let room = Vec::with_capacity(bytes.len() / 3);
    match coding {
        Coding::Zstd => {
            let mut encoder = ZstdEncoder::with_quality(room, Level::Precise(3));
            write(&mut encoder, bytes)?;
            Ok(encoder.into_inner())
        }
        Coding::Brotli => {
            let mut encoder = BrotliEncoder::with_quality(room, Level::Precise(4));
            write(&mut encoder, bytes)?;
            Ok(encoder.into_inner())
        }
        Coding::Gzip => {
            let mut encoder = GzipEncoder::with_quality(room, Level::Precise(4));
            write(&mut encoder, bytes)?;
            Ok(encoder.into_inner())
        }
    }
}

fn write(encoder: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) -> io::Result<()> {
    let writing = async {
        encoder.write_all(bytes).await?;
        encoder.shutdown().await
    };
    writing
        .now_or_never()
        .expect("writing to memory never waits")
}

#[cfg(test)]
mod tests;
