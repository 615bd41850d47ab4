//! Bodies that go to the server as they come, under a name that nobody reads.

use super::client::{Server, told};
use crate::answer::Answer;
use crate::refusal::garbage;
use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use reqwest::Method;
use reqwest::header::{CONTENT_LENGTH, HeaderValue};
use std::io;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use storage::{ByteStream, DriverError, Length};
use tokio::time::{Instant, sleep};

/// So long a server may take neither a byte nor an end.
const PATIENCE: Duration = Duration::from_mins(2);

/// The same once it has everything: it may write all of it to somebody else before it says so.
const LAST_PATIENCE: Duration = Duration::from_mins(15);

/// What has become of a body so far.
struct Passed {
    length: Length,
    /// How many bytes the server has not been given; `None`: nobody knows, until there are none.
    left: Option<u64>,
    /// Why the body ended before its time.
    failure: Option<DriverError>,
    /// It is the sender who is waited for.
    waits: bool,
    last: Instant,
}

type Shared = Arc<Mutex<Passed>>;

fn lock(passed: &Shared) -> MutexGuard<'_, Passed> {
    passed.lock().expect("no code under this lock panics")
}

/// A file that is there as long as this is, unless it was kept.
pub(super) struct Temporary {
    server: Server,
    pub path: String,
    is_kept: bool,
}

impl Temporary {
    pub fn new(server: &Server, path: String) -> Self {
        Self {
            server: server.clone(),
            path,
            is_kept: false,
        }
    }

    pub fn keep(mut self) {
        self.is_kept = true;
    }

    pub async fn remove(self) {
        if let Err(error) = self.server.remove(&self.path).await {
            tracing::warn!(path = self.path, %error, "a file is left on the server");
        }
        self.keep();
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        if self.is_kept {
            return;
        }
        let (server, path) = (self.server.clone(), std::mem::take(&mut self.path));
        runtime.spawn(async move {
            if let Err(error) = server.remove(&path).await {
                tracing::warn!(path, %error, "a file is left on the server");
            }
        });
    }
}

/// Sends a body, and compares how much of it arrived. `seen` gets each piece before it goes.
pub(super) async fn put(
    server: &Server,
    path: &str,
    body: ByteStream,
    expected: Option<u64>,
    mut seen: impl FnMut(&Bytes) + Send + 'static,
) -> Result<u64, DriverError> {
    let passed: Shared = Arc::new(Mutex::new(Passed {
        length: Length::of(expected),
        left: expected,
        failure: None,
        waits: false,
        last: Instant::now(),
    }));
    let watched = Arc::clone(&passed);
    let pieces = stream::try_unfold(body, move |mut body| {
        let passed = Arc::clone(&watched);
        async move {
            lock(&passed).waits = true;
            let next = body.try_next().await;
            let mut now = lock(&passed);
            (now.waits, now.last) = (false, Instant::now());
            let counted = match next {
                Ok(Some(piece)) => {
                    let length = piece.len() as u64;
                    now.left = now.left.map(|left| left.saturating_sub(length));
                    now.length.add(&piece).map(|()| Some(piece))
                }
                Ok(None) => {
                    now.left = Some(0);
                    now.length.end().map(|_| None)
                }
                Err(error) => Err(DriverError::Body(error)),
            };
            match counted {
                Ok(piece) => Ok(piece.map(|piece| (piece, body))),
                Err(error) => {
                    now.failure = Some(error);
                    Err(io::Error::other("the body ended before its time"))
                }
            }
        }
    });
    let pieces = pieces.inspect_ok(move |piece| seen(piece));
    let mut request = server.patient(Method::PUT, server.url(path));
    if let Some(expected) = expected {
        request = request.header(CONTENT_LENGTH, HeaderValue::from(expected));
    }
    let request = request.body(reqwest::Body::wrap_stream(pieces.boxed()));
    let answer = select(Answer::read_of(request), &passed).await?;
    let failure = lock(&passed).failure.take();
    if let Some(failure) = failure {
        return Err(failure);
    }
    if let Err(refusal) = answer {
        server.doubt_staging();
        return Err(told(refusal));
    }
    let sent = lock(&passed).length.end()?;
    let arrived = server.found(path).await?;
    if arrived.is_none_or(|file| file.size_bytes != sent) {
        return Err(garbage("the server kept another length than was sent"));
    }
    Ok(sent)
}

/// Gives up on a server that stands still.
async fn select<T>(answer: impl Future<Output = T>, passed: &Shared) -> Result<T, DriverError> {
    let mut answer = pin!(answer);
    loop {
        tokio::select! {
            answer = &mut answer => return Ok(answer),
            () = sleep(PATIENCE / 8) => {}
        }
        let now = lock(passed);
        let patience = match now.left {
            Some(0) => LAST_PATIENCE,
            _ => PATIENCE,
        };
        if !now.waits && now.last.elapsed() > patience {
            let error = io::Error::new(io::ErrorKind::TimedOut, "the server stands still");
            return Err(DriverError::Io(error));
        }
    }
}
