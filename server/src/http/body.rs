//! Request bodies: how long, no longer than, as a stream, and read away when refused.

use std::error::Error;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::{Stream, StreamExt};
use poem::error::ResponseError;
use poem::http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use poem::http::{StatusCode, Version};
use poem::{Body, Endpoint, IntoResponse, Middleware, Request, Response, Result};

use super::ByteStream;

/// How long [`drain`] waits for a client to finish sending what nobody wants.
const DRAIN_PATIENCE: Duration = Duration::from_secs(10);

/// A body that went past its limit. As a poem error it answers 413; an envelope layer finds it
/// with `downcast_ref`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the request body is larger than {limit_bytes} bytes")]
pub struct BodyTooLarge {
    pub limit_bytes: u64,
}

impl ResponseError for BodyTooLarge {
    fn status(&self) -> StatusCode {
        StatusCode::PAYLOAD_TOO_LARGE
    }
}

/// The bytes of a poem body.
pub fn into_stream(body: Body) -> ByteStream {
    body.into_bytes_stream().boxed()
}

/// The declared length of a request's body: `Content-Length`, else `X-Expected-Entity-Length`,
/// which clients send that stream a body of known length (V4 API). `None` if neither is there or
/// readable; the body may still turn out to have another length.
pub fn content_length(request: &Request) -> Option<u64> {
    let declared = request.header(CONTENT_LENGTH);
    if let Some(declared) = declared.or_else(|| request.header("x-expected-entity-length")) {
        return declared.trim().parse().ok();
    }
    // RFC 9112 §6.3: a request that declares neither a length nor an encoding has no body.
    let is_http1 = request.version() <= Version::HTTP_11;
    (is_http1 && !request.headers().contains_key(TRANSFER_ENCODING)).then_some(0)
}

/// The same body, failing with [`BodyTooLarge`] inside the `io::Error` once it has given more
/// than `limit_bytes`. See [`is_too_large`].
pub fn limited(body: Body, limit_bytes: u64) -> Body {
    limited_with(body, limit_bytes, || {})
}

fn limited_with(body: Body, limit_bytes: u64, exceeded: impl Fn() + Send + 'static) -> Body {
    let mut left = limit_bytes;
    Body::from_bytes_stream(body.into_bytes_stream().map(move |bytes| {
        let bytes = bytes?;
        left = left.checked_sub(bytes.len() as u64).ok_or_else(|| {
            exceeded();
            io::Error::other(BodyTooLarge { limit_bytes })
        })?;
        Ok::<_, io::Error>(bytes)
    }))
}

/// Whether a [`BodyTooLarge`] is at the bottom of an error.
pub fn is_too_large(error: &(dyn Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if error.is::<BodyTooLarge>() {
            return true;
        }
        // `io::Error::source` skips the very error it wraps.
        next = match error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref)
        {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    false
}

/// Reads away what is left of a refused body, so that the client comes to read the answer
/// instead of a reset connection. Stops after `max_bytes`, ten seconds or an error.
/// Returns whether the body came to its end.
pub async fn drain(
    mut body: impl Stream<Item = io::Result<bytes::Bytes>> + Unpin,
    max_bytes: u64,
) -> bool {
    let reading = async {
        let mut read = 0;
        while let Some(bytes) = body.next().await {
            let Ok(bytes) = bytes else { return false };
            read += bytes.len() as u64;
            if read > max_bytes {
                return false;
            }
        }
        true
    };
    tokio::time::timeout(DRAIN_PATIENCE, reading)
        .await
        .unwrap_or(false)
}

/// Middleware that counts request bodies and refuses those over a limit with [`BodyTooLarge`],
/// at once when the declared length already says so. Put it on everything but uploads.
#[derive(Clone, Copy, Debug)]
pub struct BodyLimit {
    limit_bytes: u64,
    exempt: fn(&Request) -> bool,
}

impl BodyLimit {
    pub fn new(limit_bytes: u64) -> Self {
        Self {
            limit_bytes,
            exempt: |_| false,
        }
    }

    /// Leaves requests alone for which `exempt` holds; they limit themselves.
    pub fn except(self, exempt: fn(&Request) -> bool) -> Self {
        Self { exempt, ..self }
    }
}

impl<E: Endpoint> Middleware<E> for BodyLimit {
    type Output = BodyLimitEndpoint<E>;

    fn transform(&self, inner: E) -> Self::Output {
        BodyLimitEndpoint { inner, rule: *self }
    }
}

/// What [`BodyLimit`] makes of an endpoint.
#[derive(Debug)]
pub struct BodyLimitEndpoint<E> {
    inner: E,
    rule: BodyLimit,
}

impl<E: Endpoint> Endpoint for BodyLimitEndpoint<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> Result<Response> {
        let BodyLimit {
            limit_bytes,
            exempt,
        } = self.rule;
        if exempt(&request) {
            return self
                .inner
                .call(request)
                .await
                .map(IntoResponse::into_response);
        }
        let body = request.take_body();
        if body.is_empty() {
            return self
                .inner
                .call(request)
                .await
                .map(IntoResponse::into_response);
        }
        if content_length(&request).is_some_and(|length| length > limit_bytes) {
            drain(into_stream(body), limit_bytes).await;
            return Err(BodyTooLarge { limit_bytes }.into());
        }
        // Extractors turn body errors into texts, so the flag says what really happened.
        let exceeded = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&exceeded);
        request.set_body(limited_with(body, limit_bytes, move || {
            flag.store(true, Ordering::Relaxed);
        }));
        let answer = self.inner.call(request).await;
        if exceeded.load(Ordering::Relaxed) {
            return Err(BodyTooLarge { limit_bytes }.into());
        }
        answer.map(IntoResponse::into_response)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use bytes::Bytes;
    use futures_util::stream;
    use poem::{EndpointExt, Route, handler, post};

    use super::*;

    #[handler]
    fn length(body: Bytes) -> String {
        body.len().to_string()
    }

    fn app() -> impl Endpoint<Output = Response> {
        let app = Route::new()
            .at("/", post(length))
            .at("/upload", post(length));
        app.with(BodyLimit::new(10).except(|request| request.uri().path() == "/upload"))
    }

    fn chunks(count: usize) -> Body {
        Body::from_bytes_stream(stream::iter(
            (0..count).map(|_| Ok::<_, io::Error>(Bytes::from_static(b"12345"))),
        ))
    }

    fn send(path: &str, body: Body) -> Request {
        Request::builder()
            .method(poem::http::Method::POST)
            .uri_str(path)
            .body(body)
    }

    #[tokio::test]
    async fn a_body_of_exactly_the_limit_passes() {
        let answer = app().call(send("/", chunks(2))).await.unwrap();
        assert_eq!(answer.into_body().into_string().await.unwrap(), "10");
    }

    #[tokio::test]
    async fn a_longer_body_fails_as_too_large_whatever_the_extractor_made_of_it() {
        let error = app().call(send("/", chunks(3))).await.unwrap_err();
        assert_eq!(
            error.downcast_ref(),
            Some(&BodyTooLarge { limit_bytes: 10 })
        );
        assert_eq!(error.status(), StatusCode::PAYLOAD_TOO_LARGE);
    }

    #[tokio::test]
    async fn a_declared_length_over_the_limit_is_refused_and_read_away() {
        let mut request = send("/", chunks(1));
        request
            .headers_mut()
            .insert("content-length", "11".parse().unwrap());
        let error = app().call(request).await.unwrap_err();
        assert!(error.is::<BodyTooLarge>());
    }

    #[tokio::test]
    async fn exempt_routes_take_any_length() {
        let answer = app().call(send("/upload", chunks(100))).await.unwrap();
        assert_eq!(answer.into_body().into_string().await.unwrap(), "500");
    }

    #[tokio::test]
    async fn the_stream_error_tells_its_reason() {
        let mut stream = into_stream(limited(chunks(3), 12));
        assert!(stream.next().await.unwrap().is_ok());
        assert!(stream.next().await.unwrap().is_ok());
        let error = stream.next().await.unwrap().unwrap_err();
        assert!(is_too_large(&error));
        assert!(is_too_large(&poem::error::ReadBodyError::Io(
            io::Error::other(error)
        )));
        assert!(!is_too_large(&io::Error::other("else")));
    }

    #[tokio::test]
    async fn draining_stops_at_its_bound() {
        assert!(drain(into_stream(chunks(4)), 20).await);
        let endless = stream::repeat_with(|| Ok(Bytes::from_static(b"12345")));
        assert!(!drain(endless, 1000).await);
    }

    #[test]
    fn the_expected_length_counts_when_no_content_length_is_sent() {
        let mut request = Request::default();
        assert_eq!(
            content_length(&request),
            Some(0),
            "neither length nor encoding: no body"
        );
        request
            .headers_mut()
            .insert("transfer-encoding", "chunked".parse().unwrap());
        assert_eq!(content_length(&request), None);
        request
            .headers_mut()
            .insert("x-expected-entity-length", "77".parse().unwrap());
        assert_eq!(content_length(&request), Some(77));
        request
            .headers_mut()
            .insert("content-length", "5".parse().unwrap());
        assert_eq!(content_length(&request), Some(5));
    }
}
