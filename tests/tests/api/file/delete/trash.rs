//! What is in the trash: back from it, or gone for good.

use std::time::Duration;

use tests::{Gate, TestServer};

use super::wait_until_stored;
use crate::code;

#[tokio::test]
async fn restore_goes_back_to_where_it_was() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let name = "100% äöü #1 😀.txt";
    alice.put(&format!("/deep/folder/{name}"), "x").await;
    alice.delete(&[format!("/deep/folder/{name}")]).await.done();
    assert_eq!(alice.trash_names().await, [name]);
    alice.restore(&[alice.in_trash(name).await]).await.done();
    assert_eq!(alice.names("/deep/folder").await, [name]);
}

#[tokio::test]
async fn restore_needs_the_folder_and_the_name() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/gone/a.txt", "a").await;
    alice.put("/taken.txt", "old").await;
    alice.put("/fine.txt", "fine").await;
    alice
        .delete(&["/gone/a.txt", "/taken.txt", "/fine.txt"])
        .await
        .done();
    alice.delete_for_good(&["/gone"]).await.done();
    alice.put("/taken.txt", "new").await;

    let orphan = alice.in_trash("a.txt").await;
    let taken = alice.in_trash("taken.txt").await;
    let fine = alice.in_trash("fine.txt").await;
    let reply = alice.restore(&[&orphan, &taken, &fine]).await;
    reply.refused_items(&[
        (&orphan, code::PARENT_NOT_EXIST),
        (&taken, code::OBJECT_EXISTS),
    ]);
    assert_eq!(alice.trash_names().await, ["a.txt", "taken.txt"]);
    assert_eq!(alice.names("/").await, ["fine.txt", "taken.txt"]);
    assert_eq!(alice.get("/taken.txt").await, "new");
}

/// A folder whose time in the trash is over, and a sweep of the trash that is held at a step.
async fn due_and_held_at(step: &'static str) -> (TestServer, tests::Client, Gate, String) {
    let gate = Gate::default();
    let sweeping = [("cron_trash_bin_collect", "@every 1s")];
    let server = TestServer::start_watched(gate.steps(), &sweeping).await;
    let alice = server.user("alice").await;
    alice.put("/docs/sub/a.txt", "a").await;
    alice.put("/docs/b.txt", "bb").await;
    alice.delete(&["/docs"]).await.done();
    let docs = alice.in_trash("docs").await;
    gate.hold(step);
    server
        .tamper("UPDATE files SET purge_at = 1 WHERE purge_at IS NOT NULL")
        .await;
    gate.reached(step).await;
    (server, alice, gate, docs)
}

#[tokio::test]
async fn what_is_restored_before_it_is_swept_stays_whole() {
    let step = "purge: begins";
    let (server, alice, gate, docs) = due_and_held_at(step).await;
    alice.restore(&[&docs]).await.done();
    gate.open(step);
    tokio::time::sleep(Duration::from_millis(1500)).await;
    server.nothing_left_of("collect_trash").await;
    server.nothing_left_of("recycle_blobs").await;
    assert_eq!(alice.get("/docs/sub/a.txt").await, "a");
    assert_eq!(alice.get("/docs/b.txt").await, "bb");
    assert_eq!(alice.used().await, 3);
    server.assert_healthy();
}

#[tokio::test]
async fn what_is_being_swept_is_not_restored_any_more() {
    let step = "purge: claimed";
    let (server, alice, gate, docs) = due_and_held_at(step).await;
    let late = alice.restore(&[&docs]).await;
    assert_eq!(late.inner_code(), code::PARENT_NOT_EXIST, "{}", late.text());
    assert!(alice.trash_names().await.is_empty());
    gate.open(step);
    for _ in 0..200 {
        if alice.used().await == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(alice.everything().await, ["used: 0"]);
    server.nothing_left_of("recycle_blobs").await;
    assert!(server.stored_files().is_empty());
    server.assert_healthy();
}

#[tokio::test]
async fn only_what_is_in_the_trash_is_restored() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    alice.put("/a.txt", "a").await;
    assert_ne!(alice.restore(&["/a.txt"]).await.code(), 0);
    assert_ne!(
        alice.restore(&["cloudreve://trash/nothing"]).await.code(),
        0
    );
    assert_ne!(alice.restore(&["cloudreve://trash/"]).await.code(), 0);
    alice.delete(&["/a.txt"]).await.done();
    let hers = alice.in_trash("a.txt").await;
    assert_ne!(bob.restore(&[&hers]).await.code(), 0);
    assert_ne!(bob.delete_for_good(&[&hers]).await.code(), 0);
    assert_eq!(alice.trash_names().await, ["a.txt"]);
    assert_eq!(bob.names("/").await, [""; 0]);
}

#[tokio::test]
async fn trash_is_deleted_for_good_only_when_said_so() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/a.txt", "a").await;
    alice.delete(&["/a.txt"]).await.done();
    let trashed = alice.in_trash("a.txt").await;
    alice
        .delete(&[&trashed])
        .await
        .refused_items(&[(&trashed, code::NO_PERMISSION)]);
    assert_eq!(alice.trash_names().await, ["a.txt"]);
    alice.delete_for_good(&[&trashed]).await.done();
    assert_eq!(alice.trash_names().await, [""; 0]);
    assert_eq!(alice.used().await, 0);
    wait_until_stored(&server, 0).await;
}

#[tokio::test]
async fn emptying_the_trash_empties_ones_own_only() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    for who in [&alice, &bob] {
        who.put("/keep.txt", "keep").await;
        for name in 0..5 {
            who.put(&format!("/folder{name}/a.txt"), "x").await;
            who.delete(&[format!("/folder{name}")]).await.done();
        }
    }
    alice.empty_trash().await.done();
    assert_eq!(alice.trash_names().await, [""; 0]);
    assert_eq!(alice.names("/").await, ["keep.txt"]);
    assert_eq!(alice.used().await, 4);
    assert_eq!(bob.trash_names().await.len(), 5);
    assert_eq!(bob.used().await, 9);
    wait_until_stored(&server, 7).await;
    alice.empty_trash().await.done();
}
