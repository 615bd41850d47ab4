//! The proxy, asked over a socket.

#![allow(clippy::unwrap_used)]

use super::*;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::AsyncReadExt as _;

async fn origin() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut head = vec![0; 4096];
            let read = socket.read(&mut head).await.unwrap();
            let first = String::from_utf8_lossy(&head[..read]).replace("\r\n", "|");
            let answer = format!("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{first}");
            let _ = socket.write_all(answer.as_bytes()).await;
        }
    });
    port
}

async fn ask(at: &ProxyAddress, password: &str, request: &str, more: &str) -> String {
    let mut socket = TcpStream::connect((at.host.as_str(), at.port))
        .await
        .unwrap();
    let login = STANDARD.encode(format!("{}:{password}", at.user));
    let head =
        format!("{request} HTTP/1.1\r\nProxy-Authorization: Basic {login}\r\nX: y\r\n\r\n{more}");
    socket.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn it_forwards_what_the_rules_allow_and_nothing_else() {
    let (port, proxy) = (origin().await, GuardingProxy::start().await.unwrap());
    let near = AddressRules::new([], ["127.0.0.0/8".parse().unwrap()]);
    let (near, far) = (
        proxy.address(&near, Vec::new()),
        proxy.address(&AddressRules::default(), Vec::new()),
    );
    assert_ne!(near.password, far.password);
    let get = format!("GET http://127.0.0.1:{port}/a?b");
    let answer = ask(&near, &near.password, &get, "").await;
    assert!(
        answer.ends_with("GET /a?b HTTP/1.1|X: y|Connection: close||"),
        "{answer}"
    );
    let tunnel = format!("CONNECT 127.0.0.1:{port}");
    let answer = ask(&near, &near.password, &tunnel, "hello").await;
    assert!(
        answer.contains("200 Connection established") && answer.ends_with("hello"),
        "{answer}"
    );

    for host in [
        "127.0.0.1",
        "localhost",
        "0x7f.1",
        "[::ffff:127.0.0.1]",
        "2130706433",
    ] {
        for request in [
            format!("CONNECT {host}:{port}"),
            format!("GET http://{host}:{port}/"),
        ] {
            let answer = ask(&far, &far.password, &request, "").await;
            assert!(answer.starts_with("HTTP/1.1 403"), "{request}: {answer}");
            assert!(answer.contains("url rejected"), "{answer}");
        }
    }
    let own = vec![("127.0.0.1".to_owned(), port)];
    let own = proxy.address(&AddressRules::default(), own);
    let answer = ask(&own, &own.password, &get, "").await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let elsewhere = "GET http://127.0.0.1:1/";
    let job = ProxyAddress {
        user: format!("{USER}-1"),
        ..own.clone()
    };
    let answer = ask(&job, &own.password, elsewhere, "").await;
    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
    assert!(own.refusal("1").unwrap().contains("url rejected"));
    assert_eq!(own.refusal("2"), None);
    let answer = ask(&near, "guessed", &get, "").await;
    assert!(answer.starts_with("HTTP/1.1 407"), "{answer}");
    for request in ["GET /", "GET ftp://127.0.0.1/", "CONNECT nonsense/", "X"] {
        let answer = ask(&near, &near.password, request, "").await;
        assert!(answer.starts_with("HTTP/1.1 40"), "{request}: {answer}");
    }
    proxy.retain(&AddressRules::default());
    let answer = ask(&near, &near.password, &get, "").await;
    assert!(answer.starts_with("HTTP/1.1 407"), "{answer}");
}

/// Within bounds that are reached soon.
fn few() -> Limits {
    Limits {
        head_time: Duration::from_millis(400),
        idle: Duration::from_secs(1),
        at_once: 2,
        strangers: 2,
    }
}

fn near() -> AddressRules {
    AddressRules::new([], ["127.0.0.0/8".parse().unwrap()])
}

async fn open(at: &ProxyAddress) -> TcpStream {
    let at = (at.host.as_str(), at.port);
    TcpStream::connect(at).await.unwrap()
}

async fn rest_of(mut socket: TcpStream) -> String {
    let mut answer = Vec::new();
    // A connection that is cut off says nothing more.
    let _ = socket.read_to_end(&mut answer).await;
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn who_says_nothing_keeps_nobody_waiting_for_long() {
    let (port, proxy) = (origin().await, GuardingProxy::within(few()).await.unwrap());
    let at = proxy.address(&near(), Vec::new());
    let silent = [open(&at).await, open(&at).await];
    let get = format!("GET http://127.0.0.1:{port}/");
    let began = std::time::Instant::now();
    let answer = ask(&at, &at.password, &get, "").await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(began.elapsed() > Duration::from_millis(200));
    for socket in silent {
        let answer = rest_of(socket).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    }
}

#[tokio::test]
async fn a_head_without_end_is_not_read_to_its_end() {
    let proxy = GuardingProxy::start().await.unwrap();
    let at = proxy.address(&near(), Vec::new());
    let mut socket = open(&at).await;
    let line = format!("X: {}\r\n", "x".repeat(1_000));
    socket
        .write_all(b"GET http://a/ HTTP/1.1\r\n")
        .await
        .unwrap();
    let mut sent = 0;
    while sent < 64 * head::HEAD_BYTES && socket.write_all(line.as_bytes()).await.is_ok() {
        sent += line.len();
    }
    let answer = rest_of(socket).await;
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 400"),
        "{answer}"
    );
    // What the kernel keeps of it is not read here.
    assert!(sent < 64 * head::HEAD_BYTES, "{sent}");
}

#[tokio::test]
async fn no_more_connections_go_through_than_are_borne_and_idle_ones_end() {
    let (port, proxy) = (origin().await, GuardingProxy::within(few()).await.unwrap());
    let at = proxy.address(&near(), Vec::new());
    let login = STANDARD.encode(format!("{}:{}", at.user, at.password));
    let tunnel =
        format!("CONNECT 127.0.0.1:{port} HTTP/1.1\r\nProxy-Authorization: Basic {login}\r\n\r\n");
    let mut idle = Vec::new();
    for _ in 0..2 {
        let mut socket = open(&at).await;
        socket.write_all(tunnel.as_bytes()).await.unwrap();
        let mut said = [0; 12];
        socket.read_exact(&mut said).await.unwrap();
        assert_eq!(&said, b"HTTP/1.1 200");
        idle.push(socket);
    }
    let began = std::time::Instant::now();
    let get = format!("GET http://127.0.0.1:{port}/");
    let answer = ask(&at, &at.password, &get, "").await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    // It had to wait until one of the others was seen to be idle.
    assert!(
        began.elapsed() > Duration::from_millis(700),
        "{:?}",
        began.elapsed()
    );
    for socket in idle {
        rest_of(socket).await;
    }
}

#[tokio::test]
async fn who_is_spoken_to_first_has_read_before_that_the_tunnel_stands() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            socket.write_all(b"220 hello\r\n").await.unwrap();
        }
    });
    let proxy = GuardingProxy::start().await.unwrap();
    let at = proxy.address(&near(), Vec::new());
    let mut socket = open(&at).await;
    let login = STANDARD.encode(format!("{}:{}", at.user, at.password));
    let head =
        format!("CONNECT 127.0.0.1:{port} HTTP/1.1\r\nProxy-Authorization: Basic {login}\r\n\r\n");
    socket.write_all(head.as_bytes()).await.unwrap();
    let stands = "HTTP/1.1 200 Connection established\r\n\r\n";
    let mut answer = vec![0; stands.len()];
    socket.read_exact(&mut answer).await.unwrap();
    assert_eq!(answer, stands.as_bytes());
    let mut more = [0; 32];
    let early = socket.try_read(&mut more);
    assert!(early.is_err(), "{early:?}: said together with the answer");
    assert_eq!(rest_of(socket).await, "220 hello\r\n");
}
