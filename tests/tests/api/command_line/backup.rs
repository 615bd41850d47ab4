//! `alcove backup`: what is put back is what there was, and what is damaged is told.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use tests::{Client, PASSWORD, Program, TestServer, bytes_of, files_below};

use super::{failed, succeeded};

/// A drive with a bit of everything, and an empty folder for its backups.
async fn drive() -> (TestServer, Client, TempDir) {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/docs/a.txt", "the first").await;
    alice.overwrite("/docs/a.txt", "the second one").await;
    alice.put("/large.bin", bytes_of("large", 700_000)).await;
    alice.put("/trashed.txt", "t").await;
    alice.delete(&["/trashed.txt"]).await.done();
    alice.create_file("/empty.txt").await;
    alice.open_upload("/uploading.bin", 10).await;
    fs::create_dir(server.data().join("avatar")).unwrap();
    fs::write(server.data().join("avatar/3.webp"), "a face").unwrap();
    (server, alice, tempfile::tempdir().unwrap())
}

fn with(server: &TestServer, args: [&str; 2], folder: &Path, flags: &[&str]) -> Output {
    let mut command = server.command(args);
    command.arg(folder).args(flags);
    Program::finish(command, "")
}

fn create(server: &TestServer, folder: &Path) -> Output {
    with(server, ["backup", "create"], folder, &[])
}

fn verify(server: &TestServer, folder: &Path, flags: &[&str]) -> Output {
    with(server, ["backup", "verify"], folder, flags)
}

/// The server on what was put back, and alice there.
async fn restored(server: &TestServer, backup: &Path) -> (TestServer, Client) {
    let key = server.data().join("master.key");
    let again = TestServer::restored(backup, &key).await;
    let alice = again.stranger().sign_in("alice", PASSWORD).await;
    (again, alice)
}

fn blobs(backup: &Path) -> Vec<PathBuf> {
    files_below(&backup.join("uploads"))
}

#[tokio::test]
async fn what_is_put_back_is_what_there_was() {
    let (server, alice, folder) = drive().await;
    let backup = folder.path().join("new/one");
    let said = create(&server, &backup);
    assert!(succeeded(&said).contains("master.key in another place"));
    assert!(!backup.join("master.key").exists());
    // It is brought up to date: only what is new is copied.
    alice.put("/later.txt", "later").await;
    alice.delete_for_good(&["/large.bin"]).await.done();
    let said = create(&server, &backup);
    assert!(
        succeeded(&said).contains("Copied 1 of them, 5 bytes"),
        "{said:?}"
    );
    succeeded(&verify(&server, &backup, &["--hash"]));

    let (mut again, alice) = restored(&server, &backup).await;
    // Broken off when the rows were there already: it goes on.
    again.stop();
    let manifest = fs::read_to_string(backup.join("backup.json")).unwrap();
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let (time, hash) = (
        text(&manifest["created_at"]),
        text(&manifest["database"]["blake3"]),
    );
    fs::write(
        again.data().join("restoring"),
        format!("{time} {hash} rows\n"),
    )
    .unwrap();
    fs::remove_dir_all(again.data().join("uploads")).unwrap();
    succeeded(&with(&again, ["backup", "restore"], &backup, &[]));
    again.start_again().await;
    assert_eq!(alice.get("/docs/a.txt").await, "the second one");
    assert_eq!(alice.get("/later.txt").await, "later");
    assert_eq!(alice.get("/empty.txt").await, "");
    assert_eq!(
        fs::read(again.data().join("avatar/3.webp")).unwrap(),
        b"a face"
    );
    let said = again.run(["doctor", "--hash"]);
    let said = super::stdout(&said);
    assert!(
        !said.contains("missing") && !said.contains("sealed"),
        "{said}"
    );
}

#[tokio::test]
async fn what_the_drive_no_longer_has_goes_from_the_backup_where_that_is_asked_for() {
    let (server, alice, folder) = drive().await;
    let backup = folder.path();
    succeeded(&create(&server, backup));
    let before = blobs(backup).len();
    alice.delete_for_good(&["/large.bin"]).await.done();
    let complete = || server.stored_files().len() - server.staged_files().len();
    while complete() >= before {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    fs::remove_dir_all(server.data().join("avatar")).unwrap();
    succeeded(&create(&server, backup));
    assert_eq!(blobs(backup).len(), before);
    // A policy that is said to be on another disk: where its bytes are now nobody knows.
    let root = |settings: &str| format!("UPDATE storage_policies SET settings = {settings}");
    let settings = "SELECT CAST(settings AS TEXT) AS value FROM storage_policies WHERE id = 1";
    let settings = server.ask(settings).await;
    let mut rooted: Value = serde_json::from_str(&settings).unwrap();
    rooted["root"] = "/mnt/elsewhere".into();
    server.tamper(&root(&format!("'{rooted}'"))).await;
    let spared = with(&server, ["backup", "create"], backup, &["--prune"]);
    assert!(
        succeeded(&spared).contains("in other storage"),
        "{spared:?}"
    );
    assert!(blobs(backup).len() + 1 >= before, "{spared:?}");
    server.tamper(&root(&format!("'{settings}'"))).await;

    let pruned = with(&server, ["backup", "create"], backup, &["--prune"]);
    succeeded(&pruned);
    assert_eq!(blobs(backup).len(), before - 1);
    succeeded(&verify(&server, backup, &["--hash"]));
    // One copy of the rows, one list.
    let parts = fs::read_dir(backup).unwrap().count();
    assert_eq!(parts, 7, "rows, list, manifest, lock, id, two folders");
}

#[tokio::test]
async fn a_drive_in_use_is_caught_at_one_moment() {
    let (server, alice, folder) = drive().await;
    let work = async {
        for number in 0..40 {
            let path = format!("/moving/{number}.txt");
            alice.put(&path, format!("text {number}")).await;
            if number % 2 == 0 {
                alice.delete_for_good(&[&path]).await.done();
            }
        }
    };
    let command = |args: [&str; 2]| {
        let mut command = server.command(args);
        command.arg(folder.path());
        command
    };
    let (first, second) = (command(["backup", "create"]), command(["backup", "create"]));
    let backups = tokio::task::spawn_blocking(move || {
        [first, second].map(|command| Program::finish(command, ""))
    });
    let ((), backups) = tokio::join!(work, backups);
    for made in backups.unwrap() {
        succeeded(&made);
    }
    succeeded(&verify(&server, folder.path(), &["--hash"]));
    let (again, _alice) = restored(&server, folder.path()).await;
    let said = again.run(["doctor", "--hash"]);
    let said = super::stdout(&said);
    assert!(!said.contains("missing"), "{said}");
}

#[tokio::test]
async fn damage_is_told_and_not_put_back() {
    let (server, _alice, folder) = drive().await;
    let backup = folder.path();
    succeeded(&create(&server, backup));
    let blob = blobs(backup).remove(0);
    let bytes = fs::read(&blob).unwrap();

    // The same length: only who reads it sees it.
    fs::write(&blob, vec![b'x'; bytes.len()]).unwrap();
    succeeded(&verify(&server, backup, &[]));
    let told = verify(&server, backup, &["--hash"]);
    failed(&told, "1 problem");
    assert!(super::stdout(&told).contains("other bytes than were stored"));
    let data = folder.path().with_extension("restored");
    let restore = || {
        let mut command = Program::command(&data, ["backup", "restore"]);
        command.arg(backup);
        if let Some(url) = server.database_url() {
            // Damage is seen before anything is written there.
            command.env("ALCOVE_DATABASE_URL", url);
        }
        Program::finish(command, "")
    };
    if server.database_url().is_none() {
        failed(&restore(), "other bytes than were stored");
        // What is not whole is not served, and is gone on with.
        let refused = Program::run(&data, ["serve", "--listen", "127.0.0.1:0"]);
        failed(&refused, "alcove backup restore");
        fs::write(&blob, &bytes).unwrap();
        let done = restore();
        assert!(succeeded(&done).contains("Put master.key into"), "{done:?}");
        failed(&restore(), "is not empty");
        fs::copy(server.data().join("master.key"), data.join("master.key")).unwrap();
        let again = Program::serve(&data, tests::Refusal::Nothing).await;
        let alice = again.stranger().sign_in("alice", PASSWORD).await;
        assert_eq!(alice.get("/docs/a.txt").await, "the second one");
        assert!(again.stop());
        fs::remove_dir_all(&data).unwrap();
    }

    fs::remove_file(&blob).unwrap();
    failed(&verify(&server, backup, &[]), "1 problem");
    failed(&restore(), "the backup is damaged");
    assert!(!data.exists(), "nothing was begun");
    // The next one mends it.
    succeeded(&create(&server, backup));
    succeeded(&verify(&server, backup, &["--hash"]));

    let rows = fs::read_dir(backup)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let is_rows = |path: &PathBuf| path.display().to_string().contains("/database-");
    let rows: Vec<_> = rows.filter(is_rows).collect();
    fs::write(&rows[0], "no database").unwrap();
    failed(&verify(&server, backup, &[]), "1 problem");
    failed(&restore(), "not what was written");
    fs::write(backup.join("backup.json"), "{}").unwrap();
    failed(&verify(&server, backup, &[]), "is not a backup");
}

#[tokio::test]
async fn nothing_that_is_something_else_becomes_a_backup() {
    let (server, _alice, folder) = drive().await;
    let backup = folder.path();
    fs::write(backup.join("letters.txt"), "mine").unwrap();
    failed(&create(&server, backup), "is not empty");
    assert_eq!(fs::read_dir(backup).unwrap().count(), 1);
    failed(
        &create(&server, &server.data().join("backup")),
        "in the data folder",
    );
    failed(&create(&server, server.data()), "in the data folder");
    fs::remove_file(backup.join("letters.txt")).unwrap();
    succeeded(&create(&server, backup));

    let other = TestServer::start().await;
    failed(&create(&other, backup), "a backup of another drive");
    succeeded(&verify(&server, backup, &["--hash"]));
    let restore = with(&other, ["backup", "restore"], backup, &[]);
    failed(&restore, "is not empty");
    let nowhere = tempfile::tempdir().unwrap();
    let none = Program::run(nowhere.path(), ["backup", "create", "/nonexistent/x"]);
    assert!(!none.status.success());
    let mut command = Program::command(nowhere.path(), ["backup", "create"]);
    command.arg(backup.with_extension("none"));
    failed(&Program::finish(command, ""), "there is no database");
}
