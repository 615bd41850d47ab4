//! From an async body to a file: batches go to short blocking jobs, one at a time.
//!
//! While a job hashes and writes one batch the next is collected, so a body of any length needs
//! two batches of memory. No thread waits between batches: a thousand slow senders hold none.

use std::fs::File;
use std::io::IoSlice;

use bytes::{Bytes, BytesMut};
use futures_util::TryStreamExt;
use tokio::task::{JoinHandle, spawn_blocking};

use crate::body::Length;
use crate::{ByteStream, DriverError};

/// Large enough that a job outweighs its hand-over, small enough for the processor's cache.
const BATCH_BYTES: usize = 512 * 1024;
/// Pieces below this are copied together: hashing and vectored writes like longer runs.
const SMALL_PIECE_BYTES: usize = 16 * 1024;

/// Where batches go, in order.
pub(super) trait Sink: Send + 'static {
    /// Takes the next bytes; runs on a blocking thread.
    fn absorb(&mut self, batch: &[Bytes]) -> Result<(), DriverError>;
}

/// Feeds the whole body to the sink; its length and the sink come back. After an error no job is
/// under way any more.
pub(super) async fn pump<S: Sink>(
    mut body: ByteStream,
    expected: Option<u64>,
    sink: S,
) -> Result<(S, u64), DriverError> {
    let mut length = Length::of(expected);
    let first = next_batch(&mut body, &mut length).await?;
    pump_rest(first, body, length, sink).await
}

/// The same for a body whose first batch was looked at.
pub(super) async fn pump_rest<S: Sink>(
    first: Vec<Bytes>,
    mut body: ByteStream,
    mut length: Length,
    sink: S,
) -> Result<(S, u64), DriverError> {
    let mut state = State::Idle(sink);
    let mut batch = Ok(first);
    loop {
        let mut sink = state.idle().await?;
        let pieces = batch?;
        if pieces.is_empty() {
            return Ok((sink, length.end()?));
        }
        state = State::Busy(spawn_blocking(move || sink.absorb(&pieces).map(|()| sink)));
        batch = next_batch(&mut body, &mut length).await;
    }
}

enum State<S> {
    Idle(S),
    Busy(JoinHandle<Result<S, DriverError>>),
}

impl<S> State<S> {
    async fn idle(self) -> Result<S, DriverError> {
        match self {
            Self::Idle(sink) => Ok(sink),
            Self::Busy(job) => joined(job.await),
        }
    }
}

/// The result of a blocking job. A panic in it goes on here; the runtime shutting down is an error.
pub(super) fn joined<T>(
    job: Result<Result<T, DriverError>, tokio::task::JoinError>,
) -> Result<T, DriverError> {
    match job {
        Ok(result) => result,
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Err(error) => Err(DriverError::Io(std::io::Error::other(error))),
    }
}

/// Whether the body ended with this batch.
pub(super) fn is_last(batch: &[Bytes]) -> bool {
    batch.iter().map(Bytes::len).sum::<usize>() < BATCH_BYTES
}

/// About [`BATCH_BYTES`] of the body; less only at its end, and nothing behind that.
pub(super) async fn next_batch(
    body: &mut ByteStream,
    length: &mut Length,
) -> Result<Vec<Bytes>, DriverError> {
    let mut batch = Vec::new();
    let mut small = BytesMut::new();
    let mut got = 0;
    while got < BATCH_BYTES {
        let Some(piece) = body.try_next().await.map_err(DriverError::Body)? else {
            break;
        };
        length.add(&piece)?;
        got += piece.len();
        if piece.len() < SMALL_PIECE_BYTES {
            if small.capacity() - small.len() < piece.len() {
                push(&mut batch, &mut small);
                small.reserve(BATCH_BYTES / 8);
            }
            small.extend_from_slice(&piece);
        } else {
            push(&mut batch, &mut small);
            batch.push(piece);
        }
    }
    push(&mut batch, &mut small);
    Ok(batch)
}

fn push(batch: &mut Vec<Bytes>, small: &mut BytesMut) {
    if !small.is_empty() {
        batch.push(small.split().freeze());
    }
}

/// Writes all pieces at `offset`, and says where they end.
pub(super) fn write_at(file: &File, mut offset: u64, batch: &[Bytes]) -> rustix::io::Result<u64> {
    // Linux takes 1024 slices a call; with pieces of 16 KiB and more a batch has some 40.
    let mut slices: Vec<IoSlice<'_>> = batch.iter().map(|piece| IoSlice::new(piece)).collect();
    let mut rest = slices.as_mut_slice();
    while !rest.is_empty() {
        let few = &rest[..rest.len().min(1024)];
        match rustix::io::pwritev(file, few, offset) {
            Ok(0) => return Err(rustix::io::Errno::IO),
            Ok(wrote) => {
                offset += wrote as u64;
                IoSlice::advance_slices(&mut rest, wrote);
            }
            Err(rustix::io::Errno::INTR) => {}
            Err(errno) => return Err(errno),
        }
    }
    Ok(offset)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use futures_util::{StreamExt, stream};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn batches_are_the_body_and_end_only_with_it(
            lens in proptest::collection::vec(0_usize..60_000, 0..60),
        ) {
            let mut next = 0_u8;
            let pieces: Vec<Bytes> = lens.iter().map(|len| {
                next = next.wrapping_add(1);
                Bytes::from(vec![next; *len])
            }).collect();
            let all = pieces.concat();
            let mut body = stream::iter(pieces.into_iter().map(Ok)).boxed();
            let mut length = Length::of(Some(all.len() as u64));
            let batches = futures_util::FutureExt::now_or_never(async {
                let mut got = Vec::new();
                loop {
                    let batch = next_batch(&mut body, &mut length).await.unwrap();
                    if batch.is_empty() { return got; }
                    assert!(batch.iter().all(|piece| !piece.is_empty()));
                    got.extend(batch);
                }
            }).unwrap();
            prop_assert_eq!(batches.concat(), all);
            prop_assert!(length.end().is_ok());
        }
    }
}
