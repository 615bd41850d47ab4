#![allow(clippy::unwrap_used)]
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

/// One HTTP/2 frame: length, kind, flags, stream, payload (RFC 9113 §4.1).
fn frame(kind: u8, flags: u8, stream: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![0, 0, payload.len() as u8, kind, flags, 0, 0, 0, stream];
    frame.extend_from_slice(payload);
    frame
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
