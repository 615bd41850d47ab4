//! Policies that spread new bytes over others.

use super::disks;
use crate::code;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tempfile::TempDir;
use tests::{Client, Reply, TestServer};

struct Site {
    server: TestServer,
    alice: Client,
    _disks: [TempDir; 2],
    /// Numbers of the policies: the balance, and those it is spread over.
    balance: i64,
    children: [i64; 2],
}

fn balance(children: Value) -> Value {
    json!({
        "id": 0, "name": "Both", "type": "load_balance", "dir_name_rule": "", "file_name_rule": "",
        "settings": { "children": children, "file_type": null }, "edges": {},
    })
}

async fn save(admin: &Client, policy: Value) -> Reply {
    let body = json!({ "policy": policy });
    admin.put_json("/admin/policy", body).await
}

/// Two disks, and everybody's new files spread over them.
async fn site(weights: [i64; 2]) -> Site {
    let (server, first) = disks::started().await;
    let second = tempfile::tempdir().unwrap();
    let admin = server.admin();
    let mut children = Vec::new();
    for (disk, name) in [(&first, "One"), (&second, "Two")] {
        let mut policy = disks::policy(disk.path(), json!({}));
        policy["name"] = json!(name);
        let body = json!({ "policy": policy });
        admin.post("/admin/policy/test", body.clone()).await.done();
        let made = admin.put_json("/admin/policy", body).await.ok();
        children.push(made["id"].as_i64().unwrap());
    }
    let children: [i64; 2] = children.try_into().unwrap();
    let spread = balance(json!([
        { "policy_id": children[0], "weight": weights[0] },
        { "policy_id": children[1], "weight": weights[1] },
    ]));
    let tried = admin.post("/admin/policy/test", json!({ "policy": spread }));
    tried.await.done();
    let balance = save(admin, spread).await.ok()["id"].as_i64().unwrap();
    disks::give(&server, balance).await;
    Site {
        alice: server.user("alice").await,
        server,
        _disks: [first, second],
        balance,
        children,
    }
}

/// The policy that a listing names, and the one that the bytes of a file are kept by.
async fn both(site: &Site, folder: &str) -> (String, String) {
    let alice = &site.alice;
    let shown = alice.list(folder).await.ok()["storage_policy"].clone();
    assert_eq!(shown["type"], "local");
    let session = alice.open_upload(&format!("{folder}/a.txt"), 1).await;
    assert_eq!(session.data["storage_policy"], shown);
    alice.finish_upload(&session, &"x".into()).await;
    let kept = format!(
        "SELECT p.name AS value FROM blobs b JOIN storage_policies p ON p.id = b.policy_id \
         WHERE b.id = (SELECT current_blob_id FROM files WHERE name = 'a.txt' AND parent_id = \
         (SELECT id FROM files WHERE name = '{}'))",
        folder.trim_start_matches('/')
    );
    let kept = site.server.ask(&kept).await;
    (shown["name"].as_str().unwrap().to_owned(), kept)
}

#[tokio::test]
async fn each_folder_has_its_policy_which_listing_and_session_agree_on() {
    let site = site([1, 1]).await;
    let alice = &site.alice;
    let mut used = BTreeSet::new();
    for number in 0..16 {
        let folder = format!("/f{number}");
        alice.create_folder(&folder).await;
        let (shown, kept) = both(&site, &folder).await;
        assert_eq!(shown, kept);
        // Whatever way they come.
        let file = format!("{folder}/b.txt");
        alice.create_file(&file).await;
        alice.put_content(&file, "text").await.ok();
        assert_eq!(alice.get(&file).await, "text");
        let info = alice.info_with(&file, &[("extended", "true")]);
        let versions = info.await.ok()["extended_info"]["entities"].clone();
        assert_eq!(versions[0]["storage_policy"]["name"], shown);
        used.insert(kept);
    }
    assert_eq!(used.len(), 2, "sixteen folders would be in one place");
}

#[tokio::test]
async fn nothing_new_goes_where_the_weight_is_nothing_and_who_names_a_policy_gets_it() {
    let site = site([1, 0]).await;
    let alice = &site.alice;
    for number in 0..8 {
        let folder = format!("/f{number}");
        alice.create_folder(&folder).await;
        assert_eq!(both(&site, &folder).await.1, "One");
    }
    let shown = alice.list("/f1").await.ok()["storage_policy"]["id"].clone();
    let admin = site.server.admin();
    let route = format!("/admin/policy/{}", site.balance);
    let mut row = admin.get_json(&route, &[]).await.ok();
    for child in 0..2 {
        row["settings"]["children"][child]["weight"] = json!(child);
    }
    admin.put_json(&route, json!({ "policy": row })).await.ok();
    let opened = |policy: Value| {
        let more = json!({ "policy_id": policy, "entity_type": "version" });
        alice.try_open_upload("/f1/b.txt", 1, more)
    };
    // It weighs nothing now: it is as if it had not been named.
    let session = opened(shown.clone()).await.ok();
    assert_eq!(session["storage_policy"]["name"], "Two");
    let id = session["session_id"].as_str().unwrap();
    alice.cancel_upload(id, "/f1/b.txt").await.done();
    row["settings"]["children"][0]["weight"] = json!(1);
    row["settings"]["children"][1]["weight"] = json!(1_000_000);
    row.as_object_mut().unwrap().remove("updated_at");
    admin.put_json(&route, json!({ "policy": row })).await.ok();
    let session = opened(shown).await.ok();
    assert_eq!(session["storage_policy"]["name"], "One");
}

#[tokio::test]
async fn only_what_can_be_spread_over_is_taken_and_it_stays() {
    let site = site([1, 1]).await;
    let admin = site.server.admin();
    let one = site.children[0];
    for children in [
        json!([]),
        json!(null),
        json!([{ "policy_id": 4711, "weight": 1 }]),
        json!([{ "policy_id": site.balance, "weight": 1 }]),
        json!([{ "policy_id": one, "weight": 0 }]),
        json!([{ "policy_id": one, "weight": 1 }, { "policy_id": one, "weight": 1 }]),
    ] {
        let refused = save(admin, balance(children.clone())).await;
        refused.refused(code::PARAMETER);
        assert!(refused.text().contains("children"), "{children}");
    }
    let route = format!("/admin/policy/{one}");
    let deleted = admin.delete_json(&route, json!({})).await;
    deleted.refused(code::POLICY_KEEPS);
    let mut changed = admin.get_json(&route, &[]).await.ok();
    changed["type"] = json!("load_balance");
    changed["settings"]["children"] = json!([{ "policy_id": 1, "weight": 1 }]);
    let changed = admin.put_json(&route, json!({ "policy": changed })).await;
    changed.refused(code::PARAMETER);
    let listed = super::lists::only(admin, "policy", "policy_type", "load_balance").await;
    assert_eq!(super::lists::texts(&listed, "policies", "name"), ["Both"]);
}

#[tokio::test]
async fn a_policy_that_cannot_be_used_is_passed_over() {
    let mut site = site([1, 1]).await;
    let alice = &site.alice;
    for number in 0..4 {
        alice.create_folder(&format!("/f{number}")).await;
    }
    let break_one =
        |id: i64| format!("UPDATE storage_policies SET kind = 'floppy' WHERE id = {id}");
    site.server.tamper(&break_one(site.children[0])).await;
    site.server.restart().await;
    for number in 0..4 {
        assert_eq!(both(&site, &format!("/f{number}")).await.1, "Two");
    }
    site.server.tamper(&break_one(site.children[1])).await;
    site.server.restart().await;
    let alice = &site.alice;
    let listing = alice.list("/f1").await.ok();
    assert!(listing.get("storage_policy").is_none());
    let refused = alice.try_open_upload("/f1/new.txt", 1, json!({})).await;
    refused.refused(code::INTERNAL_SETTING);
}

/// Has a disk count as full, or as it is.
async fn fill(site: &Site, child: i64, is_full: bool) {
    let (admin, route) = (site.server.admin(), format!("/admin/policy/{child}"));
    let mut row = admin.get_json(&route, &[]).await.ok();
    let least = if is_full { 1_u64 << 60 } else { 1 };
    row["settings"]["min_free_bytes"] = json!(least);
    admin.put_json(&route, json!({ "policy": row })).await.ok();
}

#[tokio::test]
async fn what_a_full_disk_has_no_room_for_goes_to_the_next() {
    let site = site([1, 1]).await;
    let alice = &site.alice;
    let mut named = Vec::new();
    for number in 0..6 {
        let folder = format!("/f{number}");
        alice.create_folder(&folder).await;
        let (shown, _) = both(&site, &folder).await;
        named.push((folder, shown));
    }
    let of_one: Vec<&String> = named
        .iter()
        .filter_map(|(folder, name)| (name == "One").then_some(folder))
        .collect();
    let first = *of_one.first().expect("some folder goes to the first");
    fill(&site, site.children[0], true).await;
    let path = format!("{first}/b.txt");
    let before = alice.everything().await;
    // Whoever meets it first is told.
    let opened = alice.try_open_upload(&path, 1, json!({})).await;
    opened.refused(code::IO_FAILED);
    assert!(opened.text().contains("no space"), "{}", opened.text());
    assert_eq!(alice.everything().await, before);
    // From then on it is passed over, and what it has can still be used.
    for folder in &of_one {
        let old = format!("{folder}/a.txt");
        assert_eq!(alice.get(&old).await, "x");
        alice.delete_for_good(&[&old]).await.done();
        assert_eq!(both(&site, folder).await, ("Two".into(), "Two".into()));
    }
    // If all are full they say so, and when there is room all is as it was.
    fill(&site, site.children[1], true).await;
    for _ in 0..3 {
        let opened = alice.try_open_upload(&path, 1, json!({})).await;
        opened.refused(code::IO_FAILED);
        assert!(opened.text().contains("no space"), "{}", opened.text());
    }
    fill(&site, site.children[0], false).await;
    fill(&site, site.children[1], false).await;
    for (folder, name) in &named {
        alice
            .delete_for_good(&[&format!("{folder}/a.txt")])
            .await
            .done();
        assert_eq!(both(&site, folder).await, (name.clone(), name.clone()));
    }
}

/// Two folders that the first disk has, and what a listing says of it.
async fn folders_of_one(site: &Site) -> (Vec<String>, Value) {
    let (alice, mut found) = (&site.alice, Vec::new());
    let mut shown = Value::Null;
    for number in 0..20 {
        let folder = format!("/f{number}");
        alice.create_folder(&folder).await;
        let policy = alice.list(&folder).await.ok()["storage_policy"].clone();
        if policy["name"] == "One" {
            found.push(folder);
            shown = policy["id"].clone();
        }
    }
    assert!(found.len() >= 2, "some folders go to the first");
    (found, shown)
}

#[tokio::test]
async fn one_that_is_named_and_full_gives_way_and_listing_session_and_visitors_agree() {
    let site = site([1, 1]).await;
    let alice = &site.alice;
    let (folders, one) = folders_of_one(&site).await;
    let (first, second) = (&*folders[0], &*folders[1]);
    let rights = json!({ "permissions": { "everyone": "BQ==" } });
    let share = alice.share(first, rights).await;
    let visitor = site.server.stranger();
    fill(&site, site.children[0], true).await;
    let named = json!({ "policy_id": one });
    let opened = async |folder: &str| {
        let path = format!("{folder}/b.txt");
        alice.try_open_upload(&path, 1, named.clone()).await
    };
    opened(first).await.refused(code::IO_FAILED);
    for folder in [first, second] {
        let listed = alice.list(folder).await.ok()["storage_policy"].clone();
        assert_eq!(listed["name"], "Two");
        let session = opened(folder).await.ok();
        assert_eq!(session["storage_policy"], listed);
        let id = session["session_id"].as_str().unwrap();
        alice
            .cancel_upload(id, &format!("{folder}/b.txt"))
            .await
            .done();
    }
    // Whoever comes by a link hears the same, whatever they name.
    let shown = visitor.list(&share.at("/")).await.ok()["storage_policy"].clone();
    assert_eq!(shown["name"], "Two");
    let path = share.at("/c.txt");
    let session = visitor.try_open_upload(&path, 1, named.clone()).await.ok();
    assert_eq!(session["storage_policy"], shown);
    fill(&site, site.children[0], false).await;
    for policy in [&one, &shown["id"]] {
        let named = json!({ "policy_id": policy });
        let path = share.at(&format!("/{}.txt", policy.as_str().unwrap()));
        let session = visitor.try_open_upload(&path, 1, named).await.ok();
        let shown = visitor.list(&share.at("/")).await.ok()["storage_policy"].clone();
        assert_eq!(session["storage_policy"], shown, "they do not choose");
    }
    fill(&site, site.children[0], true).await;
    opened(first).await.refused(code::IO_FAILED);
    // If all are full that is what is said.
    fill(&site, site.children[1], true).await;
    for _ in 0..2 {
        let refused = opened(first).await;
        refused.refused(code::IO_FAILED);
        assert!(refused.text().contains("no space"), "{}", refused.text());
    }
}

#[tokio::test]
async fn what_is_too_large_for_a_disk_leaves_it_to_what_is_small() {
    let site = site([1, 1]).await;
    let alice = &site.alice;
    let (folders, _) = folders_of_one(&site).await;
    site.server
        .tamper("UPDATE groups SET max_storage = 9000000000000000")
        .await;
    let path = format!("{}/huge.bin", folders[0]);
    let refused = alice.try_open_upload(&path, 1 << 50, json!({})).await;
    refused.refused(code::IO_FAILED);
    assert!(refused.text().contains("no space"), "{}", refused.text());
    for folder in &folders {
        assert_eq!(both(&site, folder).await, ("One".into(), "One".into()));
    }
}
