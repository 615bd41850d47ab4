//! Copies that take so long that recycling takes them for left over.

use super::{Site, id, kept, stored, task, try_move, watched};
use serde_json::json;
use tests::{Gate, bytes_of};

/// Whatever waits for its bytes has waited for too long, and recycling comes by.
async fn recycle(site: &Site) {
    let (server, alice) = (&site.server, &site.alice);
    server
        .tamper("UPDATE blobs SET unlinked_at = 1 WHERE reference_count = 0")
        .await;
    alice.put("/other.txt", "other").await;
    alice.delete_for_good(&["/other.txt"]).await.done();
    server.nothing_left_of("collect_trash").await;
    server.nothing_left_of("recycle_blobs").await;
    let unheld = "SELECT CAST(COUNT(*) AS TEXT) AS value FROM blobs WHERE reference_count <= 0";
    assert_eq!(server.ask(unheld).await, "0");
}

/// Moves `/docs`, and has recycling come by when it is at this step.
async fn is_late(site: &Site, gate: &Gate, step: &'static str) {
    let alice = &site.alice;
    gate.hold(step);
    let disk = id(alice, "Disk").await;
    let begun = try_move(alice, &["/docs"], &disk).await.ok();
    gate.reached(step).await;
    recycle(site).await;
    gate.open(step);
    site.server.nothing_left_of("relocate").await;
    let task = task(alice, &begun).await;
    assert_eq!(task["status"], "completed", "{step}: {task}");
    assert_eq!(task["summary"]["props"]["failed"], 0, "{step}: {task}");
    assert_eq!(kept(alice, "/docs/a.bin").await[0].1, "Disk", "{step}");
    assert_eq!(alice.get("/docs/a.bin").await, bytes_of("a", 50_000));
    site.server.nothing_left_of("recycle_blobs").await;
    assert_eq!(stored(&site.disk), 1, "{step}: of the other copy nothing");
}

/// Before its bytes came, so that nothing is known of those; and afterwards, so that they are gone.
#[tokio::test]
async fn a_copy_that_was_taken_for_left_over_is_made_once_more() {
    for step in ["relocate: reserved", "relocate: copied"] {
        let gate = Gate::default();
        let site = watched(&gate).await;
        site.alice.put("/docs/a.bin", bytes_of("a", 50_000)).await;
        is_late(&site, &gate, step).await;
    }
}

#[tokio::test]
async fn so_is_one_of_what_others_keep() {
    let gate = Gate::default();
    let site = watched(&gate).await;
    let alice = &site.alice;
    alice.put("/docs/a.bin", bytes_of("a", 50_000)).await;
    let share = alice.share("/docs", json!({})).await;
    let bob = site.server.user("bob").await;
    bob.copy_to(&[share.at("/a.bin")], "/").await.done();
    is_late(&site, &gate, "relocate: is shared").await;
    assert_ne!(kept(&bob, "/a.bin").await[0].1, "Disk");
    assert_eq!(bob.get("/a.bin").await, bytes_of("a", 50_000));
}
