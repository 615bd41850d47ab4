#![allow(clippy::unwrap_used)]
use std::sync::atomic::AtomicUsize;
use std::time::Instant;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use poem::http::HeaderValue;
use poem::{Body, EndpointExt, Request, Response, Route, get, handler, post};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinHandle;

use super::super::content::{Content, ContentSource, OpenRange, respond};
use super::super::range::ETag;
use super::*;

#[handler]
fn hello() -> &'static str {
    "hello"
}

#[handler]
fn length(body: Bytes) -> String {
    body.len().to_string()
}

#[handler]
fn panics() -> &'static str {
    panic!("on purpose")
}

#[handler]
async fn slow() -> &'static str {
    tokio::time::sleep(Duration::from_millis(400)).await;
    "done"
}

#[handler]
fn endless() -> Response {
    let dots = stream::repeat(Bytes::from_static(b".")).then(|dot| async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        Ok::<_, io::Error>(dot)
    });
    Body::from_bytes_stream(dots).into()
}

/// Answers far more than anybody reads, and notes how much of it was wanted.
static WANTED: AtomicUsize = AtomicUsize::new(0);

#[handler]
fn plenty() -> Response {
    const PIECE: usize = 16 << 10;
    let pieces = stream::repeat_with(|| {
        WANTED.fetch_add(PIECE, Ordering::Relaxed);
        Ok::<_, io::Error>(Bytes::from_static(&[b'.'; PIECE]))
    });
    Body::from_bytes_stream(pieces).into()
}

/// Promises 100 bytes and ends after 5.
#[handler]
async fn breaks_off(request: &Request) -> Response {
    let open: OpenRange = Arc::new(|_| {
        let pause = tokio::time::sleep(Duration::from_millis(50));
        let end = stream::once(pause).filter_map(|()| async { None });
        let bytes = stream::iter([Ok(Bytes::from_static(b"12345"))])
            .chain(end)
            .boxed();
        async { Ok(bytes) }.boxed()
    });
    let kind = HeaderValue::from_static("text/plain");
    let content = Content::new(ContentSource::Stream(open), 100, ETag::strong("v"), kind);
    respond(request, content).await
}

struct Running {
    addr: SocketAddr,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

async fn start(patience: Patience) -> Running {
    let app = Route::new()
        .at("/", get(hello))
        .at("/length", post(length))
        .at("/panic", get(panics))
        .at("/slow", get(slow))
        .at("/endless", get(endless))
        .at("/breaks", get(breaks_off))
        .at("/plenty", get(plenty))
        .map_to_response();
    let (listener, addr) = bind("127.0.0.1:0").await.unwrap();
    let stop = CancellationToken::new();
    let task = tokio::spawn(serve_with(listener, app, stop.clone(), patience));
    Running { addr, stop, task }
}

impl Running {
    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.addr)
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.addr).await.unwrap()
    }
}

async fn send(socket: &mut TcpStream, path: &str) {
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n");
    socket.write_all(request.as_bytes()).await.unwrap();
}

/// Reads until what came ends with `end`.
async fn read_to(socket: &mut TcpStream, end: &str) -> String {
    let mut text = String::new();
    let mut buffer = [0; 1024];
    while !text.ends_with(end) {
        let read = socket.read(&mut buffer).await.unwrap();
        assert_ne!(read, 0, "closed after {text:?}");
        text.push_str(std::str::from_utf8(&buffer[..read]).unwrap());
    }
    text
}

#[tokio::test]
async fn it_answers_and_keeps_connections() {
    let server = start(Patience::default()).await;
    let client = reqwest::Client::new();
    let answer = client.get(server.url("/")).send().await.unwrap();
    assert_eq!(answer.text().await.unwrap(), "hello");
    let body = vec![1; 3_000_000];
    let answer = client
        .post(server.url("/length"))
        .body(body)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.text().await.unwrap(), "3000000");
    let mut socket = server.connect().await;
    for _ in 0..3 {
        send(&mut socket, "/").await;
        read_to(&mut socket, "hello").await;
    }
}

#[tokio::test]
async fn a_connection_ends_with_a_body_that_nobody_read_and_says_so() {
    let server = start(Patience::default()).await;
    for (method, path, bytes, is_kept) in [
        ("POST", "/length", 1_000, true),
        ("POST", "/length", 100_000, true),
        ("POST", "/length", 0, true),
        ("GET", "/", 1_000, false),
        ("POST", "/nowhere", 60_000, false),
    ] {
        let mut socket = server.connect().await;
        let head =
            format!("{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {bytes}\r\n\r\n");
        socket.write_all(head.as_bytes()).await.unwrap();
        socket.write_all(&vec![b'1'; bytes]).await.unwrap();
        let mut answer = Vec::new();
        while !answer.windows(4).any(|end| end == b"\r\n\r\n") {
            let mut buffer = [0; 1024];
            let read = socket.read(&mut buffer).await.unwrap();
            assert_ne!(read, 0, "{method} {path}");
            answer.extend_from_slice(&buffer[..read]);
        }
        let answer = String::from_utf8_lossy(&answer).to_lowercase();
        let closes = answer.contains("\r\nconnection: close\r\n");
        assert_eq!(closes, !is_kept, "{method} {path} {bytes}: {answer}");
        if is_kept {
            send(&mut socket, "/").await;
            read_to(&mut socket, "hello").await;
        }
    }
}

#[tokio::test]
async fn a_panic_is_an_empty_500_and_the_connection_stays() {
    let server = start(Patience::default()).await;
    let mut socket = server.connect().await;
    send(&mut socket, "/panic").await;
    let answer = read_to(&mut socket, "\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 500 "), "{answer}");
    assert!(answer.contains("content-length: 0"), "{answer}");
    send(&mut socket, "/").await;
    read_to(&mut socket, "hello").await;
}

#[tokio::test]
async fn content_that_ends_early_breaks_the_connection_off() {
    let server = start(Patience::default()).await;
    let mut socket = server.connect().await;
    send(&mut socket, "/breaks").await;
    let mut answer = Vec::new();
    let _ = socket.read_to_end(&mut answer).await;
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.contains("content-length: 100"), "{answer}");
    assert!(answer.ends_with("\r\n\r\n12345"), "{answer}");
    let answer = reqwest::get(server.url("/breaks")).await.unwrap();
    assert!(answer.bytes().await.is_err());
}

#[tokio::test]
async fn running_requests_finish_after_a_stop_and_new_ones_are_refused() {
    let server = start(Patience::default()).await;
    let mut idle = server.connect().await;
    let mut busy = server.connect().await;
    send(&mut busy, "/slow").await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    server.stop.cancel();
    assert_eq!(idle.read(&mut [0]).await.unwrap(), 0);
    read_to(&mut busy, "done").await;
    server.task.await.unwrap();
    assert!(TcpStream::connect(server.addr).await.is_err());
}

#[tokio::test]
async fn requests_that_never_end_are_dropped_after_the_grace() {
    let grace = Duration::from_millis(200);
    let server = start(Patience {
        grace,
        ..Patience::default()
    })
    .await;
    let mut socket = server.connect().await;
    send(&mut socket, "/endless").await;
    read_to(&mut socket, ".\r\n").await;
    let stopped = Instant::now();
    server.stop.cancel();
    server.task.await.unwrap();
    assert!((grace..grace * 10).contains(&stopped.elapsed()));
}

#[tokio::test]
async fn clients_that_dawdle_over_their_headers_are_dropped() {
    let headers = Duration::from_millis(200);
    let server = start(Patience {
        headers,
        ..Patience::default()
    })
    .await;
    for sent in [
        "",
        "P",
        "GET / HTTP/1.1\r\nHost:",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ] {
        let mut socket = server.connect().await;
        socket.write_all(sent.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let closed = tokio::time::timeout(headers * 10, socket.read_to_end(&mut answer)).await;
        assert!(closed.is_ok(), "still open after {sent:?}");
    }
    let mut patient = server.connect().await;
    send(&mut patient, "/slow").await;
    read_to(&mut patient, "done").await;
}

/// Sends what a body begins with, and then a byte after each pause, until the server answers.
async fn drip(server: &Running, pause: Duration) -> (String, Duration) {
    let mut socket = server.connect().await;
    let begun = Instant::now();
    let head = "POST /length HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\nabc";
    socket.write_all(head.as_bytes()).await.unwrap();
    let (mut from, mut to) = socket.into_split();
    let dripping = tokio::spawn(async move {
        loop {
            tokio::time::sleep(pause).await;
            if to.write_all(b"x").await.is_err() {
                return;
            }
        }
    });
    let mut answer = Vec::new();
    let _ = from.read_to_end(&mut answer).await;
    dripping.abort();
    (String::from_utf8(answer).unwrap(), begun.elapsed())
}

#[tokio::test]
async fn bodies_that_stop_or_drip_are_ended_and_slow_ones_are_not() {
    let body = Duration::from_millis(300);
    let server = start(Patience {
        body,
        ..Patience::default()
    })
    .await;
    for pause in [Duration::from_hours(1), Duration::from_millis(20)] {
        let (answer, took) = drip(&server, pause).await;
        assert!(answer.starts_with("HTTP/1.1 "), "{pause:?} {answer}");
        assert!((body..body * 10).contains(&took), "{pause:?} {took:?}");
    }
    let mut socket = server.connect().await;
    let head = "POST /length HTTP/1.1\r\nHost: x\r\nContent-Length: 20000\r\n\r\n";
    socket.write_all(head.as_bytes()).await.unwrap();
    for _ in 0..20 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        socket.write_all(&[b'x'; 1_000]).await.unwrap();
    }
    read_to(&mut socket, "20000").await;
}

#[tokio::test]
async fn only_so_many_connections_are_accepted_at_a_time() {
    let server = start(Patience {
        connections: 2,
        ..Patience::default()
    })
    .await;
    let mut first = server.connect().await;
    let mut second = server.connect().await;
    for socket in [&mut first, &mut second] {
        send(socket, "/").await;
        read_to(socket, "hello").await;
    }
    let mut third = server.connect().await;
    send(&mut third, "/").await;
    let early = tokio::time::timeout(Duration::from_millis(200), third.readable()).await;
    assert!(early.is_err(), "answered beside two others");
    drop(first);
    read_to(&mut third, "hello").await;
}

#[tokio::test]
async fn a_request_names_its_host_once() {
    let server = start(Patience::default()).await;
    for (version, hosts, status) in [
        ("1.1", "Host: x\r\n", "200"),
        ("1.1", "Host: [::1]:80\r\n", "200"),
        ("1.1", "Host:\r\n", "200"),
        ("1.0", "", "200"),
        ("1.1", "", "400"),
        ("1.1", "Host: x\r\nHost: x\r\n", "400"),
        ("1.1", "Host: x\r\nHost: y\r\n", "400"),
        ("1.1", "Host: x y\r\n", "400"),
        ("1.1", "Host: a@x\r\n", "400"),
        ("1.1", "Host: x/y\r\n", "400"),
    ] {
        let mut socket = server.connect().await;
        let request = format!("GET / HTTP/{version}\r\n{hosts}Connection: close\r\n\r\n");
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await.unwrap();
        let start = format!("HTTP/{version} {status} ");
        assert!(answer.starts_with(&start), "{request:?}: {answer:?}");
    }
}

/// One HTTP/2 frame: length, kind, flags, stream, payload (RFC 9113 §4.1).
fn frame(kind: u8, flags: u8, stream: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![0, 0, payload.len() as u8, kind, flags, 0, 0, 0, stream];
    frame.extend_from_slice(payload);
    frame
}

#[tokio::test]
async fn an_http2_client_that_does_not_read_has_little_kept_for_it() {
    const HEADERS: u8 = 1;
    const SETTINGS: u8 = 4;
    const END: u8 = 0x1 | 0x4; // END_STREAM, END_HEADERS
    let server = start(Patience::default()).await;
    let mut socket = server.connect().await;
    let path = b"/plenty";
    // :method GET, :scheme http from HPACK's static table; :path and :authority as literals.
    let mut request = vec![0x82, 0x86, 0x44, path.len() as u8];
    request.extend_from_slice(path);
    request.extend_from_slice(&[0x41, 1, b'x']);
    // SETTINGS_INITIAL_WINDOW_SIZE 0: nothing may be sent.
    let no_window = [0, 4, 0, 0, 0, 0];
    let mut opening = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    opening.extend(frame(SETTINGS, 0, 0, &no_window));
    opening.extend((0..4).flat_map(|n| frame(HEADERS, END, 2 * n + 1, &request)));
    socket.write_all(&opening).await.unwrap();
    let (mut wanted, mut before) = (0, 1);
    while wanted == 0 || wanted != before {
        tokio::time::sleep(Duration::from_millis(200)).await;
        before = wanted;
        wanted = WANTED.load(Ordering::Relaxed);
    }
    assert!(wanted <= 4 * (H2_SEND_BUFFER + (32 << 10)), "{wanted}");
    const { assert!(H2_SEND_BUFFER * H2_MAX_STREAMS as usize <= H2_CONNECTION_WINDOW as usize) }
}

#[tokio::test]
async fn http2_is_spoken_to_clients_that_begin_with_it() {
    const DATA: u8 = 0;
    const HEADERS: u8 = 1;
    const SETTINGS: u8 = 4;
    const END: u8 = 0x1 | 0x4; // END_STREAM, END_HEADERS
    let server = start(Patience::default()).await;
    let mut socket = server.connect().await;
    // :method GET, :scheme http, :path / from HPACK's static table; :authority x as a literal.
    let request = [0x82, 0x86, 0x84, 0x41, 1, b'x'];
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    let opening = [
        preface,
        frame(SETTINGS, 0, 0, &[]),
        frame(HEADERS, END, 1, &request),
    ];
    socket.write_all(&opening.concat()).await.unwrap();
    loop {
        let mut head = [0; 9];
        socket.read_exact(&mut head).await.unwrap();
        let mut payload = vec![0; usize::from(head[1]) << 8 | usize::from(head[2])];
        socket.read_exact(&mut payload).await.unwrap();
        match head[3] {
            HEADERS => assert_eq!(
                payload[0], 0x88,
                ":status 200 is entry 8 of the static table"
            ),
            DATA if !payload.is_empty() => {
                assert_eq!(payload, b"hello");
                break;
            }
            _ => {}
        }
    }
}
