//! Several ranges in one answer: `multipart/byteranges` (RFC 9110 §14.6) of exactly known length.

use std::io;
use std::ops::Range;

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use poem::http::HeaderValue;

use super::super::ByteStream;
use super::ContentSource;

/// The parts of one answer, each with the text that goes before it.
pub(super) struct Multipart {
    boundary: String,
    parts: Vec<(Bytes, Range<u64>)>,
    end: Bytes,
}

impl Multipart {
    pub(super) fn new(ranges: Vec<Range<u64>>, content_type: &HeaderValue, size: u64) -> Self {
        // 128 random bits do not occur in the content by accident.
        let boundary = format!("{:032x}", rand::random::<u128>());
        let parts = ranges
            .into_iter()
            .map(|range| {
                let mut head = Vec::with_capacity(160);
                head.extend_from_slice(format!("\r\n--{boundary}\r\nContent-Type: ").as_bytes());
                head.extend_from_slice(content_type.as_bytes());
                let last = range.end - 1;
                let place = format!(
                    "\r\nContent-Range: bytes {}-{last}/{size}\r\n\r\n",
                    range.start
                );
                head.extend_from_slice(place.as_bytes());
                (Bytes::from(head), range)
            })
            .collect();
        let end = Bytes::from(format!("\r\n--{boundary}--\r\n"));
        Self {
            boundary,
            parts,
            end,
        }
    }

    pub(super) fn content_type(&self) -> HeaderValue {
        HeaderValue::try_from(format!("multipart/byteranges; boundary={}", self.boundary))
            .expect("a boundary of hexadecimal digits")
    }

    /// Length of the whole body in bytes.
    pub(super) fn length(&self) -> u64 {
        let part =
            |(head, range): &(Bytes, Range<u64>)| head.len() as u64 + range.end - range.start;
        self.parts.iter().map(part).sum::<u64>() + self.end.len() as u64
    }

    /// The body. Each part is opened when its turn comes.
    pub(super) fn stream(self, source: ContentSource) -> ByteStream {
        let parts = stream::iter(self.parts).then(move |(head, range)| {
            let source = source.clone();
            async move {
                let bytes = source.open(range).await?;
                Ok::<_, io::Error>(stream::once(async { Ok(head) }).chain(bytes))
            }
        });
        parts
            .try_flatten()
            .chain(stream::once(async { Ok(self.end) }))
            .boxed()
    }
}
