//! `GET /file/content/…`: what comes with the bytes.

use reqwest::Method;
use serde_json::json;
use tests::{TestServer, bytes_of};

#[tokio::test]
async fn content_answers_with_all_its_headers() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/page.html", "<script>alert(1)</script>").await;
    let entity = alice.info("/page.html").await.ok()["primary_entity"].clone();
    let reply = alice.fetch(&alice.url("/page.html").await).await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("content-length"), "25");
    assert!(reply.header("content-type").starts_with("text/html"));
    assert_eq!(reply.header("content-security-policy"), "sandbox");
    assert_eq!(reply.header("accept-ranges"), "bytes");
    let rule = "public, max-age=86400, s-maxage=300";
    assert_eq!(reply.header("cache-control"), rule);
    assert_eq!(
        reply.header("etag"),
        format!("\"{}\"", entity.as_str().unwrap())
    );
    assert_eq!(reply.header("access-control-allow-origin"), "*");
    assert!(
        reply
            .header("access-control-expose-headers")
            .contains("Content-Range")
    );
    assert!(reply.headers.get("last-modified").is_none());
    assert_eq!(reply.text(), "<script>alert(1)</script>");
}

#[tokio::test]
async fn a_download_is_an_attachment_with_its_name() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    for (name, disposition) in [
        ("plain.txt", "attachment; filename=\"plain.txt\""),
        ("ein Ä.txt", "filename*=UTF-8''ein%20%C3%84.txt"),
        (
            "文件 #1%.txt",
            "filename*=UTF-8''%E6%96%87%E4%BB%B6%20#1%25.txt",
        ),
    ] {
        let path = format!("/{name}");
        alice.put(&path, "x").await;
        let reply = alice
            .fetch(&alice.url_with(&path, json!({ "download": true })).await)
            .await;
        assert_eq!(reply.status, 200, "{name}");
        let header = reply.headers["content-disposition"].as_bytes();
        let header = std::str::from_utf8(header).unwrap();
        assert!(header.starts_with("attachment"), "{header}");
        assert!(header.contains(disposition), "{header}");
    }
    let inline = alice.fetch(&alice.url("/plain.txt").await).await;
    assert!(
        !inline
            .header("content-disposition")
            .starts_with("attachment")
    );
}

#[tokio::test]
async fn head_and_options_answer_without_a_body() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/a.txt", "0123456789").await;
    let url = alice.url("/a.txt").await;
    let head = alice.send(alice.fetch_request(Method::HEAD, &url)).await;
    assert_eq!(head.status, 200);
    assert_eq!(head.header("content-length"), "10");
    assert!(head.body.is_empty());
    let preflight = alice
        .fetch_request(Method::OPTIONS, &url)
        .header("Origin", "https://elsewhere.example")
        .header("Access-Control-Request-Method", "GET");
    let preflight = alice.send(preflight).await;
    assert!([200, 204].contains(&preflight.status));
    assert_eq!(preflight.header("access-control-allow-origin"), "*");
    assert!(
        preflight
            .header("access-control-allow-methods")
            .contains("HEAD")
    );
    assert!(
        preflight
            .header("access-control-allow-headers")
            .contains("Range")
    );
}

#[tokio::test]
async fn bytes_that_are_gone_are_404() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/a.txt", "a").await;
    let url = alice.url("/a.txt").await;
    for file in server.stored_files() {
        std::fs::remove_file(file).unwrap();
    }
    assert_eq!(alice.fetch(&url).await.status, 404);
}

#[tokio::test]
async fn a_url_of_a_deleted_version_is_gone() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/a.txt", "a").await;
    let url = alice.url("/a.txt").await;
    alice.delete_for_good(&["/a.txt"]).await.done();
    let reply = alice.fetch(&url).await;
    assert!(reply.status == 404 || reply.code() != 0, "{}", reply.text());
}

#[tokio::test]
async fn a_file_read_while_it_is_replaced_stays_one_version() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let old = bytes_of("old", 20 << 20);
    alice.put("/a.bin", old.clone()).await;
    let transfer = alice.transfer(&alice.url("/a.bin").await).await;
    alice
        .change_settings(json!({ "version_retention_enabled": false }))
        .await
        .done();
    alice.overwrite("/a.bin", bytes_of("new", 1000)).await;
    let (hash, length) = transfer.hash().await;
    assert_eq!((hash, length), (tests::hash_of(&old), old.len() as u64));
}
