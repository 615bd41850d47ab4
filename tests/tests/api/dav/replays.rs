//! What operating systems send, in their order, with the bytes compared at the end.

use bytes::Bytes;
use futures_util::stream;
use tests::{DavClient, TestServer, between, bytes_of};

fn chunked(bytes: &Bytes) -> reqwest::Body {
    let pieces: Vec<_> = bytes.chunks(16 << 10).map(Bytes::copy_from_slice).collect();
    reqwest::Body::wrap_stream(stream::iter(
        pieces.into_iter().map(Ok::<_, std::io::Error>),
    ))
}

async fn unlock(dav: &DavClient, path: &str, token: &str) {
    let lock_token = format!("<{token}>");
    let reply = dav
        .ask("UNLOCK", path, &[("Lock-Token", &lock_token)])
        .await;
    assert_eq!(reply.status, 204, "{path}");
}

#[tokio::test]
async fn macos_finder_saves_a_file() {
    let server = TestServer::start().await;
    let dav = server.admin().mount().await;
    let bytes = bytes_of("finder", 300_000);
    for path in ["/._photo.jpg", "/photo.jpg"] {
        assert_eq!(dav.propfind(path, "0", "").await.status, 404);
        // An empty file, then a lock on it, then the content in chunks of unknown number.
        assert_eq!(dav.put(path, "").await.status, 201);
        let headers = [("Timeout", "Second-600"), ("Depth", "0")];
        let (locked, token) = dav.lock(path, &headers, "<D:href>mac</D:href>").await;
        assert_eq!(locked.status, 200);
        let request = dav
            .request("PUT", path)
            .header("If", format!("(<{token}>)"))
            .header("X-Expected-Entity-Length", bytes.len())
            .body(chunked(&bytes));
        assert_eq!(dav.send(request).await.status, 204);
        let found = dav.propfind(path, "0", "").await;
        assert_eq!(
            between(found.text(), "<D:getcontentlength>", "<"),
            ["300000"]
        );
        unlock(&dav, path, &token).await;
    }
    assert_eq!(dav.get("/photo.jpg").await.body, bytes);
    let quota = "<D:propfind xmlns:D='DAV:'><D:prop><D:quota-available-bytes/>\
                 <D:quota-used-bytes/><D:quota/><D:quotaused/></D:prop></D:propfind>";
    let quota = dav.propfind("/", "0", quota).await;
    assert_eq!(
        between(quota.text(), "<D:quota-used-bytes>", "<"),
        ["600000"]
    );
}

#[tokio::test]
async fn windows_explorer_copies_a_file() {
    let server = TestServer::start().await;
    let dav = server.admin().mount().await;
    let bytes = bytes_of("windows", 100_000);
    assert_eq!(
        dav.ask("OPTIONS", "/", &[]).await.header("ms-author-via"),
        "DAV"
    );
    assert_eq!(dav.propfind("/", "1", "").await.status, 207);
    assert_eq!(dav.propfind("/Neuer Ordner", "0", "").await.status, 404);
    assert_eq!(dav.mkcol("/Neuer Ordner").await.status, 201);
    let path = "/Neuer Ordner/Bild 1.bmp";
    assert_eq!(dav.put(path, "").await.status, 201);
    let (locked, token) = dav
        .lock(path, &[("Timeout", "Second-3600")], "PC\\user")
        .await;
    assert_eq!(locked.status, 200);
    let held = format!("(<{token}>)");
    let times = "<D:propertyupdate xmlns:D='DAV:' xmlns:Z='urn:schemas-microsoft-com:'><D:set><D:prop>\
        <Z:Win32LastModifiedTime>Fri, 13 Feb 2009 23:31:30 GMT</Z:Win32LastModifiedTime>\
        <Z:Win32FileAttributes>00000020</Z:Win32FileAttributes></D:prop></D:set></D:propertyupdate>";
    assert_eq!(
        dav.tell("PROPPATCH", path, &[("If", &held)], times)
            .await
            .status,
        207
    );
    assert_eq!(dav.ask("HEAD", path, &[]).await.status, 200);
    assert_eq!(
        dav.tell("PUT", path, &[("If", &held)], bytes.clone())
            .await
            .status,
        204
    );
    let patched = dav.tell("PROPPATCH", path, &[("If", &held)], times).await;
    assert!(patched.text().contains("200 OK"), "{}", patched.text());
    unlock(&dav, path, &token).await;
    let got = dav.get(path).await;
    assert_eq!(got.body, bytes);
    assert_eq!(got.header("last-modified"), "Fri, 13 Feb 2009 23:31:30 GMT");
    let renamed = dav
        .transfer(
            "MOVE",
            path,
            "/Neuer Ordner/Bild.bmp",
            &[("Overwrite", "F")],
        )
        .await;
    assert_eq!(renamed.status, 201);
}

#[tokio::test]
async fn davfs2_locks_and_writes_with_conditions() {
    let server = TestServer::start().await;
    let dav = server.admin().mount().await;
    let headers = [("Timeout", "Second-1800"), ("Depth", "0")];
    let (locked, token) = dav.lock("/notes.txt", &headers, "davfs2").await;
    assert_eq!(locked.status, 201);
    let held = format!("(<{token}>)");
    let put = dav
        .tell("PUT", "/notes.txt", &[("If", &held)], "first")
        .await;
    assert_eq!(put.status, 204);
    let tag = dav
        .ask("HEAD", "/notes.txt", &[("If", &held)])
        .await
        .header("etag")
        .to_owned();
    let executable = "<D:propertyupdate xmlns:D='DAV:'><D:set><D:prop>\
        <executable xmlns='http://apache.org/dav/props/'>F</executable>\
        </D:prop></D:set></D:propertyupdate>";
    assert_eq!(
        dav.tell("PROPPATCH", "/notes.txt", &[("If", &held)], executable)
            .await
            .status,
        207
    );
    let refresh = dav
        .ask(
            "LOCK",
            "/notes.txt",
            &[("If", &held), ("Timeout", "Second-1800")],
        )
        .await;
    assert_eq!(refresh.status, 200);
    let both = format!("(<{token}> [{tag}])");
    assert_eq!(
        dav.tell("PUT", "/notes.txt", &[("If", &both)], "second")
            .await
            .status,
        204
    );
    // Somebody whose cache is old.
    assert_eq!(
        dav.tell("PUT", "/notes.txt", &[("If", &both)], "third")
            .await
            .status,
        412
    );
    unlock(&dav, "/notes.txt", &token).await;
    let unchanged = dav
        .ask("GET", "/notes.txt", &[("If-None-Match", &tag)])
        .await;
    assert_eq!((unchanged.status, unchanged.text()), (200, "second"));
}

#[tokio::test]
async fn gnome_and_kde_save_a_file() {
    let server = TestServer::start().await;
    let dav = server.admin().mount().await;
    // GNOME asks what may be done, looks at each folder on the way, and writes where nothing was.
    assert_eq!(dav.ask("OPTIONS", "/", &[]).await.header("dav"), "1, 2");
    let asked = "<?xml version=\"1.0\" encoding=\"utf-8\" ?><D:propfind xmlns:D=\"DAV:\"><D:prop>\
        <D:creationdate/><D:displayname/><D:getcontentlength/><D:getcontenttype/><D:getetag/>\
        <D:getlastmodified/><D:resourcetype/></D:prop></D:propfind>";
    assert_eq!(dav.propfind("/", "0", asked).await.status, 207);
    assert_eq!(dav.propfind("/a.odt", "0", asked).await.status, 404);
    let bytes = bytes_of("gnome", 200_000);
    let request = dav.request("PUT", "/a.odt").body(chunked(&bytes));
    let put = dav.send(request.header("If-None-Match", "*")).await;
    assert_eq!(put.status, 201);
    let tag = put.header("etag").to_owned();
    let listed = dav.propfind("/", "1", asked).await;
    assert_eq!(between(listed.text(), "<D:getetag>", "<"), [tag.as_str()]);
    let saved = [("If-Match", tag.as_str())];
    assert_eq!(dav.tell("PUT", "/a.odt", &saved, "saved").await.status, 204);
    assert_eq!(dav.tell("PUT", "/a.odt", &saved, "again").await.status, 412);
    // KDE writes beside, and puts it in the place of the old one.
    assert_eq!(dav.put("/a.odt.part", bytes.clone()).await.status, 201);
    let over = [("Overwrite", "T"), ("Depth", "infinity")];
    let moved = dav.transfer("MOVE", "/a.odt.part", "/a.odt", &over).await;
    assert_eq!(moved.status, 204);
    assert_eq!(dav.get("/a.odt").await.body, bytes);
    assert_eq!(dav.hrefs("/", "1").await, ["/dav/", "/dav/a.odt"]);
}
