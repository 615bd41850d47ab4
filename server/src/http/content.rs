//! Answers with immutable content: whole, in ranges, or not at all when the client has it.
//!
//! [`respond`] is the one place from which file bytes leave over HTTP, so the rules that keep
//! them harmless in a browser hold for all of them.

mod disposition;
mod file;
mod multipart;
mod throttle;

use std::fmt::{self, Debug, Formatter};
use std::fs::File;
use std::io;
use std::num::NonZeroU64;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use poem::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE,
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderMap, X_CONTENT_TYPE_OPTIONS,
};
use poem::http::{HeaderValue, Method, StatusCode};
use poem::{Body, Request, Response};

pub use disposition::{Disposition, disposition, safe_inline};
pub(super) use file::is_cached;
pub use throttle::throttle;

use super::ByteStream;
use super::compress::Uncompressed;
use super::range::{self, ETag, Plan};
use super::serve::FilePart;
use multipart::Multipart;

/// Up to this size a range is read at once and sent as one buffer.
const SMALL: u64 = 256 << 10;
const PLAIN: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
const BYTES: HeaderValue = HeaderValue::from_static("bytes");
const SANDBOX: HeaderValue = HeaderValue::from_static("sandbox");
const NOSNIFF: HeaderValue = HeaderValue::from_static("nosniff");
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// Opens the bytes of a range, which lies inside the content and is not empty. The stream must
/// give exactly that many bytes; giving fewer breaks the connection off.
pub type OpenRange =
    Arc<dyn Fn(Range<u64>) -> BoxFuture<'static, io::Result<ByteStream>> + Send + Sync>;

/// Where the bytes are.
#[derive(Clone)]
pub enum ContentSource {
    /// A local file, read by position. It may be shared between requests.
    File(Arc<File>),
    /// Anything that can be opened at a range.
    Stream(OpenRange),
}

impl Debug for ContentSource {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(file) => f.debug_tuple("File").field(file).finish(),
            Self::Stream(_) => f.write_str("Stream(..)"),
        }
    }
}

/// Content and how to present it. `size_bytes` must be what the source really holds.
#[derive(Clone, Debug)]
pub struct Content {
    pub source: ContentSource,
    pub size_bytes: u64,
    pub etag: ETag,
    pub content_type: HeaderValue,
    pub disposition: Option<HeaderValue>,
    pub cache_control: Option<HeaderValue>,
    /// Bytes a second; `None` is unlimited.
    pub speed_limit: Option<NonZeroU64>,
    /// Further headers, put on every answer but errors.
    pub headers: HeaderMap,
}

impl Content {
    /// Content without disposition, cache rule, speed limit or further headers.
    pub fn new(
        source: ContentSource,
        size_bytes: u64,
        etag: ETag,
        content_type: HeaderValue,
    ) -> Self {
        Self {
            source,
            size_bytes,
            etag,
            content_type,
            disposition: None,
            cache_control: None,
            speed_limit: None,
            headers: HeaderMap::new(),
        }
    }
}

/// Keeps a browser from running `content` in our origin, whatever its type: no scripts, no
/// shared origin, no guessing of another type.
pub fn harmless(headers: &mut HeaderMap) {
    headers.insert(CONTENT_SECURITY_POLICY, SANDBOX);
    headers.insert(X_CONTENT_TYPE_OPTIONS, NOSNIFF);
}

/// Answers a GET or HEAD for `content`: 200, 206, 304, 412 or 416 as [`range::plan`] says, 404 if
/// the source turns out to be missing, 502 if a stream fails to open, 500 if a file fails to
/// read. An error after the headers have left ends the connection, so nobody takes a part for
/// the whole.
pub async fn respond(request: &Request, content: Content) -> Response {
    let plan = range::plan(
        request.headers(),
        request.method(),
        content.size_bytes,
        &content.etag,
    );
    let body_wanted = *request.method() != Method::HEAD;
    let size = content.size_bytes;
    let answered = match plan {
        Plan::Full => content.part(StatusCode::OK, 0..size, body_wanted).await,
        Plan::Partial(mut ranges) if ranges.len() == 1 => {
            content
                .part(StatusCode::PARTIAL_CONTENT, ranges.remove(0), body_wanted)
                .await
        }
        Plan::Partial(ranges) => Ok(content.parts(ranges)),
        Plan::NotModified => Ok(StatusCode::NOT_MODIFIED.into()),
        Plan::PreconditionFailed => Ok(plain(
            StatusCode::PRECONDITION_FAILED,
            "the content is another version",
        )),
        Plan::Unsatisfiable => Ok(unsatisfiable(size)),
    };
    let mut response = answered.map_or_else(
        |error| content.failed(&error),
        |mut response| {
            content.dress(&mut response);
            response
        },
    );
    harmless(response.headers_mut());
    response.set_data(Uncompressed);
    response
}

impl Content {
    /// All of the content or one range of it.
    async fn part(
        &self,
        status: StatusCode,
        range: Range<u64>,
        body_wanted: bool,
    ) -> io::Result<Response> {
        let length = range.end - range.start;
        let mut response = Response::from(status);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, self.content_type.clone());
        headers.insert(CONTENT_LENGTH, length.into());
        if status == StatusCode::PARTIAL_CONTENT {
            headers.insert(CONTENT_RANGE, content_range(&range, self.size_bytes));
        }
        if body_wanted && length > 0 {
            if let (ContentSource::File(file), None) = (&self.source, self.speed_limit)
                && length > SMALL
            {
                response.set_data(FilePart {
                    file: Arc::clone(file),
                    range: range.clone(),
                });
            }
            response.set_body(self.body(range).await?);
        }
        Ok(response)
    }

    /// Several ranges as `multipart/byteranges` (RFC 9110 §14.6).
    fn parts(&self, ranges: Vec<Range<u64>>) -> Response {
        let parts = Multipart::new(ranges, &self.content_type, self.size_bytes);
        let mut response = Response::from(StatusCode::PARTIAL_CONTENT);
        response
            .headers_mut()
            .insert(CONTENT_TYPE, parts.content_type());
        response
            .headers_mut()
            .insert(CONTENT_LENGTH, parts.length().into());
        let stream = self.limited(parts.stream(self.source.clone()));
        response.set_body(Body::from_bytes_stream(stream));
        response
    }

    async fn body(&self, range: Range<u64>) -> io::Result<Body> {
        if let (ContentSource::File(file), None) = (&self.source, self.speed_limit)
            && range.end - range.start <= SMALL
        {
            return Ok(Body::from_bytes(file::read(file, range).await?));
        }
        let stream = self.limited(self.source.open(range).await?);
        Ok(Body::from_bytes_stream(stream))
    }

    fn limited(&self, stream: ByteStream) -> ByteStream {
        match self.speed_limit {
            Some(bytes_per_sec) => throttle(stream, bytes_per_sec),
            None => stream,
        }
    }

    /// The headers that describe the content rather than this answer.
    fn dress(&self, response: &mut Response) {
        let headers = response.headers_mut();
        headers.insert(ACCEPT_RANGES, BYTES);
        headers.insert(ETAG, self.etag.header());
        let presentation = [
            (CACHE_CONTROL, &self.cache_control),
            (CONTENT_DISPOSITION, &self.disposition),
        ];
        for (name, value) in presentation {
            if let Some(value) = value {
                headers.insert(name, value.clone());
            }
        }
        for (name, value) in &self.headers {
            headers.insert(name, value.clone());
        }
    }

    fn failed(&self, error: &io::Error) -> Response {
        let (status, text) = match (error.kind(), &self.source) {
            (io::ErrorKind::NotFound, _) => (StatusCode::NOT_FOUND, "the content is missing"),
            (_, ContentSource::File(_)) => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "the content cannot be read",
            ),
            (_, ContentSource::Stream(_)) => (
                StatusCode::BAD_GATEWAY,
                "the storage does not deliver the content",
            ),
        };
        tracing::error!(%error, etag = self.etag.as_str(), "cannot read content");
        let mut response = plain(status, text);
        response.headers_mut().insert(CACHE_CONTROL, NO_STORE);
        response
    }
}

impl ContentSource {
    /// The bytes of a range, failing rather than ending early.
    async fn open(&self, range: Range<u64>) -> io::Result<ByteStream> {
        match self {
            Self::File(file) => Ok(file::stream(Arc::clone(file), range)),
            Self::Stream(open) => open(range).await,
        }
    }
}

fn content_range(range: &Range<u64>, size: u64) -> HeaderValue {
    let text = format!("bytes {}-{}/{size}", range.start, range.end - 1);
    HeaderValue::try_from(text).expect("digits and ASCII signs")
}

fn unsatisfiable(size: u64) -> Response {
    let mut response = plain(
        StatusCode::RANGE_NOT_SATISFIABLE,
        "no such range in the content",
    );
    let range = HeaderValue::try_from(format!("bytes */{size}")).expect("digits and ASCII signs");
    response.headers_mut().insert(CONTENT_RANGE, range);
    response
}

fn plain(status: StatusCode, text: &'static str) -> Response {
    let mut response = Response::from(status);
    response.headers_mut().insert(CONTENT_TYPE, PLAIN);
    response.set_body(Bytes::from_static(text.as_bytes()));
    response
}

#[cfg(test)]
mod tests;
