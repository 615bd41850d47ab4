//! Going on with an upload whose client forgot its session.

use serde_json::{Value, json};
use tests::{TestServer, bytes_of};

use super::{CHUNK, MIB};
use crate::code;

const MODIFIED: i64 = 1_700_000_000_123;

fn again() -> Value {
    json!({ "resume": true, "last_modified": MODIFIED })
}

#[tokio::test]
async fn the_same_file_goes_on_with_its_session_and_the_chunks_it_has() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bytes = bytes_of("a", 2 * CHUNK + 5);
    let size = bytes.len() as u64;
    let first = alice.try_open_upload("/a.bin", size, again()).await.ok();
    assert_eq!(
        first.get("received"),
        None,
        "a new session has nothing to tell"
    );
    let id = first["session_id"].as_str().unwrap();
    alice
        .send_chunk(id, 1, bytes[CHUNK..2 * CHUNK].to_vec())
        .await
        .done();

    let second = alice.try_open_upload("/a.bin", size, again()).await.ok();
    assert_eq!(second["session_id"], first["session_id"]);
    assert_eq!(second["chunk_size"], first["chunk_size"]);
    assert_eq!(second["received"], json!([1]));
    assert_eq!(alice.used().await, size);

    alice
        .send_chunk(id, 0, bytes[..CHUNK].to_vec())
        .await
        .done();
    alice
        .send_chunk(id, 2, bytes[2 * CHUNK..].to_vec())
        .await
        .done();
    assert_eq!(alice.get("/a.bin").await, bytes);
    let complete = alice.try_open_upload("/a.bin", size, again()).await;
    complete.refused(code::OBJECT_EXISTS);
    server.assert_clean();
}

#[tokio::test]
async fn an_upload_whose_chunks_all_came_is_completed_by_going_on() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bytes = bytes_of("a", CHUNK + 5);
    let size = bytes.len() as u64;
    let first = alice.try_open_upload("/a.bin", size, again()).await.ok();
    let id = first["session_id"].as_str().unwrap();
    alice
        .send_chunk(id, 0, bytes[..CHUNK].to_vec())
        .await
        .done();
    // As when two that were the last came at once and nobody completed it: a crash.
    server
        .tamper(
            "INSERT INTO upload_parts (session_id, part, size_bytes, digest, received_at) \
             SELECT session_id, 1, 5, digest, received_at FROM upload_parts",
        )
        .await;
    let second = alice.try_open_upload("/a.bin", size, again()).await.ok();
    assert_eq!(second["session_id"], first["session_id"]);
    assert_eq!(second["received"], json!([0]));
    alice
        .send_chunk(id, 1, bytes[CHUNK..].to_vec())
        .await
        .done();
    assert_eq!(alice.get("/a.bin").await, bytes);
    server.assert_clean();
}

#[tokio::test]
async fn an_overwrite_goes_on_as_well() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/a.txt", "old").await;
    let version = json!({ "resume": true, "last_modified": MODIFIED, "entity_type": "version" });
    let first = alice
        .try_open_upload("/a.txt", 5, version.clone())
        .await
        .ok();
    let second = alice.try_open_upload("/a.txt", 5, version).await.ok();
    assert_eq!(second["session_id"], first["session_id"]);
    // What is there has content: without being told so, nothing is written over it.
    let plain = alice.try_open_upload("/a.txt", 5, again()).await;
    plain.refused(code::OBJECT_EXISTS);
    let id = first["session_id"].as_str().unwrap();
    alice.send_chunk(id, 0, "newer").await.done();
    assert_eq!(alice.get("/a.txt").await, "newer");
}

#[tokio::test]
async fn nothing_goes_on_that_is_another_file_or_was_not_asked_to() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.try_open_upload("/a.bin", 9, again()).await.ok();
    let others = [
        (8, again()),
        (9, json!({ "resume": true, "last_modified": MODIFIED + 1 })),
        (9, json!({ "resume": true })),
        (9, json!({ "last_modified": MODIFIED })),
        (9, json!({})),
    ];
    for (size, more) in others {
        let reply = alice.try_open_upload("/a.bin", size, more.clone()).await;
        assert_eq!(reply.code(), code::OBJECT_EXISTS, "{more}");
    }
    // Without a time of its last change, a file is the same as no other.
    let unknown = json!({ "resume": true });
    alice
        .try_open_upload("/b.bin", 9, unknown.clone())
        .await
        .ok();
    let reply = alice.try_open_upload("/b.bin", 9, unknown).await;
    reply.refused(code::OBJECT_EXISTS);
}

#[tokio::test]
async fn nobody_goes_on_with_the_upload_of_another_account() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    alice.try_open_upload("/a.bin", 9, again()).await.ok();
    let theirs = bob.try_open_upload("/a.bin", 9, again()).await.ok();
    assert_eq!(theirs.get("received"), None);
    assert_eq!((alice.used().await, bob.used().await), (9, 9));
}

#[tokio::test]
async fn chunks_are_as_small_as_the_client_wants_within_reason() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let cases = [
        (100, 0, CHUNK),
        (100, 4 * MIB, 4 * MIB),
        (100, 1, MIB),
        (100, 4 * MIB + 1, 5 * MIB),
        (100, 1000 * MIB, CHUNK),
        // Not more than a thousand of them.
        (1010 * MIB, MIB, 2 * MIB),
    ];
    for (at, (size, most, expected)) in cases.into_iter().enumerate() {
        let path = format!("/{at}.bin");
        let wish = json!({ "max_chunk_size": most });
        let reply = alice.try_open_upload(&path, size as u64, wish).await;
        assert_eq!(reply.ok()["chunk_size"], expected, "{size} in {most}");
    }
    let bytes = bytes_of("a", 2 * MIB + 7);
    let wish = json!({ "max_chunk_size": MIB });
    let opened = alice
        .try_open_upload("/small.bin", bytes.len() as u64, wish)
        .await
        .ok();
    let id = opened["session_id"].as_str().unwrap();
    for (index, chunk) in bytes.chunks(MIB).enumerate() {
        alice.send_chunk(id, index, chunk.to_vec()).await.done();
    }
    assert_eq!(alice.get("/small.bin").await, bytes);
}
