//! WebDAV and the file API are one drive: the same rules, versions, trash and journal.

use std::time::Duration;

use serde_json::json;
use tests::TestServer;

/// Long enough for what this test lets be collected.
const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test]
async fn what_happens_on_the_disk_is_told_to_those_who_watch() {
    let server = TestServer::start_with(&[("fs_event_push_debounce", "30")]).await;
    let admin = server.admin();
    for path in ["/docs/old", "/docs/x", "/docs/gone", "/docs/sub/y"] {
        admin.put(path, "x").await;
    }
    let dav = admin.mount().await;
    let mut events = admin.synchronising().events("/docs").await;
    events.next(PATIENCE).await.unwrap();
    // The first change is told at once, and those that follow it together.
    admin.create_folder("/docs/first").await;
    assert_eq!(events.changes(PATIENCE).await, ["create /first"]);
    for (done, status) in [
        (dav.put("/docs/new", "1").await, 201),
        (dav.put("/docs/old", "2").await, 204),
        (dav.mkcol("/docs/folder").await, 201),
        (
            dav.transfer("MOVE", "/docs/x", "/docs/sub/x", &[]).await,
            201,
        ),
        (
            dav.transfer("COPY", "/docs/sub", "/docs/copy", &[]).await,
            201,
        ),
        (dav.delete("/docs/gone").await, 204),
        (dav.put("/docs/none/x", "never").await, 409),
    ] {
        assert_eq!(done.status, status, "{done:?}");
    }
    let mut changes = events.changes(PATIENCE).await;
    changes.sort();
    let told = [
        "create /folder",
        "create /new",
        "delete /gone",
        "modify /old",
        "rename /x /sub/x",
    ];
    for change in told {
        assert!(
            changes.iter().any(|told| told == change),
            "{change}: {changes:?}"
        );
    }
    assert!(
        changes.iter().any(|told| told.starts_with("create /copy")),
        "{changes:?}"
    );
    assert!(
        !changes.iter().any(|told| told.contains("none")),
        "{changes:?}"
    );
}

#[tokio::test]
async fn a_storage_policy_refuses_at_both_doors() {
    let mut server = TestServer::start().await;
    let admin = server.admin().clone();
    admin.put("/a.txt", "a").await;
    let dav = admin.mount().await;
    server
        .tamper(
            "UPDATE storage_policies SET max_size = 5, updated_at = updated_at + 1, \
             settings = '{\"file_type\":[\"exe\"],\"is_file_type_deny_list\":true}'",
        )
        .await;
    server.restart().await;
    let exe = "/setup.EXE";
    assert_eq!(dav.put(exe, "x").await.status, 403);
    assert_eq!(dav.lock(exe, &[], "me").await.0.status, 403);
    for verb in ["MOVE", "COPY"] {
        assert_eq!(
            dav.transfer(verb, "/a.txt", exe, &[]).await.status,
            403,
            "{verb}"
        );
    }
    assert_eq!(dav.mkcol(exe).await.status, 201, "a folder is no program");
    for path in ["/a.txt", "/b.txt"] {
        assert_eq!(dav.put(path, "six by").await.status, 413, "{path}");
        let request = dav.request("PUT", path);
        let pieces = [Ok::<_, std::io::Error>("three"), Ok("more")];
        let body = reqwest::Body::wrap_stream(futures_util::stream::iter(pieces));
        assert_eq!(dav.send(request.body(body)).await.status, 413, "{path}");
    }
    assert_eq!(dav.put("/b.txt", "fives").await.status, 201);
    assert_eq!(admin.get("/a.txt").await, "a");
    assert_eq!(admin.names("/").await, ["a.txt", "b.txt", "setup.EXE"]);
    assert_eq!(admin.used().await, 6);
}

#[tokio::test]
async fn versions_and_shares_survive_what_the_disk_writes() {
    let server = TestServer::start().await;
    let admin = server.admin();
    admin.put("/docs/a.txt", "1").await;
    let share = admin.share("/docs/a.txt", json!({})).await;
    let link = admin.direct_link("/docs/a.txt").await;
    let keep_two = json!({ "version_retention_enabled": true, "version_retention_max": 2 });
    admin.change_settings(keep_two).await;
    let dav = admin.mount().await;
    for content in ["22", "333", "4444"] {
        assert_eq!(dav.put("/docs/a.txt", content).await.status, 204);
    }
    assert_eq!(admin.versions("/docs/a.txt").await.len(), 2);
    assert_eq!(admin.used().await, 7, "what is not kept is given back");
    dav.transfer("MOVE", "/docs", "/papers", &[]).await;
    let stranger = server.stranger();
    assert_eq!(stranger.get(&share.at("/a.txt")).await, "4444");
    let led = stranger.fetch(&link).await;
    let led = stranger.fetch(led.header("location")).await;
    assert_eq!(led.text(), "4444");
    let older = admin.versions("/papers/a.txt").await[1]["id"].clone();
    admin
        .set_version("/papers/a.txt", older.as_str().unwrap())
        .await
        .done();
    assert_eq!(dav.get("/papers/a.txt").await.text(), "333");
}
