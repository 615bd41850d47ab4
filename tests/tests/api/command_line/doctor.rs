//! `alcove doctor`: each kind of damage is found, told, left alone, and repaired where it can be.

use std::{fs, path::PathBuf};

use tests::{Client, TestServer};

use super::{stdout, succeeded};

/// A drive with a bit of everything, and nothing wrong with it.
async fn healthy() -> (TestServer, Client) {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/docs/a.txt", "the first").await;
    alice.overwrite("/docs/a.txt", "the second one").await;
    alice.put("/b.txt", "b").await;
    alice.put("/trashed.txt", "t").await;
    alice.delete(&["/trashed.txt"]).await.done();
    alice.create_folder("/copies/deep").await;
    alice.copy_to(&["/docs"], "/copies").await.done();
    alice.create_file("/empty.txt").await;
    alice.open_upload("/uploading.bin", 10).await;
    let output = server.run(["doctor", "--hash"]);
    assert!(
        succeeded(&output).contains("Everything is as it should be"),
        "{output:?}"
    );
    (server, alice)
}

/// Where the bytes of the one blob of this length are.
fn stored(server: &TestServer, bytes: &str) -> PathBuf {
    let mut files = server.stored_files();
    files.retain(|file| fs::read(file).unwrap() == bytes.as_bytes());
    assert_eq!(files.len(), 1, "{files:?}");
    files.remove(0)
}

/// The doctor tells of exactly one thing, in these words.
#[track_caller]
fn finds(server: &TestServer, args: [&str; 2], words: &str) -> String {
    let output = server.run(args);
    let said = stdout(&output).to_owned();
    assert!(!output.status.success(), "{words}: {said}");
    // What confines programs, the finding, and what was examined.
    assert_eq!(
        said.lines()
            .filter(|line| !line.contains("all that it keeps"))
            .count(),
        3,
        "{words}: {said}"
    );
    assert!(said.contains(words), "{words}: {said}");
    said
}

/// Damage to rows: what is done, what the doctor calls it.
const REPAIRABLE: [(&str, &str); 9] = [
    (
        "UPDATE users SET used_bytes = used_bytes + 7 WHERE email = 'alice@example.com'",
        "counted with",
    ),
    (
        "UPDATE users SET used_bytes = 0 WHERE email = 'alice@example.com'",
        "counted with 0 bytes",
    ),
    (
        "UPDATE blobs SET reference_count = 5 WHERE size_bytes = 1 AND id = (SELECT current_blob_id FROM files WHERE name = 'b.txt')",
        "counted as held by 5 files",
    ),
    (
        "UPDATE blobs SET reference_count = 1 WHERE id = (SELECT MIN(current_blob_id) FROM files WHERE name = 'a.txt')",
        "counted as held by 1 files",
    ),
    (
        "UPDATE blobs SET unlinked_at = 1 WHERE id = (SELECT current_blob_id FROM files WHERE name = 'b.txt')",
        "held, but marked for recycling",
    ),
    (
        "UPDATE files SET size_bytes = 1000 WHERE name = 'b.txt'",
        "shown with 1000 bytes",
    ),
    (
        "UPDATE files SET current_blob_id = 999999 WHERE name = 'b.txt'",
        "its current version is missing",
    ),
    (
        "UPDATE files SET parent_id = (SELECT id FROM files WHERE name = 'deep') WHERE name = 'deep'",
        "lies in itself",
    ),
    (
        "UPDATE files SET parent_id = NULL WHERE name LIKE '%deep'",
        "lies in no folder",
    ),
];

#[tokio::test]
async fn damaged_rows_are_found_left_alone_and_repaired_on_request() {
    let (server, alice) = healthy().await;
    for (damage, words) in REPAIRABLE {
        server.tamper(damage).await;
        for _ in 0..2 {
            let said = finds(&server, ["doctor", "--hash"], words);
            assert!(!said.contains("repaired"), "{said}");
        }
        // Not all is well yet: whoever runs it every night wants to hear of it.
        let said = finds(&server, ["doctor", "--repair"], words);
        assert!(said.contains("(repaired)"), "{said}");
        let output = server.run(["doctor", "--hash"]);
        assert!(output.status.success(), "{damage}: {output:?}");
    }
    assert_eq!(alice.get("/docs/a.txt").await, "the second one");
    assert_eq!(alice.get("/copies/docs/a.txt").await, "the second one");
    assert_eq!(alice.get("/b.txt").await, "b");
    let shown: Vec<_> = alice.sizes_below("/").await.into_keys().collect();
    let recovered = shown.iter().filter(|path| path.contains("deep"));
    assert_eq!(recovered.count(), 1, "{shown:?}");
    // 9 + 14 twice, b, t, and the upload's 10.
    assert_eq!(alice.used().await, 2 * 23 + 1 + 1 + 10);
}

/// Damage that nothing but a backup can make good: it is told again and again, and what is left
/// stays as it is.
async fn is_found_and_left(words: &str, damage: impl FnOnce(&TestServer)) {
    let (server, alice) = healthy().await;
    damage(&server);
    let snapshot = || {
        let mut files = server.stored_files();
        files.sort();
        files
            .into_iter()
            .map(|file| (file.clone(), fs::read(file).unwrap()))
            .collect::<Vec<_>>()
    };
    let before = (alice.everything().await, snapshot());
    for option in ["--hash", "--repair", "--hash"] {
        let said = finds(&server, ["doctor", option], words);
        assert!(!said.contains("(repaired)"), "{said}");
    }
    assert_eq!((alice.everything().await, snapshot()), before);
}

#[tokio::test]
async fn missing_bytes_are_found() {
    is_found_and_left("its bytes are missing", |server| {
        fs::remove_file(stored(server, "the second one")).unwrap();
    })
    .await;
}

#[tokio::test]
async fn cut_off_bytes_are_found() {
    is_found_and_left("3 bytes at", |server| {
        fs::write(stored(server, "the second one"), "the").unwrap();
    })
    .await;
}

#[tokio::test]
async fn bytes_that_belong_to_nothing_are_found_and_kept() {
    is_found_and_left("belong to nothing", |server| {
        let beside = stored(server, "the second one");
        fs::write(beside.with_file_name("stray.bin"), "whose?").unwrap();
    })
    .await;
}

#[tokio::test]
async fn what_was_never_read_is_read_and_gets_a_hash() {
    let (server, _) = healthy().await;
    let unhashed = "SELECT CAST(COUNT(*) AS TEXT) AS value FROM blobs \
                    WHERE blake3 IS NULL AND upload_session_id IS NULL";
    server
        .tamper("UPDATE blobs SET blake3 = NULL WHERE size_bytes = 14")
        .await;
    let left = server.ask(unhashed).await;
    assert_ne!(left, "0");
    let said = succeeded(&server.run(["doctor"])).to_owned();
    assert!(!said.contains("for the first time"), "{said}");
    let said = succeeded(&server.run(["doctor", "--hash"])).to_owned();
    assert!(
        said.contains(&format!("Read {left} of them for the first time")),
        "{said}"
    );
    assert_eq!(server.ask(unhashed).await, "0");
    let said = succeeded(&server.run(["doctor", "--hash"])).to_owned();
    assert!(!said.contains("for the first time"), "{said}");
    assert!(!said.contains("without a hash"), "{said}");
}

#[tokio::test]
async fn other_bytes_of_the_same_length_are_found_by_their_hash() {
    let (server, alice) = healthy().await;
    fs::write(stored(&server, "the second one"), "the Second one").unwrap();
    let output = server.run(["doctor"]);
    assert!(output.status.success(), "without --hash: {output:?}");
    finds(
        &server,
        ["doctor", "--hash"],
        "are not those that were stored",
    );
    assert_eq!(alice.versions("/docs/a.txt").await.len(), 2);
}

#[tokio::test]
async fn an_upload_that_should_have_ended_is_found_and_swept() {
    let (server, alice) = healthy().await;
    server
        .tamper("UPDATE upload_sessions SET expires_at = 1000000")
        .await;
    finds(
        &server,
        ["doctor", "--hash"],
        "uploads should have been ended",
    );
    let said = finds(&server, ["doctor", "--repair"], "uploads");
    assert!(said.contains("(repaired)"), "{said}");
    // The running server does what the doctor queued.
    for _ in 0..200 {
        if !alice.names("/").await.contains(&"uploading.bin".to_owned()) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let output = server.run(["doctor", "--hash"]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(alice.used().await, 2 * 23 + 1 + 1);
}
