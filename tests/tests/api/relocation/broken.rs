//! Steps that break off in the middle, because the database fails.

use super::away::{ends, hurry};
use super::{Site, id, kept, site, try_move, watched};
use serde_json::{Value, json};
use std::fs;
use std::time::Duration;
use tests::{Gate, bytes_of};

/// Has the database refuse that the bytes of files of so many bytes are exchanged.
async fn refuse(site: &Site, bytes: &str) {
    let sql = format!(
        "CREATE TABLE witnesses (blob_id BIGINT REFERENCES damaged_blobs (blob_id)); \
         INSERT INTO damaged_blobs (blob_id, policy_id, damage, found_at) \
         SELECT id, policy_id, 'content', 1 FROM blobs WHERE size_bytes IN ({bytes}); \
         INSERT INTO witnesses (blob_id) SELECT blob_id FROM damaged_blobs"
    );
    site.server.tamper(&sql).await;
}

/// What the task says of itself.
async fn state(site: &Site) -> Value {
    let state = "SELECT private_state AS value FROM tasks WHERE kind = 'relocate'";
    serde_json::from_str(&site.server.ask(state).await).unwrap()
}

async fn moved(site: &Site) -> Value {
    state(site).await["moved"].clone()
}

/// Has the task try again and again until it counts so many of something.
async fn counts(site: &Site, what: &str, wanted: u64) {
    for _ in 0..200 {
        if state(site).await[what].as_u64() >= Some(wanted) {
            return;
        }
        hurry(site).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{}", state(site).await);
}

/// How often its queue had to try it again.
async fn retries(site: &Site) -> String {
    let retries = "SELECT CAST(retries AS TEXT) AS value FROM tasks WHERE kind = 'relocate'";
    site.server.ask(retries).await
}

#[tokio::test]
async fn what_was_moved_until_then_is_counted_and_seen() {
    let site = site().await;
    let alice = &site.alice;
    alice.put("/docs/a", bytes_of("a", 50_000)).await;
    alice.put("/docs/stuck", bytes_of("stuck", 60_000)).await;
    let own = kept(alice, "/docs/a").await[0].1.clone();
    refuse(&site, "60000").await;
    let disk = id(alice, "Disk").await;
    let begun = try_move(alice, &["/docs"], &disk).await.ok();
    for _ in 0..200 {
        if moved(&site).await == 1 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(moved(&site).await, 1);
    assert_eq!(kept(alice, "/docs/a").await[0].1, "Disk");
    assert_eq!(kept(alice, "/docs/stuck").await[0].1, own);
    // It goes on when the database does.
    site.server.tamper("DELETE FROM witnesses").await;
    let ended = ends(&site, &begun, "completed").await;
    assert_eq!(ended["summary"]["props"]["failed"], 0, "{ended}");
    assert_eq!(moved(&site).await, 2);
    for (name, bytes) in [("a", 50_000), ("stuck", 60_000)] {
        let path = format!("/docs/{name}");
        assert_eq!(kept(alice, &path).await[0].1, "Disk");
        assert_eq!(alice.get(&path).await, bytes_of(name, bytes));
    }
}

/// A storage that was away says nothing of the database, which fails next.
#[tokio::test]
async fn the_database_is_tried_as_often_after_a_storage_was_away() {
    let site = site().await;
    let alice = &site.alice;
    alice.put("/docs/a", bytes_of("a", 60_000)).await;
    let root = site.disk.path();
    fs::rename(root.join(".staging"), root.join("hidden")).unwrap();
    let disk = id(alice, "Disk").await;
    let begun = try_move(alice, &["/docs"], &disk).await.ok();
    counts(&site, "tries_here", 5).await;
    refuse(&site, "60000").await;
    fs::rename(root.join("hidden"), root.join(".staging")).unwrap();
    counts(&site, "hiccups", 2).await;
    assert_eq!(retries(&site).await, "0");
    site.server.tamper("DELETE FROM witnesses").await;
    let ended = ends(&site, &begun, "completed").await;
    assert_eq!(ended["summary"]["props"]["failed"], 0, "{ended}");
    assert_eq!(kept(alice, "/docs/a").await[0].1, "Disk");
}

/// A database that failed says nothing of a blob, which cannot be written once after that.
#[tokio::test]
async fn what_could_not_be_written_down_is_not_taken_for_what_cannot_be_moved() {
    let site = site().await;
    let alice = &site.alice;
    alice.put("/docs/a", bytes_of("a", 60_000)).await;
    refuse(&site, "60000").await;
    let disk = id(alice, "Disk").await;
    let begun = try_move(alice, &["/docs"], &disk).await.ok();
    counts(&site, "hiccups", 4).await;
    site.server.tamper("DELETE FROM witnesses").await;
    let (place, aside) = (
        site.disk.path().join("uploads"),
        site.disk.path().join("aside"),
    );
    if place.exists() {
        fs::rename(&place, &aside).unwrap();
    }
    fs::write(&place, "a file in place of a folder").unwrap();
    counts(&site, "tries_here", 1).await;
    fs::remove_file(&place).unwrap();
    let ended = ends(&site, &begun, "completed").await;
    assert_eq!(ended["summary"]["props"]["failed"], 0, "{ended}");
    assert_eq!(kept(alice, "/docs/a").await[0].1, "Disk");
}

/// It was tried as often as it is before its queue counts, and then some of it went well.
#[tokio::test]
async fn what_moved_at_last_is_counted_though_others_still_fail() {
    let site = site().await;
    let alice = &site.alice;
    alice.put("/docs/a", bytes_of("a", 50_000)).await;
    alice.put("/docs/stuck", bytes_of("stuck", 60_000)).await;
    refuse(&site, "50000, 60000").await;
    let disk = id(alice, "Disk").await;
    let begun = try_move(alice, &["/docs"], &disk).await.ok();
    counts(&site, "hiccups", 4).await;
    let one = "DELETE FROM witnesses WHERE blob_id IN \
               (SELECT id FROM blobs WHERE size_bytes = 50000)";
    site.server.tamper(one).await;
    counts(&site, "moved", 1).await;
    site.server.tamper("DELETE FROM witnesses").await;
    ends(&site, &begun, "completed").await;
    assert_eq!(moved(&site).await, 2);
}

/// How often what is known of a drive was out of date.
async fn version(site: &Site) -> i64 {
    let sql = "SELECT CAST(tree_version AS TEXT) AS value FROM users WHERE email LIKE 'alice@%'";
    site.server.ask(sql).await.parse().unwrap()
}

/// Calls the task off, and waits until it ended.
async fn call_off(site: &Site) {
    let number = "SELECT CAST(id AS TEXT) AS value FROM tasks WHERE kind = 'relocate'";
    let route = format!("/admin/queue/{}/cancel", site.server.ask(number).await);
    site.server.admin().post(&route, json!({})).await.done();
    site.server.nothing_left_of("relocate").await;
}

/// Waits until a drive says that something in it changed.
async fn says_so(site: &Site, before: i64) {
    for _ in 0..200 {
        if version(site).await > before {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("nobody is told");
}

#[tokio::test]
async fn what_ends_after_it_was_called_off_is_seen_where_it_is() {
    let gate = Gate::default();
    let site = watched(&gate).await;
    let alice = &site.alice;
    alice.put("/docs/a", bytes_of("a", 50_000)).await;
    let before = version(&site).await;
    gate.hold("relocate: exchanged");
    let disk = id(alice, "Disk").await;
    try_move(alice, &["/docs"], &disk).await.ok();
    gate.reached("relocate: exchanged").await;
    call_off(&site).await;
    assert_eq!(version(&site).await, before);
    gate.open("relocate: exchanged");
    says_so(&site, before).await;
    assert_eq!(kept(alice, "/docs/a").await[0].1, "Disk");
}

#[tokio::test]
async fn what_was_moved_before_it_was_called_off_is_seen_where_it_is() {
    let gate = Gate::default();
    let site = watched(&gate).await;
    let alice = &site.alice;
    alice.put("/docs/a", bytes_of("a", 50_000)).await;
    alice.put("/docs/shared", bytes_of("shared", 60_000)).await;
    let share = alice.share("/docs", json!({})).await;
    let bob = site.server.user("bob").await;
    bob.copy_to(&[share.at("/shared")], "/").await.done();
    let before = version(&site).await;
    gate.hold("relocate: is shared");
    let disk = id(alice, "Disk").await;
    try_move(alice, &["/docs"], &disk).await.ok();
    gate.reached("relocate: is shared").await;
    let there = "SELECT CAST(COUNT(*) AS TEXT) AS value FROM blobs b \
                 JOIN storage_policies p ON p.id = b.policy_id \
                 WHERE p.name = 'Disk' AND b.reference_count > 0 AND b.size_bytes = 50000";
    while site.server.ask(there).await == "0" {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(version(&site).await, before);
    call_off(&site).await;
    says_so(&site, before).await;
    gate.open("relocate: is shared");
    assert_eq!(kept(alice, "/docs/a").await[0].1, "Disk");
}
