//! What well-known applications send, in their order, with the bytes compared at the end.

use tests::{TestServer, between, bytes_of};

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

/// What Joplin says with everything but GET and HEAD: a tag without quotes that nothing has.
const JOPLIN: (&str, &str) = ("If-None-Match", "JoplinIgnore-12345");

#[tokio::test]
async fn joplin_synchronises_notes() {
    let server = TestServer::start().await;
    let dav = server.admin().mount().await;
    let mkcol = |path: String| {
        let dav = dav.clone();
        async move { dav.ask("MKCOL", &path, &[JOPLIN]).await.status }
    };
    assert_eq!(mkcol("/Joplin".to_owned()).await, 201);
    assert_eq!(
        mkcol("/Joplin".to_owned()).await,
        405,
        "it asks without looking"
    );
    for folder in [".resource", ".sync", ".lock", "locks", "temp"] {
        assert_eq!(mkcol(format!("/Joplin/{folder}")).await, 201);
    }
    let put = async |path: &str, text: &str| {
        let headers = [JOPLIN, ("Content-Type", "text/plain")];
        dav.tell("PUT", path, &headers, text.to_owned())
            .await
            .status
    };
    assert_eq!(put("/Joplin/info.json", "{}").await, 201);
    assert_eq!(put("/Joplin/info.json", "{\"version\":3}").await, 204);
    for number in 0..5 {
        let path = format!("/Joplin/{number:032x}.md");
        assert_eq!(put(&path, &format!("note {number}")).await, 201);
    }
    let asked = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><d:propfind xmlns:d=\"DAV:\">\
        <d:prop xmlns:oc=\"http://owncloud.org/ns\"><d:getlastmodified/><d:resourcetype/></d:prop></d:propfind>";
    let headers = [JOPLIN, ("Depth", "1")];
    let listed = dav.tell("PROPFIND", "/Joplin", &headers, asked).await;
    assert_eq!(between(listed.text(), "<D:getlastmodified>", "<").len(), 12);
    assert_eq!(between(listed.text(), "<D:collection/>", "<").len(), 6);
    for number in 0..5 {
        let path = format!("/Joplin/{number:032x}.md");
        assert_eq!(dav.get(&path).await.text(), format!("note {number}"));
        assert_eq!(dav.ask("DELETE", &path, &[JOPLIN]).await.status, 204);
        assert_eq!(dav.ask("DELETE", &path, &[JOPLIN]).await.status, 404);
    }
}

#[tokio::test]
async fn keepass_moves_over_its_file() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let dav = admin.mount().await;
    for round in 0..3 {
        let bytes = bytes_of(&format!("safe {round}"), 40_000);
        assert_eq!(dav.put("/safe.kdbx.tmp", bytes.clone()).await.status, 201);
        let over = [("Overwrite", "T")];
        let moved = dav
            .transfer("MOVE", "/safe.kdbx.tmp", "/safe.kdbx", &over)
            .await;
        assert_eq!(moved.status, if round == 0 { 201 } else { 204 });
        assert_eq!(dav.get("/safe.kdbx").await.body, bytes);
    }
    assert_eq!(admin.names("/").await, ["safe.kdbx"]);
    // Each older one can be had back.
    assert_eq!(admin.trash_names().await, ["safe.kdbx", "safe.kdbx"]);
}

#[tokio::test]
async fn cyberduck_uploads_beside_and_renames() {
    let server = TestServer::start().await;
    let dav = server.admin().mount().await;
    let bytes = bytes_of("duck", 150_000);
    assert_eq!(dav.ask("HEAD", "/", &[]).await.status, 200);
    assert_eq!(dav.propfind("/", "1", "").await.status, 207);
    assert_eq!(dav.mkcol("/new folder/").await.status, 201);
    let request = dav
        .request("PUT", "/new folder/a.jpg-1A2B")
        .body(bytes.clone());
    let request = request.header("Expect", "100-continue");
    assert_eq!(dav.send(request).await.status, 201);
    let to = format!("{}new%20folder/a.jpg", dav.url());
    let headers = [("Destination", to.as_str()), ("Overwrite", "T")];
    let moved = dav.ask("MOVE", "/new folder/a.jpg-1A2B", &headers).await;
    assert_eq!(moved.status, 201);
    // It goes on with a download that broke off.
    let rest = [("Range", "bytes=100000-")];
    let rest = dav.ask("GET", "/new folder/a.jpg", &rest).await;
    assert_eq!((rest.status, &rest.body[..]), (206, &bytes[100_000..]));
    assert_eq!(dav.delete("/new folder/").await.status, 204);
}
