//! A body cut into pieces that are sent one by one, each again if that fails in passing.

use crate::memory::Memory;
use bytes::Bytes;
use futures_util::TryStreamExt;
use storage::{ByteStream, DriverError, Length};

/// Smallest part of an upload that is not the last (S3, multipart limits).
pub(crate) const LEAST_BYTES: u64 = 5 << 20;
/// As large as a piece is where nothing asks for more.
pub(crate) const USUAL_BYTES: u64 = LEAST_BYTES;
/// Most parts of one upload.
pub(crate) const MOST_PARTS: u64 = 10_000;
/// Bodies of unknown length that end before are given no room for a whole piece.
const SHORT_BYTES: usize = 128 << 10;

/// Reads a body piece by piece, counted against what was announced.
pub(crate) struct Pieces {
    body: ByteStream,
    length: Length,
    rest: Bytes,
    ended: bool,
    /// What is still to come, where that is known.
    left: Option<u64>,
    memory: &'static Memory,
}

impl Pieces {
    pub fn new(body: ByteStream, expected: Option<u64>, memory: &'static Memory) -> Self {
        Self {
            body,
            length: Length::of(expected),
            rest: Bytes::new(),
            ended: false,
            left: expected,
            memory,
        }
    }

    pub fn memory(&self) -> &'static Memory {
        self.memory
    }

    /// How much of a piece of so many bytes there is, as far as is known.
    pub fn room(&self, bytes: usize) -> usize {
        let left = self.left.unwrap_or(u64::MAX);
        usize::try_from(left).map_or(bytes, |left| left.min(bytes))
    }

    /// Whether something is still to come.
    pub async fn has_more(&mut self) -> Result<bool, DriverError> {
        while self.rest.is_empty() && !self.ended {
            let more = self.body.try_next().await.map_err(DriverError::Body)?;
            let Some(more) = more else {
                self.length.end()?;
                self.ended = true;
                break;
            };
            self.length.add(&more)?;
            self.rest = more;
        }
        Ok(!self.rest.is_empty())
    }

    /// The next piece: exactly `bytes` long, unless it is the last one. Empty at the end.
    pub async fn next(&mut self, bytes: usize) -> Result<Bytes, DriverError> {
        let room = self.room(bytes);
        if !self.has_more().await? {
            return Ok(Bytes::new());
        }
        if self.rest.len() >= bytes {
            return Ok(self.take(bytes));
        }
        // All its memory at once: growing would take twice as much.
        let at_first = if self.left.is_some() {
            room
        } else {
            SHORT_BYTES
        };
        let mut piece = self.memory.buffer(at_first.min(bytes));
        while piece.len() < bytes && self.has_more().await? {
            let taken = self.take(bytes - piece.len());
            if piece.len() + taken.len() > piece.room() {
                let mut longer = self.memory.buffer(bytes);
                longer.extend(piece.as_ref());
                piece = longer;
            }
            piece.extend(&taken);
        }
        Ok(piece.freeze())
    }

    fn take(&mut self, most: usize) -> Bytes {
        let taken = self.rest.split_to(self.rest.len().min(most));
        let left = self.left;
        self.left = left.map(|left| left.saturating_sub(taken.len() as u64));
        taken
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
