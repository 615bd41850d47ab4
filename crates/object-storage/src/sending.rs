//! Pieces of a body, sent one after another: each is on its way while the next is read, as far as
//! there is memory for both.

use crate::memory::Memory;
use crate::pieces::Pieces;
use bytes::Bytes;
use futures_util::try_join;
use std::future::Future;
use std::pin::pin;
use storage::DriverError;
use tokio::select;

/// Sends a piece that was read and all that come after it, as long as `length` says of each, from 0.
/// `seen` gets each before it goes.
pub(crate) async fn send_all<P, F: Future<Output = Result<P, DriverError>>>(
    (pieces, first): (&mut Pieces, Bytes),
    length: impl Fn(u64) -> usize,
    mut seen: impl FnMut(&Bytes),
    send: impl Fn(u64, Bytes) -> F,
) -> Result<Vec<P>, DriverError> {
    let (mut sent, mut next) = (Vec::new(), first);
    loop {
        seen(&next);
        let number = sent.len() as u64;
        let (part, read) = send_one(send(number, next), pieces, length(number + 1)).await?;
        sent.push(part);
        if read.is_empty() {
            return Ok(sent);
        }
        next = read;
    }
}

/// Sends one, and reads the next: at the same time if there is memory for it before the first arrived.
async fn send_one<P>(
    sending: impl Future<Output = Result<P, DriverError>>,
    pieces: &mut Pieces,
    length: usize,
) -> Result<(P, Bytes), DriverError> {
    let memory: &'static Memory = pieces.memory();
    let mut sending = pin!(sending);
    let leave = select! {
        biased;
        part = &mut sending => return Ok((part?, pieces.next(length).await?)),
        leave = memory.ahead(pieces.room(length)) => leave,
    };
    let sending = async {
        let part = sending.await;
        // What is read is the only piece now.
        drop(leave);
        part
    };
    try_join!(sending, pieces.next(length))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use futures_util::future::join_all;
    use futures_util::{StreamExt as _, stream};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;
    use storage::ByteStream;
    use tokio::time::{sleep, timeout};

    const PIECE: usize = 1 << 20;
    const PIECES: usize = 12;

    fn memory(ahead_bytes: usize) -> &'static Memory {
        Box::leak(Box::new(Memory::of(ahead_bytes)))
    }

    /// So many bytes in runs that are no part of a piece.
    fn body(bytes: usize) -> ByteStream {
        let runs = (0..bytes).step_by(60_000);
        let run = move |at: usize| Ok(Bytes::from(vec![7; 60_000.min(bytes - at)]));
        stream::iter(runs.map(run)).boxed()
    }

    /// Uploads at once, whose pieces take a moment. Answers how many bytes arrived.
    async fn upload(memory: &'static Memory, at_once: usize) -> usize {
        let arrived = &AtomicUsize::new(0);
        let one = async || {
            let bytes = PIECES * PIECE;
            let mut pieces = Pieces::new(body(bytes), Some(bytes as u64), memory);
            let first = pieces.next(PIECE).await.unwrap();
            let send = |_, piece: Bytes| async move {
                sleep(Duration::from_millis(5)).await;
                arrived.fetch_add(piece.len(), Ordering::Relaxed);
                drop(piece);
                Ok(())
            };
            let sent = send_all((&mut pieces, first), |_| PIECE, |_| (), send).await;
            assert_eq!(sent.unwrap().len(), PIECES);
        };
        join_all((0..at_once).map(|_| one())).await;
        arrived.load(Ordering::Relaxed)
    }

    #[tokio::test(start_paused = true)]
    async fn uploads_at_once_hold_a_piece_each_and_what_all_may_read_ahead() {
        for (at_once, ahead) in [(1, 4), (4, 4), (4, 2), (8, 3), (32, 4), (4, 0)] {
            let memory = memory(ahead * PIECE);
            assert_eq!(upload(memory, at_once).await, at_once * PIECES * PIECE);
            let most = (at_once + ahead.min(at_once)) * PIECE;
            let held = memory.most_bytes();
            assert!(held <= most, "{at_once} with {ahead}: {held}, not {most}");
            assert_eq!(memory.held_bytes(), 0);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_next_piece_is_read_while_one_is_on_its_way() {
        let arrives = async |ahead_bytes| {
            let read = Arc::new(AtomicUsize::new(0));
            let seen = Arc::clone(&read);
            let counted = body(2 * PIECE).inspect(move |run| {
                seen.fetch_add(run.as_ref().unwrap().len(), Ordering::Relaxed);
            });
            let length = Some(2 * PIECE as u64);
            let mut pieces = Pieces::new(counted.boxed(), length, memory(ahead_bytes));
            pieces.next(PIECE).await.unwrap();
            // It arrives when the next was read: without memory for both that is never.
            let sending = async {
                while read.load(Ordering::Relaxed) < 2 * PIECE {
                    sleep(Duration::from_millis(1)).await;
                }
                Ok(())
            };
            let sent = send_one(sending, &mut pieces, PIECE);
            timeout(Duration::from_secs(9), sent).await.is_ok()
        };
        assert!(arrives(PIECE).await);
        assert!(!arrives(PIECE - 1024).await);
    }

    #[tokio::test(start_paused = true)]
    async fn a_sender_that_stops_keeps_nobody_from_going_on() {
        let memory = memory(PIECE);
        // It holds all that may be read ahead for as long as its piece is on its way, and no longer.
        let stalled = body(PIECE).chain(stream::pending()).boxed();
        let mut pieces = Pieces::new(stalled, Some(3 * PIECE as u64), memory);
        let first = pieces.next(PIECE).await.unwrap();
        let send = |_, piece: Bytes| async move {
            sleep(Duration::from_millis(50)).await;
            drop(piece);
            Ok(())
        };
        let waits = send_all((&mut pieces, first), |_| PIECE, |_| (), send);
        let others = timeout(Duration::from_secs(9), upload(memory, 3));
        select! {
            _ = waits => panic!("it has nothing to go on with"),
            sent = others => assert_eq!(sent.unwrap(), 3 * PIECES * PIECE),
        }
        assert_eq!(memory.ahead_left(), PIECE);
    }
}
