//! `DELETE /file/upload`, and sessions that run out.

use serde_json::json;
use tests::{TestServer, uri};

use super::CHUNK;
use crate::code;

#[tokio::test]
async fn cancelling_leaves_nothing_behind() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let size = (CHUNK + 10) as u64;
    let session = alice.open_upload("/new.bin", size).await;
    alice
        .send_chunk(&session.id, 0, vec![0; CHUNK])
        .await
        .done();
    assert_eq!(server.staged_files().len(), 1);
    alice.cancel_upload(&session.id, "/new.bin").await.done();
    assert_eq!(alice.everything().await, ["used: 0"]);
    assert!(
        server.stored_files().is_empty(),
        "{:?}",
        server.stored_files()
    );
    let late = alice.send_chunk(&session.id, 1, vec![0; 10]).await;
    late.refused(code::UPLOAD_SESSION_EXPIRED);
    // The path is free again.
    alice.put("/new.bin", "x").await;
}

#[tokio::test]
async fn cancelling_an_overwrite_keeps_the_old_content() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/a.txt", "old").await;
    let session = alice.open_overwrite("/a.txt", 5).await;
    alice.cancel_upload(&session.id, "/a.txt").await.done();
    assert_eq!(alice.get("/a.txt").await, "old");
    assert_eq!(alice.used().await, 3);
    assert_eq!(alice.metadata("/a.txt").await, json!({}));
    assert_eq!(alice.versions("/a.txt").await.len(), 1);
    alice.overwrite("/a.txt", "new").await;
    server.assert_clean();
}

#[tokio::test]
async fn nobody_cancels_what_is_not_theirs_or_elsewhere() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    let session = alice.open_upload("/a.bin", 4).await;
    alice.put("/b.bin", "b").await;
    bob.put("/a.bin", "his").await;
    assert_ne!(bob.cancel_upload(&session.id, "/a.bin").await.code(), 0);
    alice
        .cancel_upload(&session.id, "/b.bin")
        .await
        .refused(code::NOT_FOUND);
    alice
        .cancel_upload(&session.id, "/missing")
        .await
        .refused(code::PARENT_NOT_EXIST);
    let unknown = "5f0c2a34-9b1e-4c7a-8a55-0d7b6f1e2c33";
    let locked = alice.cancel_upload(unknown, "/a.bin").await;
    assert_eq!(locked.code(), code::LOCK_CONFLICT, "{}", locked.text());
    for body in [
        json!({}),
        json!({ "id": session.id }),
        json!({ "uri": uri("/a.bin") }),
    ] {
        alice
            .delete_json("/file/upload", body)
            .await
            .refused(code::PARAMETER);
    }
    let nobody = server.stranger().cancel_upload(&session.id, "/a.bin").await;
    nobody.refused(code::LOGIN_REQUIRED);
    alice.finish_upload(&session, &"1234".into()).await;
    assert_eq!(alice.get("/a.bin").await, "1234");
    assert_eq!(bob.get("/a.bin").await, "his");
}

#[tokio::test]
async fn a_session_that_ran_out_takes_nothing_and_frees_its_path() {
    let server = TestServer::start_with(&[("upload_session_timeout", "2")]).await;
    let alice = server.user("alice").await;
    let session = alice.open_upload("/a.bin", 10).await;
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    let late = alice.send_chunk(&session.id, 0, "0123456789").await;
    late.refused(code::UPLOAD_SESSION_EXPIRED);
    // Whether swept by now or only when somebody wants the path: the next upload gets it.
    alice.overwrite("/a.bin", "new").await;
    assert_eq!(alice.get("/a.bin").await, "new");
    assert_eq!(alice.used().await, 3);
    assert_eq!(alice.names("/").await, ["a.bin"]);
    server.assert_clean();
}
