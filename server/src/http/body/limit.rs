//! Bodies that are read whole before anything happens: how long each may be, and how much memory
//! all of them together.

use super::{BadBody, content_length, drain, into_stream};
use futures_util::StreamExt;
use poem::{Body, Endpoint, IntoResponse, Middleware, Request, Response, Result};
use std::io;
use std::sync::{Arc, OnceLock};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What every body may hold, whatever the others do, so that small requests never have to wait or
/// go away.
pub const FREE_BYTES: u64 = 64 << 10;

/// Middleware that counts request bodies and refuses those over their limit, at once when the
/// declared length already says so. What a body holds beyond [`FREE_BYTES`] comes out of an
/// allowance that all of its senders share, until it has been read.
#[derive(Clone, Debug)]
pub struct BodyLimit {
    limit_of: fn(&Request) -> Option<Limit>,
    visitors: Arc<Semaphore>,
    accounts: Arc<Semaphore>,
}

/// How long a body may be, and out of whose memory it comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    pub bytes: u64,
    pub sender: Sender,
}

/// Who sends a body: however much visitors send, there is room for those with an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    Visitor,
    Account,
}

impl BodyLimit {
    /// `limit_of` answers how long a body may be; `None` leaves it alone, for what is not kept in
    /// memory. Each kind of sender has so many bytes of memory.
    pub fn new(
        limit_of: fn(&Request) -> Option<Limit>,
        visitors_bytes: usize,
        accounts_bytes: usize,
    ) -> Self {
        Self {
            limit_of,
            visitors: Arc::new(Semaphore::new(visitors_bytes)),
            accounts: Arc::new(Semaphore::new(accounts_bytes)),
        }
    }

    fn memory_of(&self, sender: Sender) -> Arc<Semaphore> {
        Arc::clone(match sender {
            Sender::Visitor => &self.visitors,
            Sender::Account => &self.accounts,
        })
    }
}

impl<E: Endpoint> Middleware<E> for BodyLimit {
    type Output = BodyLimitEndpoint<E>;

    fn transform(&self, inner: E) -> Self::Output {
        BodyLimitEndpoint {
            inner,
            rule: self.clone(),
        }
    }
}

/// What [`BodyLimit`] makes of an endpoint.
#[derive(Debug)]
pub struct BodyLimitEndpoint<E> {
    inner: E,
    rule: BodyLimit,
}

impl<E: Endpoint> Endpoint for BodyLimitEndpoint<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> Result<Response> {
        let limit = (self.rule.limit_of)(&request);
        let body = limit.map(|limit| (limit, request.take_body()));
        let Some((limit, body)) = body.filter(|(_, body)| !body.is_empty()) else {
            let answer = self.inner.call(request).await;
            return answer.map(IntoResponse::into_response);
        };
        let limit_bytes = limit.bytes;
        if content_length(&request).is_some_and(|length| length > limit_bytes) {
            drain(into_stream(body), limit_bytes).await;
            return Err(BadBody::TooLarge { limit_bytes }.into());
        }
        // Extractors turn body errors into texts, so this says what really happened.
        let failure = Arc::new(OnceLock::new());
        let counted = Counted {
            limit_bytes,
            read: 0,
            memory: self.rule.memory_of(limit.sender),
            held: None,
            failure: Arc::clone(&failure),
        };
        request.set_body(counted.body(body));
        let answer = self.inner.call(request).await;
        match failure.get() {
            Some(why) => Err((*why).into()),
            None => answer.map(IntoResponse::into_response),
        }
    }
}

/// A body being read.
struct Counted {
    limit_bytes: u64,
    read: u64,
    memory: Arc<Semaphore>,
    /// Given back with the body, when it has been read or given up.
    held: Option<OwnedSemaphorePermit>,
    failure: Arc<OnceLock<BadBody>>,
}

impl Counted {
    fn body(mut self, body: Body) -> Body {
        Body::from_bytes_stream(body.into_bytes_stream().map(move |bytes| {
            let counted = bytes.and_then(|bytes| {
                self.count(bytes.len() as u64).map_err(io::Error::other)?;
                Ok(bytes)
            });
            if let Err(error) = &counted
                && let Some(why) = BadBody::within(error)
            {
                let _ = self.failure.set(why);
            }
            counted
        }))
    }

    fn count(&mut self, bytes: u64) -> Result<(), BadBody> {
        let limit_bytes = self.limit_bytes;
        let before = self.read.max(FREE_BYTES);
        self.read += bytes;
        if self.read > limit_bytes {
            return Err(BadBody::TooLarge { limit_bytes });
        }
        let more = u32::try_from(self.read.max(FREE_BYTES) - before);
        let more = more.map_err(|_| BadBody::TooMany)?;
        if more > 0 {
            let taken = Arc::clone(&self.memory).try_acquire_many_owned(more);
            let taken = taken.map_err(|_| BadBody::TooMany)?;
            match &mut self.held {
                Some(held) => held.merge(taken),
                held @ None => *held = Some(taken),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use bytes::Bytes;
    use futures_util::stream;
    use poem::http::{Method, StatusCode};
    use poem::{EndpointExt, Route, handler, post};

    const PIECE: usize = 64 << 10;

    #[handler]
    fn length(body: Bytes) -> String {
        body.len().to_string()
    }

    /// 10 bytes at `/`, any length at `/upload`, much at `/batch`; memory for four pieces. Accounts
    /// have as much at `/mine`.
    fn app() -> impl Endpoint<Output = Response> {
        let limit_of = |request: &Request| {
            let (bytes, sender) = match request.uri().path() {
                "/" => (10, Sender::Visitor),
                "/batch" => (100 * PIECE as u64, Sender::Visitor),
                "/mine" => (100 * PIECE as u64, Sender::Account),
                _ => return None,
            };
            Some(Limit { bytes, sender })
        };
        Route::new()
            .at("/", post(length))
            .at("/batch", post(length))
            .at("/mine", post(length))
            .at("/upload", post(length))
            .with(BodyLimit::new(limit_of, 4 * PIECE, 4 * PIECE))
    }

    fn chunks(count: usize, bytes: usize) -> Body {
        let chunk = Bytes::from(vec![7; bytes]);
        Body::from_bytes_stream(stream::iter(
            (0..count).map(move |_| Ok::<_, io::Error>(chunk.clone())),
        ))
    }

    fn send(path: &str, body: Body) -> Request {
        Request::builder()
            .method(Method::POST)
            .uri_str(path)
            .body(body)
    }

    async fn passes(answer: Response, bytes: usize) {
        let text = answer.into_body().into_string().await.unwrap();
        assert_eq!(text, bytes.to_string());
    }

    #[tokio::test]
    async fn a_body_of_exactly_the_limit_passes() {
        passes(app().call(send("/", chunks(2, 5))).await.unwrap(), 10).await;
    }

    #[tokio::test]
    async fn a_longer_body_fails_as_too_large_whatever_the_extractor_made_of_it() {
        for body in [chunks(3, 5), chunks(1, 11)] {
            let error = app().call(send("/", body)).await.unwrap_err();
            let too_large = BadBody::TooLarge { limit_bytes: 10 };
            assert_eq!(error.downcast_ref(), Some(&too_large));
            assert_eq!(error.status(), StatusCode::PAYLOAD_TOO_LARGE);
        }
    }

    #[tokio::test]
    async fn a_declared_length_over_the_limit_is_refused_and_read_away() {
        let mut request = send("/", chunks(1, 5));
        request
            .headers_mut()
            .insert("content-length", "11".parse().unwrap());
        let error = app().call(request).await.unwrap_err();
        assert!(error.is::<BadBody>());
    }

    #[tokio::test]
    async fn what_is_left_alone_takes_any_length() {
        let answer = app().call(send("/upload", chunks(100, PIECE))).await;
        passes(answer.unwrap(), 100 * PIECE).await;
    }

    #[tokio::test]
    async fn unfinished_bodies_share_one_allowance_and_give_it_back() {
        let app = Arc::new(app());
        let (release, wait) = tokio::sync::oneshot::channel::<()>();
        // The first piece is free, four more are all there is.
        let unfinished =
            stream::iter(0..5).map(|_| Ok::<_, io::Error>(Bytes::from(vec![7; PIECE])));
        let end = stream::once(wait).filter_map(|_| async { None });
        let body = Body::from_bytes_stream(unfinished.chain(end));
        let holding = tokio::spawn({
            let app = Arc::clone(&app);
            async move { app.call(send("/batch", body)).await }
        });
        while !holding.is_finished() {
            tokio::task::yield_now().await;
            let answer = app.call(send("/batch", chunks(2, PIECE))).await;
            if answer.is_err_and(|error| error.is::<BadBody>()) {
                break;
            }
        }
        assert!(!holding.is_finished());
        passes(
            app.call(send("/batch", chunks(1, PIECE))).await.unwrap(),
            PIECE,
        )
        .await;
        passes(app.call(send("/", chunks(2, 5))).await.unwrap(), 10).await;
        // Nobody with an account notices.
        let mine = app.call(send("/mine", chunks(5, PIECE))).await;
        passes(mine.unwrap(), 5 * PIECE).await;
        release.send(()).unwrap();
        passes(holding.await.unwrap().unwrap(), 5 * PIECE).await;
        passes(
            app.call(send("/batch", chunks(5, PIECE))).await.unwrap(),
            5 * PIECE,
        )
        .await;
    }
}
