//! Shares over WebDAV: mounted, or behind a shortcut.

use super::furnish;
use serde_json::{Value, json};
use tests::{Client, DavClient, Share, TestServer, uri};

/// Alice shares, Bob mounts.
async fn mounted(server: &TestServer, limits: Value) -> (Client, Client, Share, DavClient) {
    server.allow_dav().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    furnish(&alice).await;
    let share = alice.share("/docs", limits).await;
    let dav = bob.mount_with(&share.at("/"), json!({})).await;
    (alice, bob, share, dav)
}

#[tokio::test]
async fn a_share_to_read_takes_nothing_over_webdav() {
    let server = TestServer::start().await;
    let (alice, bob, share, dav) = mounted(&server, json!({ "is_private": true })).await;
    assert_eq!(dav.get("/plan.md").await.text(), "the plan");
    let wrong = share.with_password(Some("wrong")).at("/");
    let wrong = bob.mount_with(&wrong, json!({})).await;
    assert_eq!(wrong.get("/plan.md").await.status, 403);
    assert_eq!(wrong.propfind("/", "1", "").await.status, 403);
    let before = alice.everything().await;
    assert_eq!(dav.put("/plan.md", "mine").await.status, 403);
    assert_eq!(dav.put("/new.txt", "mine").await.status, 403);
    assert_eq!(dav.mkcol("/new").await.status, 403);
    assert_eq!(dav.delete("/plan.md").await.status, 403);
    for verb in ["MOVE", "COPY"] {
        let reply = dav.transfer(verb, "/plan.md", "/taken.md", &[]).await;
        assert_eq!(reply.status, 403, "{verb}");
    }
    let (locked, _) = dav.lock("/plan.md", &[], "bob").await;
    assert_eq!(locked.status, 403);
    for outside in ["/private.txt", "/docs/plan.md"] {
        assert_eq!(dav.get(outside).await.status, 404, "{outside}");
    }
    assert_eq!(alice.everything().await, before);
}

#[tokio::test]
async fn what_may_be_brought_replaces_nothing_over_webdav() {
    let server = TestServer::start().await;
    let both = json!({ "permissions": { "everyone": "BQ==" } });
    let (alice, bob, share, dav) = mounted(&server, both).await;
    assert_eq!(dav.put("/of bob.txt", "b").await.status, 201);
    assert_eq!(dav.put("/plan.md", "mine").await.status, 403);
    assert_eq!(dav.put("/of bob.txt", "again").await.status, 403);
    let shortcut = json!({
        "uri": uri("/hers"), "type": "folder",
        "metadata": { "sys:shared_redirect": share.at("/"), "sys:shared_owner": alice.id },
    });
    bob.post("/file/create", shortcut).await.ok();
    let home = bob.mount().await;
    assert_eq!(home.get("/hers/plan.md").await.text(), "the plan");
    assert_eq!(home.put("/hers/plan.md", "mine").await.status, 403);
    assert_eq!(home.delete("/hers/plan.md").await.status, 403);
    assert_eq!(home.put("/hers", "content of a shortcut").await.status, 405);
    assert_eq!(alice.get("/docs/plan.md").await, "the plan");
    assert_eq!(alice.get("/docs/of bob.txt").await, "b");
    assert_eq!(alice.versions("/docs/plan.md").await.len(), 1);
    // Whatever comes is hers, by whichever way.
    assert_eq!(dav.mkcol("/new").await.status, 201);
    assert_eq!(home.mkcol("/hers/newer").await.status, 201);
    assert_eq!(home.put("/hers/newer/x.txt", "x").await.status, 201);
    assert_eq!(alice.get("/docs/newer/x.txt").await, "x");
    let others = "SELECT CAST(COUNT(*) AS TEXT) AS value FROM files f JOIN files p \
                  ON p.id = f.parent_id WHERE p.owner_id <> f.owner_id";
    assert_eq!(server.ask(others).await, "0");
    assert_eq!(bob.used().await, 0);
}

#[tokio::test]
async fn a_shortcut_to_a_file_takes_no_content() {
    let server = TestServer::start().await;
    let (alice, bob, share, _) = mounted(&server, json!({})).await;
    let shortcut = json!({
        "uri": uri("/plan.md"), "type": "file",
        "metadata": { "sys:shared_redirect": share.at("/plan.md"), "sys:shared_owner": alice.id },
    });
    bob.post("/file/create", shortcut).await.ok();
    let home = bob.mount().await;
    assert_eq!(home.get("/plan.md").await.text(), "the plan");
    assert_eq!(home.put("/plan.md", "mine").await.status, 403);
    assert_eq!(home.get("/plan.md").await.text(), "the plan");
}

#[tokio::test]
async fn taking_back_holds_with_the_next_request_over_webdav() {
    let server = TestServer::start().await;
    let (alice, _, share, dav) = mounted(&server, json!({ "expire": 3600 })).await;
    let is_open = async || {
        let (get, list) = (dav.get("/plan.md").await, dav.propfind("/", "1", "").await);
        let open = get.status == 200 && list.status == 207;
        assert!(open || (get.status == 404 && list.status == 404));
        open
    };
    assert!(is_open().await);
    alice.delete(&["/docs"]).await.done();
    assert!(!is_open().await, "in the trash");
    let trashed = alice.in_trash("docs").await;
    alice.restore(&[trashed]).await.done();
    assert!(is_open().await, "back from the trash");
    let nobody = json!({ "permissions": { "everyone": "" } });
    alice.edit_share(&share, "/docs", nobody).await.ok();
    assert!(!is_open().await, "for nobody");
    let anybody = json!({ "permissions": {} });
    alice.edit_share(&share, "/docs", anybody).await.ok();
    assert!(is_open().await);
    server.tamper("UPDATE shares SET expires_at = 1").await;
    assert!(!is_open().await, "over");
    server.tamper("UPDATE shares SET expires_at = NULL").await;
    assert!(is_open().await);
    server
        .tamper("UPDATE users SET status = 'manual_banned' WHERE email = 'alice@example.com'")
        .await;
    assert!(!is_open().await, "its owner is blocked");
    server
        .tamper("UPDATE users SET status = 'active' WHERE email = 'alice@example.com'")
        .await;
    assert!(is_open().await);
    alice.delete_share(&share.id).await.done();
    assert!(!is_open().await, "taken back");
}

#[tokio::test]
async fn a_limit_counts_downloads_over_webdav_and_not_their_parts() {
    let server = TestServer::start().await;
    let (alice, _, share, dav) = mounted(&server, json!({ "downloads": 3 })).await;
    let left =
        async || alice.share_info(&share.id, &[]).await.json()["data"]["remain_downloads"].clone();
    dav.propfind("/", "infinity", "").await;
    assert_eq!(dav.ask("HEAD", "/plan.md", &[]).await.status, 200);
    assert_eq!(left().await, 3, "looking is free");
    for range in ["bytes=0-3", "bytes=4-", "bytes=0-"] {
        let part = dav.ask("GET", "/plan.md", &[("Range", range)]).await;
        assert_eq!(part.status, 206);
    }
    assert_eq!(dav.get("/plan.md").await.text(), "the plan");
    assert_eq!(left().await, 2, "one download, piece by piece");
    assert_eq!(dav.get("/sub/deep file.txt").await.status, 200);
    assert_eq!(left().await, 1);
    alice.overwrite("/docs/plan.md", "the new plan").await;
    assert_eq!(dav.get("/plan.md").await.text(), "the new plan");
    // Other bytes are another download, and it was the last one.
    assert_eq!(dav.get("/sub/deep file.txt").await.status, 404);
    assert_eq!(dav.get("/plan.md").await.status, 404);
}

#[tokio::test]
async fn an_upload_only_share_tells_nothing_over_webdav() {
    let server = TestServer::start().await;
    let bring = json!({ "permissions": { "everyone": "BA==" } });
    let (alice, _, _, dav) = mounted(&server, bring).await;
    let mut seen = Vec::new();
    for name in ["plan.md", "sub", "free.md"] {
        let path = format!("/{name}");
        let mut statuses = Vec::new();
        for verb in [
            "GET", "HEAD", "PROPFIND", "OPTIONS", "DELETE", "PUT", "MKCOL",
        ] {
            statuses.push(dav.tell(verb, &path, &[("Depth", "0")], "").await.status);
        }
        statuses.push(dav.put(&format!("{path}/x.txt"), "x").await.status);
        seen.push(statuses);
    }
    assert_eq!(seen[0], seen[2]);
    assert_eq!(seen[1], seen[2]);
    assert_eq!(alice.get("/docs/plan.md").await, "the plan");
}

#[tokio::test]
async fn shortcuts_in_a_circle_end() {
    let server = TestServer::start().await;
    let (alice, _, share, dav) = mounted(&server, json!({})).await;
    let shortcut = json!({
        "uri": uri("/docs/again"), "type": "folder",
        "metadata": { "sys:shared_redirect": share.at("/"), "sys:shared_owner": alice.id },
    });
    alice.post("/file/create", shortcut).await.ok();
    let looping = json!({
        "uri": uri("/docs/me"), "type": "folder",
        "metadata": { "sys:shared_redirect": share.at("/me"), "sys:shared_owner": alice.id },
    });
    alice.post("/file/create", looping).await.ok();
    assert_eq!(dav.get("/again/again/plan.md").await.text(), "the plan");
    let deep = "/again".repeat(30) + "/plan.md";
    assert_eq!(dav.get(&deep).await.status, 404);
    assert_eq!(dav.get("/me").await.status, 404);
    // Walks do not follow them.
    let admin = server.admin();
    let url = admin.archive_url(&[share.at("/")]).await;
    let zip = admin.fetch(&url).await;
    let zip = zip::ZipArchive::new(std::io::Cursor::new(zip.body.to_vec())).unwrap();
    assert_eq!(zip.len(), 2);
    let found = admin
        .list(&format!("{}?name=plan", share.at("/")))
        .await
        .ok();
    assert_eq!(super::names(&found), ["plan.md"]);
    assert_eq!(dav.propfind("/", "infinity", "").await.status, 207);
}
