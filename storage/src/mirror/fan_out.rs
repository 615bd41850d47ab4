//! One body for several who take it at their own pace, with a few pieces in memory.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::FuturesUnordered;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

use super::patience::Patience;
use super::write::Taker;
use crate::body::Length;
use crate::{ByteStream, DriverError};

/// Pieces that wait for one of them.
const WAITING: usize = 4;
/// How long all wait for one that takes nothing, and without which there are too few.
const STALL: Duration = Duration::from_secs(30);

#[derive(Clone, Debug)]
enum Message {
    Piece(Bytes),
    End,
}

/// Where the pieces for one of them go in.
#[derive(Debug)]
pub(super) struct Feed {
    sender: Option<mpsc::Sender<Message>>,
    is_slow: bool,
}

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
    let feed = Feed {
        sender: Some(sender),
        is_slow: false,
    };
    (feed, body.fuse().boxed())
}

impl Feed {
    /// Whether it went in at once, or never will. One that takes nothing any more has failed, which
    /// its own answer tells.
    fn offer(&mut self, message: &Message) -> bool {
        let Some(sender) = &self.sender else {
            return true;
        };
        match sender.try_send(message.clone()) {
            Ok(()) => true,
            Err(TrySendError::Full(_)) => false,
            Err(TrySendError::Closed(_)) => {
                self.sender = None;
                true
            }
        }
    }

    /// Whether it was taken, in the end.
    async fn push(&mut self, message: Message) -> bool {
        let Some(sender) = &self.sender else {
            return false;
        };
        // Unless it is known to have taken this, it is too slow.
        self.is_slow = true;
        let sent = tokio::time::timeout(STALL, sender.send(message)).await;
        self.is_slow = sent.is_err();
        matches!(sent, Ok(Ok(())))
    }

    fn is_taken(&self) -> bool {
        let sender = self.sender.as_ref();
        sender.is_some_and(|sender| !sender.is_closed())
    }

    /// Whether it was given up, for others had to wait.
    pub fn is_slow(&self) -> bool {
        self.is_slow
    }
}

/// How many have to have taken something, and how long the others are waited for then.
pub(super) type Pace<'a> = (usize, &'a mut Patience);

/// Puts a message into each. Who is too slow, where enough have it, is given up.
async fn send<'a>(
    feeds: impl Iterator<Item = &'a mut Feed>,
    message: &Message,
    (enough, patience): Pace<'_>,
) {
    let (mut taken, mut late) = (0, Vec::new());
    for feed in feeds {
        if !feed.offer(message) {
            late.push(feed);
        } else if feed.is_taken() {
            taken += 1;
        }
    }
    if late.is_empty() {
        return;
    }
    let pushes = late.iter_mut().map(|feed| feed.push(message.clone()));
    let mut pushes: FuturesUnordered<_> = pushes.collect();
    while !pushes.is_empty() {
        let next = pushes.next();
        let next = if taken < enough {
            next.await
        } else {
            patience.wait(next).await.flatten()
        };
        let Some(was_taken) = next else { break };
        taken += usize::from(was_taken);
    }
    drop(pushes);
    for feed in late {
        if feed.is_slow {
            feed.sender = None;
        }
    }
}

/// Sends all of a body to those that take it, and counts it. Ends early when nobody takes any more.
/// # Errors
/// `Body`, `ShortBody`, `LongBody`
pub(super) async fn pour<T>(
    mut body: ByteStream,
    expected_bytes: Option<u64>,
    (takers, (enough, patience)): (&mut [Taker<T>], Pace<'_>),
) -> Result<(), DriverError> {
    let mut length = Length::of(expected_bytes);
    while let Some(piece) = body.try_next().await.map_err(DriverError::Body)? {
        length.add(&piece)?;
        let feeds = takers.iter_mut().map(|taker| &mut taker.feed);
        send(feeds, &Message::Piece(piece), (enough, &mut *patience)).await;
        if !takers.iter().any(|taker| taker.feed.is_taken()) {
            return Ok(());
        }
    }
    length.end().map(drop)
}

/// All pieces came: those that take them may finish.
pub(super) async fn end<T>(takers: &mut [Taker<T>], pace: Pace<'_>) {
    let feeds = takers.iter_mut().map(|taker| &mut taker.feed);
    send(feeds, &Message::End, pace).await;
}
