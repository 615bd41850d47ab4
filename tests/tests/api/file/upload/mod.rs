//! `PUT /file/upload` and what comes of it.

mod cancel;
mod chunks;
mod direct;
mod races;
mod refusals;
mod resume;

use serde_json::json;
use tests::{TestServer, bytes_of};

use crate::code;

const MIB: usize = 1 << 20;

const GIB: u64 = 1 << 30;

const CHUNK: usize = 25 * MIB;

#[tokio::test]
async fn a_session_tells_the_client_how_to_go_on() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let mut shape = alice
        .try_open_upload("/docs/a b.bin", 100, json!({}))
        .await
        .shape();
    let policy = shape["data"]["storage_policy"].take();
    assert_eq!(policy["type"], "local");
    assert_eq!(
        shape,
        json!({
            "code": 0,
            "msg": "",
            "data": {
                "session_id": "[uuid]",
                "upload_id": "",
                "chunk_size": CHUNK,
                "expires": "[unix time]",
                "storage_policy": null,
                "uri": "cloudreve://my/docs/a%20b.bin",
                "callback_secret": "[secret]",
            },
        })
    );
    let session = alice.open_upload("/other.bin", 1).await;
    let tomorrow = chrono::Utc::now().timestamp() + 86_400;
    let expires = session.data["expires"].as_i64().unwrap();
    assert!((expires - tomorrow).abs() < 60, "{expires}");
}

#[tokio::test]
async fn an_open_session_shows_a_placeholder_and_reserves_its_size() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let zero = alice.create_file("/zero").await["primary_entity"].clone();
    let session = alice.open_upload("/docs/big.bin", 1000).await;
    let file = alice.info("/docs/big.bin").await.ok();
    assert_eq!(file["size"], 0);
    assert_eq!(file["primary_entity"], zero);
    assert_eq!(
        file["metadata"],
        json!({ "sys:upload_session_id": session.id })
    );
    assert_eq!(alice.used().await, 1000);
    let archive = alice.try_urls(&["/docs/big.bin"], json!({})).await;
    assert!([0, 40081].contains(&archive.code()), "{}", archive.text());
}

#[tokio::test]
async fn the_last_chunk_completes_the_file() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let modified = 1_700_000_000_123_i64;
    let more = json!({
        "last_modified": modified,
        "mime_type": "text/markdown",
        "metadata": { "tag:x": "" },
        "policy_id": alice.list("/").await.ok()["storage_policy"]["id"],
    });
    let opened = alice.try_open_upload("/docs/plan.md", 6, more).await.ok();
    let session = opened["session_id"].as_str().unwrap();
    alice.send_chunk(session, 0, "# Plan").await.done();
    let file = alice.info("/docs/plan.md").await.ok();
    assert_eq!(file["size"], 6);
    assert_eq!(file["metadata"], json!({ "tag:x": "" }));
    let updated = chrono::DateTime::parse_from_rfc3339(file["updated_at"].as_str().unwrap());
    assert_eq!(updated.unwrap().timestamp_millis(), modified);
    assert_eq!(alice.get("/docs/plan.md").await, "# Plan");
    assert_eq!(alice.used().await, 6);
    server.assert_clean();
    alice
        .send_chunk(session, 0, "# Plan")
        .await
        .refused(code::UPLOAD_SESSION_EXPIRED);
    assert_eq!(alice.versions("/docs/plan.md").await.len(), 1);
}

#[tokio::test]
async fn a_file_without_bytes_is_one_empty_chunk() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/empty.bin", "").await;
    let file = alice.info("/empty.bin").await.ok();
    assert_eq!((&file["size"], &file["metadata"]), (&json!(0), &json!({})));
    assert!(alice.get("/empty.bin").await.is_empty());
    server.assert_clean();
}

#[tokio::test]
async fn what_exists_is_overwritten_only_on_request() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/a.txt", "old").await;
    alice.create_folder("/folder").await;
    let before = alice.everything().await;
    alice
        .try_open_upload("/a.txt", 3, json!({}))
        .await
        .refused(code::OBJECT_EXISTS);
    alice
        .try_open_upload("/folder", 3, json!({}))
        .await
        .refused(code::OBJECT_EXISTS);
    let version = json!({ "entity_type": "version" });
    alice
        .try_open_upload("/folder", 3, version.clone())
        .await
        .refused_with_any(&[code::OBJECT_EXISTS, code::NO_PERMISSION]);
    let below = alice.try_open_upload("/a.txt/below", 3, json!({})).await;
    below.refused_with_any(&[code::NO_PERMISSION, code::PARENT_NOT_EXIST]);
    assert_eq!(alice.everything().await, before);

    // Until the last chunk the old content stays.
    let session = alice.open_overwrite("/a.txt", 5).await;
    assert_eq!(alice.get("/a.txt").await, "old");
    assert_eq!(alice.used().await, 8);
    alice.finish_upload(&session, &"newer".into()).await;
    assert_eq!(alice.get("/a.txt").await, "newer");
    assert_eq!(alice.versions("/a.txt").await.len(), 2);
    // An overwrite of what is missing is a new file.
    alice.overwrite("/fresh.txt", "x").await;
    assert_eq!(alice.get("/fresh.txt").await, "x");
}

#[tokio::test]
async fn an_overwrite_of_another_version_than_seen_is_stale() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/a.txt", "1").await;
    let seen = alice.info("/a.txt").await.ok()["primary_entity"].clone();
    alice.overwrite("/a.txt", "2").await;
    let stale = json!({ "entity_type": "version", "previous": seen });
    alice
        .try_open_upload("/a.txt", 1, stale)
        .await
        .refused(code::STALE_VERSION);
    assert_eq!(alice.used().await, 2);
    let current = alice.info("/a.txt").await.ok()["primary_entity"].clone();
    let fine = json!({ "entity_type": "version", "previous": current });
    alice.try_open_upload("/a.txt", 1, fine).await.ok();
}

#[tokio::test]
async fn a_live_photo_needs_its_picture() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let live = json!({ "entity_type": "live_photo" });
    alice
        .try_open_upload("/missing.jpg", 3, live.clone())
        .await
        .refused(code::PARENT_NOT_EXIST);
    assert_eq!(alice.used().await, 0);
    alice.put("/a.jpg", "picture").await;
    let opened = alice.try_open_upload("/a.jpg", 3, live).await.ok();
    alice
        .send_chunk(opened["session_id"].as_str().unwrap(), 0, "mov")
        .await
        .done();
    assert_eq!(alice.get("/a.jpg").await, "picture");
    assert_eq!(alice.used().await, 10);
    let info = alice
        .info_with("/a.jpg", &[("extended", "true")])
        .await
        .ok();
    let kinds: Vec<_> = info["extended_info"]["entities"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| &e["type"])
        .collect();
    assert_eq!(kinds, [2, 0]);
}

/// Sends the moving part of a picture.
async fn attach_live_photo(alice: &tests::Client, path: &str, bytes: &'static str) {
    let live = json!({ "entity_type": "live_photo" });
    let opened = alice.try_open_upload(path, bytes.len() as u64, live).await;
    let opened = opened.ok();
    let session = opened["session_id"].as_str().unwrap();
    alice.send_chunk(session, 0, bytes).await.done();
}

#[tokio::test]
async fn a_live_photo_costs_no_version_of_its_picture() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    // As many as are kept; the one that is shown is not the newest.
    let retention = json!({ "version_retention_max": 2 });
    alice.change_settings(retention).await.done();
    alice.put("/kept.jpg", "one").await;
    alice.overwrite("/kept.jpg", "two!").await;
    let oldest = alice.versions("/kept.jpg").await[1]["id"].clone();
    let oldest = oldest.as_str().unwrap();
    alice.set_version("/kept.jpg", oldest).await.done();
    attach_live_photo(&alice, "/kept.jpg", "mov").await;
    // Of this one there is nothing but what is shown.
    let retention = json!({ "version_retention_enabled": false });
    alice.change_settings(retention).await.done();
    alice.put("/a.jpg", "picture").await;
    attach_live_photo(&alice, "/a.jpg", "mov").await;
    attach_live_photo(&alice, "/a.jpg", "movie").await;

    server.nothing_left_of("prune_versions").await;
    server.nothing_left_of("recycle_blobs").await;
    assert_eq!(alice.get("/a.jpg").await, "picture");
    assert_eq!(alice.get("/kept.jpg").await, "one");
    assert_eq!(alice.used().await, 7 + 5 + 3 + 3);
    server.assert_healthy();
}

#[tokio::test]
async fn an_upload_goes_on_after_a_restart() {
    let mut server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bytes = bytes_of("a", 2 * CHUNK + 5);
    let session = alice.open_upload("/a.bin", bytes.len() as u64).await;
    let chunks = session.chunks(&bytes);
    alice
        .send_chunk(&session.id, 2, chunks[2].clone())
        .await
        .done();
    alice
        .send_chunk(&session.id, 0, chunks[0].clone())
        .await
        .done();
    server.restart().await;
    let alice = alice.another_window();
    alice
        .send_chunk(&session.id, 1, chunks[1].clone())
        .await
        .done();
    assert_eq!(alice.get("/a.bin").await, bytes);
    server.assert_clean();
}
