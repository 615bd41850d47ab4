//! Uploads that are open.

use crate::code;
use serde_json::json;
use site::limits::{OPEN_UPLOADS, SHARE_UPLOADS, VISITOR_UPLOAD_SECS, VISITOR_UPLOADS};
use std::os::unix::fs::MetadataExt;
use std::time::{SystemTime, UNIX_EPOCH};
use tests::{Client, Gate, Share, TestServer};
use tokio::task::JoinSet;

async fn inbox(alice: &Client) -> Share {
    alice.create_folder("/in").await;
    let everyone = json!({ "permissions": { "everyone": "BA==" } });
    alice.share("/in", everyone).await
}

/// As if there were so many more sessions like the one that there is.
async fn more(server: &TestServer, sessions: u64, change: &str) {
    let columns = "user_id, file_id, blob_id, policy_id, uri, size_bytes, chunk_bytes, made_file, \
        lock_token, callback_secret, details, expires_at, created_at, share_id";
    server
        .tamper(&format!(
            "INSERT INTO upload_sessions (id, {columns}, visitor_address) \
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {sessions}) \
             SELECT 'copy-' || n.i || '-' || SUBSTR(id, 1, 8), {columns}, {change} FROM upload_sessions, n"
        ))
        .await;
}

#[tokio::test]
async fn an_account_opens_so_many_uploads_and_no_more() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    alice.open_upload("/first.bin", 0).await;
    more(&server, OPEN_UPLOADS - 2, "visitor_address").await;
    let last = alice.open_upload("/last.bin", 1).await;
    alice
        .try_open_upload("/beyond.bin", 1, json!({}))
        .await
        .refused(code::PARAMETER);
    assert_eq!(alice.names("/").await, ["first.bin", "last.bin"]);
    bob.open_upload("/his.bin", 1).await;
    alice.send_chunk(&last.id, 0, "x").await.done();
    alice.open_upload("/beyond.bin", 1).await;
}

#[tokio::test]
async fn visitors_open_so_many_uploads_and_no_more() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let share = inbox(&alice).await;
    let stranger = server.stranger();
    stranger.open_upload(&share.at("/first.bin"), 1).await;
    more(&server, VISITOR_UPLOADS - 1, "visitor_address").await;
    let open = async |name: &str| -> i64 {
        let at = share.at(name);
        stranger.try_open_upload(&at, 1, json!({})).await.code()
    };
    assert_eq!(open("/beyond.bin").await, code::PARAMETER);
    let bob = server.user("bob").await;
    let from_here = bob
        .try_open_upload(&share.at("/bob.bin"), 1, json!({}))
        .await;
    from_here.refused(code::PARAMETER);
    alice.open_upload("/in/hers.bin", 1).await;
    // From elsewhere others may, up to what the share takes from all of them.
    server
        .tamper(
            "UPDATE upload_sessions SET visitor_address = '192.0.2.1' WHERE share_id IS NOT NULL",
        )
        .await;
    assert_eq!(open("/second.bin").await, 0);
    server
        .tamper("DELETE FROM upload_sessions WHERE id LIKE 'copy-%'")
        .await;
    server
        .tamper(
            "UPDATE upload_sessions SET visitor_address = '192.0.2.1' WHERE share_id IS NOT NULL",
        )
        .await;
    more(&server, SHARE_UPLOADS / 2 - 1, "'192.0.2.' || n.i").await;
    assert_eq!(open("/third.bin").await, code::PARAMETER);
}

#[tokio::test]
async fn visitors_send_so_much_at_a_time_and_no_more() {
    let gate = Gate::default();
    let server = TestServer::start_watched(gate.steps(), &[]).await;
    let alice = server.user("alice").await;
    let share = inbox(&alice).await;
    gate.hold("content: expected");
    let mut sending = JoinSet::new();
    for n in 0..=VISITOR_UPLOADS {
        let (stranger, at) = (server.stranger(), share.at(&format!("/{n}.bin")));
        sending.spawn(async move { stranger.put_content(&at, "x").await.code() });
    }
    // One too many.
    let first = sending.join_next().await.unwrap();
    assert_eq!(first.unwrap(), code::PARAMETER);
    // The owner is not one of them.
    let window = alice.another_window();
    let mine = async move { window.put_content("/in/mine.bin", "x").await.code() };
    let mine = tokio::spawn(mine);
    gate.reached("content: expected").await;
    gate.open("content: expected");
    assert_eq!(mine.await.unwrap(), 0);
    while let Some(code) = sending.join_next().await {
        assert_eq!(code.unwrap(), 0);
    }
    let (stranger, again) = (server.stranger(), share.at("/again.bin"));
    assert_eq!(stranger.put_content(&again, "x").await.code(), 0);
}

#[tokio::test]
async fn what_visitors_hold_back_leaves_the_owner_room() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let share = inbox(&alice).await;
    let stranger = server.stranger();
    let quota: u64 = 1 << 30;
    let at = share.at("/all.bin");
    stranger
        .try_open_upload(&at, quota, json!({}))
        .await
        .refused(code::INSUFFICIENT_CAPACITY);
    let most = quota / 4 * 3;
    stranger
        .try_open_upload(&at, most + 1, json!({}))
        .await
        .refused(code::INSUFFICIENT_CAPACITY);
    stranger
        .open_upload(&share.at("/much.bin"), most - 10)
        .await;
    stranger
        .try_open_upload(&at, 11, json!({}))
        .await
        .refused(code::INSUFFICIENT_CAPACITY);
    stranger.open_upload(&share.at("/little.bin"), 10).await;
    // What they hold back lies on no disk.
    for staged in server.staged_files() {
        let blocks = std::fs::metadata(&staged).unwrap().blocks();
        assert_eq!(blocks * 512, 0, "{}", staged.display());
    }
    alice.open_upload("/hers.bin", quota / 4).await;
}

#[tokio::test]
async fn a_visitors_upload_lasts_as_long_as_chunks_come() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let share = inbox(&alice).await;
    let stranger = server.stranger();
    let session = stranger.open_upload(&share.at("/big.bin"), 60 << 20).await;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    // An hour, and what a line of 16 KiB a second needs for a chunk.
    let slow = session.chunk_size as i64 / (16 << 10);
    let latest = now.as_micros() as i64 + (VISITOR_UPLOAD_SECS + slow + 60) * 1_000_000;
    let ends = async || -> i64 {
        let sql = "SELECT CAST(expires_at AS TEXT) AS value FROM upload_sessions";
        server.ask(sql).await.parse().unwrap()
    };
    assert!(ends().await <= latest);
    // Almost over.
    let soon = now.as_micros() as i64 + 60_000_000;
    for table in ["upload_sessions", "locks"] {
        let sql = format!("UPDATE {table} SET expires_at = {soon}");
        server.tamper(&sql).await;
    }
    assert!(session.chunk_size > 0);
    let chunk = bytes::Bytes::from(vec![7; session.chunk_size]);
    stranger.send_chunk(&session.id, 0, chunk).await.done();
    assert!(ends().await > soon);
    let lock = server
        .ask("SELECT CAST(expires_at AS TEXT) AS value FROM locks")
        .await;
    assert_eq!(lock.parse::<i64>().unwrap(), ends().await);
    // One's own last as long as the site says.
    stranger
        .cancel_upload(&session.id, &share.at("/big.bin"))
        .await
        .done();
    alice.open_upload("/own.bin", 1).await;
    assert!(ends().await > latest);
}
