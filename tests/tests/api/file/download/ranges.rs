//! `GET /file/content/…`: parts of a file, and conditions.

use reqwest::Method;
use tests::{Client, Reply, TestServer, bytes_of};

async fn ranged(who: &Client, url: &str, headers: &[(&str, &str)]) -> Reply {
    let mut request = who.fetch_request(Method::GET, url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    who.send(request).await
}

#[tokio::test]
async fn single_ranges_answer_their_part() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bytes = bytes_of("ranges", 100_000);
    alice.put("/a.bin", bytes.clone()).await;
    let url = alice.url("/a.bin").await;
    for (range, expected) in [
        ("bytes=0-0", 0..1),
        ("bytes=0-99", 0..100),
        ("bytes=50000-50099", 50_000..50_100),
        ("bytes=99999-", 99_999..100_000),
        ("bytes=-10", 99_990..100_000),
        ("bytes=0-", 0..100_000),
        ("bytes=99990-200000", 99_990..100_000),
        ("bytes=-200000", 0..100_000),
    ] {
        let reply = ranged(&alice, &url, &[("Range", range)]).await;
        assert_eq!(reply.status, 206, "{range}");
        let told = format!("bytes {}-{}/100000", expected.start, expected.end - 1);
        assert_eq!(reply.header("content-range"), told, "{range}");
        assert_eq!(reply.body, bytes.slice(expected), "{range}");
    }
}

#[tokio::test]
async fn ranges_that_make_no_sense_are_416_or_ignored() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/a.bin", "0123456789").await;
    let url = alice.url("/a.bin").await;
    for range in ["bytes=10-", "bytes=100-200", "bytes=-0"] {
        let reply = ranged(&alice, &url, &[("Range", range)]).await;
        assert_eq!(reply.status, 416, "{range}");
        assert_eq!(reply.header("content-range"), "bytes */10", "{range}");
    }
    for range in [
        "bytes=5-2",
        "bytes=x-y",
        "chapters=1-2",
        "bytes=",
        "bytes=99999999999999999999-",
    ] {
        let status = ranged(&alice, &url, &[("Range", range)]).await.status;
        assert!([200, 416].contains(&status), "{range}: {status}");
    }
}

#[tokio::test]
async fn several_ranges_come_as_parts() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/a.txt", "0123456789").await;
    let url = alice.url("/a.txt").await;
    let reply = ranged(&alice, &url, &[("Range", "bytes=0-1,4-5,-1")]).await;
    assert_eq!(reply.status, 206);
    let kind = reply.header("content-type").to_owned();
    let boundary = kind
        .strip_prefix("multipart/byteranges; boundary=")
        .unwrap_or_else(|| panic!("{kind}"));
    let parts: Vec<_> = reply
        .text()
        .split(&format!("--{boundary}"))
        .filter_map(|part| part.split_once("\r\n\r\n"))
        .map(|(head, body)| {
            let range = head
                .lines()
                .find_map(|line| line.split_once("bytes "))
                .unwrap()
                .1;
            (range.to_owned(), body.trim_end_matches("\r\n").to_owned())
        })
        .collect();
    let expected = [("0-1/10", "01"), ("4-5/10", "45"), ("9-9/10", "9")];
    assert_eq!(
        parts,
        expected.map(|(range, body)| (range.to_owned(), body.to_owned()))
    );
}

#[tokio::test]
async fn conditions_are_answered() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/a.txt", "0123456789").await;
    let url = alice.url("/a.txt").await;
    let etag = alice.fetch(&url).await.header("etag").to_owned();
    let status = async |headers: &[(&str, &str)]| ranged(&alice, &url, headers).await.status;
    assert_eq!(status(&[("If-None-Match", &etag)]).await, 304);
    assert_eq!(status(&[("If-None-Match", "*")]).await, 304);
    assert_eq!(
        status(&[("If-None-Match", &format!("\"x\", {etag}"))]).await,
        304
    );
    assert_eq!(status(&[("If-None-Match", "\"x\"")]).await, 200);
    assert_eq!(status(&[("If-Match", &etag)]).await, 200);
    assert_eq!(status(&[("If-Match", "\"x\"")]).await, 412);
    assert_eq!(
        status(&[("If-Range", &etag), ("Range", "bytes=0-1")]).await,
        206
    );
    assert_eq!(
        status(&[("If-Range", "\"x\""), ("Range", "bytes=0-1")]).await,
        200
    );
}
