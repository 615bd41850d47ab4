//! Storages that are away while bytes move.

use super::{Site, kept, site, task, try_move};
use crate::admin::disks::{self, give};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use tests::bytes_of;

/// Adds one more disk; its number.
pub(super) async fn add_disk(site: &Site, folder: &Path) -> i64 {
    let mut policy = disks::policy(folder, json!({}));
    policy["name"] = json!("Third");
    let body = json!({ "policy": policy });
    let admin = site.server.admin();
    admin.post("/admin/policy/test", body.clone()).await.done();
    let made = admin.put_json("/admin/policy", body).await.ok();
    made["id"].as_i64().unwrap()
}

/// Has a task that waits go on at once.
pub(super) async fn hurry(site: &Site) {
    let state = "SELECT state AS value FROM tasks WHERE kind = 'relocate'";
    if site.server.ask(state).await == "suspending" {
        let soon = "UPDATE tasks SET resume_at = 1 WHERE kind = 'relocate'";
        site.server.tamper(soon).await;
    }
}

/// Begins the task that failed anew.
pub(super) async fn retry(site: &Site) {
    let number = "SELECT CAST(id AS TEXT) AS value FROM tasks WHERE kind = 'relocate'";
    let route = format!("/admin/queue/{}/retry", site.server.ask(number).await);
    site.server.admin().post(&route, json!({})).await.done();
}

/// Waits until the task has ended so, and does not let it wait for long.
pub(super) async fn ends(site: &Site, begun: &Value, state: &str) -> Value {
    for _ in 0..200 {
        let task = task(&site.alice, begun).await;
        if task["status"] == state {
            return task;
        }
        hurry(site).await;
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("{}", task(&site.alice, begun).await);
}

#[tokio::test]
async fn one_dead_source_of_several_holds_up_nothing_and_is_tried_again_when_asked_for() {
    let site = site().await;
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("third");
    fs::create_dir(&folder).unwrap();
    let third = add_disk(&site, &folder).await;
    let alice = &site.alice;
    alice.put("/docs/a", bytes_of("a", 10_000)).await;
    give(&site.server, third).await;
    for number in 0..70 {
        alice.put(&format!("/docs/dead{number}"), "there").await;
    }
    give(&site.server, 1).await;
    alice.put("/docs/z", bytes_of("z", 10_000)).await;
    let out = place.path().join("taken out");
    fs::rename(&folder, &out).unwrap();
    fs::create_dir(&folder).unwrap();

    let target = super::id(alice, "Disk").await;
    let begun = try_move(alice, &["/docs"], &target).await.ok();
    let ended = ends(&site, &begun, "error").await;
    assert!(
        ended["error"]
            .as_str()
            .unwrap()
            .contains("70 stored versions stay"),
        "{ended}"
    );
    let props = &ended["summary"]["props"];
    assert_eq!(props["failed"], 70, "{ended}");
    let told = props["failures"].as_array().unwrap();
    assert!(
        told.iter().all(|one| one["reason"] == "unreadable"),
        "{told:?}"
    );
    for (name, at) in [("a", "Disk"), ("z", "Disk"), ("dead7", "Third")] {
        assert_eq!(kept(alice, &format!("/docs/{name}")).await[0].1, at);
    }

    fs::remove_dir(&folder).unwrap();
    fs::rename(&out, &folder).unwrap();
    retry(&site).await;
    let ended = ends(&site, &begun, "completed").await;
    assert_eq!(ended["summary"]["props"]["failed"], 0, "{ended}");
    for name in ["a", "z", "dead0", "dead69"] {
        assert_eq!(kept(alice, &format!("/docs/{name}")).await[0].1, "Disk");
    }
    assert_eq!(alice.get("/docs/dead3").await, "there");
}

/// Waits until the task has tried in vain more often than what cannot be moved is tried where others can.
async fn has_tried_often(site: &Site) {
    let state = "SELECT private_state AS value FROM tasks WHERE kind = 'relocate'";
    for _ in 0..400 {
        hurry(site).await;
        let state: Value = serde_json::from_str(&site.server.ask(state).await).unwrap();
        if state["tries_here"].as_u64().unwrap() > 4 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("{}", site.server.ask(state).await);
}

/// Nothing was written off, and the task goes on.
pub(super) async fn waits(site: &Site, begun: &Value) {
    let task = task(&site.alice, begun).await;
    let status = task["status"].as_str().unwrap();
    assert!(["suspending", "processing"].contains(&status), "{task}");
    let props = &task["summary"]["props"];
    assert_eq!(props["failed"], 0, "{task}");
    assert_eq!(props["waiting"], "storage", "{task}");
}

/// What is to be moved waits for where it goes, however often that was tried.
#[tokio::test]
async fn a_target_that_is_away_is_waited_for() {
    let site = site().await;
    let alice = &site.alice;
    alice.put("/docs/a", "there").await;
    let root = site.disk.path();
    fs::rename(root.join(".staging"), root.join("hidden")).unwrap();
    let target = super::id(alice, "Disk").await;
    let begun = try_move(alice, &["/docs"], &target).await.ok();
    has_tried_often(&site).await;
    waits(&site, &begun).await;
    fs::rename(root.join("hidden"), root.join(".staging")).unwrap();
    ends(&site, &begun, "completed").await;
    assert_eq!(kept(alice, "/docs/a").await[0].1, "Disk");
}

/// The disk is there and says how much room it has, and nothing can be written.
#[tokio::test]
async fn a_target_that_takes_nothing_is_waited_for() {
    let site = site().await;
    let alice = &site.alice;
    alice.put("/docs/a", "there").await;
    alice.put("/docs/b", "there, too").await;
    let root = site.disk.path();
    fs::rename(root.join(".staging"), root.join("hidden")).unwrap();
    fs::write(root.join(".staging"), "a file in place of a folder").unwrap();
    let target = super::id(alice, "Disk").await;
    let begun = try_move(alice, &["/docs"], &target).await.ok();
    has_tried_often(&site).await;
    waits(&site, &begun).await;
    fs::remove_file(root.join(".staging")).unwrap();
    fs::rename(root.join("hidden"), root.join(".staging")).unwrap();
    ends(&site, &begun, "completed").await;
    for name in ["a", "b"] {
        assert_eq!(kept(alice, &format!("/docs/{name}")).await[0].1, "Disk");
    }
}

/// It takes others, but none of these.
#[tokio::test]
async fn what_moved_nothing_is_not_done_and_can_be_tried_again() {
    let site = site().await;
    let alice = &site.alice;
    alice.put("/docs/a", "there").await;
    let stands_there = site.disk.path().join("uploads");
    fs::write(&stands_there, "a file in place of a folder").unwrap();
    let target = super::id(alice, "Disk").await;
    let begun = try_move(alice, &["/docs"], &target).await.ok();
    let ended = ends(&site, &begun, "error").await;
    let why = ended["error"].as_str().unwrap();
    assert!(
        why.contains("1 stored versions could not be moved"),
        "{why}"
    );
    assert_eq!(ended["summary"]["props"]["failed"], 1, "{ended}");
    assert_ne!(kept(alice, "/docs/a").await[0].1, "Disk");
    fs::remove_file(&stands_there).unwrap();
    retry(&site).await;
    ends(&site, &begun, "completed").await;
    assert_eq!(kept(alice, "/docs/a").await[0].1, "Disk");
}
