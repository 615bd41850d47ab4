//! `DELETE /file/lock`, and what a lock does to everything else.

use serde_json::json;
use tests::{TestServer, bytes_of};

use crate::code;

#[tokio::test]
async fn a_running_upload_locks_its_path_against_everything() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.create_folder("/elsewhere").await;
    let session = alice.open_upload("/docs/big.bin", 10).await;
    let target = "/docs/big.bin";
    for reply in [
        alice.rename(target, "other").await,
        alice.move_to(&[target], "/elsewhere").await,
        alice.delete(&[target]).await,
        alice.delete_for_good(&[target]).await,
        alice.put_content(target, "x").await,
        alice.rename("/docs", "other").await,
        alice.delete(&["/docs"]).await,
        alice.move_to(&["/docs"], "/elsewhere").await,
    ] {
        let json = reply.json();
        assert_eq!(json["code"], code::LOCK_CONFLICT, "{}: {json}", reply.asked);
        let conflicts = json["data"].as_array().unwrap();
        assert_eq!(conflicts.len(), 1);
        assert_eq!(conflicts[0]["path"], "cloudreve://my/docs/big.bin");
        assert_eq!(conflicts[0]["owner"]["application"]["type"], "upload");
        assert_eq!(conflicts[0]["type"], 0);
        assert!(conflicts[0]["token"].is_string(), "the owner may unlock");
    }
    assert_eq!(alice.names("/docs").await, ["big.bin"]);
    // What is beside it is free.
    alice.put("/docs/other.bin", "x").await;
    alice.finish_upload(&session, &bytes_of("x", 10)).await;
    alice.rename(target, "other").await.ok();
}

#[tokio::test]
async fn unlocking_by_token_lets_the_original_request_through() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let session = alice.open_upload("/big.bin", 10).await;
    let refused = alice.delete_for_good(&["/big.bin"]).await;
    let token = refused.data()[0]["token"].as_str().unwrap().to_owned();
    alice.unlock(&[&token]).await.done();
    alice.delete_for_good(&["/big.bin"]).await.done();
    assert_eq!(alice.names("/").await, [""; 0]);
    assert_eq!(alice.used().await, 0);
    // The upload has lost its lock and its file.
    let late = alice.send_chunk(&session.id, 0, bytes_of("x", 10)).await;
    late.refused_with_any(&[code::LOCK_CONFLICT, code::UPLOAD_SESSION_EXPIRED]);
    assert_eq!(alice.names("/").await, [""; 0]);
    server.assert_clean();
}

#[tokio::test]
async fn unknown_tokens_are_refused() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice
        .unlock(&["no such token"])
        .await
        .refused(code::PARAMETER);
    alice.unlock(&[]).await.refused(code::PARAMETER);
    alice
        .delete_json("/file/lock", json!({}))
        .await
        .refused(code::PARAMETER);
    alice
        .delete_json("/file/lock", json!({ "tokens": "x" }))
        .await
        .refused(code::PARAMETER);
    let many = vec!["x"; 16_385];
    alice.unlock(&many).await.refused(code::PARAMETER);
}

#[tokio::test]
async fn who_only_knows_the_token_releases_nothing() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    let session = alice.open_upload("/big.bin", 10).await;
    let refused = alice.delete_for_good(&["/big.bin"]).await;
    let token = refused.data()[0]["token"].as_str().unwrap().to_owned();
    for who in [&bob, server.admin()] {
        who.unlock(&[&token]).await.refused(code::PARAMETER);
    }
    server
        .stranger()
        .unlock(&[&token])
        .await
        .refused(code::LOGIN_REQUIRED);
    let still = alice.delete(&["/big.bin"]).await;
    assert_eq!(still.code(), code::LOCK_CONFLICT);
    alice.finish_upload(&session, &bytes_of("x", 10)).await;
    assert_eq!(alice.get("/big.bin").await.len(), 10);
}

#[tokio::test]
async fn locks_survive_a_restart() {
    let mut server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.open_upload("/big.bin", 10).await;
    server.restart().await;
    assert_eq!(
        alice.rename("/big.bin", "other").await.code(),
        code::LOCK_CONFLICT
    );
}
