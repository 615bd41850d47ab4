//! Requests exactly as written, for what HTTP clients would put right.

use tests::DavClient;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Sends bytes and answers everything that comes back until the server closes.
pub async fn send(dav: &DavClient, bytes: &[u8]) -> String {
    let mut socket = TcpStream::connect(dav.host()).await.unwrap();
    socket.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    let _ = socket.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

/// One request with this very target; answers its status.
pub async fn ask(dav: &DavClient, verb: &str, target: &str, headers: &str) -> u16 {
    let request = format!(
        "{verb} {target} HTTP/1.1\r\nHost: {}\r\nAuthorization: {}\r\nConnection: close\r\n\
         {headers}\r\n",
        dav.host(),
        dav.authorization()
    );
    status(&send(dav, request.as_bytes()).await)
}

/// One request with this body; answers all of the answer.
pub async fn tell(dav: &DavClient, verb: &str, target: &str, headers: &str, body: &str) -> String {
    let request = format!(
        "{verb} {target} HTTP/1.1\r\nHost: {}\r\nAuthorization: {}\r\nConnection: close\r\n\
         {headers}Content-Length: {}\r\n\r\n{body}",
        dav.host(),
        dav.authorization(),
        body.len()
    );
    send(dav, request.as_bytes()).await
}

/// The status of an answer.
pub fn status(answer: &str) -> u16 {
    let status = answer.split(' ').nth(1).and_then(|text| text.parse().ok());
    status.unwrap_or_else(|| panic!("no status in {answer:?}"))
}
