//! `POST /admin/user/batch/delete`.

use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;
use tests::{Client, PASSWORD, TestServer, bytes_of};

use super::journalled;
use super::lists::{list, only, raw_id, texts};
use crate::code;
use crate::user::avatar::PNG;

/// The year 2100, in microseconds.
const FAR: i64 = 4_102_444_800_000_000;

async fn delete(admin: &Client, ids: &[i64]) -> tests::Reply {
    admin
        .post("/admin/user/batch/delete", json!({ "ids": ids }))
        .await
}

/// Until nothing is left of accounts that were deleted.
async fn gone(server: &TestServer) {
    let sql = "SELECT CAST(COUNT(*) AS TEXT) AS value FROM users WHERE status = 'deleting'";
    while server.ask(sql).await != "0" {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_deleted_account_leaves_nothing_behind() {
    let server = TestServer::start().await;
    server.allow_dav().await;
    let (admin, alice) = (server.admin(), server.user("alice").await);
    let bob = server.user("bob").await;
    for n in 0..5 {
        alice
            .put(&format!("/docs/deep/{n}.txt"), bytes_of("x", 100 + n))
            .await;
    }
    alice.delete(&["/docs/deep/1.txt"]).await.done();
    alice.share("/docs", json!({})).await;
    alice.open_upload("/running.bin", 1_000).await;
    alice.mount().await;
    let face = alice.request(Method::PUT, "/user/setting/avatar");
    let face = face.header("Content-Type", "image/png").body(PNG);
    alice.send(face).await.done();
    bob.put("/docs/mine.txt", "bob's").await;
    let (alice_id, bob_id) = (raw_id(admin, "alice").await, raw_id(admin, "bob").await);

    delete(admin, &[alice_id]).await.done();
    assert_ne!(alice.list("/").await.code(), 0);
    assert_ne!(
        server
            .stranger()
            .try_sign_in("alice", PASSWORD)
            .await
            .code(),
        0
    );
    gone(&server).await;
    assert_eq!(
        texts(&list(admin, "user", json!({})).await, "users", "nick"),
        ["admin", "bob"]
    );
    server.nothing_left_of("recycle_blobs").await;
    assert_eq!(server.stored_files().len(), 1);
    assert_eq!(list(admin, "share", json!({})).await["shares"], json!([]));
    let left = only(admin, "file", "file_user", &alice_id.to_string()).await;
    assert_eq!(left["files"], json!([]));
    assert_eq!(bob.get("/docs/mine.txt").await, "bob's");
    server.assert_healthy();
    // Its address is free again, and the audit log knows who went.
    let again = server.user("alice").await;
    assert!(again.names("/").await.is_empty());
    assert_ne!(raw_id(admin, "alice").await, alice_id);
    let told = &journalled(&server, "account_deleted").await[0];
    assert_eq!(told["changed"]["nick"]["before"], "alice");
    assert_eq!(bob_id, raw_id(admin, "bob").await);
}

#[tokio::test]
async fn who_must_stay_is_named_and_the_others_go() {
    let server = TestServer::start().await;
    let (admin, bob) = (server.admin(), server.user("bob").await);
    let id = raw_id(admin, "bob").await;
    let refused = delete(admin, &[1, id, 4711]).await;
    refused.refused(code::BATCH_FAILED);
    let failed: Value = refused.json()["aggregated_error"].clone();
    assert_eq!(failed["1"]["code"], code::DEFAULT_USER);
    assert_eq!(failed["4711"]["code"], code::DATABASE);
    assert_eq!(failed.as_object().unwrap().len(), 2);
    assert_ne!(bob.list("/").await.code(), 0);
    gone(&server).await;
    let only = delete(admin, &[1]).await;
    only.refused(code::BATCH_FAILED);
    delete(admin, &[]).await.refused(code::PARAMETER);
}

#[tokio::test]
async fn an_account_that_is_going_is_gone_for_everybody() {
    let server = TestServer::start().await;
    let (admin, alice) = (server.admin(), server.user("alice").await);
    let id = raw_id(admin, "alice").await;
    // As if a server had died in the middle of it.
    server
        .tamper(&format!(
            "UPDATE users SET status = 'deleting', email = 'deleted {id}' WHERE id = {id}"
        ))
        .await;
    admin
        .get_json(&format!("/admin/user/{id}"), &[])
        .await
        .refused(code::DATABASE);
    admin
        .get_json(&format!("/user/info/{}", alice.id), &[])
        .await
        .refused(code::NOT_FOUND);
    delete(admin, &[id]).await.refused(code::BATCH_FAILED);
    let page = list(admin, "user", json!({})).await;
    assert_eq!(page["users"][1]["status"], "sys_banned");
    let body = json!({ "user": page["users"][1], "password": "" });
    let back = admin.put_json(&format!("/admin/user/{id}"), body).await;
    assert_ne!(back.code(), 0, "nobody brings it back");
}

#[tokio::test]
async fn what_failed_is_gone_on_with_at_the_next_start() {
    let mut server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/a.txt", "hello").await;
    let id = raw_id(server.admin(), "alice").await;
    server
        .tamper(&format!(
            "UPDATE users SET status = 'deleting', email = 'deleted {id}' WHERE id = {id}"
        ))
        .await;
    // Another that has not come to its end does not stand in for it.
    server
        .tamper(&format!(
            "INSERT INTO tasks (kind, state, public_state, private_state, retries, \
             resume_at, correlation_id, created_at, updated_at) VALUES ('user_purge', 'queued', '{{}}', \
             '{{\"user\":4711}}', 0, {FAR}, '5f0c2a34-9b1e-4c7a-8a55-0d7b6f1e2c33', 0, 0)"
        ))
        .await;
    server.restart().await;
    gone(&server).await;
    let left = "SELECT CAST(COUNT(*) AS TEXT) AS value FROM files WHERE name = 'a.txt'";
    assert_eq!(server.ask(left).await, "0");
    server.assert_healthy();
}
