//! GET, HEAD, OPTIONS.

use tests::{TestServer, bytes_of};

#[tokio::test]
async fn content_comes_whole_in_ranges_or_not_at_all() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let bytes = bytes_of("content", 700_000);
    admin.put("/docs/a.txt", bytes.clone()).await;
    let dav = admin.mount().await;
    let whole = dav.get("/docs/a.txt").await;
    assert_eq!(whole.status, 200);
    assert_eq!(whole.body, bytes);
    assert!(whole.header("content-type").starts_with("text/plain"));
    assert_eq!(whole.header("accept-ranges"), "bytes");
    let (tag, date) = (whole.header("etag"), whole.header("last-modified"));
    let head = dav.ask("HEAD", "/docs/a.txt", &[]).await;
    assert_eq!(head.header("content-length"), "700000");
    assert_eq!(
        (head.header("etag"), head.header("last-modified")),
        (tag, date)
    );
    let post = dav.ask("POST", "/docs/a.txt", &[]).await;
    assert_eq!(post.body, bytes);

    let part = dav
        .ask("GET", "/docs/a.txt", &[("Range", "bytes=10-19")])
        .await;
    assert_eq!((part.status, &part.body[..]), (206, &bytes[10..20]));
    let past = dav
        .ask("GET", "/docs/a.txt", &[("Range", "bytes=700000-")])
        .await;
    assert_eq!(past.status, 416);
    for (header, value, status) in [
        ("If-None-Match", tag, 304),
        ("If-Match", "\"other\"", 412),
        ("If-Modified-Since", date, 304),
        ("If-Modified-Since", "Fri, 13 Feb 2009 23:31:30 GMT", 200),
    ] {
        let reply = dav.ask("GET", "/docs/a.txt", &[(header, value)]).await;
        assert_eq!(reply.status, status, "{header}: {value}");
    }
    assert_eq!(dav.get("/docs").await.status, 405);
    assert_eq!(dav.get("/docs/").await.status, 405);
    assert_eq!(dav.get("/missing").await.status, 404);
    assert_eq!(dav.get("/docs/a.txt/b").await.status, 404);
}

#[tokio::test]
async fn a_file_without_content_is_empty() {
    let server = TestServer::start().await;
    let admin = server.admin();
    admin.create_file("/empty").await;
    let reply = admin.mount().await.get("/empty").await;
    assert_eq!((reply.status, reply.body.len()), (200, 0));
    assert_eq!(reply.header("content-length"), "0");
}

#[tokio::test]
async fn options_say_what_may_be_done() {
    let server = TestServer::start().await;
    let admin = server.admin();
    admin.put("/a", "a").await;
    let dav = admin.mount().await;
    for (path, allowed) in [
        (
            "/",
            "OPTIONS, DELETE, MOVE, COPY, PROPFIND, LOCK, UNLOCK, PROPPATCH",
        ),
        (
            "/a",
            "OPTIONS, DELETE, MOVE, COPY, PROPFIND, GET, HEAD, POST, LOCK, UNLOCK, PROPPATCH, PUT",
        ),
        ("/none", "OPTIONS, LOCK, PUT, MKCOL"),
    ] {
        let reply = dav.ask("OPTIONS", path, &[]).await;
        assert_eq!(reply.status, 200);
        assert_eq!(reply.header("allow"), allowed);
        assert_eq!(reply.header("dav"), "1, 2");
    }
    for verb in ["REPORT", "SEARCH", "ACL", "MKCALENDAR", "PATCH"] {
        assert_eq!(dav.ask(verb, "/a", &[]).await.status, 405, "{verb}");
    }
}
