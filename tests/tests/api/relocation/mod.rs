//! `POST /workflow/relocate`: bytes move to another storage policy, and nobody notices.

mod admin;
mod away;
mod balance;
mod broken;
mod closed;
mod course;
mod late;
mod links;
mod parted_links;
mod rights;
mod shared;

use crate::admin::disks;
use crate::code;
use serde_json::{Value, json};
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tempfile::TempDir;
use tests::{Client, Gate, Reply, TestServer, bytes_of, files_below, uri};

/// What is read of it now would become what it is.
#[tokio::test]
async fn damaged_bytes_without_a_hash_stay_where_they_are() {
    let site = site().await;
    site.alice.put("/a.bin", bytes_of("a", 40_000)).await;
    let server = &site.server;
    server
        .tamper(
            "UPDATE blobs SET blake3 = NULL, verified_at = NULL, \
                 created_at = created_at - 8000000000, updated_at = updated_at - 8000000000",
        )
        .await;
    let path = server.stored_files().remove(0);
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..39_999]).unwrap();
    let admin = server.admin();
    admin.post("/admin/proof/run", json!({})).await.done();
    server.nothing_left_of("blob_scrub").await;
    // As long as it should be, and still nobody knows whether it is what it was.
    fs::write(&path, bytes_of("rot", 40_000)).unwrap();
    let task = relocate(&site, &site.alice, &["/a.bin"]).await;
    assert_eq!(task["summary"]["props"]["failed"], 1, "{task}");
    assert_eq!(stored(&site.disk), 0);
    let url = site.alice.url("/a.bin").await;
    assert_eq!(site.alice.fetch(&url).await.status, 502);
}

struct Site {
    server: TestServer,
    alice: Client,
    disk: TempDir,
}

/// Members may have what they have on another disk, too, and move it there.
async fn site() -> Site {
    let (server, disk) = disks::started().await;
    site_of(server, disk).await
}

/// The same, watched.
async fn watched(gate: &Gate) -> Site {
    let steps = gate.steps();
    let server = TestServer::start_as(move |config| {
        config.storage_roots = vec![std::env::temp_dir()];
        config.steps = steps.clone();
    });
    site_of(server.await, tempfile::tempdir().unwrap()).await
}

async fn site_of(server: TestServer, disk: TempDir) -> Site {
    let body = json!({ "policy": disks::policy(disk.path(), json!({})) });
    let admin = server.admin();
    admin.post("/admin/policy/test", body.clone()).await.done();
    let made = admin.put_json("/admin/policy", body).await.ok();
    for group in [1, 2] {
        let route = format!("/admin/group/{group}");
        let mut row = admin.get_json(&route, &[]).await.ok();
        row["settings"]["other_policies"] = json!([made["id"]]);
        admin.put_json(&route, json!({ "group": row })).await.ok();
    }
    // Share, open shares, relocate.
    server.permit_users("940C").await;
    Site {
        alice: server.user("alice").await,
        server,
        disk,
    }
}

async fn id(who: &Client, name: &str) -> String {
    let all = who.get_json("/user/setting/policies", &[]).await.ok();
    let found = all
        .as_array()
        .unwrap()
        .iter()
        .find(|policy| policy["name"] == name);
    found.unwrap()["id"].as_str().unwrap().to_owned()
}

async fn try_move(who: &Client, paths: &[&str], policy: &str) -> Reply {
    let uris: Vec<String> = paths.iter().map(|path| uri(path)).collect();
    let body = json!({ "src": uris, "dst_policy_id": policy });
    who.post("/workflow/relocate", body).await
}

/// Moves to the other disk, and waits; the task as it ended.
async fn relocate(site: &Site, who: &Client, paths: &[&str]) -> Value {
    let begun = try_move(who, paths, &id(who, "Disk").await).await.ok();
    assert_eq!(begun["type"], "relocate");
    site.server.nothing_left_of("relocate").await;
    task(who, &begun).await
}

/// A task as it is now.
async fn task(who: &Client, begun: &Value) -> Value {
    let query = [("page_size", "25"), ("category", "general")];
    let all = who.get_json("/workflow", &query).await.ok();
    let tasks = all["tasks"].as_array().unwrap();
    let task = tasks.iter().find(|task| task["id"] == begun["id"]);
    task.unwrap().clone()
}

/// The number of the other disk.
async fn policy_id(site: &Site) -> i64 {
    let sql = "SELECT CAST(id AS TEXT) AS value FROM storage_policies WHERE name = 'Disk'";
    site.server.ask(sql).await.parse().unwrap()
}

/// What keeps each thing that a file holds, with its id.
async fn kept(who: &Client, path: &str) -> Vec<(Value, String)> {
    let info = who.info_with(path, &[("extended", "true")]).await.ok();
    let all = info["extended_info"]["entities"]
        .as_array()
        .unwrap()
        .clone();
    let name = |entity: &Value| {
        entity["storage_policy"]["name"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    all.iter()
        .map(|entity| (entity["id"].clone(), name(entity)))
        .collect()
}

fn stored(disk: &TempDir) -> usize {
    let all = files_below(disk.path()).into_iter();
    let staged = |path: &std::path::PathBuf| path.iter().any(|name| name == ".staging");
    all.filter(|path| !staged(path)).count()
}

#[tokio::test]
async fn everything_below_a_folder_moves_and_stays_what_it_is() {
    let site = site().await;
    let alice = &site.alice;
    let (old, new) = (bytes_of("old", 200_000), bytes_of("new", 300_000));
    alice.put("/docs/deep/a.bin", old.clone()).await;
    alice.overwrite("/docs/deep/a.bin", new.clone()).await;
    alice.put("/docs/b.txt", "text").await;
    alice.copy_to(&["/docs/b.txt"], "/docs/deep").await.done();
    alice.put("/else.txt", "stays").await;
    let share = alice.share("/docs", json!({})).await;
    let link = alice.url("/docs/deep/a.bin").await;
    let before = (kept(alice, "/docs/deep/a.bin").await, alice.used().await);
    let own = before.0[0].1.clone();
    assert_eq!(before.0.len(), 2);

    let task = relocate(&site, alice, &["/docs"]).await;
    assert_eq!(task["status"], "completed", "{task}");
    let props = &task["summary"]["props"];
    assert_eq!(props["failed"], 0);
    assert_eq!(props["src_multiple"], json!([uri("/docs")]));
    assert_eq!(props["dst_policy_id"], id(alice, "Disk").await);
    // What is kept for links that were given out is told of, and until when.
    let until = "SELECT CAST(MAX(unlinked_at) / 1000000 AS TEXT) AS value FROM blobs";
    let until: i64 = site.server.ask(until).await.parse().unwrap();
    let until = chrono::DateTime::from_timestamp(until, 0).unwrap();
    let until = until.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let left = json!([{ "policy": own, "bytes": 500_004, "until": until }]);
    assert_eq!(props["left_behind"], left);
    assert_eq!(
        stored(&site.disk),
        3,
        "two versions, and what is copied once"
    );
    let after = kept(alice, "/docs/deep/a.bin").await;
    let ids = |kept: &[(Value, String)]| -> Vec<Value> {
        kept.iter().map(|(id, _)| id.clone()).collect()
    };
    assert_eq!(ids(&after), ids(&before.0));
    assert!(
        after.iter().all(|(_, policy)| policy == "Disk"),
        "{after:?}"
    );
    assert_eq!(kept(alice, "/else.txt").await[0].1, own);
    assert_eq!(alice.used().await, before.1);
    assert_eq!(alice.get("/docs/deep/a.bin").await, new);
    assert_eq!(alice.get("/docs/deep/b.txt").await, "text");
    assert_eq!(alice.fetch(&link).await.body, new);
    let bob = site.server.user("bob").await;
    assert_eq!(bob.get(&share.at("/b.txt")).await, "text");
    let first = ids(&before.0)[1].as_str().unwrap().to_owned();
    alice.set_version("/docs/deep/a.bin", &first).await.done();
    assert_eq!(alice.get("/docs/deep/a.bin").await, old);

    // What was left behind goes when no link leads there any more.
    assert_eq!(site.server.stored_files().len(), 4);
    site.server
        .tamper("UPDATE blobs SET unlinked_at = 1 WHERE reference_count = 0")
        .await;
    alice.delete_for_good(&["/else.txt"]).await.done();
    site.server.nothing_left_of("collect_trash").await;
    site.server.nothing_left_of("recycle_blobs").await;
    assert_eq!(site.server.stored_files().len(), 0);
    assert_eq!(alice.get("/docs/deep/a.bin").await, old);
    // There is nothing left to move.
    let task = relocate(&site, alice, &["/docs"]).await;
    assert_eq!(task["status"], "completed");
    assert_eq!(stored(&site.disk), 3);
}

#[tokio::test]
async fn nobody_who_reads_meanwhile_notices() {
    let site = site().await;
    let alice = &site.alice;
    for number in 0..40 {
        let bytes = bytes_of(&number.to_string(), 50_000);
        alice.put(&format!("/docs/{number}"), bytes).await;
    }
    let over = Arc::new(AtomicBool::new(false));
    let reader = {
        let (alice, over) = (alice.another_window(), Arc::clone(&over));
        tokio::spawn(async move {
            let mut reads = 0;
            while !over.load(Ordering::Relaxed) {
                for number in 0..40 {
                    let got = alice.get(&format!("/docs/{number}")).await;
                    assert_eq!(got, bytes_of(&number.to_string(), 50_000));
                    reads += 1;
                }
            }
            reads
        })
    };
    // What is written meanwhile is kept, wherever that is.
    let begun = try_move(alice, &["/docs"], &id(alice, "Disk").await).await;
    begun.ok();
    alice.overwrite("/docs/7", bytes_of("7", 50_000)).await;
    alice.delete_for_good(&["/docs/39x"]).await;
    site.server.nothing_left_of("relocate").await;
    over.store(true, Ordering::Relaxed);
    assert!(reader.await.unwrap() >= 40);
    assert_eq!(kept(alice, "/docs/8").await[0].1, "Disk");
}

#[tokio::test]
async fn only_who_may_moves_only_what_is_theirs_to_what_is_offered() {
    let site = site().await;
    let (server, alice) = (&site.server, &site.alice);
    alice.put("/docs/a.txt", "text").await;
    let disk = id(alice, "Disk").await;
    let share = alice.share("/docs", json!({})).await;
    let bob = server.user("bob").await;
    let at_share = share.at("/a.txt");
    try_move(&bob, &[&at_share], &disk)
        .await
        .refused(code::OWNER_ONLY);
    try_move(alice, &["/missing"], &disk)
        .await
        .refused(code::PARENT_NOT_EXIST);
    try_move(alice, &[], &disk).await.refused(code::PARAMETER);
    try_move(alice, &["/docs"], "nonsense")
        .await
        .refused(code::PARAMETER);
    let few = json!({ "settings": { "max_batched_file": "2" } });
    server.admin().patch("/admin/settings", few).await.ok();
    try_move(alice, &["/docs"; 3], &disk)
        .await
        .refused(code::TOO_MANY_URIS);
    server.permit_users("9408").await;
    try_move(alice, &["/docs"], &disk)
        .await
        .refused(code::GROUP_NOT_ALLOWED);
    server.permit_users("940C").await;
    let admin = server.admin();
    let mut group = admin.get_json("/admin/group/2", &[]).await.ok();
    group["settings"]["other_policies"] = json!([]);
    let body = json!({ "group": group });
    admin.put_json("/admin/group/2", body).await.ok();
    try_move(alice, &["/docs"], &disk)
        .await
        .refused(code::POLICY_NOT_ALLOWED);
    assert_eq!(stored(&site.disk), 0);
    let open =
        server.ask("SELECT CAST(COUNT(*) AS TEXT) AS value FROM tasks WHERE kind = 'relocate'");
    assert_eq!(open.await, "0");
}

#[tokio::test]
async fn damaged_bytes_are_not_passed_on() {
    let site = site().await;
    let (server, alice) = (&site.server, &site.alice);
    alice.put("/docs/a.bin", bytes_of("a", 10_000)).await;
    let file = server.stored_files().pop().unwrap();
    let mut bytes = fs::read(&file).unwrap();
    bytes[5_000] ^= 1;
    fs::write(&file, bytes).unwrap();
    alice.put("/docs/b.bin", bytes_of("b", 10_000)).await;
    let task = relocate(&site, alice, &["/docs"]).await;
    assert_eq!(task["status"], "completed");
    assert_eq!(task["summary"]["props"]["failed"], 1);
    let told = json!([{ "path": "/docs/a.bin", "owner": alice.id, "reason": "damaged" }]);
    assert_eq!(task["summary"]["props"]["failures"], told);
    assert_ne!(kept(alice, "/docs/a.bin").await[0].1, "Disk");
    assert_eq!(kept(alice, "/docs/b.bin").await[0].1, "Disk");
    server.nothing_left_of("recycle_blobs").await;
    assert_eq!(
        stored(&site.disk),
        1,
        "of what was copied in vain nothing is left"
    );
    assert!(file.exists());
}
