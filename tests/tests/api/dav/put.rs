//! PUT, and what becomes of what it overwrites.

use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use tests::{TestServer, bytes_of, hash_of};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::raw;

fn body_in_pieces(bytes: &Bytes) -> reqwest::Body {
    let pieces: Vec<_> = bytes.chunks(70_000).map(Bytes::copy_from_slice).collect();
    reqwest::Body::wrap_stream(stream::iter(
        pieces.into_iter().map(Ok::<_, std::io::Error>),
    ))
}

#[tokio::test]
async fn a_put_is_there_whole_and_its_tag_changes_with_the_content() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let dav = admin.mount().await;
    let first = dav.put("/a b.txt", "one").await;
    assert_eq!(first.status, 201);
    let tag = first.header("etag").to_owned();
    assert!(tag.starts_with('"') && tag.len() > 3, "{tag}");
    assert_eq!(admin.get("/a b.txt").await, "one");
    let id = admin.info("/a b.txt").await.ok()["id"].clone();

    admin.rename("/a b.txt", "c.txt").await.ok();
    let same = dav.ask("HEAD", "/c.txt", &[]).await;
    assert_eq!(same.header("etag"), tag, "a new name is no new content");

    let second = dav.put("/c.txt", "two!").await;
    assert_eq!(second.status, 204);
    assert_ne!(second.header("etag"), tag);
    assert_eq!(
        dav.ask("HEAD", "/c.txt", &[]).await.header("etag"),
        second.header("etag")
    );
    assert_eq!(dav.get("/c.txt").await.body, "two!");
    // It is a version of the same file.
    assert_eq!(admin.info("/c.txt").await.ok()["id"], id);
    assert_eq!(admin.versions("/c.txt").await.len(), 2);
    assert_eq!(admin.used().await, 7);
}

#[tokio::test]
async fn bodies_of_unknown_and_of_expected_length_arrive_whole() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let dav = admin.mount().await;
    let bytes = bytes_of("large", 5 << 20);
    for (name, expected) in [("/chunked", None), ("/finder", Some(bytes.len()))] {
        let mut request = dav.request("PUT", name).body(body_in_pieces(&bytes));
        if let Some(expected) = expected {
            request = request.header("X-Expected-Entity-Length", expected);
        }
        assert_eq!(dav.send(request).await.status, 201, "{name}");
        assert_eq!(hash_of(&dav.get(name).await.body), hash_of(&bytes));
    }
    for wrong in ["5", "9999999", "x", "-1"] {
        let request = dav.request("PUT", "/wrong").body(body_in_pieces(&bytes));
        let request = request.header("X-Expected-Entity-Length", wrong);
        assert_eq!(dav.send(request).await.status, 400, "{wrong}");
    }
    // A proxy that lost the chunks on the way, or counted wrong.
    let expected = [("X-Expected-Entity-Length", "5")];
    for body in ["", "abc", "abcdef"] {
        assert_eq!(dav.tell("PUT", "/wrong", &expected, body).await.status, 400);
        assert_eq!(
            dav.tell("PUT", "/chunked", &expected, body).await.status,
            400
        );
    }
    assert_eq!(hash_of(&dav.get("/chunked").await.body), hash_of(&bytes));
    assert_eq!(admin.names("/").await, ["chunked", "finder"]);
    assert_eq!(admin.used().await, 2 * bytes.len() as u64);
    server.assert_clean();
}

#[tokio::test]
async fn a_body_that_breaks_off_leaves_everything_as_it_was() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let dav = admin.mount().await;
    dav.put("/old", "old").await;
    for (name, framing) in [
        ("old", "Content-Length: 1000000"),
        ("new", "Content-Length: 1000000"),
        ("new", "Transfer-Encoding: chunked"),
    ] {
        let mut socket = TcpStream::connect(dav.host()).await.unwrap();
        let head = format!(
            "PUT /dav/{name} HTTP/1.1\r\nHost: x\r\nAuthorization: {}\r\n{framing}\r\n\r\n5\r\nhello\r\n",
            dav.authorization()
        );
        socket.write_all(head.as_bytes()).await.unwrap();
        drop(socket);
    }
    // The server notices when it notices.
    let patience = std::time::Instant::now() + Duration::from_secs(20);
    while !server.staged_files().is_empty() {
        assert!(std::time::Instant::now() < patience, "staged bytes stay");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(admin.names("/").await, ["old"]);
    assert_eq!(dav.get("/old").await.body, "old");
    assert_eq!(admin.used().await, 3);
    assert_eq!(admin.versions("/old").await.len(), 1);
}

#[tokio::test]
async fn a_client_that_waits_is_told_to_go_on_or_not_to() {
    let server = TestServer::start().await;
    let dav = server.admin().mount().await;
    let ask = async |path: &str, authorization: &str| {
        let mut socket = TcpStream::connect(dav.host()).await.unwrap();
        let head = format!(
            "PUT {path} HTTP/1.1\r\nHost: x\r\nAuthorization: {authorization}\r\n\
             Content-Length: 5\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
        );
        socket.write_all(head.as_bytes()).await.unwrap();
        let mut answer = vec![0; 25];
        socket.read_exact(&mut answer).await.unwrap();
        (socket, String::from_utf8(answer).unwrap())
    };
    let (mut socket, answer) = ask("/dav/a", &dav.authorization()).await;
    assert_eq!(answer, "HTTP/1.1 100 Continue\r\n\r\n");
    socket.write_all(b"hello").await.unwrap();
    let mut rest = String::new();
    let _ = socket.read_to_string(&mut rest).await;
    assert_eq!(raw::status(&rest), 201);
    assert_eq!(dav.get("/a").await.body, "hello");
    // Whoever is refused need not send anything.
    for (path, authorization, status) in [
        ("/dav/none/a", dav.authorization().as_str(), 409),
        ("/dav/%2e%2e/a", dav.authorization().as_str(), 400),
        ("/dav/a", "Basic eDp5", 401),
    ] {
        let (_, answer) = ask(path, authorization).await;
        assert_eq!(raw::status(&answer), status, "{path}");
    }
}

#[tokio::test]
async fn checksums_are_verified_and_times_kept() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let dav = admin.mount().await;
    let sum = (
        "OC-Checksum",
        "SHA1:aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d",
    );
    let time = ("X-OC-Mtime", "1234567890");
    let put = dav.tell("PUT", "/a", &[sum, time], "hello").await;
    assert_eq!(put.status, 201);
    assert_eq!(put.header("x-oc-mtime"), "accepted");
    let got = dav.get("/a").await;
    assert_eq!(got.header("last-modified"), "Fri, 13 Feb 2009 23:31:30 GMT");
    assert_eq!(
        admin.info("/a").await.ok()["updated_at"],
        "2009-02-13T23:31:30Z"
    );
    for body in ["hallo", ""] {
        assert_eq!(dav.tell("PUT", "/a", &[sum], body).await.status, 400);
        assert_eq!(dav.tell("PUT", "/b", &[sum], body).await.status, 400);
    }
    assert_eq!(admin.names("/").await, ["a"]);
    assert_eq!(dav.get("/a").await.body, "hello");
    for headers in [
        &[("OC-Checksum", "CRC9:1")][..],
        &[("X-OC-Mtime", "yesterday")],
    ] {
        assert_eq!(dav.tell("PUT", "/a", headers, "hello").await.status, 204);
    }
}

#[tokio::test]
async fn refusals_have_their_statuses_and_leave_nothing() {
    let server = TestServer::start().await;
    let admin = server.admin();
    admin.create_folder("/folder").await;
    let dav = admin.mount().await;
    for (path, status) in [
        ("/none/a", 409),
        ("/folder", 405),
        ("/", 405),
        ("/a:b", 403),
        ("/what?", 403),
        ("/folder/a/b", 409),
    ] {
        assert_eq!(dav.put(path, "x").await.status, status, "{path}");
    }
    let long = format!("/{}", "x".repeat(256));
    assert_eq!(dav.put(&long, "x").await.status, 403);
    let part = [("Content-Range", "bytes 0-0/5")];
    assert_eq!(dav.tell("PUT", "/a", &part, "x").await.status, 400);
    assert_eq!(raw::ask(&dav, "PATCH", "/dav/a", "").await, 405);
    server
        .tamper("UPDATE groups SET max_storage = 10, updated_at = updated_at + 1 WHERE id = 1")
        .await;
    assert_eq!(dav.put("/a", "0123456789").await.status, 201);
    assert_eq!(dav.put("/b", "0").await.status, 507);
    let endless = bytes_of("x", 300_000);
    let request = dav.request("PUT", "/b").body(body_in_pieces(&endless));
    assert_eq!(dav.send(request).await.status, 507);
    assert_eq!(admin.names("/").await, ["a", "folder"]);
    assert_eq!(admin.used().await, 10);
    server.assert_clean();
}

#[tokio::test]
async fn an_empty_file_is_filled_later() {
    let server = TestServer::start().await;
    let dav = server.admin().mount().await;
    assert_eq!(dav.put("/a", "").await.status, 201);
    let empty = dav.get("/a").await;
    assert_eq!((empty.status, empty.body.len()), (200, 0));
    assert_eq!(dav.put("/a", "full").await.status, 204);
    let full = dav.get("/a").await;
    assert_eq!(full.body, "full");
    assert_ne!(full.header("etag"), empty.header("etag"));
}
