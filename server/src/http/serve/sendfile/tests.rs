#![allow(clippy::unwrap_used)]
use std::io::Write;
use std::time::Duration;

use poem::http::HeaderValue;
use poem::web::Data;
use poem::{Endpoint, EndpointExt, Request, Route, get, handler};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_util::sync::CancellationToken;

use super::super::super::content::{Content, ContentSource, respond};
use super::super::super::range::ETag;
use super::super::{Patience, bind, serve_with};
use super::*;

const SIZE: usize = 5 * WINDOW + 1234;

#[derive(Clone)]
struct Blob(Arc<File>);

#[handler]
async fn content(request: &Request, blob: Data<&Blob>) -> Response {
    let source = ContentSource::File(Arc::clone(&blob.0.0));
    let kind = HeaderValue::from_static("text/plain");
    respond(
        request,
        Content::new(source, SIZE as u64, ETag::strong("v"), kind),
    )
    .await
}

#[handler]
fn hello() -> &'static str {
    "hello"
}

fn file() -> (Arc<File>, Vec<u8>) {
    let bytes: Vec<u8> = (0..SIZE).map(|at| (at % 253 + 1) as u8).collect();
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(&bytes).unwrap();
    (Arc::new(file), bytes)
}

async fn start(file: &Arc<File>) -> std::net::SocketAddr {
    let app = Route::new().at("/", get(content)).at("/hello", get(hello));
    let app = app.data(Blob(Arc::clone(file))).map_to_response();
    let (listener, addr) = bind("127.0.0.1:0").await.unwrap();
    tokio::spawn(serve_with(
        listener,
        app,
        CancellationToken::new(),
        Patience::default(),
    ));
    addr
}

fn url(addr: std::net::SocketAddr) -> String {
    format!("http://{addr}/")
}

#[tokio::test]
async fn files_arrive_as_they_are_from_memory_and_from_disk() {
    let (file, bytes) = file();
    let addr = start(&file).await;
    let client = reqwest::Client::new();
    for (from, to) in [(0, SIZE - 1), (WINDOW - 1, 4 * WINDOW), (3, SIZE - 4)] {
        for _ in 0..2 {
            let request = client
                .get(url(addr))
                .header("range", format!("bytes={from}-{to}"));
            let answer = request.send().await.unwrap().bytes().await.unwrap();
            assert!(answer == bytes[from..=to], "{from}-{to}");
            file.sync_all().unwrap();
            rustix::fs::fadvise(&*file, 0, None, rustix::fs::Advice::DontNeed).unwrap();
        }
    }
}

#[tokio::test]
async fn pipelined_answers_keep_their_order() {
    let (file, bytes) = file();
    let mut socket = TcpStream::connect(start(&file).await).await.unwrap();
    let get = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n");
    let requests = [get("/"), get("/hello"), get("/"), get("/hello")].concat();
    socket.write_all(requests.as_bytes()).await.unwrap();
    for _ in 0..2 {
        assert!(read_answer(&mut socket).await == bytes);
        assert_eq!(read_answer(&mut socket).await, b"hello");
    }
}

async fn read_answer(socket: &mut TcpStream) -> Vec<u8> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(socket.read_u8().await.unwrap());
    }
    let head = String::from_utf8(head).unwrap();
    let (_, length) = head.split_once("content-length: ").unwrap();
    let mut body = vec![0; length.lines().next().unwrap().parse().unwrap()];
    socket.read_exact(&mut body).await.unwrap();
    body
}

#[tokio::test]
async fn a_slow_reader_loses_nothing() {
    let (file, bytes) = file();
    let mut socket = TcpStream::connect(start(&file).await).await.unwrap();
    socket
        .write_all(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        .await
        .unwrap();
    let mut answer = Vec::new();
    let mut buffer = vec![0; 300_000];
    loop {
        let read = socket.read(&mut buffer).await.unwrap();
        if read == 0 {
            break;
        }
        answer.extend_from_slice(&buffer[..read]);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(answer.ends_with(&bytes));
}

#[tokio::test]
async fn a_file_cut_short_breaks_the_connection_off() {
    let (file, _) = file();
    file.set_len((WINDOW * 2) as u64).unwrap();
    let answer = reqwest::get(url(start(&file).await)).await;
    let cut = match answer {
        Ok(answer) => answer.bytes().await.is_err(),
        Err(_) => true,
    };
    assert!(cut);
}

#[tokio::test]
async fn a_head_request_gets_no_bytes() {
    let (file, _) = file();
    let mut socket = TcpStream::connect(start(&file).await).await.unwrap();
    socket
        .write_all(b"HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        .await
        .unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    assert!(
        answer.contains(&format!("content-length: {SIZE}")),
        "{answer}"
    );
    assert!(answer.ends_with("\r\n\r\n"), "{answer}");
}

#[tokio::test]
async fn a_body_changed_on_the_way_is_left_alone() {
    let (file, _) = file();
    let app = content.data(Blob(file)).map_to_response();
    let mut response = app.get_response(Request::default()).await;
    response
        .headers_mut()
        .insert(CONTENT_LENGTH, HeaderValue::from_static("5"));
    response.set_body("other");
    let outbox = Outbox::default();
    outbox.take_over(&mut response);
    assert_eq!(response.into_body().into_string().await.unwrap(), "other");
    assert!(outbox.front().is_err());
}

#[tokio::test]
async fn file_systems_without_splicing_are_read_and_written() {
    let (file, bytes) = file();
    let (listener, addr) = bind("127.0.0.1:0").await.unwrap();
    let mut client = TcpStream::connect(addr).await.unwrap();
    let (socket, _) = listener.accept().await.unwrap();
    socket.writable().await.unwrap();
    let sent = copy(&socket, &file, 10, SIZE).unwrap();
    let mut got = vec![0; sent];
    client.read_exact(&mut got).await.unwrap();
    assert!(sent > 0 && got == bytes[10..10 + sent]);
    assert_eq!(copy(&socket, &file, SIZE as u64, 1).unwrap(), 0);
}

#[tokio::test]
async fn a_file_answer_is_taken_over_and_its_bytes_stay_out_of_our_memory() {
    let (file, _) = file();
    let app = content.data(Blob(file)).map_to_response();
    let mut response = app.get_response(Request::default()).await;
    let outbox = Outbox::default();
    outbox.take_over(&mut response);
    let body = response.into_body().into_bytes().await.unwrap();
    assert!(body.len() == SIZE && body.iter().all(|byte| *byte == 0));
    let parts = outbox.with(std::mem::take);
    let covered: Vec<u64> = parts.iter().flat_map(|part| part.range.clone()).collect();
    assert!(covered.into_iter().eq(0..SIZE as u64));
}
