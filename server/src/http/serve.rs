//! The accept loop: sockets in, answers of one poem endpoint out.
//!
//! It exists because the stock server neither disables Nagle's algorithm, nor bounds the time a
//! client may take for its headers and body or the number of connections, and spins when the
//! process has no free descriptors.

mod fragment;
mod sendfile;

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::FutureExt;
use hyper::body::{Body as _, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use poem::http::header::{CONNECTION, HOST};
use poem::http::uri::{Authority, Scheme};
use poem::http::{HeaderValue, Method, StatusCode, Version};
use poem::web::{LocalAddr, RemoteAddr};
use poem::{Addr, Endpoint, Response};
use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpListener, TcpStream, ToSocketAddrs};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::body::pace::paced;
use fragment::FragmentWatch;
pub(super) use sendfile::FilePart;
use sendfile::{FileSocket, Outbox};

/// How long the loop rests after an accept failure that trying again at once would repeat.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// Receive window of one HTTP/2 stream: enough for 80 MB/s at 100 ms of round trip.
const H2_STREAM_WINDOW: u32 = 8 << 20;
/// Receive window shared by the streams of one HTTP/2 connection.
const H2_CONNECTION_WINDOW: u32 = 16 << 20;
/// Answer bytes one HTTP/2 stream may hold back while the client does not read. The streams of a
/// connection hold no more together than its receive window.
const H2_SEND_BUFFER: usize = 128 << 10;
const H2_MAX_STREAMS: u32 = 128;
const H2_MAX_HEADER_BYTES: u32 = 64 << 10;
const H2_PING_INTERVAL: Duration = Duration::from_secs(30);
const H2_PING_TIMEOUT: Duration = Duration::from_secs(20);

/// Files that may be open besides connections: content that is read, the database, the log.
const OTHER_FILES: u64 = 512;
const MAX_CONNECTIONS: usize = 10_000;
/// However few files the process may open.
const LEAST_CONNECTIONS: usize = 64;

/// What bounds connections, each and all of them.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// Connections at a time; who comes when there are as many waits to be accepted.
    pub connections: usize,
    /// For the first request of a connection to begin, for the headers of each HTTP/1 request to
    /// arrive, and so also for how long an idle HTTP/1 connection is kept.
    pub headers: Duration,
    /// For the client to go on with the body of a request: see [`pace`](super::body::pace).
    pub body: Duration,
    /// For running requests to finish after a stop.
    pub grace: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            // Longer than the minute for which proxies keep a connection to use it again: one that
            // is closed just then costs a request.
            headers: Duration::from_secs(75),
            body: Duration::from_mins(1),
            connections: connections(),
            grace: Duration::from_secs(10),
        }
    }
}

/// As many as the process may have open files for.
fn connections() -> usize {
    let files = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    let left = files.unwrap_or(u64::MAX).saturating_sub(OTHER_FILES);
    usize::try_from(left)
        .unwrap_or(usize::MAX)
        .clamp(LEAST_CONNECTIONS, MAX_CONNECTIONS)
}

/// Binds a listener and says where it listens; port 0 picks a free port.
pub async fn bind(addr: impl ToSocketAddrs) -> io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(addr).await?;
    let addr = listener.local_addr()?;
    Ok((listener, addr))
}

/// Serves `app` until `stop` is cancelled, then lets running requests finish within the default
/// [`Patience`]. Speaks HTTP/1.1 and, to clients that open with its preface, HTTP/2.
pub async fn serve(listener: TcpListener, app: impl Endpoint + 'static, stop: CancellationToken) {
    serve_with(listener, app, stop, Patience::default()).await;
}

/// [`serve`] with other limits.
pub async fn serve_with(
    listener: TcpListener,
    app: impl Endpoint + 'static,
    stop: CancellationToken,
    patience: Patience,
) {
    let app = Arc::new(app);
    let protocol = Arc::new(protocol(patience));
    let connections = TaskTracker::new();
    let give_up = CancellationToken::new();
    let room = Arc::new(Semaphore::new(patience.connections));
    loop {
        let next = async {
            let place = take_place(&room).await;
            (listener.accept().await, place)
        };
        let (accepted, place) = tokio::select! {
            next = next => next,
            () = stop.cancelled() => break,
        };
        match accepted {
            Ok((socket, peer)) => {
                let connection = Connection {
                    app: Arc::clone(&app),
                    protocol: Arc::clone(&protocol),
                    stop: stop.clone(),
                    give_up: give_up.clone(),
                    patience,
                };
                connections.spawn(async move {
                    connection.run(socket, peer).await;
                    drop(place);
                });
            }
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "cannot accept connections");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    connections.close();
    if tokio::time::timeout(patience.grace, connections.wait())
        .await
        .is_err()
    {
        tracing::warn!(
            left = connections.len(),
            "dropping connections still busy after the stop"
        );
        give_up.cancel();
        connections.wait().await;
    }
}

/// Waits until there may be one connection more.
async fn take_place(room: &Arc<Semaphore>) -> Option<OwnedSemaphorePermit> {
    if let Ok(place) = Arc::clone(room).try_acquire_owned() {
        return Some(place);
    }
    tracing::warn!("there are as many connections as there may be; others wait");
    Arc::clone(room).acquire_owned().await.ok()
}

/// Whether an accept error concerns only the connection that was to be accepted.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::Interrupted
    )
}

fn protocol(patience: Patience) -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(patience.headers)
        // Buffers must reach the socket uncopied; see `sendfile`.
        .writev(true);
    builder
        .http2()
        .timer(TokioTimer::new())
        .initial_stream_window_size(H2_STREAM_WINDOW)
        .initial_connection_window_size(H2_CONNECTION_WINDOW)
        .max_send_buf_size(H2_SEND_BUFFER)
        .max_concurrent_streams(H2_MAX_STREAMS)
        .max_header_list_size(H2_MAX_HEADER_BYTES)
        .keep_alive_interval(H2_PING_INTERVAL)
        .keep_alive_timeout(H2_PING_TIMEOUT);
    builder
}

/// What one accepted socket needs to be served.
struct Connection<E> {
    app: Arc<E>,
    protocol: Arc<auto::Builder<TokioExecutor>>,
    stop: CancellationToken,
    give_up: CancellationToken,
    patience: Patience,
}

impl<E: Endpoint + 'static> Connection<E> {
    async fn run(self, socket: TcpStream, peer: SocketAddr) {
        tune(&socket);
        let local = LocalAddr(
            socket
                .local_addr()
                .map_or_else(|_| Addr::default(), Addr::from),
        );
        let remote = RemoteAddr(peer.into());
        let app = self.app;
        let outbox = Outbox::default();
        let watch = FragmentWatch::default();
        let socket = FileSocket::new(socket, outbox.clone(), watch.clone());
        let spoke = Arc::new(AtomicBool::new(false));
        let service = service_fn(|request: hyper::Request<Incoming>| {
            spoke.store(true, Ordering::Relaxed);
            let app = Arc::clone(&app);
            let files = sends_files(&request).then(|| outbox.clone());
            let is_malformed = watch.found() || !names_its_host(&request);
            let has_body = !request.body().is_end_stream();
            if !has_body {
                watch.head_follows();
            }
            let watch = watch.clone();
            let mut request: poem::Request =
                (request, local.clone(), remote.clone(), Scheme::HTTP).into();
            let keeps_order = request.version() <= Version::HTTP_11;
            let read = has_body.then(|| {
                let (body, read) = paced(request.take_body(), self.patience.body);
                request.set_body(body);
                read
            });
            async move {
                let mut response = if is_malformed {
                    StatusCode::BAD_REQUEST.into()
                } else {
                    answer(&*app, request).await
                };
                if response.status().is_success() {
                    watch.head_follows();
                }
                // The rest of the body would have to be read before the next request.
                if keeps_order && read.is_some_and(|read| !read.is_whole()) {
                    let close = HeaderValue::from_static("close");
                    response.headers_mut().insert(CONNECTION, close);
                }
                if let Some(outbox) = files {
                    outbox.take_over(&mut response);
                }
                Ok::<_, Infallible>(response.into())
            }
        });
        let connection = self
            .protocol
            .serve_connection(TokioIo::new(socket), service);
        tokio::pin!(connection);

        // hyper's own timer starts only once the protocol is known, that is with the first bytes.
        let silence = tokio::time::sleep(self.patience.headers);
        tokio::pin!(silence);
        let mut watching_silence = true;
        let mut stopping = false;
        loop {
            tokio::select! {
                biased;
                ended = connection.as_mut() => {
                    if let Err(error) = ended {
                        tracing::debug!(%peer, error = &*error, "connection ended early");
                    }
                    return;
                }
                () = self.give_up.cancelled() => return,
                () = self.stop.cancelled(), if !stopping => {
                    stopping = true;
                    connection.as_mut().graceful_shutdown();
                }
                () = silence.as_mut(), if watching_silence => {
                    watching_silence = false;
                    if !spoke.load(Ordering::Relaxed) {
                        tracing::debug!(%peer, "closing a connection that asked for nothing");
                        return;
                    }
                }
            }
        }
    }
}

/// Whether a request says once, and readably, which host it is for (RFC 9112 §3.2). HTTP/2 says it
/// elsewhere, and may repeat it here.
fn names_its_host(request: &hyper::Request<Incoming>) -> bool {
    let mut hosts = request.headers().get_all(HOST).iter();
    match (hosts.next(), hosts.next()) {
        (None, _) => request.version() != Version::HTTP_11,
        (Some(host), None) => is_host(host.as_bytes()),
        (Some(_), Some(_)) => false,
    }
}

/// A name or address with or without a port, or nothing (RFC 9110 §7.2).
fn is_host(text: &[u8]) -> bool {
    let authority = Authority::try_from(text);
    text.is_empty() || authority.is_ok_and(|authority| !authority.as_str().contains('@'))
}

/// Whether the answer may be sent by the kernel: HTTP/2 cuts bodies into frames.
fn sends_files(request: &hyper::Request<Incoming>) -> bool {
    request.method() == Method::GET && request.version() <= Version::HTTP_11
}

/// Answers at once instead of collecting small packets, and notices peers that vanished.
fn tune(socket: &TcpStream) {
    let keepalive = TcpKeepalive::new().with_time(Duration::from_mins(1));
    let tuned = socket
        .set_nodelay(true)
        .and_then(|()| SockRef::from(socket).set_tcp_keepalive(&keepalive));
    if let Err(error) = tuned {
        tracing::debug!(%error, "cannot tune a socket");
    }
}

/// The endpoint's answer, or 500 with an empty body if it panics.
async fn answer(app: &impl Endpoint, request: poem::Request) -> Response {
    let answered = AssertUnwindSafe(app.get_response(request))
        .catch_unwind()
        .await;
    answered.unwrap_or_else(|panic| {
        let why = panic
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
            .unwrap_or("no message");
        tracing::error!(why, "a request handler panicked");
        StatusCode::INTERNAL_SERVER_ERROR.into()
    })
}

#[cfg(test)]
mod tests;
