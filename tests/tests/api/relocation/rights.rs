//! What was begun goes on only for as long as it might begin.

use super::away::{ends, hurry, retry};
use super::{Site, id, kept, policy_id, site, stored, task, try_move, watched};
use serde_json::{Value, json};
use std::fs;
use tests::{Gate, bytes_of};

/// The disk is away, so that what was begun waits.
pub(super) fn take_disk(site: &Site) {
    let root = site.disk.path();
    fs::rename(root.join(".staging"), root.join("hidden")).unwrap();
}

pub(super) fn give_disk(site: &Site) {
    let root = site.disk.path();
    fs::rename(root.join("hidden"), root.join(".staging")).unwrap();
}

pub(super) async fn waits(site: &Site) {
    let state = "SELECT state AS value FROM tasks WHERE kind = 'relocate'";
    for _ in 0..200 {
        if site.server.ask(state).await == "suspending" {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("it does not wait");
}

/// Has members choose other policies beside their own, or none.
async fn offer(site: &Site, policies: Value) {
    let admin = site.server.admin();
    let mut group = admin.get_json("/admin/group/2", &[]).await.ok();
    group["settings"]["other_policies"] = policies;
    let body = json!({ "group": group });
    admin.put_json("/admin/group/2", body).await.ok();
}

/// The task of alice ended, with this error, and moved nothing.
async fn fails(site: &Site, begun: &Value, why: &str) {
    let ended = ends(site, begun, "error").await;
    let error = ended["error"].as_str().unwrap();
    assert!(error.contains(why), "{error}");
    assert_eq!(stored(&site.disk), 0);
    assert_ne!(kept(&site.alice, "/docs/a").await[0].1, "Disk");
}

#[tokio::test]
async fn nothing_moves_once_the_right_is_gone_and_trying_again_changes_nothing() {
    let site = site().await;
    let alice = &site.alice;
    alice.put("/docs/a", "there").await;
    take_disk(&site);
    let disk = id(alice, "Disk").await;
    let begun = try_move(alice, &["/docs"], &disk).await.ok();
    waits(&site).await;
    site.server.permit_users("9408").await;
    give_disk(&site);
    fails(&site, &begun, "the group may not").await;
    retry(&site).await;
    fails(&site, &begun, "the group may not").await;
    site.server.permit_users("940C").await;
    retry(&site).await;
    ends(&site, &begun, "completed").await;
    assert_eq!(kept(alice, "/docs/a").await[0].1, "Disk");
}

#[tokio::test]
async fn nothing_moves_to_what_is_offered_no_longer() {
    let site = site().await;
    let alice = &site.alice;
    alice.put("/docs/a", "there").await;
    take_disk(&site);
    let disk = id(alice, "Disk").await;
    let begun = try_move(alice, &["/docs"], &disk).await.ok();
    waits(&site).await;
    offer(&site, json!([])).await;
    give_disk(&site);
    fails(&site, &begun, "none that may be chosen").await;
    retry(&site).await;
    fails(&site, &begun, "none that may be chosen").await;
    let number = policy_id(&site).await;
    offer(&site, json!([number])).await;
    retry(&site).await;
    ends(&site, &begun, "completed").await;
    assert_eq!(kept(alice, "/docs/a").await[0].1, "Disk");
}

#[tokio::test]
async fn what_was_moved_before_the_right_went_stays_moved() {
    let gate = Gate::default();
    let site = watched(&gate).await;
    let alice = &site.alice;
    alice.put("/docs/a", bytes_of("a", 50_000)).await;
    gate.hold("relocate: copied");
    let disk = id(alice, "Disk").await;
    let begun = try_move(alice, &["/docs"], &disk).await.ok();
    gate.reached("relocate: copied").await;
    site.server.permit_users("9408").await;
    gate.open("relocate: copied");
    ends(&site, &begun, "error").await;
    assert_eq!(kept(alice, "/docs/a").await[0].1, "Disk");
    assert_eq!(alice.get("/docs/a").await, bytes_of("a", 50_000));
}

#[tokio::test]
async fn who_administers_no_longer_moves_nothing_of_others() {
    let site = site().await;
    let alice = &site.alice;
    alice.put("/docs/a", "there").await;
    let bob = site.server.user("bob").await;
    let join =
        "UPDATE users SET group_id = 1, updated_at = updated_at + 1 WHERE email LIKE 'bob@%'";
    site.server.tamper(join).await;
    take_disk(&site);
    let theirs = format!("cloudreve://{}@my/docs", alice.id);
    let disk = id(alice, "Disk").await;
    let body = json!({ "src": [theirs], "dst_policy_id": disk });
    let begun = bob.post("/workflow/relocate", body).await.ok();
    waits(&site).await;
    let leave =
        "UPDATE users SET group_id = 2, updated_at = updated_at + 1 WHERE email LIKE 'bob@%'";
    site.server.tamper(leave).await;
    give_disk(&site);
    hurry(&site).await;
    site.server.nothing_left_of("relocate").await;
    let ended = task(&bob, &begun).await;
    assert_eq!(ended["status"], "error", "{ended}");
    assert_eq!(stored(&site.disk), 0);
    assert_ne!(kept(alice, "/docs/a").await[0].1, "Disk");
}
