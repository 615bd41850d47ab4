//! A body that two hold: who reads it, and who reads away the rest when the first gave up.

use super::ByteStream;
use bytes::Bytes;
use futures_util::Stream;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

/// One of the two halves; both read from the same body, never at the same time.
struct Half(Arc<Mutex<ByteStream>>);

impl Stream for Half {
    type Item = io::Result<Bytes>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut body = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        body.as_mut().poll_next(context)
    }
}

/// Two ends of one body. Whatever the first has not taken, the second still can.
pub fn shared(body: ByteStream) -> (ByteStream, ByteStream) {
    let body = Arc::new(Mutex::new(body));
    (Box::pin(Half(Arc::clone(&body))), Box::pin(Half(body)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use futures_util::StreamExt;

    #[tokio::test]
    async fn the_second_half_reads_on_where_the_first_stopped() {
        let pieces = ["a", "b", "c"].map(|piece| Ok(Bytes::from_static(piece.as_bytes())));
        let (mut first, rest) = shared(Box::pin(futures_util::stream::iter(pieces)));
        assert_eq!(first.next().await.unwrap().unwrap(), "a");
        drop(first);
        let rest: Vec<Bytes> = rest.map(Result::unwrap).collect().await;
        assert_eq!(rest, ["b", "c"]);
    }
}
