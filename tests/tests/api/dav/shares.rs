//! What others share, mounted: an account that opens a share, and shortcuts in one's own drive.

use serde_json::json;
use tests::{DavClient, TestServer, uri};

/// Every verb that writes, and the statuses with which a visitor may be refused.
async fn assert_only_reading(dav: &DavClient, file: &str) {
    let content = dav.get(file).await.body;
    for (verb, path) in [
        ("PUT", file.to_owned()),
        ("DELETE", file.to_owned()),
        ("PROPPATCH", file.to_owned()),
        ("LOCK", file.to_owned()),
        ("MOVE", file.to_owned()),
        ("MKCOL", format!("{file}-new")),
        ("PUT", format!("{file}-new")),
        ("LOCK", format!("{file}-new")),
    ] {
        let headers = [("Destination", "/dav/stolen")];
        let body = match verb {
            "PROPPATCH" => {
                "<D:propertyupdate xmlns:D='DAV:'><D:set><D:prop><x/></D:prop></D:set></D:propertyupdate>"
            }
            "LOCK" => {
                "<D:lockinfo xmlns:D='DAV:'><D:lockscope><D:exclusive/></D:lockscope>\
                 <D:locktype><D:write/></D:locktype></D:lockinfo>"
            }
            "PUT" => "x",
            _ => "",
        };
        let reply = dav.tell(verb, &path, &headers, body).await;
        assert_eq!(reply.status, 403, "{verb} {path}: {reply:?}");
    }
    assert_eq!(dav.get(file).await.body, content);
}

#[tokio::test]
async fn a_mounted_share_is_read_until_it_ends() {
    let server = TestServer::start().await;
    server.allow_dav().await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    alice.put("/docs/deep/a.txt", "hers").await;
    alice.put("/docs/b.txt", "b").await;
    alice.put("/secret.txt", "secret").await;
    let share = alice.share("/docs", json!({ "is_private": true })).await;
    let account = json!({ "uri": share.at("/") });
    let dav = bob.mount_with("/", account).await;
    assert_eq!(
        dav.hrefs("/", "infinity").await,
        ["/dav/", "/dav/deep/", "/dav/b.txt", "/dav/deep/a.txt"]
    );
    assert_eq!(
        dav.hrefs("/deep", "1").await,
        ["/dav/deep/", "/dav/deep/a.txt"]
    );
    assert_eq!(dav.get("/deep/a.txt").await.text(), "hers");
    let part = [("Range", "bytes=1-2")];
    assert_eq!(dav.ask("GET", "/deep/a.txt", &part).await.text(), "er");
    let found = dav.propfind("/deep/a.txt", "0", "").await;
    assert!(!found.text().contains("quota"), "{}", found.text());
    let allowed = dav.ask("OPTIONS", "/deep/a.txt", &[]).await;
    assert!(!allowed.header("allow").contains("PUT"));
    assert_only_reading(&dav, "/deep/a.txt").await;
    for way in ["/../secret.txt", "/deep/../../secret.txt"] {
        assert_ne!(dav.get(way).await.text(), "secret");
    }
    alice.put_content("/docs/deep/a.txt", "newer").await.ok();
    assert_eq!(dav.get("/deep/a.txt").await.text(), "newer");
    // Another password opens nothing.
    let other = json!({ "uri": share.with_password(Some("other")).at("/") });
    let other = bob.mount_with("/", other).await;
    assert_eq!(other.propfind("/", "1", "").await.status, 403);
    assert_eq!(other.get("/deep/a.txt").await.status, 403);
    alice.delete_share(&share.id).await.done();
    assert_eq!(dav.propfind("/", "1", "").await.status, 404);
    assert_eq!(dav.get("/deep/a.txt").await.status, 404);
}

#[tokio::test]
async fn a_shortcut_leads_to_what_is_shared() {
    let server = TestServer::start().await;
    server.allow_dav().await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    alice.put("/docs/a.txt", "hers").await;
    let share = alice.share("/docs", json!({})).await;
    let shortcut = json!({
        "uri": uri("/from alice"), "type": "folder",
        "metadata": { "sys:shared_redirect": share.at("/"), "sys:shared_owner": alice.id },
    });
    bob.post("/file/create", shortcut).await.ok();
    let dav = bob.mount().await;
    assert_eq!(dav.hrefs("/", "1").await, ["/dav/", "/dav/from%20alice/"]);
    assert_eq!(
        dav.hrefs("/from alice", "1").await,
        ["/dav/from%20alice/", "/dav/from%20alice/a.txt"]
    );
    assert_eq!(dav.get("/from alice/a.txt").await.text(), "hers");
    assert_only_reading(&dav, "/from alice/a.txt").await;
    // It moves and goes as what it is: an entry of his.
    let moved = dav.transfer("MOVE", "/from alice", "/hers", &[]).await;
    assert_eq!(moved.status, 201);
    assert_eq!(dav.get("/hers/a.txt").await.text(), "hers");
    assert_eq!(dav.delete("/hers").await.status, 204);
    assert_eq!(alice.get("/docs/a.txt").await, "hers");
}

#[tokio::test]
async fn a_shortcut_lends_its_owners_password_to_nobody() {
    let server = TestServer::start().await;
    server.allow_dav().await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    let carol = server.user("carol").await;
    bob.put("/his/b.txt", "his").await;
    let private = bob.share("/his", json!({ "is_private": true })).await;
    let open = bob.share("/his", json!({})).await;
    alice.create_folder("/docs").await;
    for (name, share) in [("private", &private), ("open", &open)] {
        let shortcut = json!({
            "uri": uri(&format!("/docs/{name}")), "type": "folder",
            "metadata": { "sys:shared_redirect": share.at("/"), "sys:shared_owner": bob.id },
        });
        alice.post("/file/create", shortcut).await.ok();
    }
    let share = alice.share("/docs", json!({})).await;
    let hers = alice.mount().await;
    assert_eq!(hers.get("/docs/private/b.txt").await.text(), "his");
    let visitor = carol.mount_with("/", json!({ "uri": share.at("/") })).await;
    assert_eq!(visitor.get("/open/b.txt").await.text(), "his");
    let refused = visitor.get("/private/b.txt").await;
    assert!([403, 404].contains(&refused.status), "{}", refused.status);
    assert!(!refused.text().contains("his"));
    let listed = visitor.propfind("/private", "1", "").await;
    assert!(!listed.text().contains("b.txt"), "{}", listed.text());
}

#[tokio::test]
async fn a_share_that_takes_files_takes_new_ones() {
    let server = TestServer::start().await;
    server.allow_dav().await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    alice.put("/docs/a.txt", "hers").await;
    let (reading_too, blind) = ("BQ==", "BA==");
    for rights in [reading_too, blind] {
        let permissions = json!({ "permissions": { "everyone": rights } });
        let share = alice.share("/docs", permissions).await;
        let shortcut = json!({
            "uri": uri(&format!("/{rights}")), "type": "folder",
            "metadata": { "sys:shared_redirect": share.at("/"), "sys:shared_owner": alice.id },
        });
        bob.post("/file/create", shortcut).await.ok();
        let rooted = bob.mount_with("/", json!({ "uri": share.at("/") })).await;
        let own = bob.mount().await;
        let (hers, his) = (alice.used().await, bob.used().await);
        for (number, (dav, at)) in [(&rooted, String::new()), (&own, format!("/{rights}"))]
            .iter()
            .enumerate()
        {
            let name = |name: &str| format!("{at}/{name}{number}{rights}");
            assert_eq!(dav.put(&name("new"), "brought").await.status, 201);
            assert_eq!(dav.mkcol(&name("folder")).await.status, 201);
            let deeper = name("folder") + "/x";
            assert_eq!(dav.put(&deeper, "deep").await.status, 201);
            let seen = if rights == blind { 403 } else { 200 };
            assert_eq!(dav.get(&deeper).await.status, seen);
            // What is there is not replaced, his own gift neither.
            for path in [format!("{at}/a.txt"), deeper] {
                // Who may not see what is there is not told; the file gets another name.
                let put = if rights == blind { 201 } else { 403 };
                assert_eq!(dav.put(&path, "mine").await.status, put, "{path}");
                assert_eq!(dav.delete(&path).await.status, 403, "{path}");
                let (locked, _) = dav.lock(&path, &[], "me").await;
                assert_eq!(locked.status, 403, "{path}");
                let to = format!("{at}/x");
                assert_eq!(dav.transfer("MOVE", &path, &to, &[]).await.status, 403);
            }
            let there = format!("/docs/folder{number}{rights}/x");
            assert_eq!(alice.get(&there).await, "deep");
        }
        let renamed = if rights == blind { 4 * 4 } else { 0 };
        let brought = hers + 22 + renamed;
        assert_eq!(alice.used().await, brought, "they are hers now");
        assert_eq!(bob.used().await, his);
    }
    assert_eq!(alice.get("/docs/a.txt").await, "hers");
    let mut server = server;
    server.stop();
    let doctor = server.run(["doctor"]);
    assert!(
        doctor.status.success(),
        "{}",
        String::from_utf8_lossy(&doctor.stdout)
    );
}

#[tokio::test]
async fn reading_counts_where_downloads_are_counted() {
    let server = TestServer::start().await;
    server.allow_dav().await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    alice.put("/docs/a.txt", "hers").await;
    let share = alice.share("/docs", json!({ "downloads": 3 })).await;
    let dav = bob.mount_with("/", json!({ "uri": share.at("/") })).await;
    let tag = dav
        .ask("HEAD", "/a.txt", &[])
        .await
        .header("etag")
        .to_owned();
    assert_eq!(dav.hrefs("/", "1").await.len(), 2);
    let known = [("If-None-Match", tag.as_str())];
    assert_eq!(dav.ask("GET", "/a.txt", &known).await.status, 304);
    // Parts and the whole are one download, as they would be by a link.
    for range in ["bytes=0-1", "bytes=2-3"] {
        assert_eq!(
            dav.ask("GET", "/a.txt", &[("Range", range)]).await.status,
            206
        );
    }
    assert_eq!(dav.get("/a.txt").await.text(), "hers");
    let info = alice.share_info(&share.id, &[]).await.ok();
    assert_eq!(info["downloaded"], 1);
    // Other people's are others.
    let carol = server.user("carol").await;
    let others = carol.mount_with("/", json!({ "uri": share.at("/") })).await;
    assert_eq!(others.get("/a.txt").await.text(), "hers");
    alice.overwrite("/docs/a.txt", "more").await;
    assert_eq!(dav.get("/a.txt").await.text(), "more");
    for verb in ["GET", "HEAD", "PROPFIND"] {
        assert_eq!(dav.ask(verb, "/a.txt", &[]).await.status, 404, "{verb}");
    }
    let open = alice.share("/docs/a.txt", json!({})).await;
    let dav = bob.mount_with("/", json!({ "uri": open.at("/") })).await;
    assert_eq!(dav.get("/a.txt").await.text(), "more");
    assert_eq!(
        dav.ask("GET", "/a.txt", &[("Range", "bytes=2-")])
            .await
            .status,
        206
    );
    let info = alice.share_info(&open.id, &[]).await.ok();
    assert_eq!(info["downloaded"], 1);
    // The share of one file has no folder to show.
    assert!([403, 404].contains(&dav.propfind("/", "1", "").await.status));
    assert_eq!(dav.put("/b.txt", "x").await.status, 403);
}
