//! How long and deep paths become.

use crate::code;
use serde_json::json;
use site::limits::{PATH_BYTES, PATH_DEPTH};
use tests::{Client, TestServer, uri};

/// `/a/a/a…`
fn deep(folders: usize) -> String {
    "/a".repeat(folders)
}

/// A path of so many bytes, in names as long as they may be.
fn long(bytes: usize) -> String {
    let mut path = String::new();
    while path.len() < bytes {
        let rest = bytes - path.len();
        // No slash without a name behind it.
        let name = if rest == 257 {
            254
        } else {
            (rest - 1).min(255)
        };
        path.push('/');
        path.push_str(&"n".repeat(name));
    }
    path
}

async fn made(alice: &Client, path: &str) -> i64 {
    alice.create("folder", path).await.code()
}

#[tokio::test]
async fn paths_are_made_up_to_a_length_and_depth() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    assert_eq!(made(&alice, &deep(PATH_DEPTH + 1)).await, code::PARAMETER);
    assert_eq!(made(&alice, &long(PATH_BYTES + 1)).await, code::PARAMETER);
    assert_eq!(alice.names("/").await, Vec::<String>::new());
    for full in [deep(PATH_DEPTH), long(PATH_BYTES)] {
        assert_eq!(made(&alice, &full).await, 0);
        // Files may lie in there, and nothing deeper.
        alice.put(&format!("{full}/file.txt"), "here").await;
        assert_eq!(made(&alice, &format!("{full}/b")).await, code::PARAMETER);
        let below = format!("{full}/b/file.txt");
        alice
            .try_open_upload(&below, 1, json!({}))
            .await
            .refused(code::PARAMETER);
        alice
            .put_content(&below, "x")
            .await
            .refused(code::PARAMETER);
        let beside = alice.rename(&full, &"n".repeat(255)).await.code();
        assert!([0, code::PARAMETER].contains(&beside));
    }
}

#[tokio::test]
async fn nothing_is_moved_copied_or_renamed_beyond_it() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let half = deep(PATH_DEPTH / 2);
    made(&alice, &format!("/tree{half}")).await;
    made(&alice, &format!("/to{half}")).await;
    made(&alice, &format!("/up{}", deep(PATH_DEPTH / 2 - 2))).await;
    let before = alice.names("/").await;
    for reply in [
        alice.move_to(&["/tree"], &format!("/to{half}")).await,
        alice.copy_to(&["/tree"], &format!("/to{half}")).await,
    ] {
        reply.refused(code::PARAMETER);
    }
    assert_eq!(alice.names("/").await, before);
    assert_eq!(
        alice.names(&format!("/to{half}")).await,
        Vec::<String>::new()
    );
    // What fits goes there.
    let up = format!("/to{}", deep(PATH_DEPTH / 2));
    alice.copy_to(&["/up"], &up).await.done();
    alice.move_to(&["/up"], &half_of_to()).await.done();
    let long = long(PATH_BYTES - 10);
    made(&alice, &long).await;
    let top = long.split('/').nth(1).unwrap().to_owned();
    alice.rename(&format!("/{top}"), "short").await.ok();
    alice.rename("/short", &top).await.ok();
    alice.create_folder("/much longer").await;
    alice
        .move_to(&[format!("/{top}")], "/much longer")
        .await
        .refused(code::PARAMETER);
    alice
        .copy_to(&[format!("/{top}")], "/much longer")
        .await
        .refused(code::PARAMETER);
    alice.rename(&format!("/{top}"), "s").await.ok();
    alice.move_to(&["/s"], "/much longer").await.done();
}

fn half_of_to() -> String {
    format!("/to{}", deep(10))
}

#[tokio::test]
async fn webdav_keeps_to_it() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let full = deep(PATH_DEPTH);
    made(admin, &full).await;
    admin.create_folder("/tree/below").await;
    let dav = admin.mount().await;
    assert_eq!(dav.mkcol(&format!("{full}/b")).await.status, 414);
    for verb in ["COPY", "MOVE"] {
        let above = deep(PATH_DEPTH - 1);
        let reply = dav
            .transfer(verb, "/tree", &format!("{above}/tree"), &[])
            .await;
        assert_eq!(reply.status, 414, "{verb}");
        let over = [("Overwrite", "T")];
        let reply = dav.transfer(verb, "/tree", &full, &over).await;
        assert_eq!(reply.status, 414, "{verb}");
    }
    assert_eq!(admin.names(&full).await, Vec::<String>::new());
    assert_eq!(admin.names("/tree").await, ["below"]);
    assert_eq!(dav.put(&format!("{full}/a.txt"), "x").await.status, 201);
}

#[tokio::test]
async fn what_is_deeper_already_is_read_moved_up_and_deleted() {
    let server = TestServer::start().await;
    let alice = server.admin();
    let (first, second) = (deep(PATH_DEPTH - 1), "/b".repeat(PATH_DEPTH));
    made(alice, &format!("{first}/joint")).await;
    made(alice, &second).await;
    alice.put(&format!("{second}/deep.txt"), "deep").await;
    // As it could be made when there was no limit.
    let parent = alice.info(&format!("{first}/joint")).await.ok()["id"].clone();
    assert!(parent.is_string());
    server
        .tamper(
            "UPDATE files SET parent_id = (SELECT id FROM files j WHERE j.name = 'joint') \
             WHERE name = 'b' AND parent_id IN (SELECT id FROM files r WHERE r.name = '')",
        )
        .await;
    server
        .tamper("UPDATE users SET tree_version = tree_version + 1")
        .await;
    let whole = format!("{first}/joint{second}");
    assert_eq!(alice.names(&whole).await, ["deep.txt"]);
    assert_eq!(alice.get(&format!("{whole}/deep.txt")).await, "deep");
    let found = alice.list(&format!("{}?name=deep", uri("/"))).await.ok();
    assert_eq!(found["files"][0]["path"], uri(&format!("{whole}/deep.txt")));
    let zip = alice.archive_url(&["/a"]).await;
    assert_eq!(alice.fetch(&zip).await.status, 200);
    // No new folders in there, nor deeper still.
    assert_eq!(made(alice, &format!("{whole}/c")).await, code::PARAMETER);
    alice.create_folder("/top").await;
    for reply in [
        alice.move_to(&["/a"], "/top").await,
        alice.copy_to(&["/a"], "/top").await,
    ] {
        reply.refused(code::PARAMETER);
    }
    let to = format!("{first}/joint/b");
    alice.rename(&to, "c").await.ok();
    alice.rename(&format!("{first}/joint/c"), "b").await.ok();
    alice.delete(&[&to]).await.done();
    alice.restore(&[alice.in_trash("b").await]).await.done();
    assert_eq!(alice.names(&whole).await, ["deep.txt"]);
    alice.move_to(&[&to], "/top").await.done();
    assert_eq!(alice.names(&format!("/top{second}")).await, ["deep.txt"]);
    alice.delete_for_good(&["/a", "/top"]).await.done();
    assert_eq!(alice.everything().await, ["used: 0"]);
}

#[tokio::test]
async fn all_folders_that_one_request_makes_are_one_entry_of_the_journal() {
    let server = TestServer::start_with(&[("fs_event_push_debounce", "1")]).await;
    let alice = server.user("alice").await;
    let mut events = alice.synchronising().events("/").await;
    let patience = std::time::Duration::from_secs(20);
    assert_eq!(events.next(patience).await.unwrap().0, "subscribed");
    assert_eq!(made(&alice, &deep(5)).await, 0);
    let told = events.changes(patience).await;
    let expected: Vec<String> = (1..=5).map(|n| format!("create {}", deep(n))).collect();
    assert_eq!(told, expected);
    assert_eq!(made(&alice, &"/b".repeat(PATH_DEPTH)).await, 0);
    let rows = "SELECT CAST(COUNT(*) AS TEXT) AS value FROM journal WHERE op = 'create'";
    assert_eq!(server.ask(rows).await, "2");
    let bytes = "SELECT CAST(SUM(OCTET_LENGTH(path_after)) AS TEXT) AS value FROM journal";
    let bytes: usize = server.ask(bytes).await.parse().unwrap();
    assert!(bytes <= 2 * PATH_BYTES, "{bytes}");
}

#[tokio::test]
async fn shortcuts_lead_no_deeper_than_paths_are() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let shortcut = |path: String| {
        let metadata = json!({ "sys:shared_redirect": format!("cloudreve://abc@share{path}") });
        json!({ "uri": uri("/to"), "type": "folder", "metadata": metadata })
    };
    for too_much in [deep(PATH_DEPTH + 1), long(PATH_BYTES + 1)] {
        let reply = alice.post("/file/create", shortcut(too_much)).await;
        reply.refused(code::PARAMETER);
    }
    let made = alice.post("/file/create", shortcut(deep(PATH_DEPTH))).await;
    made.ok();
}
