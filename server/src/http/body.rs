//! Request bodies: how long, no longer than ([`limit`]), no slower than ([`pace`]), as a stream,
//! and read away when refused.

pub mod limit;
pub mod pace;

use std::error::Error;
use std::io;
use std::time::Duration;

use futures_util::{Stream, StreamExt};
use poem::error::ResponseError;
use poem::http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use poem::http::{StatusCode, Version};
use poem::{Body, Request};

use super::ByteStream;

/// How long [`drain`] waits for a client to finish sending what nobody wants.
const DRAIN_PATIENCE: Duration = Duration::from_secs(10);

/// Why a body did not come whole. As a poem error it answers its status; an envelope layer finds
/// it with `downcast_ref`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadBody {
    #[error("the request body is larger than {limit_bytes} bytes")]
    TooLarge { limit_bytes: u64 },
    /// Nothing came for too long, or too little.
    #[error("the request body did not arrive in time")]
    TooSlow,
    /// Others hold all the memory that there is for bodies.
    #[error("too many large request bodies at once")]
    TooMany,
}

impl ResponseError for BadBody {
    fn status(&self) -> StatusCode {
        match self {
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::TooMany => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

impl BadBody {
    /// What is at the bottom of an error, if it is one of these.
    pub fn within(error: &(dyn Error + 'static)) -> Option<Self> {
        let mut next = Some(error);
        while let Some(error) = next {
            if let Some(found) = error.downcast_ref() {
                return Some(*found);
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
        None
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use bytes::Bytes;
    use futures_util::stream;

    use super::*;

    #[tokio::test]
    async fn draining_stops_at_its_bound() {
        let piece = || Ok(Bytes::from_static(b"12345"));
        assert!(drain(stream::iter([piece(), piece(), piece(), piece()]), 20).await);
        assert!(!drain(stream::repeat_with(piece), 1000).await);
    }

    #[test]
    fn the_reason_is_found_below_other_errors() {
        let error = io::Error::other(BadBody::TooSlow);
        let outer = poem::error::ReadBodyError::Io(io::Error::other(error));
        assert_eq!(BadBody::within(&outer), Some(BadBody::TooSlow));
        assert_eq!(BadBody::within(&io::Error::other("else")), None);
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
