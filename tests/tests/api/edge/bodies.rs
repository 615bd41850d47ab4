//! Bodies of requests: how long they may be, and how long they may take.

use std::time::{Duration, Instant};

use futures_util::stream;
use reqwest::{Body, Method};
use serde_json::{Value, json};
use tests::{Client, Program, Refusal, Reply, TestServer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::code;

/// Far more than the second that clients have here, on a busy machine.
const MUCH_LATER: Duration = Duration::from_secs(30);

/// Begins a request whose body does not end: three bytes, and then one after each pause. Answers
/// what comes back once the server has hung up.
async fn unfinished(host: &str, head: &str, pause: Duration) -> String {
    let socket = TcpStream::connect(host).await.unwrap();
    let (mut from, mut to) = socket.into_split();
    let head = format!("{head}\r\nHost: {host}\r\nContent-Length: 5000\r\n\r\n{{ }}");
    to.write_all(head.as_bytes()).await.unwrap();
    let dripping = tokio::spawn(async move {
        loop {
            tokio::time::sleep(pause).await;
            if to.write_all(b" ").await.is_err() {
                return;
            }
        }
    });
    let mut answer = Vec::new();
    let ended = tokio::time::timeout(MUCH_LATER, from.read_to_end(&mut answer)).await;
    dripping.abort();
    assert!(ended.is_ok(), "still open: {head}");
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn a_body_that_stops_or_drips_is_ended_at_every_door() {
    let server = TestServer::start_as(|config| config.body_timeout = 1).await;
    server.allow_dav().await;
    let alice = server.user("alice").await;
    let dav = alice.mount().await;
    let host = dav.host();
    let basic = dav.authorization();
    let bearer = alice.access_token.clone().unwrap();
    let json = "Content-Type: application/json";
    let put = "PUT /api/v4/file/content?uri=cloudreve%3A%2F%2Fmy%2Fa.txt HTTP/1.1";
    let heads = [
        (
            format!("POST /api/v4/session/token HTTP/1.1\r\n{json}"),
            "in time",
        ),
        (
            format!(
                "POST /api/v4/file/create HTTP/1.1\r\n{json}\r\nAuthorization: Bearer {bearer}"
            ),
            "in time",
        ),
        (
            format!("{put}\r\nAuthorization: Bearer {bearer}"),
            "\"code\":",
        ),
        (
            format!("PROPFIND /dav/ HTTP/1.1\r\nAuthorization: {basic}"),
            " 408 ",
        ),
        (
            format!("PUT /dav/b.txt HTTP/1.1\r\nAuthorization: {basic}"),
            " 408 ",
        ),
        ("POST /api/v4/nothing HTTP/1.1".to_owned(), " 404 "),
    ];
    for pause in [Duration::from_hours(1), Duration::from_millis(50)] {
        let begun = Instant::now();
        let all = heads.iter().map(|(head, _)| unfinished(&host, head, pause));
        let answers = futures_util::future::join_all(all).await;
        assert!(begun.elapsed() < MUCH_LATER);
        for ((head, expected), answer) in heads.iter().zip(answers) {
            assert!(answer.contains(expected), "{head}: {answer}");
            assert!(!answer.contains("\"code\":0"), "{head}: {answer}");
        }
    }
    assert!(alice.names("/").await.is_empty());
    server.assert_clean();
}

#[tokio::test]
async fn a_slow_upload_goes_on_for_longer_than_the_deadline() {
    let server = TestServer::start_as(|config| config.body_timeout = 1).await;
    let alice = server.user("alice").await;
    let pieces = stream::unfold(0, |sent| async move {
        tokio::time::sleep(Duration::from_millis(200)).await;
        (sent < 15).then(|| (Ok::<_, std::io::Error>("x".repeat(1_000)), sent + 1))
    });
    let request = alice
        .request(
            Method::PUT,
            "/file/content?uri=cloudreve%3A%2F%2Fmy%2Fa.txt",
        )
        .header("Content-Length", 15_000)
        .body(Body::wrap_stream(pieces));
    alice.send(request).await.ok();
    assert_eq!(alice.get("/a.txt").await.len(), 15_000);
}

/// JSON of exactly so many bytes, whose length is declared or not.
async fn post(who: &Client, path: &str, known: Value, bytes: usize, is_declared: bool) -> Reply {
    let mut body = known;
    body["padding"] = "".into();
    let more = bytes - body.to_string().len();
    body["padding"] = "x".repeat(more).into();
    let text = body.to_string();
    assert_eq!(text.len(), bytes);
    let body = if is_declared {
        Body::from(text)
    } else {
        let pieces: Vec<_> = text.as_bytes().chunks(10_000).map(<[u8]>::to_vec).collect();
        Body::wrap_stream(stream::iter(
            pieces.into_iter().map(Ok::<_, std::io::Error>),
        ))
    };
    let request = who
        .request(Method::POST, path)
        .header("Content-Type", "application/json");
    who.send(request.body(body)).await
}

#[tokio::test]
async fn bodies_have_limits_by_who_sends_what() {
    const KIB: usize = 1024;
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let stranger = server.stranger();
    let wrong = json!({ "email": "nobody@example.com", "password": "wrong" });
    let urls = json!({ "uris": ["cloudreve://my/missing"] });
    let garbled = json!({ "refresh_token": "garbled" });
    for (who, path, body, limit) in [
        (&stranger, "/session/token", &wrong, 64 * KIB),
        (&alice, "/session/token", &wrong, 64 * KIB),
        (&stranger, "/session/token/refresh", &garbled, 64 * KIB),
        (&stranger, "/file/url", &urls, 1024 * KIB),
        (&alice, "/file/url", &urls, 16 * 1024 * KIB),
    ] {
        for is_declared in [true, false] {
            let reply = post(who, path, body.clone(), limit, is_declared).await;
            assert_ne!(reply.code(), 0, "{path}");
            assert!(
                !reply.text().contains("too large"),
                "{path}: {}",
                reply.text()
            );
            let reply = post(who, path, body.clone(), limit + 1, is_declared).await;
            reply.refused(code::PARAMETER);
            assert_eq!(reply.json()["msg"], "Request body too large", "{path}");
        }
    }
}

#[tokio::test]
async fn unfinished_bodies_of_strangers_hold_little_memory() {
    const EACH: usize = 4 << 20;
    let data = tempfile::tempdir().unwrap();
    let program = Program::serve(data.path(), Refusal::Nothing).await;
    let host = program.address();
    let before = program.memory_bytes();
    let mut open = Vec::new();
    for _ in 0..30 {
        let mut socket = TcpStream::connect(&host).await.unwrap();
        let head = "POST /api/v4/session/token HTTP/1.1\r\nHost: x\r\n\
                    Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
        let size = format!("{:x}\r\n", 2 * EACH);
        let sent = async {
            socket.write_all(head.as_bytes()).await?;
            socket.write_all(size.as_bytes()).await?;
            socket.write_all(&vec![b' '; EACH]).await
        };
        // Nobody has to read it all.
        let _ = tokio::time::timeout(Duration::from_secs(2), sent).await;
        open.push(socket);
    }
    let grown = program.memory_bytes().saturating_sub(before);
    assert!(grown < 30 << 20, "{} MiB", grown >> 20);
    assert!(program.stop());
}
