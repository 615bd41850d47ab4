//! PROPFIND.

use tests::{TestServer, between, dav_path};

fn prop(names: &str) -> String {
    format!("<D:propfind xmlns:D='DAV:'><D:prop>{names}</D:prop></D:propfind>")
}

#[tokio::test]
async fn a_listing_has_what_clients_need() {
    let server = TestServer::start().await;
    let admin = server.admin();
    admin.put("/docs/a & b.txt", "hello").await;
    admin.create_folder("/docs/sub").await;
    let dav = admin.mount().await;
    let reply = dav.propfind("/docs", "1", "").await;
    assert_eq!(reply.status, 207);
    assert!(reply.header("content-type").starts_with("text/xml"));
    let text = reply.text();
    assert!(text.starts_with("<?xml"), "{text}");
    let responses = between(text, "<D:response>", "</D:response>");
    let hrefs = between(text, "<D:href>", "</D:href>");
    assert_eq!(
        hrefs,
        ["/dav/docs/", "/dav/docs/sub/", "/dav/docs/a%20%26%20b.txt"]
    );
    assert!(responses[0].contains("<D:resourcetype><D:collection/></D:resourcetype>"));
    assert!(!responses[0].contains("getcontentlength"));
    let file = &responses[2];
    assert!(
        file.contains("<D:displayname>a &amp; b.txt</D:displayname>"),
        "{file}"
    );
    assert!(
        file.contains("<D:getcontentlength>5</D:getcontentlength>"),
        "{file}"
    );
    assert!(file.contains("<D:resourcetype></D:resourcetype>"), "{file}");
    assert!(file.contains("<D:getcontenttype>text/plain"), "{file}");
    let tag = dav
        .ask("HEAD", "/docs/a & b.txt", &[])
        .await
        .header("etag")
        .to_owned();
    assert!(
        file.contains(&format!("<D:getetag>{tag}</D:getetag>")),
        "{file}"
    );
    let created = &between(file, "<D:creationdate>", "</D:creationdate>")[0];
    assert!(created.ends_with('Z') && created.len() == 20, "{created}");
    let used = &between(file, "<D:quota-used-bytes>", "<")[0];
    assert_eq!(used, "5");
    let left: i64 = between(file, "<D:quota-available-bytes>", "<")[0]
        .parse()
        .unwrap();
    assert_eq!(left, admin.total().await as i64 - 5);
}

#[tokio::test]
async fn depth_says_how_far() {
    let server = TestServer::start().await;
    let admin = server.admin();
    for path in ["/a/b/c.txt", "/a/d.txt", "/e/f/g/h.txt", "/i.txt"] {
        admin.put(path, "x").await;
    }
    let dav = admin.mount().await;
    assert_eq!(dav.hrefs("/", "0").await, ["/dav/"]);
    assert_eq!(
        dav.hrefs("/", "1").await,
        ["/dav/", "/dav/a/", "/dav/e/", "/dav/i.txt"]
    );
    assert_eq!(
        dav.hrefs("/", "1,noroot").await,
        ["/dav/a/", "/dav/e/", "/dav/i.txt"]
    );
    let mut all = dav.hrefs("/", "infinity").await;
    assert_eq!(all[0], "/dav/");
    all.sort();
    let expected = [
        "/dav/",
        "/dav/a/",
        "/dav/a/b/",
        "/dav/a/b/c.txt",
        "/dav/a/d.txt",
        "/dav/e/",
        "/dav/e/f/",
        "/dav/e/f/g/",
        "/dav/e/f/g/h.txt",
        "/dav/i.txt",
    ];
    assert_eq!(all, expected);
    let absent = dav.ask("PROPFIND", "/", &[]).await;
    assert_eq!(
        between(absent.text(), "<D:href>", "<").len(),
        expected.len()
    );
    assert_eq!(dav.propfind("/none", "1", "").await.status, 404);
    assert_eq!(dav.hrefs("/i.txt", "infinity").await, ["/dav/i.txt"]);
}

#[tokio::test]
async fn a_listing_is_never_older_than_the_last_change() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let dav = admin.mount().await;
    for number in 0..10 {
        let path = format!("/{number}");
        assert_eq!(dav.put(&path, "x").await.status, 201);
        assert_eq!(dav.hrefs("/", "1").await.len(), number + 2);
        assert_eq!(dav.hrefs("/", "1").await.len(), number + 2);
    }
    let (_, token) = dav.lock("/0", &[], "me").await;
    assert!(dav.propfind("/0", "0", "").await.text().contains(&token));
    dav.ask("UNLOCK", "/0", &[("Lock-Token", &format!("<{token}>"))])
        .await;
    assert!(!dav.propfind("/0", "0", "").await.text().contains(&token));
}

#[tokio::test]
async fn what_is_missing_is_told() {
    let server = TestServer::start().await;
    let admin = server.admin();
    admin.put("/a.txt", "a").await;
    let dav = admin.mount().await;
    let asked = prop("<D:getetag/><D:getcontentlanguage/><c xmlns='urn:x'/><n xmlns=''/>");
    let reply = dav.propfind("/a.txt", "0", &asked).await;
    let stats = between(reply.text(), "<D:propstat>", "</D:propstat>");
    assert_eq!(stats.len(), 2, "{}", reply.text());
    assert!(stats[0].contains("getetag") && stats[0].contains("HTTP/1.1 200 OK"));
    assert!(stats[1].contains("HTTP/1.1 404 Not Found"));
    for name in ["getcontentlanguage", "<x:c xmlns:x=\"urn:x\"/>", "<n/>"] {
        assert!(stats[1].contains(name), "{name}: {}", stats[1]);
    }
    let headers = [("Depth", "0"), ("Prefer", "return=minimal")];
    let minimal = dav.tell("PROPFIND", "/a.txt", &headers, asked).await;
    assert!(!minimal.text().contains("404"), "{}", minimal.text());
    let names = "<D:propfind xmlns:D='DAV:'><D:propname/></D:propfind>";
    let names = dav.propfind("/a.txt", "0", names).await;
    assert!(names.text().contains("<D:getetag/>"), "{}", names.text());
    assert!(!names.text().contains("404"));
    for body in ["<x/>", "<D:propfind xmlns:D='DAV:'/>", &prop("")] {
        assert_eq!(
            dav.propfind("/a.txt", "0", body).await.status,
            400,
            "{body}"
        );
    }
}

#[tokio::test]
async fn every_name_survives_the_way_there_and_back() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let dav = admin.mount().await;
    let names = [
        "a b",
        "#%&+;=@!$'()~,[]{}^`",
        "100%",
        "%2F",
        "...",
        "文件夹",
        "😀👩‍👩‍👧",
        "e\u{301}",
        "é",
        "tab\there",
        "a&amp;b",
        "]]",
        "-",
        "~",
        "name.",
        " ",
        " leading and trailing ",
        ".hidden",
        "..two",
        "100%.txt",
        "a+b",
        "a&b",
        "ü",
        "#",
        "%",
        "%25",
        "'\u{1f}'",
    ];
    for name in names {
        let path = format!("/{name}");
        assert_eq!(dav.put(&path, name).await.status, 201, "{name}");
        assert_eq!(dav.get(&path).await.body, name.as_bytes());
    }
    // What Windows could not hold is no name here, and is said to be none.
    for name in ["?", "a?b", "a\"b", "a\\b", "a|b", "a<b>", "*", "a:b"] {
        let path = format!("/{name}");
        assert_eq!(dav.put(&path, "x").await.status, 403, "{name}");
        assert_eq!(dav.mkcol(&path).await.status, 403, "{name}");
        assert_eq!(dav.get(&path).await.status, 404, "{name}");
        assert_eq!(dav.propfind(&path, "0", "").await.status, 404, "{name}");
    }
    let mut expected: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
    expected.sort();
    let mut seen = admin.names("/").await;
    seen.sort();
    assert_eq!(seen, expected);
    let hrefs = dav.hrefs("/", "1").await;
    assert_eq!(hrefs.len(), names.len() + 1);
    for href in &hrefs[1..] {
        let decoded = percent_encoding::percent_decode_str(href)
            .decode_utf8()
            .unwrap();
        let name = decoded.strip_prefix("/dav/").unwrap();
        assert!(names.contains(&name), "{href}");
        assert_eq!(dav.get(&format!("/{name}")).await.text(), name);
    }
    assert_eq!(dav_path("/a b"), "/dav/a%20b");
}
