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
async fn ranges_of_every_form_are_answered() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let bytes = bytes_of("ranges", 100_000);
    admin.put("/a.bin", bytes.clone()).await;
    let dav = admin.mount().await;
    let tag = dav.get("/a.bin").await.header("etag").to_owned();
    let ask = async |range: &'static str, more: (&str, &str)| {
        dav.ask("GET", "/a.bin", &[("Range", range), more]).await
    };
    let none = ("X-None", "");
    for (range, expected) in [
        ("bytes=0-0", 0..1),
        ("bytes=99999-", 99_999..100_000),
        ("bytes=500-499999", 500..100_000),
        ("bytes=-5", 99_995..100_000),
        ("bytes=-500000", 0..100_000),
    ] {
        let part = ask(range, none).await;
        assert_eq!(part.status, 206, "{range}");
        assert_eq!(part.body, bytes[expected.clone()], "{range}");
        let told = format!("bytes {}-{}/100000", expected.start, expected.end - 1);
        assert_eq!(part.header("content-range"), told);
        assert_eq!(part.header("etag"), tag);
    }
    let many = ask("bytes=0-9, 50000-50009, -10", none).await;
    assert_eq!(many.status, 206);
    let kind = many.header("content-type").to_owned();
    let boundary = kind
        .strip_prefix("multipart/byteranges; boundary=")
        .unwrap();
    assert_eq!(many.header("content-length"), many.body.len().to_string());
    let text: String = many.body.iter().map(|byte| char::from(*byte)).collect();
    let parts: Vec<_> = text.split(&format!("--{boundary}")).collect();
    assert_eq!(parts.len(), 5, "nothing, three parts, and the end");
    for (part, range) in parts[1..4]
        .iter()
        .zip([0..10, 50_000..50_010, 99_990..100_000])
    {
        let expected: String = bytes[range].iter().map(|byte| char::from(*byte)).collect();
        let (_, content) = part.split_once("\r\n\r\n").unwrap();
        assert_eq!(content, format!("{expected}\r\n"));
    }
    for range in ["bytes=100000-", "bytes=-0", "bytes=200000-300000"] {
        let refused = ask(range, none).await;
        assert_eq!(refused.status, 416, "{range}");
        assert_eq!(refused.header("content-range"), "bytes */100000");
    }
    for range in ["bytes=9-5", "lines=1-2", "bytes=x"] {
        assert_eq!(ask(range, none).await.status, 200, "{range}");
    }
    assert_eq!(ask("bytes=0-0", ("If-Range", &tag)).await.status, 206);
    assert_eq!(ask("bytes=0-0", ("If-Range", "\"old\"")).await.status, 200);
    dav.put("/a.bin", "new").await;
    let whole = ask("bytes=1-", ("If-Range", &tag)).await;
    assert_eq!((whole.status, whole.text()), (200, "new"));
}

#[tokio::test]
async fn nothing_runs_in_a_browser() {
    let server = TestServer::start().await;
    let dav = server.admin().mount().await;
    dav.put("/a.html", "<script>alert(1)</script>").await;
    let page = dav.get("/a.html").await;
    assert_eq!(page.header("content-security-policy"), "sandbox");
    assert_eq!(page.header("x-content-type-options"), "nosniff");
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
