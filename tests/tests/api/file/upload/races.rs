//! What others do to an upload between its last chunk and the answer to it.

use serde_json::json;
use tests::{Client, Gate, TestServer, UploadSession, bytes_of};

use crate::code;

/// Where a last chunk is held: its bytes are written, or in their place already.
const STEPS: [&str; 2] = ["chunk: stored", "upload: stored"];

/// Sends the only chunk, has `meanwhile` happen while it is held, and answers its code.
async fn send_while(
    (gate, step): (&Gate, &'static str),
    (alice, session, bytes): (&Client, &UploadSession, &'static str),
    meanwhile: impl Future<Output = ()>,
) -> i64 {
    gate.hold(step);
    let (sender, id) = (alice.another_window(), session.id.clone());
    let sending = tokio::spawn(async move { sender.send_chunk(&id, 0, bytes).await });
    gate.reached(step).await;
    meanwhile.await;
    gate.open(step);
    sending.await.unwrap().code()
}

/// Two tries of an upload that somebody ends: of a new file and of another version.
async fn ended_by(end: impl AsyncFn(&Client, &UploadSession, &str)) {
    for step in STEPS {
        let gate = Gate::default();
        let server = TestServer::start_watched(gate.steps(), &[]).await;
        let alice = server.user("alice").await;
        alice.put("/old.bin", "old").await;
        for path in ["/new.bin", "/old.bin"] {
            let session = alice.open_overwrite(path, 10).await;
            let sent = (&alice, &session, "0123456789");
            let answer = send_while((&gate, step), sent, async {
                end(&alice, &session, path).await;
                server.nothing_left_of("recycle_blobs").await;
            });
            assert_eq!(
                answer.await,
                code::UPLOAD_SESSION_EXPIRED,
                "{path} at {step}"
            );
        }
        assert_eq!(alice.get("/old.bin").await, "old");
        assert_eq!(alice.versions("/old.bin").await.len(), 1);
        assert_eq!(alice.used().await, 3);
        server.assert_clean();
        server.nothing_left_of("recycle_blobs").await;
        assert_eq!(server.stored_files().len(), 1, "{step}");
        server.assert_healthy();
    }
}

#[tokio::test]
async fn a_last_chunk_is_not_acknowledged_once_its_upload_is_cancelled() {
    ended_by(async |alice, session, path| {
        alice.cancel_upload(&session.id, path).await.done();
    })
    .await;
}

#[tokio::test]
async fn a_last_chunk_is_not_acknowledged_once_its_lock_is_released() {
    ended_by(async |alice, _, path| {
        let refused = alice.rename(path, "other.bin").await;
        let token = refused.data()[0]["token"].as_str().unwrap().to_owned();
        alice.another_window().unlock(&[&token]).await.done();
        // The file of an upload that made it stays, empty.
        if path == "/new.bin" {
            alice.delete_for_good(&[path]).await.done();
        }
    })
    .await;
}

#[tokio::test]
async fn a_last_chunk_is_not_acknowledged_once_its_session_ran_out_and_another_took_the_path() {
    for step in STEPS {
        let gate = Gate::default();
        let settings = [("upload_session_timeout", "2")];
        let server = TestServer::start_watched(gate.steps(), &settings).await;
        let alice = server.user("alice").await;
        let session = alice.open_upload("/a.bin", 10).await;
        let sent = (&alice, &session, "0123456789");
        let answer = send_while((&gate, step), sent, async {
            tokio::time::sleep(std::time::Duration::from_millis(2500)).await;
            alice.put_content("/a.bin", "the other").await.ok();
            alice.try_open_upload("/a.bin", 1, json!({})).await;
            alice.cancel_upload(&session.id, "/a.bin").await;
        });
        let answer = answer.await;
        assert_eq!(answer, code::UPLOAD_SESSION_EXPIRED, "{step}");
        assert_eq!(alice.get("/a.bin").await, "the other");
        assert_eq!(alice.used().await, 9);
        server.assert_healthy();
    }
}

#[tokio::test]
async fn no_chunk_is_acknowledged_once_its_upload_is_cancelled() {
    let gate = Gate::default();
    let mut server = TestServer::start_watched(gate.steps(), &[]).await;
    server.cut_uploads_into(65_536).await;
    server.restart().await;
    let alice = server.user("alice").await;
    for step in ["chunk: stored", "chunk: recorded"] {
        let session = alice.open_upload("/a.bin", 65_536 + 10).await;
        let chunk = vec![b'x'; 65_536];
        alice.send_chunk(&session.id, 0, chunk.clone()).await.done();
        gate.hold(step);
        let (sender, id) = (alice.another_window(), session.id.clone());
        let again = tokio::spawn(async move { sender.send_chunk(&id, 0, chunk).await });
        gate.reached(step).await;
        alice.cancel_upload(&session.id, "/a.bin").await.done();
        gate.open(step);
        again.await.unwrap().refused(code::UPLOAD_SESSION_EXPIRED);
    }
    assert_eq!(alice.everything().await, ["used: 0"]);
    server.assert_clean();
}

#[tokio::test]
async fn a_last_chunk_through_a_share_is_not_acknowledged_once_the_share_is_taken_back() {
    for step in STEPS {
        let gate = Gate::default();
        let server = TestServer::start_watched(gate.steps(), &[]).await;
        let alice = server.user("alice").await;
        let bob = server.user("bob").await;
        alice.create_folder("/inbox").await;
        // Everybody may read and bring.
        let all = json!({ "permissions": { "everyone": "BQ==" } });
        let share = alice.share("/inbox", all).await;
        let session = bob.open_upload(&share.at("/b.bin"), 10).await;
        let sent = (&bob, &session, "0123456789");
        let answer = send_while((&gate, step), sent, async {
            alice.delete_share(&share.id).await.done();
        });
        let refused = [code::UPLOAD_SESSION_EXPIRED, code::PARENT_NOT_EXIST];
        let answer = answer.await;
        assert!(refused.contains(&answer), "{step}: {answer}");
        assert_eq!(alice.info("/inbox/b.bin").await.ok()["size"], 0);
        server.assert_healthy();
    }
}

#[tokio::test]
async fn a_chunk_on_its_way_does_not_revive_an_upload_through_a_share_that_is_taken_back() {
    let gate = Gate::default();
    let mut server = TestServer::start_watched(gate.steps(), &[]).await;
    server.cut_uploads_into(65_536).await;
    server.restart().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    alice.create_folder("/inbox").await;
    let all = json!({ "permissions": { "everyone": "BQ==" } });
    let share = alice.share("/inbox", all).await;
    let session = bob.open_upload(&share.at("/b.bin"), 2 * 65_536).await;
    let step = "chunk: stored";
    gate.hold(step);
    let (sender, id) = (bob.another_window(), session.id.clone());
    let chunk = vec![b'x'; 65_536];
    let sending = tokio::spawn(async move { sender.send_chunk(&id, 0, chunk).await });
    gate.reached(step).await;
    alice.delete_share(&share.id).await.done();
    gate.open(step);
    sending.await.unwrap().refused(code::UPLOAD_SESSION_EXPIRED);
    // Nor is it in the way any more.
    alice.rename("/inbox", "ours").await.ok();
    let mine = alice.put_content("/ours/b.bin", "mine").await;
    assert_eq!(mine.ok()["size"], 4);
    server.assert_clean();
}

#[tokio::test]
async fn an_upload_that_is_gone_on_with_is_not_ended_by_who_found_it_over() {
    let gate = Gate::default();
    let server = TestServer::start_watched(gate.steps(), &[]).await;
    let alice = server.user("alice").await;
    let session = alice.open_upload("/a.bin", 10).await;
    let expires = async |at: i64| {
        let sql = format!("UPDATE upload_sessions SET expires_at = {at}");
        server.tamper(&sql).await;
    };
    expires(1).await;
    gate.hold("upload: ends");
    let other = alice.another_window();
    let putting = tokio::spawn(async move { other.put_content("/a.bin", "the other").await });
    gate.reached("upload: ends").await;
    // A chunk came in between.
    expires(i64::MAX / 2).await;
    gate.open("upload: ends");
    assert_eq!(putting.await.unwrap().code(), code::LOCK_CONFLICT);
    alice.send_chunk(&session.id, 0, "0123456789").await.done();
    assert_eq!(alice.get("/a.bin").await, "0123456789");
    server.assert_clean();
}

#[tokio::test]
async fn of_two_that_bring_the_last_chunk_both_are_acknowledged_and_one_version_is_made() {
    let gate = Gate::default();
    let server = TestServer::start_watched(gate.steps(), &[]).await;
    let alice = server.user("alice").await;
    for step in STEPS {
        let path = format!("/{}.bin", step.len());
        let session = alice.open_upload(&path, 10).await;
        let sent = (&alice, &session, "0123456789");
        let again = alice.another_window();
        let mut second = None;
        let first = send_while((&gate, step), sent, async {
            let id = session.id.clone();
            second = Some(tokio::spawn(async move {
                again.send_chunk(&id, 0, "0123456789").await.code()
            }));
            tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        });
        assert_eq!(first.await, 0, "{step}");
        assert_eq!(second.unwrap().await.unwrap(), 0, "{step}");
        assert_eq!(alice.get(&path).await, "0123456789");
        assert_eq!(alice.versions(&path).await.len(), 1);
    }
    server.assert_healthy();
}

#[tokio::test]
async fn a_chunk_that_comes_again_while_its_upload_ends_is_no_fault_of_the_server() {
    let mut server = TestServer::start().await;
    server.cut_uploads_into(65_536).await;
    server.restart().await;
    let alice = server.user("alice").await;
    for round in 0..12 {
        let path = format!("/{round}.bin");
        let bytes = bytes_of(&path, 3 * 65_536 + 100);
        let session = alice.open_upload(&path, bytes.len() as u64).await;
        let chunks = session.chunks(&bytes);
        assert_eq!(chunks.len(), 4);
        let sendings = chunks.iter().enumerate().flat_map(|(index, chunk)| {
            let (alice, id) = (&alice, &session.id);
            (0..4).map(move |_| {
                let alice = alice.another_window();
                async move { alice.send_chunk(id, index, chunk.clone()).await }
            })
        });
        let replies = futures_util::future::join_all(sendings).await;
        for reply in replies {
            let allowed = [0, code::UPLOAD_SESSION_EXPIRED];
            assert!(allowed.contains(&reply.code()), "{}", reply.text());
        }
        assert_eq!(alice.get(&path).await, bytes);
        assert_eq!(alice.versions(&path).await.len(), 1);
    }
    // Ended in the middle of many chunks.
    for round in 0..12 {
        let path = format!("/ended {round}.bin");
        let bytes = bytes_of(&path, 3 * 65_536 + 100);
        let session = alice.open_upload(&path, bytes.len() as u64).await;
        let chunks = session.chunks(&bytes);
        let sendings = chunks.iter().enumerate().map(|(index, chunk)| {
            let (alice, id) = (alice.another_window(), &session.id);
            async move { alice.send_chunk(id, index, chunk.clone()).await }
        });
        let (replies, cancelled) = tokio::join!(
            futures_util::future::join_all(sendings),
            alice.cancel_upload(&session.id, &path),
        );
        cancelled.done();
        for reply in replies {
            let allowed = [0, code::UPLOAD_SESSION_EXPIRED];
            assert!(allowed.contains(&reply.code()), "{}", reply.text());
        }
    }
    server.nothing_left_of("recycle_blobs").await;
    server.assert_healthy();
    server.assert_clean();
}
