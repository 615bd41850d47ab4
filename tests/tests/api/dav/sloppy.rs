//! What clients send that is not quite as it should be, and works all the same.

use tests::{TestServer, between};

use super::raw::{self, tell};

#[tokio::test]
async fn apps_of_android_ask_with_head_whether_a_folder_is_there() {
    let server = TestServer::start().await;
    let dav = server.admin().mount().await;
    dav.mkcol("/Backup").await;
    for path in ["/", "/Backup", "/Backup/"] {
        let head = dav.ask("HEAD", path, &[]).await;
        assert_eq!((head.status, head.text()), (200, ""), "{path}");
        assert!(head.header("last-modified").ends_with(" GMT"), "{path}");
        assert_eq!(dav.get(path).await.status, 405, "{path}");
    }
    assert_eq!(dav.ask("HEAD", "/none", &[]).await.status, 404);
}

#[tokio::test]
async fn names_may_be_written_as_they_are() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let dav = admin.mount().await;
    let put = tell(&dav, "PUT", "/dav/für.txt", "", "x").await;
    assert_eq!(raw::status(&put), 201, "{put}");
    for to in ["/dav/aus Köln [1].txt", "/dav/文件.txt"] {
        let from = format!("/dav/{}", admin.names("/").await[0]).replace(' ', "%20");
        let to = format!("Destination: http://{}{to}\r\n", dav.host());
        let moved = tell(&dav, "MOVE", &from, &to, "").await;
        assert_eq!(raw::status(&moved), 201, "{moved}");
    }
    assert_eq!(admin.names("/").await, ["文件.txt"]);
    let request = dav.request("MOVE", "/文件.txt");
    let request = request.header("Destination", &b"/dav/\xff"[..]);
    assert_eq!(dav.send(request).await.status, 400);
}

#[tokio::test]
async fn xml_may_begin_with_a_mark_or_an_empty_line() {
    let server = TestServer::start().await;
    let dav = server.admin().mount().await;
    dav.put("/a", "x").await;
    let body = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<D:propfind xmlns:D=\"DAV:\"><D:prop>\
        <D:getcontentlength/></D:prop></D:propfind>";
    for body in [format!("\u{feff}{body}"), format!("\r\n{body}\r\n")] {
        let found = dav.propfind("/a", "0", &body).await;
        assert_eq!(
            between(found.text(), "<D:getcontentlength>", "<"),
            ["1"],
            "{body:?}"
        );
    }
    // An empty line alone asks for everything.
    let found = dav.propfind("/a", "0", "\r\n").await;
    assert!(found.text().contains("<D:getetag>"), "{}", found.text());
}

#[tokio::test]
async fn a_destination_may_have_any_name_of_a_chain_of_proxies() {
    let server = TestServer::start().await;
    let dav = server.admin().mount().await;
    dav.put("/a", "x").await;
    for (from, to) in [("/a", "/b"), ("/b", "/c")] {
        let destination = format!("https://drive.example.com/dav{to}");
        let headers = [
            ("X-Forwarded-Host", "drive.example.com, inner.example"),
            ("Destination", destination.as_str()),
        ];
        assert_eq!(dav.ask("MOVE", from, &headers).await.status, 201);
    }
}
