//! One body for several who take it at their own pace, with a few pieces in memory.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use tokio::sync::mpsc;

use crate::body::Length;
use crate::{ByteStream, DriverError};

/// Pieces that wait for one of them.
const WAITING: usize = 4;
/// How long all wait for one that takes nothing.
const STALL: Duration = Duration::from_secs(30);

enum Message {
    Piece(Bytes),
    End,
}

/// Where the pieces for one of them go in.
#[derive(Debug)]
pub(super) struct Feed(Option<mpsc::Sender<Message>>);

/// A body that ends when it is told to, and fails when its feed is dropped before.
pub(super) fn feed() -> (Feed, ByteStream) {
    let (sender, receiver) = mpsc::channel(WAITING);
    let body = stream::unfold(Some(receiver), |receiver| async move {
        let mut receiver = receiver?;
        match receiver.recv().await {
            Some(Message::Piece(piece)) => Some((Ok(piece), Some(receiver))),
            Some(Message::End) => None,
            None => Some((Err(io::Error::other("the body was given up")), None)),
        }
    });
    (Feed(Some(sender)), body.fuse().boxed())
}

impl Feed {
    async fn push(&mut self, piece: &Bytes) {
        if let Some(sender) = &self.0 {
            let sent = tokio::time::timeout(STALL, sender.send(Message::Piece(piece.clone())));
            if !matches!(sent.await, Ok(Ok(()))) {
                self.0 = None;
            }
        }
    }

    /// All pieces came: the one that takes them may finish.
    pub async fn end(mut self) {
        if let Some(sender) = self.0.take() {
            // One that takes nothing any more has failed, which its own answer tells.
            let _ = tokio::time::timeout(STALL, sender.send(Message::End)).await;
        }
    }

    fn is_taken(&self) -> bool {
        self.0.as_ref().is_some_and(|sender| !sender.is_closed())
    }
}

/// Sends all of a body to those that take it, and counts it. Ends early when nobody takes any more.
/// # Errors
/// `Body`, `ShortBody`, `LongBody`
pub(super) async fn pour(
    mut body: ByteStream,
    expected_bytes: Option<u64>,
    feeds: &mut [Feed],
) -> Result<(), DriverError> {
    let mut length = Length::of(expected_bytes);
    while let Some(piece) = body.try_next().await.map_err(DriverError::Body)? {
        length.add(&piece)?;
        for feed in feeds.iter_mut() {
            feed.push(&piece).await;
        }
        if !feeds.iter().any(Feed::is_taken) {
            return Ok(());
        }
    }
    length.end().map(drop)
}
