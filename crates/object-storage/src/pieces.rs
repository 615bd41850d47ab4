//! A body cut into pieces that are sent one by one, each again if that fails in passing.

use bytes::{Bytes, BytesMut};
use futures_util::TryStreamExt;
use storage::{ByteStream, DriverError, Length};

/// Smallest part of an upload that is not the last (S3, multipart limits).
pub(crate) const LEAST_BYTES: u64 = 5 << 20;
/// As large as a piece is where nothing asks for more: two of them are held at a time.
pub(crate) const USUAL_BYTES: u64 = 6 << 20;
/// Most parts of one upload.
pub(crate) const MOST_PARTS: u64 = 10_000;

/// Reads a body piece by piece, counted against what was announced.
pub(crate) struct Pieces {
    body: ByteStream,
    length: Length,
    rest: Bytes,
    ended: bool,
    /// What is still to come, where that is known.
    left: Option<u64>,
}

impl Pieces {
    pub fn new(body: ByteStream, expected: Option<u64>) -> Self {
        Self {
            body,
            length: Length::of(expected),
            rest: Bytes::new(),
            ended: false,
            left: expected,
        }
    }

    /// The next piece: exactly `bytes` long, unless it is the last one. Empty at the end.
    pub async fn next(&mut self, bytes: usize) -> Result<Bytes, DriverError> {
        // All its memory at once: growing would take twice as much.
        let left = self
            .left
            .map(|left| usize::try_from(left).unwrap_or(usize::MAX));
        let room = left.map_or(0, |left| left.min(bytes));
        let mut piece = BytesMut::new();
        while piece.len() < bytes {
            if self.rest.is_empty() {
                let more = self.body.try_next().await.map_err(DriverError::Body)?;
                let Some(more) = more else {
                    self.length.end()?;
                    self.ended = true;
                    break;
                };
                self.length.add(&more)?;
                self.rest = more;
            }
            let taken = self.rest.split_to(self.rest.len().min(bytes - piece.len()));
            self.left = self
                .left
                .map(|left| left.saturating_sub(taken.len() as u64));
            if piece.is_empty() {
                if taken.len() == bytes {
                    return Ok(taken);
                }
                piece.reserve(room);
            }
            piece.extend_from_slice(&taken);
        }
        Ok(piece.freeze())
    }

    /// Whether nothing more comes. Known only when the end was met.
    pub fn has_ended(&self) -> bool {
        self.ended && self.rest.is_empty()
    }
}

/// How a part of an upload is cut: into so many pieces of this length, the last of them shorter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cut {
    pub pieces: u64,
    pub bytes: u64,
}

/// Cuts the parts of an upload of `size` bytes that come in chunks of `chunk` (0: in one) so that
/// none is too short and all together are not too many. The same for each part of an upload.
pub(crate) fn cut(size: u64, chunk: u64) -> Cut {
    let chunk = if chunk == 0 { size } else { chunk };
    let chunks = size.div_ceil(chunk.max(1)).max(1);
    let most = (MOST_PARTS / chunks).max(1);
    let pieces = (chunk / USUAL_BYTES).clamp(1, most);
    Cut {
        pieces,
        bytes: chunk.div_ceil(pieces).max(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn parts_are_neither_too_short_nor_too_many(
            size in 0..(5_u64 << 40), chunk in prop_oneof![Just(0), LEAST_BYTES..(1_u64 << 32)],
        ) {
            prop_assume!(chunk == 0 || size.div_ceil(chunk) <= MOST_PARTS);
            let cut = cut(size, chunk);
            let chunks = if chunk == 0 { 1 } else { size.div_ceil(chunk).max(1) };
            prop_assert!(chunks * cut.pieces <= MOST_PARTS);
            let whole = if chunk == 0 { size } else { chunk };
            prop_assert!(cut.bytes * cut.pieces >= whole);
            prop_assert!(cut.pieces == 1 || cut.bytes >= LEAST_BYTES);
        }
    }
}
