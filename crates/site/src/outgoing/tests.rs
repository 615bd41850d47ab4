#![allow(clippy::unwrap_used)]
use super::*;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// Listens on loopback and answers everybody alike, until it is dropped.
struct Neighbour {
    port: u16,
    asked: Arc<AtomicUsize>,
    task: tokio::task::JoinHandle<()>,
}

impl Neighbour {
    async fn saying(answer: impl Into<Vec<u8>>) -> Self {
        let answer = answer.into();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&asked);
        let task = tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                counter.fetch_add(1, Ordering::SeqCst);
                // A request without a body fits one packet.
                let _ = socket.read(&mut [0; 4096]).await;
                let _ = socket.write_all(&answer).await;
            }
        });
        Self { port, asked, task }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl Drop for Neighbour {
    fn drop(&mut self) {
        self.task.abort();
    }
}

const NOTHING: &str = "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n";

async fn ask(trusted: &[&str], url: &str) -> Result<u16, OutgoingError> {
    let outgoing = Outgoing::trusting(trusted.iter().map(ToString::to_string)).unwrap();
    let request = http::Request::get(url).body(Vec::new()).unwrap();
    Ok(outgoing.send(request).await?.status().as_u16())
}

#[tokio::test]
async fn only_hosts_that_are_trusted_may_be_near() {
    let neighbour = Neighbour::saying(NOTHING).await;
    let at = |host: &str| format!("http://{host}:{}/", neighbour.port);
    for host in [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "2130706433",
        "0x7f.1",
        "0.0.0.0",
    ] {
        assert!(ask(&[], &at(host)).await.is_err(), "{host}");
    }
    assert!(ask(&["example.com"], &at("127.0.0.1")).await.is_err());
    // To trust a name is not to trust every name of that address.
    assert!(ask(&["localhost"], &at("127.0.0.1")).await.is_err());
    assert!(ask(&[], "ftp://example.com/").await.is_err());
    assert_eq!(neighbour.asked(), 0, "nothing was sent");

    assert_eq!(ask(&["127.0.0.1"], &at("127.0.0.1")).await.unwrap(), 204);
    assert_eq!(ask(&["LOCALHOST"], &at("localhost")).await.unwrap(), 204);
}

/// Servers end connections that were quiet for some seconds, and may do so just when the next
/// question is on its way.
#[tokio::test]
async fn no_question_is_lost_on_a_connection_that_ends() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = tokio::spawn(async move {
        let mut kept = Vec::new();
        while let Ok((mut socket, _)) = listener.accept().await {
            kept.push(tokio::spawn(async move {
                let _ = socket.read(&mut [0; 4096]).await;
                let _ = socket.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await;
                // Kept open, and closed over the second question.
                let _ = socket.read(&mut [0; 4096]).await;
            }));
        }
    });
    let outgoing = Outgoing::trusting(["127.0.0.1".to_owned()]).unwrap();
    for _ in 0..3 {
        let url = format!("http://127.0.0.1:{port}/");
        let question = http::Request::post(url).body(b"code".to_vec()).unwrap();
        assert_eq!(outgoing.send(question).await.unwrap().status(), 204);
    }
    server.abort();
}

#[tokio::test]
async fn a_redirect_leads_nowhere() {
    let inside = Neighbour::saying(NOTHING).await;
    let port = inside.port;
    let outside = Neighbour::saying(format!(
        "HTTP/1.1 302 Found\r\nLocation: http://localhost:{port}/\r\nContent-Length: 0\r\n\
         Connection: close\r\n\r\n"
    ))
    .await;
    let url = format!("http://127.0.0.1:{}/", outside.port);
    assert_eq!(ask(&["127.0.0.1"], &url).await.unwrap(), 302);
    assert_eq!(inside.asked(), 0);
}

#[tokio::test]
async fn an_answer_without_end_is_not_read_to_it() {
    let endless = [b"HTTP/1.1 200 OK\r\n\r\n".as_slice(), &vec![b'x'; 2 << 20]].concat();
    let endless = Neighbour::saying(endless).await;
    let url = format!("http://127.0.0.1:{}/", endless.port);
    let refused = ask(&["127.0.0.1"], &url).await.unwrap_err();
    assert!(matches!(refused, OutgoingError::TooLong(_)), "{refused}");
}

#[tokio::test]
async fn only_a_good_answer_is_read_as_json() {
    let outgoing = Outgoing::trusting(["127.0.0.1".to_owned()]).unwrap();
    for (answer, expected) in [
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n42", "Ok(42)"),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n{",
            "Err(Garbled",
        ),
        (
            "HTTP/1.1 500 Oops\r\nContent-Length: 2\r\n\r\n42",
            "Err(Status(500))",
        ),
        (
            "HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 2\r\n\r\n42",
            "Err(Status(302))",
        ),
    ] {
        let server = Neighbour::saying(answer).await;
        let url = Url::parse(&format!("http://127.0.0.1:{}/", server.port)).unwrap();
        let question = post_form(&url, &[("a b", "&=ü")]).unwrap();
        assert_eq!(question.body(), b"a+b=%26%3D%C3%BC");
        let got = format!("{:?}", outgoing.ask::<i64>(question).await);
        assert!(got.starts_with(expected), "{got}");
    }
}
