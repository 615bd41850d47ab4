//! PROPPATCH.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;
use std::process::Command;
use tests::{TestServer, between};

use super::clients::run;
use crate::code;

fn prop(names: &str) -> String {
    format!("<D:propfind xmlns:D='DAV:'><D:prop>{names}</D:prop></D:propfind>")
}

fn update(steps: &str) -> String {
    format!(
        "<D:propertyupdate xmlns:D='DAV:' xmlns:Z='urn:schemas-microsoft-com:'>{steps}</D:propertyupdate>"
    )
}

fn set(props: &str) -> String {
    update(&format!("<D:set><D:prop>{props}</D:prop></D:set>"))
}

#[tokio::test]
async fn dead_properties_are_kept_shown_and_copied() {
    let server = TestServer::start().await;
    let admin = server.admin();
    admin.put("/a.txt", "a").await;
    let dav = admin.mount().await;
    let updated = admin.info("/a.txt").await.ok()["updated_at"].clone();
    let props = "<c:colour xmlns:c='urn:x' xml:lang='en'>re&lt;d<c:deep c2='1'>&#252;</c:deep></c:colour>\
                 <plain xmlns=''>1</plain>";
    let reply = dav.tell("PROPPATCH", "/a.txt", &[], set(props)).await;
    assert_eq!(reply.status, 207);
    assert!(reply.text().contains("200 OK") && !reply.text().contains("HTTP/1.1 4"));
    assert_eq!(admin.info("/a.txt").await.ok()["updated_at"], updated);
    let metadata = admin.metadata("/a.txt").await;
    assert!(
        metadata["dav:urn:x|colour"]
            .as_str()
            .unwrap()
            .contains("\"l\":\"en\""),
        "{metadata}"
    );

    assert_eq!(
        dav.transfer("COPY", "/a.txt", "/b.txt", &[]).await.status,
        201
    );
    assert_eq!(
        dav.transfer("MOVE", "/b.txt", "/c.txt", &[]).await.status,
        201
    );
    for path in ["/a.txt", "/c.txt"] {
        let asked = prop("<c xmlns='urn:x'/><colour xmlns='urn:x'/><plain xmlns=''/>");
        let found = dav.propfind(path, "0", &asked).await;
        let text = found.text();
        assert!(text.contains("xml:lang=\"en\">re&lt;d<c:deep"), "{text}");
        assert!(
            text.contains('ü') && text.contains("<plain>1</plain>"),
            "{text}"
        );
        assert!(
            dav.propfind(path, "0", "")
                .await
                .text()
                .contains("<plain>1</plain>")
        );
    }
    let remove = update(
        "<D:remove><D:prop><colour xmlns='urn:x'/><never xmlns='urn:x'/></D:prop></D:remove>",
    );
    assert!(
        dav.tell("PROPPATCH", "/a.txt", &[], remove)
            .await
            .text()
            .contains("200 OK")
    );
    assert!(
        !dav.propfind("/a.txt", "0", "")
            .await
            .text()
            .contains("colour")
    );
    assert_eq!(admin.metadata("/a.txt").await.as_object().unwrap().len(), 1);
}

#[tokio::test]
async fn live_properties_are_protected_and_nothing_else_changes_then() {
    let server = TestServer::start().await;
    let admin = server.admin();
    admin.put("/a.txt", "a").await;
    let dav = admin.mount().await;
    for live in [
        "<D:getetag>x</D:getetag>",
        "<D:displayname>x</D:displayname>",
        "<D:getlastmodified>Fri, 13 Feb 2009 23:31:30 GMT</D:getlastmodified>",
        "<D:resourcetype><D:collection/></D:resourcetype>",
    ] {
        let props = format!(
            "<c xmlns='urn:x'>1</c>{live}\
             <Z:Win32LastModifiedTime>Fri, 13 Feb 2009 23:31:30 GMT</Z:Win32LastModifiedTime>"
        );
        let reply = dav.tell("PROPPATCH", "/a.txt", &[], set(&props)).await;
        let text = reply.text();
        assert_eq!(reply.status, 207);
        let stats = between(text, "<D:propstat>", "</D:propstat>");
        assert_eq!(stats.len(), 2, "{text}");
        let reason = "<D:error><D:cannot-modify-protected-property/></D:error>";
        assert!(
            stats[0].contains("403 Forbidden") && stats[0].ends_with(reason),
            "{text}"
        );
        assert!(
            stats[1].contains("424 Failed Dependency") && stats[1].contains("Win32"),
            "{text}"
        );
    }
    let no_time = "<c xmlns='urn:x'>1</c><Z:Win32CreationTime>soon</Z:Win32CreationTime>";
    let reply = dav.tell("PROPPATCH", "/a.txt", &[], set(no_time)).await;
    assert!(reply.text().contains("409 Conflict"), "{}", reply.text());
    assert_eq!(admin.metadata("/a.txt").await, json!({}));
    assert_ne!(
        admin.info("/a.txt").await.ok()["updated_at"],
        "2009-02-13T23:31:30Z"
    );
    let valued = update("<D:remove><D:prop><c xmlns='urn:x'>1</c></D:prop></D:remove>");
    for body in ["", "<x/>", &update(""), &set(""), &valued] {
        assert_eq!(
            dav.tell("PROPPATCH", "/a.txt", &[], body.to_owned())
                .await
                .status,
            400,
            "{body}"
        );
    }
    assert_eq!(
        dav.tell("PROPPATCH", "/none", &[], set("<c xmlns='urn:x'/>"))
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn windows_sets_times() {
    let server = TestServer::start().await;
    let admin = server.admin();
    admin.put("/a.txt", "a").await;
    let dav = admin.mount().await;
    let props = "<Z:Win32CreationTime>Fri, 13 Feb 2009 23:31:30 GMT</Z:Win32CreationTime>\
                 <Z:Win32LastAccessTime>Sun, 22 Nov 2026 10:00:00 GMT</Z:Win32LastAccessTime>\
                 <Z:Win32LastModifiedTime>Sat, 14 Feb 2009 23:31:30 GMT</Z:Win32LastModifiedTime>\
                 <Z:Win32FileAttributes>00000020</Z:Win32FileAttributes>";
    let reply = dav.tell("PROPPATCH", "/a.txt", &[], set(props)).await;
    assert!(!reply.text().contains("HTTP/1.1 4"), "{}", reply.text());
    let info = admin.info("/a.txt").await.ok();
    assert_eq!(info["updated_at"], "2009-02-14T23:31:30Z");
    assert_eq!(info["created_at"], "2009-02-13T23:31:30Z");
    let request = dav.request("PROPFIND", "/a.txt").header("Depth", "0");
    let request = request.header("User-Agent", "Microsoft-WebDAV-MiniRedir/10.0.19045");
    let found = dav.send(request).await;
    for expected in [
        "<Z:Win32LastModifiedTime>Sat, 14 Feb 2009 23:31:30 GMT<",
        "<Z:Win32CreationTime>Fri, 13 Feb 2009 23:31:30 GMT<",
        "<Z:Win32FileAttributes>00000020<",
    ] {
        assert!(
            found.text().contains(expected),
            "{expected}: {}",
            found.text()
        );
    }
}

#[tokio::test]
async fn programs_keep_what_they_need() {
    let server = TestServer::start().await;
    let admin = server.admin();
    admin.put("/a.txt", "a").await;
    let dav = admin.mount().await;
    // davfs2 keeps the executable bit so, rclone times and sums as it would with ownCloud.
    let props = "<executable xmlns='http://apache.org/dav/props/'>T</executable>\
                 <D:lastmodified>1234567890</D:lastmodified><D:ishidden>1</D:ishidden>\
                 <o:checksums xmlns:o='http://owncloud.org/ns'><o:checksum>SHA1:0</o:checksum></o:checksums>";
    let reply = dav.tell("PROPPATCH", "/a.txt", &[], set(props)).await;
    assert_eq!(
        between(reply.text(), "<D:status>", "<"),
        ["HTTP/1.1 200 OK"]
    );
    assert_eq!(
        admin.info("/a.txt").await.ok()["updated_at"],
        "2009-02-13T23:31:30Z"
    );
    let asked = prop(
        "<executable xmlns='http://apache.org/dav/props/'/><D:ishidden/>\
         <checksums xmlns='http://owncloud.org/ns'/>",
    );
    let found = dav.propfind("/a.txt", "0", &asked).await;
    let stats = between(found.text(), "<D:propstat>", "</D:propstat>");
    assert!(
        stats[0].contains(">T<") && stats[0].contains("ishidden"),
        "{stats:?}"
    );
    // A sum would outlive the content that it is of.
    assert!(stats[1].contains("checksums"), "{stats:?}");
}

#[tokio::test]
async fn nothing_happens_without_the_lock_or_the_right() {
    let server = TestServer::start().await;
    let admin = server.admin();
    admin.put("/a.txt", "a").await;
    let dav = admin.mount().await;
    let before = admin.info("/a.txt").await.ok();
    let (_, token) = dav.lock("/a.txt", &[], "me").await;
    let props = "<c xmlns='urn:x'>1</c>\
                 <Z:Win32LastModifiedTime>Fri, 13 Feb 2009 23:31:30 GMT</Z:Win32LastModifiedTime>";
    let times = "<Z:Win32LastModifiedTime>Fri, 13 Feb 2009 23:31:30 GMT</Z:Win32LastModifiedTime>";
    let forgotten = "<Z:Win32FileAttributes>00000020</Z:Win32FileAttributes>";
    for props in [props, times, forgotten, "<D:getetag>x</D:getetag>"] {
        let reply = dav.tell("PROPPATCH", "/a.txt", &[], set(props)).await;
        assert_eq!(reply.status, 423, "{props}");
    }
    assert_eq!(
        admin.info("/a.txt").await.ok()["updated_at"],
        before["updated_at"]
    );
    assert_eq!(admin.metadata("/a.txt").await, json!({}));
    let held = format!("(<{token}>)");
    let reply = dav
        .tell("PROPPATCH", "/a.txt", &[("If", &held)], set(props))
        .await;
    assert_eq!(reply.status, 207);
    let root = dav.tell("PROPPATCH", "/", &[], set(props)).await;
    assert_eq!(root.status, 403);
}

/// Whether a program that reads XML with expat can, as Python does.
async fn is_readable_in_python(text: &str) -> bool {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    let mut python = Command::new("python3");
    python.args([
        "-c",
        "import sys, xml.etree.ElementTree as tree; tree.parse(sys.argv[1])",
    ]);
    python.arg(file.path());
    run(python, "").await.0
}

#[tokio::test(flavor = "multi_thread")]
async fn no_namespace_makes_a_listing_unreadable() {
    let server = TestServer::start().await;
    let admin = server.admin();
    admin.put("/docs/a.txt", "a").await;
    let dav = admin.mount().await;
    let kept = set("<colour xmlns='urn:x'>red</colour>");
    assert_eq!(
        dav.tell("PROPPATCH", "/docs/a.txt", &[], kept).await.status,
        207
    );
    for namespace in ["urn:a}b", "urn:a&quot;b", "urn:a b", "urn:a{b", "urn:a|b"] {
        for props in [
            format!("<x xmlns='{namespace}'>1</x>"),
            format!("<x xmlns='urn:x'><b xmlns='{namespace}'/></x>"),
            format!("<x xmlns='urn:x'><b xmlns:c='{namespace}'/></x>"),
        ] {
            let reply = dav.tell("PROPPATCH", "/docs/a.txt", &[], set(&props)).await;
            assert_eq!(reply.status, 400, "{props}");
        }
        let owner = format!("<x xmlns='{namespace}'/>");
        let (reply, _) = dav.lock("/docs/a.txt", &[], &owner).await;
        assert_eq!(reply.status, 400, "{namespace}");
        let key = format!("dav:{}|x", namespace.replace("&quot;", "\""));
        let set = json!([{ "key": key, "value": "{\"i\":\"eA==\"}" }]);
        let refused = admin.patch_metadata("/docs/a.txt", set).await.json();
        assert_eq!(refused["code"], code::PARAMETER, "{key}");
    }
    // One that an earlier version let in is left out, and can be removed.
    let evil = "INSERT INTO metadata (file_id, name, value, is_public) SELECT id, \
        'dav:urn:a}b|x', '{\"i\":\"eA==\"}', TRUE FROM files WHERE name = 'a.txt'";
    server.tamper(evil).await;
    let inner = STANDARD.encode("<b xmlns='urn:a}b'/>");
    server
        .tamper(&format!(
            "INSERT INTO metadata (file_id, name, value, is_public) SELECT id, 'dav:urn:y|x', \
             '{{\"i\":\"{inner}\"}}', TRUE FROM files WHERE name = 'a.txt'"
        ))
        .await;
    let listed = dav.propfind("/docs", "1", "").await;
    assert!(listed.text().contains(">red<"), "{}", listed.text());
    assert!(!listed.text().contains("a}b"), "{}", listed.text());
    assert!(is_readable_in_python(listed.text()).await);
    let remove = json!([{ "key": "dav:urn:a}b|x", "remove": true }]);
    admin.patch_metadata("/docs/a.txt", remove).await.done();
}
