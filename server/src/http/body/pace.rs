//! A deadline for request bodies: whoever sends one has to go on sending.
//!
//! A body begins with some patience. Waiting for the client uses it up, and what arrives gives it
//! back, up to where it was. So a body may be of any length and its client may pause now and then,
//! but one that is silent, or drips, ends. Only waiting counts: while nobody reads, because a disk
//! is slow or the request waits for its turn, time stands still.

use super::BadBody;
use bytes::Bytes;
use futures_util::ready;
use http_body_util::combinators::BoxBody;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use poem::Body;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, Sleep};

/// How much has to come for a second of waiting: a tenth of the slowest mobile networks.
pub const LEAST_BYTES_A_SECOND: u32 = 256;

/// Whether a body was read to its end.
#[derive(Clone, Debug, Default)]
pub struct Read(Arc<AtomicBool>);

impl Read {
    pub fn is_whole(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// The same body, failing with [`BadBody::TooSlow`] inside the `io::Error` when the client has
/// used up `patience`; and how far it was read.
pub fn paced(body: Body, patience: Duration) -> (Body, Read) {
    let read = Read::default();
    let paced = BoxBody::new(Paced {
        inner: body.into(),
        read: read.clone(),
        patience,
        left: patience,
        waiting_since: None,
        deadline: None,
    });
    (paced.into(), read)
}

struct Paced {
    inner: BoxBody<Bytes, io::Error>,
    read: Read,
    /// At the beginning, and at most.
    patience: Duration,
    left: Duration,
    waiting_since: Option<Instant>,
    deadline: Option<Pin<Box<Sleep>>>,
}

impl Paced {
    fn arrived(&mut self, bytes: usize) {
        if let Some(since) = self.waiting_since.take() {
            self.left = self.left.saturating_sub(since.elapsed());
        }
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        let earned = Duration::from_secs(1) * bytes / LEAST_BYTES_A_SECOND;
        self.left = (self.left + earned).min(self.patience);
    }

    fn wait(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let since = *self.waiting_since.get_or_insert_with(Instant::now);
        let end = since + self.left;
        let deadline = self
            .deadline
            .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(end)));
        if deadline.deadline() != end {
            deadline.as_mut().reset(end);
        }
        deadline.as_mut().poll(context)
    }
}

impl HttpBody for Paced {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let this = self.get_mut();
        if let Poll::Ready(frame) = Pin::new(&mut this.inner).poll_frame(context) {
            if let Some(Ok(frame)) = &frame {
                this.arrived(frame.data_ref().map_or(0, Bytes::len));
            }
            if frame.is_none() || this.inner.is_end_stream() {
                this.read.0.store(true, Ordering::Relaxed);
            }
            return Poll::Ready(frame);
        }
        ready!(this.wait(context));
        Poll::Ready(Some(Err(io::Error::new(
            io::ErrorKind::TimedOut,
            BadBody::TooSlow,
        ))))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use futures_util::{StreamExt, stream};

    const PATIENCE: Duration = Duration::from_millis(800);

    /// So many pieces of so many bytes, one after each pause.
    fn pieces(count: usize, bytes: usize, pause: Duration) -> Body {
        let pieces = stream::iter(0..count).then(move |_| async move {
            tokio::time::sleep(pause).await;
            Ok::<_, io::Error>(Bytes::from(vec![7; bytes]))
        });
        paced(Body::from_bytes_stream(pieces), PATIENCE).0
    }

    /// How it ends, and when.
    async fn end(body: Body) -> (Result<usize, Option<BadBody>>, Duration) {
        let begun = Instant::now();
        let read = body.into_bytes().await;
        let read = read.map(|bytes| bytes.len());
        let read = read.map_err(|error| BadBody::within(&error));
        (read, begun.elapsed())
    }

    #[tokio::test]
    async fn who_sends_nothing_is_waited_for_no_longer_than_the_patience() {
        let (read, took) = end(pieces(1, 1, PATIENCE * 100)).await;
        assert_eq!(read, Err(Some(BadBody::TooSlow)));
        assert!((PATIENCE..PATIENCE * 10).contains(&took), "{took:?}");
        let (read, _) = end(pieces(1, 1, PATIENCE / 8)).await;
        assert_eq!(read, Ok(1));
    }

    #[tokio::test]
    async fn who_drips_is_ended_as_well() {
        let (read, took) = end(pieces(10_000, 1, PATIENCE / 40)).await;
        assert_eq!(read, Err(Some(BadBody::TooSlow)));
        assert!(took < PATIENCE * 10, "{took:?}");
    }

    #[tokio::test]
    async fn a_slow_client_may_send_for_as_long_as_it_takes() {
        let pause = PATIENCE / 40;
        let enough = 4 * LEAST_BYTES_A_SECOND as usize / 50;
        let (read, took) = end(pieces(100, enough, pause)).await;
        assert_eq!(read, Ok(100 * enough));
        assert!(took >= PATIENCE * 2, "{took:?}");
    }

    #[tokio::test]
    async fn pauses_are_forgiven_once_enough_has_come() {
        let (read, _) = end(pieces(6, 64 << 10, PATIENCE / 4)).await;
        assert_eq!(read, Ok(6 * (64 << 10)));
    }

    #[tokio::test]
    async fn time_in_which_nobody_reads_does_not_count() {
        let mut body = pieces(3, 1, PATIENCE / 16).into_bytes_stream().boxed();
        for _ in 0..3 {
            assert!(body.next().await.unwrap().is_ok());
            tokio::time::sleep(PATIENCE + PATIENCE / 4).await;
        }
        assert!(body.next().await.is_none());
    }
}
