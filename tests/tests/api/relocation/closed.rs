//! Storages that cannot be opened while bytes move: the same as those that do not answer.

use super::away::{add_disk, ends, hurry, waits};
use super::{Site, id, kept, site, try_move};
use crate::admin::disks::give;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// Takes the folder of a disk away; whoever uses the disk has to open it anew, and cannot.
async fn close(site: &Site, (name, folder, out): (&str, &Path, &Path)) {
    fs::rename(folder, out).unwrap();
    let changed =
        format!("UPDATE storage_policies SET updated_at = updated_at + 1 WHERE name = '{name}'");
    site.server.tamper(&changed).await;
    // When one changes, all are read anew.
    let admin = site.server.admin();
    let policy = admin.get_json("/admin/policy/1", &[]).await.ok();
    let body = json!({ "policy": policy });
    admin.put_json("/admin/policy/1", body).await.ok();
}

/// Waits until the task has tried in vain more often than its queue would let it.
async fn has_waited_often(site: &Site) {
    let state = "SELECT private_state AS value FROM tasks WHERE kind = 'relocate'";
    for _ in 0..400 {
        hurry(site).await;
        let state: Value = serde_json::from_str(&site.server.ask(state).await).unwrap();
        if state["patience"].as_u64().unwrap() > 8 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("{}", site.server.ask(state).await);
}

#[tokio::test]
async fn a_target_that_cannot_be_opened_is_waited_for() {
    let site = site().await;
    let alice = &site.alice;
    alice.put("/docs/a", "there").await;
    let target = id(alice, "Disk").await;
    let place = tempfile::tempdir().unwrap();
    let (folder, out) = (site.disk.path(), place.path().join("taken out"));
    close(&site, ("Disk", folder, &out)).await;
    let begun = try_move(alice, &["/docs"], &target).await.ok();
    has_waited_often(&site).await;
    waits(&site, &begun).await;
    fs::rename(&out, folder).unwrap();
    ends(&site, &begun, "completed").await;
    assert_eq!(kept(alice, "/docs/a").await[0].1, "Disk");
}

#[tokio::test]
async fn a_source_that_cannot_be_opened_is_tried_again() {
    let site = site().await;
    let alice = &site.alice;
    let place = tempfile::tempdir().unwrap();
    let (folder, out) = (place.path().join("third"), place.path().join("taken out"));
    fs::create_dir(&folder).unwrap();
    let third = add_disk(&site, &folder).await;
    alice.put("/docs/a", "here").await;
    give(&site.server, third).await;
    alice.put("/docs/b", "there").await;
    let target = id(alice, "Disk").await;
    close(&site, ("Third", &folder, &out)).await;
    let begun = try_move(alice, &["/docs"], &target).await.ok();
    super::rights::waits(&site).await;
    waits(&site, &begun).await;
    fs::rename(&out, &folder).unwrap();
    let ended = ends(&site, &begun, "completed").await;
    assert_eq!(ended["summary"]["props"]["failed"], 0, "{ended}");
    for (name, content) in [("a", "here"), ("b", "there")] {
        let path = format!("/docs/{name}");
        assert_eq!(kept(alice, &path).await[0].1, "Disk");
        assert_eq!(alice.get(&path).await, content);
    }
}

/// It is given up after a while, and the task says that it could not be read.
#[tokio::test]
async fn one_source_of_several_that_cannot_be_opened_is_told_of_at_the_end() {
    let site = site().await;
    let alice = &site.alice;
    let place = tempfile::tempdir().unwrap();
    let (folder, out) = (place.path().join("third"), place.path().join("taken out"));
    fs::create_dir(&folder).unwrap();
    let third = add_disk(&site, &folder).await;
    alice.put("/docs/a", "here").await;
    give(&site.server, third).await;
    alice.put("/docs/b", "there").await;
    let target = id(alice, "Disk").await;
    close(&site, ("Third", &folder, &out)).await;
    let begun = try_move(alice, &["/docs"], &target).await.ok();
    let ended = ends(&site, &begun, "error").await;
    let why = ended["error"].as_str().unwrap();
    assert!(why.contains("1 stored versions stay"), "{why}");
    let told = json!([{ "path": "/docs/b", "owner": alice.id, "reason": "unreadable" }]);
    assert_eq!(ended["summary"]["props"]["failures"], told);
    assert_eq!(kept(alice, "/docs/a").await[0].1, "Disk");
}
