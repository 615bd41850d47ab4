//! A stream that keeps to a speed.

use std::num::NonZeroU64;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use site::pace::Pace;

use super::super::ByteStream;

/// Pieces a second a stream is cut into, as long as pieces stay of sensible size.
const PIECES_PER_SEC: u64 = 10;
const LEAST_PIECE: u64 = 64;
const LARGEST_PIECE: u64 = 256 << 10;
/// Lets through at most `bytes_per_sec` on average, in pieces of a tenth of a second, sleeping
/// between them.
pub fn throttle(stream: ByteStream, bytes_per_sec: NonZeroU64) -> ByteStream {
    let piece = (bytes_per_sec.get() / PIECES_PER_SEC).clamp(LEAST_PIECE, LARGEST_PIECE);
    stream::unfold(
        (stream, Bytes::new(), Pace::default()),
        move |(mut stream, mut held, mut pace)| async move {
            while held.is_empty() {
                match stream.next().await? {
                    Ok(bytes) => held = bytes,
                    Err(error) => return Some((Err(error), (stream, held, pace))),
                }
            }
            let length = held.len().min(piece as usize);
            let bytes = held.split_to(length);
            pace.pass(length, || Some(bytes_per_sec)).await;
            Some((Ok(bytes), (stream, held, pace)))
        },
    )
    .boxed()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::io;
    use std::time::Duration;

    use futures_util::TryStreamExt;

    use super::*;
    use tokio::time::Instant;

    fn source(blocks: usize, block: usize) -> ByteStream {
        let block = Bytes::from(vec![7; block]);
        stream::iter((0..blocks).map(move |_| Ok(block.clone()))).boxed()
    }

    async fn passed(stream: ByteStream) -> usize {
        stream
            .try_fold(0, |sum, bytes| async move { Ok(sum + bytes.len()) })
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn the_average_is_the_limit() {
        for rate in [500, 100_000, 3_000_000, 1 << 30] {
            let start = Instant::now();
            let limit = NonZeroU64::new(rate as u64).unwrap();
            assert_eq!(
                passed(throttle(source(20, rate / 50), limit)).await,
                rate / 50 * 20
            );
            // The first piece, at most a quarter of all, goes at once; late timers only add.
            let took = start.elapsed().as_secs_f64();
            assert!((0.26..0.8).contains(&took), "{rate} B/s took {took} s");
        }
    }

    #[tokio::test]
    async fn it_never_runs_ahead() {
        let mut stream = throttle(source(1, 50_000), NonZeroU64::new(100_000).unwrap());
        let start = Instant::now();
        let mut seen = 0;
        while let Some(bytes) = stream.next().await {
            seen += bytes.unwrap().len();
            let due = start.elapsed().as_secs_f64() * 100_000.0;
            assert!(
                seen as f64 <= due + 10_001.0,
                "{seen} bytes after {due} were due"
            );
        }
    }

    #[tokio::test]
    async fn a_pause_of_the_reader_is_not_made_up_by_a_burst() {
        let mut stream = throttle(source(1, 60_000), NonZeroU64::new(100_000).unwrap());
        stream.next().await.unwrap().unwrap();
        tokio::time::sleep(Duration::from_millis(500)).await;
        let start = Instant::now();
        assert_eq!(passed(stream).await, 50_000);
        assert!(start.elapsed().as_secs_f64() > 0.28);
    }

    #[tokio::test]
    async fn errors_pass() {
        let failing = stream::iter([Err(io::Error::other("gone"))]).boxed();
        let mut stream = throttle(failing, NonZeroU64::MIN);
        assert_eq!(
            stream.next().await.unwrap().unwrap_err().to_string(),
            "gone"
        );
    }
}
