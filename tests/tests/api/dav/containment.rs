//! An account sees its folder and nothing else, and no request takes more than its share.

use serde_json::json;
use tests::{TestServer, between};

use super::raw;

#[tokio::test]
async fn no_spelling_leads_out_of_the_folder() {
    let server = TestServer::start().await;
    let admin = server.admin();
    admin.put("/secret.txt", "secret").await;
    admin.put("/docs/a.txt", "a").await;
    admin.put("/docsx/b.txt", "b").await;
    let dav = admin.mount_with("/docs", serde_json::json!({})).await;
    let before = admin.everything().await;
    let ways = [
        "/dav/../secret.txt",
        "/dav/%2e%2e/secret.txt",
        "/dav/.%2e/secret.txt",
        "/dav/%2E%2E%2Fsecret.txt",
        "/dav/a.txt/../../secret.txt",
        "/dav/x/%2e%2e/%2e%2e/secret.txt",
        "/dav/..%5Csecret.txt",
        "/dav/%c0%ae%c0%ae/secret.txt",
        "/dav/%252e%252e/secret.txt",
        "/dav//../secret.txt",
        "/dav/;/../secret.txt",
        "/dav/%2e%2e/docsx/b.txt",
    ];
    for way in ways {
        for verb in ["GET", "PROPFIND", "DELETE", "PROPPATCH", "LOCK"] {
            let status = raw::ask(&dav, verb, way, "").await;
            assert!((400..500).contains(&status), "{verb} {way}: {status}");
        }
        for verb in ["COPY", "MOVE"] {
            let destination = format!("Destination: {way}x\r\n");
            let status = raw::ask(&dav, verb, "/dav/a.txt", &destination).await;
            assert!((400..500).contains(&status), "{verb} to {way}x: {status}");
            let destination = "Destination: /dav/stolen\r\n";
            let status = raw::ask(&dav, verb, way, destination).await;
            assert!((400..500).contains(&status), "{verb} from {way}: {status}");
        }
    }
    for destination in ["/davx/y", "/api/v4/x", "/dav#x", "http://x", "relative", ""] {
        let header = format!("Destination: {destination}\r\n");
        let status = raw::ask(&dav, "MOVE", "/dav/a.txt", &header).await;
        assert!((400..=502).contains(&status), "{destination}: {status}");
    }
    assert_eq!(raw::ask(&dav, "GET", "/dav/a.txt", "").await, 200);
    assert_eq!(raw::ask(&dav, "PROPFIND", "/davx/b.txt", "").await, 404);
    assert_eq!(admin.everything().await, before);
}

#[tokio::test]
async fn shortcuts_lead_to_shares_and_nowhere_else() {
    let server = TestServer::start().await;
    let admin = server.admin();
    admin.put("/secret/a.txt", "secret").await;
    let shortcut = serde_json::json!({
        "uri": tests::uri("/docs/way out"),
        "type": "folder",
        "metadata": { "sys:shared_redirect": "cloudreve://nobody@share/x" },
    });
    admin.post("/file/create", shortcut).await.ok();
    server
        .tamper("UPDATE metadata SET value = 'cloudreve://my/secret' WHERE name = 'sys:shared_redirect'")
        .await;
    let dav = admin.mount_with("/docs", serde_json::json!({})).await;
    assert_eq!(dav.get("/way out/a.txt").await.status, 404);
    assert_eq!(dav.put("/way out/b.txt", "x").await.status, 409);
    let reply = dav.propfind("/way out", "1", "").await;
    assert_eq!(reply.status, 404);
    assert_eq!(admin.names("/secret").await, ["a.txt"]);
    // As an entry it can be seen and removed like any other.
    assert_eq!(
        dav.hrefs("/", "infinity").await,
        ["/dav/", "/dav/way%20out/"]
    );
    assert_eq!(dav.delete("/way out").await.status, 204);
    assert_eq!(admin.names("/secret").await, ["a.txt"]);
}

#[tokio::test]
async fn the_drives_of_others_are_not_there() {
    let server = TestServer::start().await;
    server.allow_dav().await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    alice.put("/a.txt", "hers").await;
    let uri = format!("cloudreve://{}@my/", alice.id);
    let account = serde_json::json!({ "uri": uri, "name": "x" });
    // Where a mount leads is decided when it is used.
    let dav = bob.mount_with("/", account).await;
    for verb in ["GET", "PROPFIND", "DELETE", "PUT"] {
        let status = raw::ask(&dav, verb, "/dav/a.txt", "").await;
        assert!([403, 404, 409].contains(&status), "{verb}: {status}");
    }
    assert_eq!(alice.get("/a.txt").await, "hers");
}

#[tokio::test]
async fn harmful_xml_is_refused() {
    let server = TestServer::start().await;
    let admin = server.admin();
    admin.put("/a.txt", "a").await;
    let dav = admin.mount().await;
    let bomb = "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\">\
        <!ENTITY b \"&a;&a;&a;&a;&a;&a;\">]><D:propfind xmlns:D=\"DAV:\"><D:prop><x>&b;</x>\
        </D:prop></D:propfind>";
    let external = "<!DOCTYPE x SYSTEM \"file:///etc/passwd\"><D:propfind xmlns:D=\"DAV:\"/>";
    let deep = format!("{}{}", "<a>".repeat(5_000), "</a>".repeat(5_000));
    let long = format!("<a>{}</a>", "x".repeat(200_000));
    for verb in ["PROPFIND", "PROPPATCH", "LOCK"] {
        for (body, status) in [
            (bomb, 400),
            (external, 400),
            (&deep, 400),
            (&long, 413),
            ("<", 400),
        ] {
            let reply = dav
                .tell(verb, "/a.txt", &[("Depth", "0")], body.to_owned())
                .await;
            assert_eq!(reply.status, status, "{verb}: {}", &body[..1]);
            assert!(!reply.text().contains("root:"));
        }
    }
    assert_eq!(dav.hrefs("/", "1").await, ["/dav/", "/dav/a.txt"]);
}

#[tokio::test]
async fn paths_and_fragments_are_bounded() {
    let server = TestServer::start().await;
    let admin = server.admin();
    admin.create_folder("/frag").await;
    let dav = admin.mount().await;
    let deep = format!("/dav{}", "/a".repeat(600));
    assert_eq!(raw::ask(&dav, "PROPFIND", &deep, "").await, 414);
    assert_eq!(raw::ask(&dav, "DELETE", "/dav/frag/#ment", "").await, 400);
    for depth in ["2", "-1", "x", ""] {
        let header = format!("Depth: {depth}\r\n");
        assert_eq!(
            raw::ask(&dav, "PROPFIND", "/dav/", &header).await,
            400,
            "{depth}"
        );
    }
    assert_eq!(admin.names("/").await, ["frag"]);
}

#[tokio::test]
async fn what_the_api_wrote_by_hand_does_not_break_listings() {
    let server = TestServer::start().await;
    let admin = server.admin();
    admin.put("/a.txt", "a").await;
    let dav = admin.mount().await;
    // Base64 of `</x:a></D:prop></D:propstat></D:response>`, `<b>` and `fine`.
    let escaping = r#"{"i":"PC94OmE+PC9EOnByb3A+PC9EOnByb3BzdGF0PjwvRDpyZXNwb25zZT4="}"#;
    for (key, value) in [
        ("dav:urn:x|a", escaping),
        ("dav:urn:x|b", r#"{"i":"PGI+"}"#),
        ("dav:urn:x|c><d", r#"{"i":"ZmluZQ=="}"#),
        ("dav:urn:x|c d", r#"{"i":"ZmluZQ=="}"#),
        ("dav:|x:y", r#"{"i":"ZmluZQ=="}"#),
        ("dav:|", r#"{"i":"ZmluZQ=="}"#),
        ("dav:http://www.w3.org/2000/xmlns/|a", r#"{"i":"ZmluZQ=="}"#),
        ("dav:'&|e", r#"{"i":"ZmluZQ==","l":"\"'<"}"#),
    ] {
        let patch = json!([{ "key": key, "value": value }]);
        admin.patch_metadata("/a.txt", patch).await.done();
    }
    assert_eq!(dav.hrefs("/", "infinity").await, ["/dav/", "/dav/a.txt"]);
    let found = dav.propfind("/a.txt", "0", "").await;
    assert_eq!(
        between(found.text(), "<D:response>", "</D:response>").len(),
        1
    );
    assert!(found.text().contains(">fine</x:e>"), "{}", found.text());
    for gone in ["<b>", "x:a", "x:b", "x:c"] {
        assert!(!found.text().contains(gone), "{gone}: {}", found.text());
    }
}
