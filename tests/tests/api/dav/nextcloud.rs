//! The addresses where Nextcloud has its files, for apps that know no others.

use std::fs;
use tests::{DavClient, TestServer, between};

use super::raw::{self, tell};
use super::rclone::{must, rclone_at};

const FILES: &str = "/remote.php/dav/files/admin%40example.com";

async fn status(dav: &DavClient, verb: &str, target: &str, headers: &str) -> u16 {
    raw::status(&tell(dav, verb, target, headers, "").await)
}

#[tokio::test]
async fn an_app_works_where_nextcloud_has_its_files() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let dav = admin.mount().await;
    for prefix in [FILES, "/remote.php/webdav"] {
        let at = |path: &str| format!("{prefix}{path}");
        assert_eq!(status(&dav, "MKCOL", &at("/a%20b"), "").await, 201);
        let put = tell(&dav, "PUT", &at("/a%20b/1.txt"), "", "one").await;
        assert_eq!(raw::status(&put), 201, "{put}");
        let listed = tell(&dav, "PROPFIND", &at(""), "Depth: infinity\r\n", "").await;
        assert_eq!(
            between(&listed, "<D:response><D:href>", "<"),
            [at("/"), at("/a%20b/"), at("/a%20b/1.txt")]
        );
        let got = tell(&dav, "GET", &at("/a%20b/1.txt"), "", "").await;
        assert!(got.ends_with("\r\n\r\none"), "{got}");

        let lock = "<D:lockinfo xmlns:D='DAV:'><D:lockscope><D:exclusive/></D:lockscope>\
            <D:locktype><D:write/></D:locktype></D:lockinfo>";
        let locked = tell(&dav, "LOCK", &at("/a%20b"), "", lock).await;
        let root = "<D:lockroot><D:href>";
        assert_eq!(between(&locked, root, "<"), [at("/a%20b")]);
        let told = tell(&dav, "PROPFIND", &at("/a%20b"), "Depth: 0\r\n", "").await;
        assert_eq!(between(&told, root, "<"), [at("/a%20b")]);
        let token = between(&locked, "<D:locktoken><D:href>", "<").remove(0);
        let tail = format!("(<{token}>)");
        let host = dav.host();
        let headers = format!(
            "Destination: http://{host}{}\r\nIf: <http://{host}{}> {tail}\r\n",
            at("/moved"),
            at("/a%20b")
        );
        let to = format!("Destination: {}\r\n", at("/moved"));
        assert_eq!(status(&dav, "MOVE", &at("/a%20b"), &to).await, 423);
        assert_eq!(status(&dav, "MOVE", &at("/a%20b"), &headers).await, 201);
        assert_eq!(admin.get("/moved/1.txt").await, "one");
        assert_eq!(status(&dav, "DELETE", &at("/moved/"), "").await, 204);
    }
}

#[tokio::test]
async fn only_ones_own_files_are_there() {
    let server = TestServer::start().await;
    server.allow_dav().await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    bob.put("/his.txt", "x").await;
    alice.put("/files/bob@example.com/hers.txt", "x").await;
    let dav = alice.mount().await;
    let found = async |target: &str| status(&dav, "PROPFIND", target, "Depth: 1\r\n").await;
    assert_eq!(found("/remote.php/dav/files/Alice@Example.com/").await, 207);
    for target in [
        "/remote.php/dav/files/bob@example.com/",
        "/remote.php/dav/files/bob@example.com/his.txt",
        "/remote.php/dav/files/",
        "/remote.php/dav/",
        "/remote.php/dav/uploads/alice@example.com/1",
        "/remote.php/other",
    ] {
        assert_eq!(found(target).await, 404, "{target}");
        assert_eq!(status(&dav, "MKCOL", target, "").await, 404, "{target}");
    }
    alice.put("/own.txt", "x").await;
    let own = "/remote.php/webdav/own.txt";
    let to = "Destination: /remote.php/dav/files/bob@example.com/own.txt\r\n";
    assert_eq!(status(&dav, "MOVE", own, to).await, 404);
    let stranger = format!(
        "GET {own} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
        dav.host()
    );
    assert_eq!(
        raw::status(&raw::send(&dav, stranger.as_bytes()).await),
        401
    );
    // Below our own address it is a folder like any other.
    assert_eq!(dav.get("/files/bob@example.com/hers.txt").await.text(), "x");
}

#[tokio::test(flavor = "multi_thread")]
async fn rclone_works_where_it_expects_nextcloud() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let dav = admin.mount().await;
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a b.txt"), "x").unwrap();
    let local = folder.path().to_str().unwrap();
    let url = dav.url().replace("/dav/", &format!("{FILES}/"));
    let rclone = |args: &[&str]| rclone_at(&url, &dav, "nextcloud", args);
    must(rclone(&["copy", local, "it:up"])).await;
    must(rclone(&["check", "--download", local, "it:up"])).await;
    must(rclone(&["moveto", "it:up/a b.txt", "it:up/c.txt"])).await;
    assert_eq!(admin.get("/up/c.txt").await, "x");
}
