//! Shares that take uploads.

use super::furnish;
use crate::code;
use serde_json::json;
use std::time::{SystemTime, UNIX_EPOCH};
use tests::{Share, TestServer, bytes_of, escape};

/// To bring new files, and to read as well.
const CREATE: &str = "BA==";
const READ_AND_CREATE: &str = "BQ==";

async fn inbox(alice: &tests::Client, rights: &str) -> Share {
    let permissions = json!({ "permissions": { "everyone": rights } });
    alice.share("/docs", permissions).await
}

#[tokio::test]
async fn an_upload_only_link_takes_files_and_shows_none() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    furnish(&alice).await;
    let share = inbox(&alice, CREATE).await;
    let stranger = server.stranger();
    let used = alice.used().await;
    stranger.put(&share.at("/brought.txt"), "brought").await;
    stranger
        .put(&share.at("/new/folder/x.bin"), bytes_of("x", 300))
        .await;
    assert_eq!(alice.get("/docs/brought.txt").await, "brought");
    assert_eq!(
        alice.get("/docs/new/folder/x.bin").await,
        bytes_of("x", 300)
    );
    assert_eq!(alice.used().await, used + 307, "it is hers now");
    for path in ["/", "/sub"] {
        stranger
            .list(&share.at(path))
            .await
            .refused(code::NO_PERMISSION);
    }
    stranger
        .info(&share.at("/brought.txt"))
        .await
        .refused(code::NO_PERMISSION);
    let urls = stranger.try_urls(&[share.at("/plan.md")], json!({})).await;
    assert_eq!(urls.inner_code(), code::NO_PERMISSION);
    let found = format!("{}?name=plan", share.at("/"));
    stranger.list(&found).await.refused(code::NO_PERMISSION);
    let info = stranger.share_info(&share.id, &[]).await.ok();
    assert_eq!(info["permissions"], CREATE);
}

#[tokio::test]
async fn what_is_there_is_not_replaced_renamed_or_deleted() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    furnish(&alice).await;
    let share = inbox(&alice, READ_AND_CREATE).await;
    let plan = share.at("/plan.md");
    for who in [&bob, &server.stranger()] {
        who.try_open_upload(&plan, 1, json!({}))
            .await
            .refused(code::OBJECT_EXISTS);
        who.try_open_upload(&plan, 1, json!({ "entity_type": "version" }))
            .await
            .refused(code::OWNER_ONLY);
        who.put_content(&plan, "mine")
            .await
            .refused(code::OWNER_ONLY);
        who.rename(&plan, "x").await.refused(code::NO_PERMISSION);
        let deleted = who.delete(&[&plan]).await;
        assert_eq!(deleted.inner_code(), code::NO_PERMISSION);
        let gone = who.delete_for_good(&[&plan]).await;
        assert_eq!(gone.inner_code(), code::NO_PERMISSION);
    }
    let data = bob.list(&share.at("/")).await.ok();
    // Everything of a share, and to create and upload.
    assert_eq!(data["props"]["capability"], "wYaYAQ==");
    assert_eq!(alice.get("/docs/plan.md").await, "the plan");
    bob.put(&share.at("/of bob.txt"), "b").await;
    bob.create("folder", &share.at("/folder")).await.ok();
    assert_eq!(alice.get("/docs/of bob.txt").await, "b");
    // Once brought, it is the owner's like the rest.
    bob.try_open_upload(
        &share.at("/of bob.txt"),
        1,
        json!({ "entity_type": "version" }),
    )
    .await
    .refused(code::OWNER_ONLY);
}

#[tokio::test]
async fn a_share_to_read_takes_nothing() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    furnish(&alice).await;
    let before = alice.everything().await;
    let folder = alice.share("/docs", json!({})).await;
    let file = alice.share("/docs/plan.md", json!({})).await;
    let everyone = json!({ "permissions": { "everyone": READ_AND_CREATE } });
    let file_that_takes = alice.share("/docs/plan.md", everyone).await;
    let content = |uri: &str| format!("/file/content?uri={}", escape(uri));
    for share in [&folder, &file, &file_that_takes] {
        for who in [&alice, &bob, &server.stranger()] {
            let uri = share.at("/new.txt");
            who.try_open_upload(&uri, 1, json!({}))
                .await
                .refused(code::NO_PERMISSION);
            who.create("folder", &uri)
                .await
                .refused(code::NO_PERMISSION);
            let put = who
                .send_bytes(reqwest::Method::PUT, &content(&uri), "x".into())
                .await;
            put.refused(code::NO_PERMISSION);
            let over = share.at("/plan.md");
            let tagged = json!([{ "key": "tag:x", "value": "" }]);
            let tagged = who.patch_metadata(&over, tagged).await;
            assert_eq!(tagged.inner_code(), code::NO_PERMISSION);
            let moved = who.move_to(&[&over], "/").await.inner_code();
            assert!([code::NO_PERMISSION, code::LOGIN_REQUIRED].contains(&moved));
        }
        for who in [&bob, &server.stranger()] {
            let over = share.at("/plan.md");
            who.rename(&over, "x").await.refused(code::NO_PERMISSION);
            let gone = who.delete(&[&over]).await;
            assert_eq!(gone.inner_code(), code::NO_PERMISSION);
            let gone = who.delete_for_good(&[&over]).await;
            assert_eq!(gone.inner_code(), code::NO_PERMISSION);
            let written = who.put_content(&over, "mine").await;
            written.refused_with_any(&[code::NO_PERMISSION, code::OWNER_ONLY]);
        }
    }
    for share in [&folder, &file] {
        let view = json!({ "page_size": 60 });
        let view = bob.set_view(&share.at("/"), view).await;
        view.refused_with_any(&[code::OWNER_ONLY, code::PARENT_NOT_EXIST]);
        alice.delete_share(&share.id).await.done();
    }
    alice.delete_share(&file_that_takes.id).await.done();
    assert_eq!(alice.everything().await, before);
}

#[tokio::test]
async fn an_upload_ends_with_the_share() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    furnish(&alice).await;
    let share = inbox(&alice, CREATE).await;
    let stranger = server.stranger();
    let session = stranger.open_upload(&share.at("/late.bin"), 4).await;
    assert_eq!(session.uri, share.at("/late.bin"));
    alice.delete_share(&share.id).await.done();
    stranger
        .send_chunk(&session.id, 0, "late")
        .await
        .refused(code::NOT_FOUND);
    assert_eq!(alice.get("/docs/late.bin").await, "");
}

#[tokio::test]
async fn sessions_are_not_for_other_visitors_to_find() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    furnish(&alice).await;
    let share = inbox(&alice, READ_AND_CREATE).await;
    let session = bob.open_upload(&share.at("/half.bin"), 4).await;
    let stranger = server.stranger();
    let seen = stranger.info(&share.at("/half.bin")).await.ok();
    assert_eq!(seen["metadata"]["sys:upload_session_id"], "");
    // Nor do they help who learned of one.
    stranger
        .send_chunk(&session.id, 0, "half")
        .await
        .refused(code::UPLOAD_SESSION_EXPIRED);
    stranger
        .cancel_upload(&session.id, &share.at("/half.bin"))
        .await
        .refused(code::NOT_FOUND);
    let hers = alice.open_upload("/docs/hers.bin", 4).await;
    stranger
        .cancel_upload(&hers.id, &share.at("/hers.bin"))
        .await
        .refused_with_any(&[code::NOT_FOUND, code::LOGIN_REQUIRED]);
    bob.send_chunk(&session.id, 0, "half").await.done();
    alice.send_chunk(&hers.id, 0, "hers").await.done();
    assert_eq!(alice.get("/docs/half.bin").await, "half");
}

#[tokio::test]
async fn the_password_of_a_share_stays_out_of_upload_sessions() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    furnish(&alice).await;
    let secret = json!({
        "is_private": true, "password": "Tell1Nobody",
        "permissions": { "everyone": CREATE },
    });
    let share = alice.share("/docs", secret).await;
    server.stranger().open_upload(&share.at("/x.bin"), 4).await;
    let stored = server.ask("SELECT uri AS value FROM upload_sessions").await;
    assert!(!stored.contains("Tell1Nobody"), "{stored}");
    let sealed = server
        .ask("SELECT password_sealed AS value FROM shares")
        .await;
    assert!(!sealed.contains("Tell1Nobody"), "{sealed}");
}

#[tokio::test]
async fn what_was_begun_through_a_share_ends_with_it() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    furnish(&alice).await;
    let (share, other) = (inbox(&alice, CREATE).await, inbox(&alice, CREATE).await);
    let stranger = server.stranger();
    let ending = stranger.open_upload(&share.at("/big.bin"), 1_000).await;
    let staying = stranger.open_upload(&other.at("/other.bin"), 3).await;
    alice.delete_share(&share.id).await.done();
    let chunk = stranger.send_chunk(&ending.id, 0, "x").await;
    assert_ne!(chunk.code(), 0);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    server
        .tamper(&format!(
            "UPDATE upload_sessions SET uri = uri WHERE id = '{}' AND expires_at <= {}",
            ending.id,
            now.as_micros()
        ))
        .await;
    let stays = stranger.send_chunk(&staying.id, 0, "new").await;
    stays.done();
    assert_eq!(alice.get("/docs/other.bin").await, "new");
}
