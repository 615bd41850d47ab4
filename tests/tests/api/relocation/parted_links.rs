//! Links to what two accounts hold: one of them moves it, and the other one deletes it.

use super::{id, kept, policy_id, relocate, site, stored, try_move};
use crate::code;
use serde_json::json;
use tests::bytes_of;

/// Nothing is read before: what was opened once could be read on.
#[tokio::test]
async fn links_of_who_moved_it_work_until_their_end_whatever_the_others_do() {
    let site = site().await;
    let (server, alice) = (&site.server, &site.alice);
    let content = bytes_of("a", 50_000);
    alice.put("/docs/a.bin", content.clone()).await;
    let share = alice.share("/docs", json!({})).await;
    let bob = server.user("bob").await;
    bob.copy_to(&[share.at("/a.bin")], "/").await.done();
    let carol = server.user("carol").await;
    let own = alice.url("/docs/a.bin").await;
    let shared = carol.url(&share.at("/a.bin")).await;
    relocate(&site, alice, &["/docs"]).await;
    assert_eq!(kept(alice, "/docs/a.bin").await[0].1, "Disk");
    assert_ne!(kept(&bob, "/a.bin").await[0].1, "Disk");
    bob.delete_for_good(&["/a.bin"]).await.done();
    server.nothing_left_of("collect_trash").await;
    server.nothing_left_of("recycle_blobs").await;
    for (who, link) in [(alice, &own), (&carol, &shared)] {
        let sent = who.fetch(link).await;
        assert_eq!(sent.status, 200, "{}", sent.text());
        assert_eq!(sent.body, content);
    }
    // A share that is taken back opens nothing, here as elsewhere.
    alice.delete_share(&share.id).await.done();
    carol.fetch(&shared).await.refused(code::NOT_FOUND);
    // Nothing is left of it when they have run out.
    assert_eq!(server.stored_files().len(), 1);
    server
        .tamper("UPDATE blobs SET props = '{}', unlinked_at = 1 WHERE reference_count = 0")
        .await;
    alice.put("/other.txt", "other").await;
    alice.delete_for_good(&["/other.txt"]).await.done();
    server.nothing_left_of("collect_trash").await;
    server.nothing_left_of("recycle_blobs").await;
    assert_eq!(server.stored_files().len(), 0);
    assert_eq!(stored(&site.disk), 1);
    assert_eq!(alice.get("/docs/a.bin").await, content);
}

/// What the others keep has moved by then as well.
#[tokio::test]
async fn they_work_when_the_others_move_it_too() {
    let site = site().await;
    let (server, alice) = (&site.server, &site.alice);
    let content = bytes_of("a", 50_000);
    alice.put("/docs/a.bin", content.clone()).await;
    let share = alice.share("/docs", json!({})).await;
    let bob = server.user("bob").await;
    bob.copy_to(&[share.at("/a.bin")], "/").await.done();
    let own = alice.url("/docs/a.bin").await;
    relocate(&site, alice, &["/docs"]).await;
    let body = json!({ "target": policy_id(&site).await });
    let begun = server.admin().post("/admin/policy/1/relocate", body).await;
    begun.ok();
    server.nothing_left_of("relocate").await;
    assert_eq!(kept(&bob, "/a.bin").await[0].1, "Disk");
    bob.delete_for_good(&["/a.bin"]).await.done();
    server.nothing_left_of("collect_trash").await;
    server.nothing_left_of("recycle_blobs").await;
    let sent = alice.fetch(&own).await;
    assert_eq!(sent.status, 200, "{}", sent.text());
    assert_eq!(sent.body, content);
}

/// What each of them keeps for the links of the first is not what it holds now.
#[tokio::test]
async fn they_work_when_it_is_moved_on_from_others_once_more() {
    let site = site().await;
    let (server, alice) = (&site.server, &site.alice);
    let content = bytes_of("a", 50_000);
    alice.put("/docs/a.bin", content.clone()).await;
    let share = alice.share("/docs", json!({})).await;
    let bob = server.user("bob").await;
    bob.copy_to(&[share.at("/a.bin")], "/").await.done();
    let home = kept(alice, "/docs/a.bin").await[0].1.clone();
    let own = alice.url("/docs/a.bin").await;
    relocate(&site, alice, &["/docs"]).await;
    let carol = server.user("carol").await;
    carol.copy_to(&[share.at("/a.bin")], "/").await.done();
    let second = alice.url("/docs/a.bin").await;
    let back = id(alice, &home).await;
    try_move(alice, &["/docs"], &back).await.ok();
    server.nothing_left_of("relocate").await;
    assert_eq!(kept(alice, "/docs/a.bin").await[0].1, home);
    assert_eq!(kept(&carol, "/a.bin").await[0].1, "Disk");
    for link in [&own, &second] {
        let sent = alice.fetch(link).await;
        assert_eq!(sent.status, 200, "{}", sent.text());
        assert_eq!(sent.body, content);
    }
}

/// How many are on their way out before now.
const DUE: &str = "SELECT CAST(COUNT(*) AS TEXT) AS value FROM blobs \
     WHERE reference_count = 0 AND unlinked_at <= (SELECT MAX(created_at) FROM blobs)";

/// What is kept is looked at once, not by each pass, and is no sign that none was done.
#[tokio::test]
async fn what_is_kept_for_them_does_not_wait_to_be_removed() {
    let site = site().await;
    let (server, alice) = (&site.server, &site.alice);
    alice.put("/docs/a.bin", bytes_of("a", 50_000)).await;
    let share = alice.share("/docs", json!({})).await;
    let bob = server.user("bob").await;
    bob.copy_to(&[share.at("/a.bin")], "/").await.done();
    relocate(&site, alice, &["/docs"]).await;
    bob.delete_for_good(&["/a.bin"]).await.done();
    server.nothing_left_of("collect_trash").await;
    server.nothing_left_of("recycle_blobs").await;
    assert_eq!(server.stored_files().len(), 1);
    alice.put("/later.txt", "later").await;
    assert_eq!(server.ask(DUE).await, "0");
}

/// The bytes stay; so do the links to them.
#[tokio::test]
async fn they_work_when_the_others_delete_it_and_leave_the_bytes() {
    let site = site().await;
    let (server, alice) = (&site.server, &site.alice);
    let content = bytes_of("a", 50_000);
    alice.put("/docs/a.bin", content.clone()).await;
    let share = alice.share("/docs", json!({})).await;
    let admin = server.admin();
    admin.copy_to(&[share.at("/a.bin")], "/").await.done();
    let own = alice.url("/docs/a.bin").await;
    relocate(&site, alice, &["/docs"]).await;
    let body = json!({
        "uris": [tests::uri("/a.bin")],
        "skip_soft_delete": true,
        "unlink": true,
    });
    admin.delete_json("/file", body).await.done();
    server.nothing_left_of("collect_trash").await;
    server.nothing_left_of("recycle_blobs").await;
    let sent = alice.fetch(&own).await;
    assert_eq!(sent.status, 200, "{}", sent.text());
    assert_eq!(sent.body, content);
}
