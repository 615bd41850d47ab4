//! What must hold whatever happens to the process, the disk or the database.

use std::time::Duration;

use sea_orm::ConnectionTrait;
use serde_json::json;
use tests::{Program, Refusal, TestServer, bytes_of};

use crate::code;

#[tokio::test]
async fn everything_is_as_it_was_after_a_restart() {
    let mut server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/docs/a.txt", "one").await;
    alice.overwrite("/docs/a.txt", "two!").await;
    alice.put("/docs/b.txt", "b").await;
    alice.delete(&["/docs/b.txt"]).await.done();
    let tag = json!([{ "key": "tag:x", "value": "#fff" }]);
    alice.patch_metadata("/docs/a.txt", tag).await.done();
    let before = (
        alice.everything().await,
        alice.info("/docs/a.txt").await.ok(),
    );
    server.restart().await;
    let after = (
        alice.everything().await,
        alice.info("/docs/a.txt").await.ok(),
    );
    assert_eq!(before, after);
    assert_eq!(alice.get("/docs/a.txt").await, "two!");
    assert_eq!(alice.versions("/docs/a.txt").await.len(), 2);
    alice.restore(&[alice.in_trash("b.txt").await]).await.done();
    assert_eq!(alice.get("/docs/b.txt").await, "b");
}

#[tokio::test]
async fn a_write_waits_for_a_database_that_is_locked_for_a_moment() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/a.txt", "a").await;
    let lock = lock_database(&server).await;
    let held = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        release(&lock).await;
    };
    let other = alice.another_window();
    let (created, written, ()) = tokio::join!(
        alice.create("folder", "/docs"),
        other.put_content("/b.txt", "b"),
        held
    );
    created.ok();
    written.ok();
    assert_eq!(alice.names("/").await, ["a.txt", "b.txt", "docs"]);
}

#[tokio::test]
async fn a_write_to_a_database_that_stays_locked_fails_whole() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/a.txt", "a").await;
    let session = alice.open_upload("/upload.bin", 10).await;
    let lock = lock_database(&server).await;
    let held = async {
        tokio::time::sleep(Duration::from_secs(12)).await;
        release(&lock).await;
    };
    let windows: Vec<_> = (0..4).map(|_| alice.another_window()).collect();
    let (created, renamed, written, sent, ()) = tokio::join!(
        windows[0].create("folder", "/docs"),
        windows[1].rename("/a.txt", "b.txt"),
        windows[2].put_content("/c.txt", "c"),
        windows[3].send_chunk(&session.id, 0, "0123456789"),
        held,
    );
    // Each either waited long enough or gave up; either way the tree agrees with the answer.
    let names = alice.names("/").await;
    let has = |name: &str| names.iter().any(|found| found == name);
    for (reply, done) in [
        (&created, has("docs")),
        (&renamed, has("b.txt") && !has("a.txt")),
        (&written, has("c.txt")),
        (&sent, alice.info("/upload.bin").await.ok()["size"] == 10),
    ] {
        assert!(
            [0, code::DATABASE].contains(&reply.code()),
            "{}: {}",
            reply.asked,
            reply.text()
        );
        assert_eq!(reply.code() == 0, done, "{}: {names:?}", reply.asked);
    }
    let used = 1 + 10 + u64::from(written.code() == 0);
    assert_eq!(alice.used().await, used);
    if sent.code() != 0 {
        alice.send_chunk(&session.id, 0, "0123456789").await.done();
    }
    assert_eq!(alice.get("/upload.bin").await, "0123456789");
    server.assert_clean();
}

/// Holds the lock that every writer needs.
async fn lock_database(server: &TestServer) -> sea_orm::DatabaseConnection {
    let database = server.database().await;
    let statements: &[&str] = match database.get_database_backend() {
        sea_orm::DbBackend::Sqlite => &["BEGIN IMMEDIATE"],
        _ => &[
            "BEGIN",
            "LOCK TABLE files, blobs IN SHARE ROW EXCLUSIVE MODE",
        ],
    };
    for statement in statements {
        database.execute_unprepared(statement).await.unwrap();
    }
    database
}

async fn release(database: &sea_orm::DatabaseConnection) {
    database.execute_unprepared("ROLLBACK").await.unwrap();
}

const MIB: usize = 1 << 20;

#[tokio::test]
async fn an_upload_onto_a_full_disk_fails_and_leaves_nothing() {
    let data = tempfile::tempdir().unwrap();
    let program = Program::serve(data.path(), Refusal::FilesLargerThan(8 << 20)).await;
    let admin = program.user("admin").await;
    admin.put("/small.bin", bytes_of("small", MIB)).await;

    let size = 20 * MIB;
    let opened = admin
        .try_open_upload("/large.bin", size as u64, json!({}))
        .await;
    if opened.code() == 0 {
        let session = opened.data()["session_id"].as_str().unwrap().to_owned();
        let sending = admin.chunk_request(&session, 0, bytes_of("large", size));
        // The server may hang up before it has read all that it cannot store.
        if let Some(reply) = admin.try_send(sending).await {
            assert_eq!(reply.code(), code::IO_FAILED, "{}", reply.text());
        }
        assert_eq!(admin.info("/large.bin").await.ok()["size"], 0);
        admin.cancel_upload(&session, "/large.bin").await.done();
    } else {
        assert_eq!(opened.code(), code::IO_FAILED, "{}", opened.text());
    }
    let content = admin
        .put_content("/content.bin", bytes_of("content", size))
        .await;
    assert_eq!(content.code(), code::IO_FAILED, "{}", content.text());

    assert_eq!(admin.names("/").await, ["small.bin"]);
    assert_eq!(admin.used().await, MIB as u64);
    assert_eq!(admin.get("/small.bin").await, bytes_of("small", MIB));
    let staged = tests::staged_below(data.path());
    assert!(staged.is_empty(), "half a file stayed behind: {staged:?}");
    admin.put("/another.bin", bytes_of("another", MIB)).await;
    assert!(program.stop());
}

#[tokio::test]
async fn the_program_ends_well_when_asked_to_and_finishes_what_it_does() {
    let data = tempfile::tempdir().unwrap();
    let program = Program::serve(data.path(), Refusal::Nothing).await;
    let admin = program.user("admin").await;
    let bytes = bytes_of("a", 30 * MIB);
    admin.put("/a.bin", bytes.clone()).await;
    let mut transfer = admin.transfer(&admin.url("/a.bin").await).await;
    let first = transfer.next().await.unwrap();
    let stopping = tokio::task::spawn_blocking(move || program.stop());
    tokio::time::sleep(Duration::from_millis(200)).await;
    let mut received = first.to_vec();
    while let Some(piece) = transfer.next().await {
        received.extend_from_slice(&piece);
    }
    assert_eq!(tests::hash_of(&received), tests::hash_of(&bytes));
    assert!(stopping.await.unwrap(), "the exit code is 0");
}

#[tokio::test]
async fn the_doctor_finds_nothing_wrong_with_a_healthy_drive() {
    let data = tempfile::tempdir().unwrap();
    let program = Program::serve(data.path(), Refusal::Nothing).await;
    let admin = program.user("admin").await;
    admin.put("/docs/a.txt", "a").await;
    admin.overwrite("/docs/a.txt", "aa").await;
    admin.create_folder("/copies").await;
    admin.copy_to(&["/docs"], "/copies").await.done();
    admin.delete(&["/docs"]).await.done();
    assert!(program.stop());
    let output = Program::run(data.path(), ["doctor"]);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
}

#[tokio::test]
async fn the_doctor_notices_missing_bytes() {
    let data = tempfile::tempdir().unwrap();
    let program = Program::serve(data.path(), Refusal::Nothing).await;
    let admin = program.user("admin").await;
    admin.put("/a.bin", bytes_of("a", MIB)).await;
    assert!(program.stop());
    for file in tests::files_below(data.path()) {
        if file.metadata().unwrap().len() == MIB as u64 {
            std::fs::remove_file(file).unwrap();
        }
    }
    let output = Program::run(data.path(), ["doctor"]);
    assert!(
        !output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
}
