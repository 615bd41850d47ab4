//! What well-known programs send, in their order, with the bytes compared at the end.

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
async fn office_saves_through_a_temporary_file() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let dav = admin.mount().await;
    admin.put("/report.docx", "old").await;
    let id = admin.info("/report.docx").await.ok()["id"].clone();
    let bytes = bytes_of("word", 50_000);
    let (_, token) = dav
        .lock("/report.docx", &[("Timeout", "Second-3600")], "Alice")
        .await;
    // The owner file that tells others who has it open.
    assert_eq!(dav.put("/~$report.docx", "Alice").await.status, 201);
    assert_eq!(dav.put("/B1C2D3.tmp", bytes.clone()).await.status, 201);
    let held = format!("</dav/report.docx> (<{token}>)");
    let moved = dav
        .transfer("MOVE", "/report.docx", "/5EF0.tmp", &[("If", &held)])
        .await;
    assert_eq!(moved.status, 201);
    assert_eq!(
        dav.transfer("MOVE", "/B1C2D3.tmp", "/report.docx", &[])
            .await
            .status,
        201
    );
    assert_eq!(dav.delete("/5EF0.tmp").await.status, 204);
    assert_eq!(dav.delete("/~$report.docx").await.status, 204);
    assert_eq!(dav.get("/report.docx").await.body, bytes);
    assert_eq!(admin.names("/").await, ["report.docx"]);

    // The other way: a temporary file over the original, which goes to the trash.
    assert_eq!(dav.put("/T1.tmp", "newest").await.status, 201);
    assert_eq!(
        dav.transfer("MOVE", "/T1.tmp", "/report.docx", &[("Overwrite", "T")])
            .await
            .status,
        204
    );
    assert_eq!(dav.get("/report.docx").await.body, "newest");
    assert_ne!(admin.info("/report.docx").await.ok()["id"], id);
    assert_eq!(admin.trash_names().await.len(), 3);
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
async fn keepass_writes_a_transaction() {
    let server = TestServer::start().await;
    let dav = server.admin().mount().await;
    assert_eq!(dav.put("/safe.kdbx", "one").await.status, 201);
    for round in ["two", "three"] {
        assert_eq!(dav.get("/safe.kdbx").await.status, 200);
        assert_eq!(dav.put("/safe.kdbx.tmp", round).await.status, 201);
        assert_eq!(dav.delete("/safe.kdbx").await.status, 204);
        let to = format!("{}safe.kdbx", dav.url());
        let moved = dav
            .ask("MOVE", "/safe.kdbx.tmp", &[("Destination", &to)])
            .await;
        assert_eq!(moved.status, 201);
        assert_eq!(dav.get("/safe.kdbx").await.text(), round);
    }
    assert_eq!(dav.hrefs("/", "1").await, ["/dav/", "/dav/safe.kdbx"]);
}

#[tokio::test]
async fn joplin_synchronises_notes() {
    let server = TestServer::start().await;
    let dav = server.admin().mount().await;
    assert_eq!(dav.mkcol("/Joplin").await.status, 201);
    assert_eq!(
        dav.mkcol("/Joplin").await.status,
        405,
        "it asks without looking"
    );
    for folder in [".resource", ".sync", ".lock", "locks", "temp"] {
        assert_eq!(dav.mkcol(&format!("/Joplin/{folder}")).await.status, 201);
    }
    let info = [
        ("Content-Type", "text/plain"),
        ("If-None-Match", "JoplinIgnore-1"),
    ];
    assert_eq!(
        dav.tell("PUT", "/Joplin/info.json", &info[..1], "{}")
            .await
            .status,
        201
    );
    for number in 0..5 {
        let path = format!("/Joplin/{number:032x}.md");
        assert_eq!(dav.put(&path, format!("note {number}")).await.status, 201);
    }
    let asked = "<?xml version='1.0' encoding='UTF-8'?><d:propfind xmlns:d='DAV:'>\
        <d:prop xmlns:oc='http://owncloud.org/ns'><d:getlastmodified/><d:resourcetype/></d:prop></d:propfind>";
    let listed = dav.propfind("/Joplin", "1", asked).await;
    assert_eq!(between(listed.text(), "<D:getlastmodified>", "<").len(), 12);
    assert_eq!(between(listed.text(), "<D:collection/>", "<").len(), 6);
    for number in 0..5 {
        let path = format!("/Joplin/{number:032x}.md");
        let got = dav.ask("GET", &path, &info[1..]).await;
        assert_eq!(got.text(), format!("note {number}"));
        assert_eq!(dav.delete(&path).await.status, 204);
        assert_eq!(dav.delete(&path).await.status, 404);
    }
}
