//! What several accounts hold: one of them moves it, and nobody else's is touched.

use super::{Site, id, kept, relocate, site, stored, try_move, watched};
use crate::file::thumb::picture;
use image::ImageFormat;
use serde_json::{Value, json};
use tests::{Client, Gate, bytes_of};

/// Alice has `/docs/a.bin` with two versions, twice, and `bob` a copy of the new one.
async fn held_by_two(site: &Site) -> Client {
    let alice = &site.alice;
    alice.put("/docs/a.bin", bytes_of("old", 40_000)).await;
    alice.overwrite("/docs/a.bin", bytes_of("a", 50_000)).await;
    alice.copy_to(&["/docs/a.bin"], "/").await.done();
    let share = alice.share("/docs/a.bin", json!({})).await;
    let bob = site.server.user("bob").await;
    bob.copy_to(&[share.at("/")], "/").await.done();
    bob
}

async fn policy_of(who: &Client, path: &str) -> String {
    kept(who, path).await[0].1.clone()
}

/// Rows agree with each other and with the bytes, and no copy is left over.
async fn agrees(site: &Site) {
    site.server.nothing_left_of("recycle_blobs").await;
    let mut doctor = site.server.command(["doctor", "--hash"]);
    let roots = std::env::temp_dir();
    let output = doctor.env("ALCOVE_STORAGE_ROOTS", roots).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}");
}

#[tokio::test]
async fn others_keep_what_they_have_and_ones_own_files_move_together() {
    let site = site().await;
    let alice = &site.alice;
    let bob = held_by_two(&site).await;
    let own = policy_of(&bob, "/a.bin").await;
    let before: Value = bob.info("/a.bin").await.ok();
    let used = (alice.used().await, bob.used().await);
    let task = relocate(&site, alice, &["/docs"]).await;
    assert_eq!(task["summary"]["props"]["failed"], 0, "{task}");
    for path in ["/docs/a.bin", "/a.bin"] {
        let kept = kept(alice, path).await;
        assert!(kept.iter().all(|(_, policy)| policy == "Disk"), "{kept:?}");
        assert_eq!(alice.get(path).await, bytes_of("a", 50_000));
    }
    assert_eq!(stored(&site.disk), 2, "each version once");
    assert_eq!(policy_of(&bob, "/a.bin").await, own);
    assert_eq!(bob.info("/a.bin").await.ok(), before);
    assert_eq!(bob.get("/a.bin").await, bytes_of("a", 50_000));
    assert_eq!((alice.used().await, bob.used().await), used);
    agrees(&site).await;
    // They have nothing to do with each other any more.
    bob.delete_for_good(&["/a.bin"]).await.done();
    alice.overwrite("/a.bin", "new").await;
    site.server.nothing_left_of("collect_trash").await;
    agrees(&site).await;
    assert_eq!(alice.get("/docs/a.bin").await, bytes_of("a", 50_000));
}

#[tokio::test]
async fn a_thumbnail_that_others_have_too_stays_a_picture() {
    let site = site().await;
    let alice = &site.alice;
    alice
        .put(
            "/docs/a.png",
            picture(400, 300, [9, 120, 40], ImageFormat::Png),
        )
        .await;
    let thumb = alice.thumb("/docs/a.png").await;
    let share = alice.share("/docs/a.png", json!({})).await;
    let bob = site.server.user("bob").await;
    bob.copy_to(&[share.at("/")], "/").await.done();
    relocate(&site, alice, &["/docs"]).await;
    let kept = kept(alice, "/docs/a.png").await;
    assert_eq!(kept.len(), 2, "{kept:?}");
    assert!(kept.iter().all(|(_, policy)| policy == "Disk"), "{kept:?}");
    for (who, path) in [(alice, "/docs/a.png"), (&bob, "/a.png")] {
        let again = who.thumb(path).await;
        assert_eq!(again.header("content-type"), thumb.header("content-type"));
        assert_eq!(again.body, thumb.body);
    }
    agrees(&site).await;
}

/// Begins to move `/docs`, and waits until the copies of both versions are made.
async fn copies_made(site: &Site, gate: &Gate) {
    gate.hold("relocate: copied");
    let disk = id(&site.alice, "Disk").await;
    try_move(&site.alice, &["/docs"], &disk).await.ok();
    gate.reached_by(2, "relocate: copied").await;
}

async fn end(site: &Site, gate: &Gate) {
    gate.open("relocate: copied");
    site.server.nothing_left_of("relocate").await;
    site.server.nothing_left_of("collect_trash").await;
    agrees(site).await;
}

#[tokio::test]
async fn what_the_others_delete_meanwhile_moves_as_a_whole() {
    let gate = Gate::default();
    let site = watched(&gate).await;
    let bob = held_by_two(&site).await;
    let before = kept(&site.alice, "/docs/a.bin").await;
    copies_made(&site, &gate).await;
    bob.delete_for_good(&["/a.bin"]).await.done();
    end(&site, &gate).await;
    let after = kept(&site.alice, "/docs/a.bin").await;
    assert_eq!(after[0], (before[0].0.clone(), "Disk".to_owned()));
    assert_eq!(stored(&site.disk), 2);
}

#[tokio::test]
async fn what_the_others_delete_at_the_last_moment_moves_as_a_whole() {
    let gate = Gate::default();
    let site = watched(&gate).await;
    let bob = held_by_two(&site).await;
    gate.hold("relocate: is shared");
    let disk = id(&site.alice, "Disk").await;
    try_move(&site.alice, &["/docs"], &disk).await.ok();
    gate.reached("relocate: is shared").await;
    bob.delete_for_good(&["/a.bin"]).await.done();
    site.server.nothing_left_of("collect_trash").await;
    gate.open("relocate: is shared");
    end(&site, &gate).await;
    assert_eq!(policy_of(&site.alice, "/a.bin").await, "Disk");
    assert_eq!(stored(&site.disk), 2);
}

#[tokio::test]
async fn what_somebody_begins_to_hold_meanwhile_stays_with_them() {
    let gate = Gate::default();
    let site = watched(&gate).await;
    let alice = &site.alice;
    alice.put("/docs/a.bin", bytes_of("a", 50_000)).await;
    let share = alice.share("/docs", json!({})).await;
    let bob = site.server.user("bob").await;
    gate.hold("relocate: copied");
    let disk = id(alice, "Disk").await;
    try_move(alice, &["/docs"], &disk).await.ok();
    gate.reached("relocate: copied").await;
    bob.copy_to(&[share.at("/a.bin")], "/").await.done();
    end(&site, &gate).await;
    assert_eq!(policy_of(alice, "/docs/a.bin").await, "Disk");
    assert_ne!(policy_of(&bob, "/a.bin").await, "Disk");
    assert_eq!(bob.get("/a.bin").await, bytes_of("a", 50_000));
}

#[tokio::test]
async fn a_version_written_meanwhile_stays_current_and_where_it_is() {
    let gate = Gate::default();
    let site = watched(&gate).await;
    let alice = &site.alice;
    let bob = held_by_two(&site).await;
    copies_made(&site, &gate).await;
    alice.overwrite("/docs/a.bin", "written meanwhile").await;
    end(&site, &gate).await;
    assert_eq!(alice.get("/docs/a.bin").await, "written meanwhile");
    let versions = kept(alice, "/docs/a.bin").await;
    let policies: Vec<bool> = versions
        .iter()
        .map(|(_, policy)| policy == "Disk")
        .collect();
    assert_eq!(policies, [false, true, true], "{versions:?}");
    assert_eq!(policy_of(alice, "/a.bin").await, "Disk");
    assert_eq!(bob.get("/a.bin").await, bytes_of("a", 50_000));
    // The version that was copied can be gone back to.
    let version = versions[1].0.as_str().unwrap();
    alice.set_version("/docs/a.bin", version).await.done();
    assert_eq!(alice.get("/docs/a.bin").await, bytes_of("a", 50_000));
}

#[tokio::test]
async fn what_goes_to_the_trash_meanwhile_comes_back_whole() {
    let gate = Gate::default();
    let site = watched(&gate).await;
    let alice = &site.alice;
    let bob = held_by_two(&site).await;
    let used = alice.used().await;
    copies_made(&site, &gate).await;
    alice.delete(&["/docs"]).await.done();
    end(&site, &gate).await;
    alice.restore(&[alice.in_trash("docs").await]).await.done();
    assert_eq!(alice.get("/docs/a.bin").await, bytes_of("a", 50_000));
    let versions = kept(alice, "/docs/a.bin").await;
    assert_eq!(versions.len(), 2, "{versions:?}");
    let old = versions[1].0.as_str().unwrap();
    alice.set_version("/docs/a.bin", old).await.done();
    assert_eq!(alice.get("/docs/a.bin").await, bytes_of("old", 40_000));
    assert_eq!(bob.get("/a.bin").await, bytes_of("a", 50_000));
    assert_eq!(alice.used().await, used);
    agrees(&site).await;
}

#[tokio::test]
async fn what_its_owner_deletes_meanwhile_is_not_brought_back() {
    let gate = Gate::default();
    let site = watched(&gate).await;
    let alice = &site.alice;
    let bob = held_by_two(&site).await;
    copies_made(&site, &gate).await;
    alice.delete_for_good(&["/docs", "/a.bin"]).await.done();
    end(&site, &gate).await;
    assert_eq!(alice.used().await, 0);
    assert_eq!(stored(&site.disk), 0, "what was copied in vain is gone");
    assert_eq!(bob.get("/a.bin").await, bytes_of("a", 50_000));
}
