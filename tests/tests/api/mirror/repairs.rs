//! What becomes of what members lack.

use super::{Mirrored, disk, mirrored, mirrored_on, of_disks, offer};
use serde_json::{Value, json};
use std::fs;
use tests::{Gate, TestServer, bytes_of, files_below};

async fn set(site: &Mirrored, mut policy: Value) {
    policy["id"] = json!(site.mirror);
    let route = format!("/admin/policy/{}", site.mirror);
    let body = json!({ "policy": policy });
    site.server.admin().put_json(&route, body).await.ok();
}

/// Keys of a mirror are the names of files.
fn by_name(members: &[i64]) -> Value {
    let mut policy = of_disks(members, 0);
    policy["dir_name_rule"] = json!("same");
    policy["file_name_rule"] = json!("{originname}");
    policy
}

async fn note(site: &Mirrored, member: i64, key: &str) {
    let note = format!(
        "INSERT INTO mirror_gaps (policy_id, member_id, key, noted_at) \
         VALUES ({}, {member}, '{key}', 1)",
        site.mirror
    );
    site.server.tamper(&note).await;
}

async fn count(site: &Mirrored, of: &str) -> String {
    let sql = format!("SELECT CAST(COUNT(*) AS TEXT) AS value FROM {of}");
    site.server.ask(&sql).await
}

#[tokio::test]
async fn a_gap_of_a_name_that_is_used_again_while_others_are_closed_stays() {
    let gate = Gate::default();
    let steps = gate.steps();
    let server = TestServer::start_as(move |config| {
        config.storage_roots = vec![std::env::temp_dir()];
        config.steps = steps.clone();
    });
    let site = mirrored_on(server.await, tempfile::tempdir().unwrap()).await;
    let [one, two] = site.policies;
    set(&site, by_name(&[one, two])).await;
    site.alice.put("/b.txt", "b").await;
    note(&site, one, "same/a.txt").await;
    gate.hold("repair: restored");
    let third = disk(&site.server, &site.place.path().join("three")).await;
    set(&site, by_name(&[one, two, third])).await;
    // Before the copy for the third there was the gap of what nobody has.
    gate.reached("repair: restored").await;
    site.take_out(0);
    site.alice.put("/a.txt", "again").await;
    let is_there = "blobs WHERE key = 'same/a.txt' AND reference_count = 1";
    assert_eq!(count(&site, is_there).await, "1");
    gate.open("repair: restored");
    let of_third = format!("mirror_gaps WHERE member_id = {third}");
    while count(&site, &of_third).await != "0" {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let of_first = format!("mirror_gaps WHERE member_id = {one} AND key = 'same/a.txt'");
    assert_eq!(count(&site, &of_first).await, "1");
    site.put_back(0);
    site.repaired().await;
    assert_eq!(site.kept(0), site.kept(1));
    assert_eq!(site.kept(0).len(), 2);
}

#[tokio::test]
async fn what_has_no_hash_yet_is_not_replaced_by_what_is_too_short() {
    let site = mirrored().await;
    let content = bytes_of("a", 60_000);
    site.alice.put("/a.bin", content.clone()).await;
    let unhash = "UPDATE blobs SET blake3 = NULL, verified_at = NULL";
    site.server.tamper(unhash).await;
    let path = site.kept(0).remove(0);
    let [short, whole] = site.disks.clone().map(|disk| disk.join(&path));
    fs::write(&short, &content[..40_000]).unwrap();
    // The second one answered too late, and has it.
    let [one, two] = site.policies;
    note(&site, two, path.to_str().unwrap()).await;
    let place = site.place.path().join("three");
    let third = disk(&site.server, &place).await;
    site.change(&[one, two, third]).await.ok();
    site.repaired().await;
    assert!(fs::read(&whole).unwrap() == content);
    let new = files_below(&place);
    let mut new = new.iter().filter(|new| new.ends_with(&path));
    assert!(fs::read(new.next().unwrap()).unwrap() == content);
}

async fn read_all(site: &Mirrored) {
    let admin = site.server.admin();
    admin.post("/admin/proof/run", json!({})).await.done();
    site.server.nothing_left_of("blob_scrub").await;
}

#[tokio::test]
async fn what_lies_at_who_lacks_an_upload_does_not_contradict_it() {
    let site = mirrored().await;
    let content = bytes_of("a", 60_000);
    site.take_out(1);
    site.alice.put("/a.bin", content.clone()).await;
    assert_eq!(site.gaps().await, "1");
    let unhash = "UPDATE blobs SET blake3 = NULL, verified_at = NULL, \
                  created_at = created_at - 2 * CAST(3600000000 AS BIGINT)";
    site.server.tamper(unhash).await;
    // When it is back there is something else, which is as long.
    let path = site.kept(0).remove(0);
    let other = site.place.path().join("taken out").join(&path);
    fs::create_dir_all(other.parent().unwrap()).unwrap();
    fs::write(&other, bytes_of("other", 60_000)).unwrap();
    site.put_back(1);
    read_all(&site).await;
    assert_eq!(count(&site, "blobs WHERE blake3 IS NOT NULL").await, "1");
    assert!(site.alice.get("/a.bin").await == content);
    site.repaired().await;
    assert!(fs::read(site.disks[1].join(&path)).unwrap() == content);
}

#[tokio::test]
async fn a_copy_that_cannot_be_made_is_known_to_lack_since_it_was_first_seen() {
    let site = mirrored().await;
    site.alice.put("/a.bin", bytes_of("a", 20_000)).await;
    let path = site.kept(0).remove(0);
    // A file is in the way where its folder was.
    let folder = site.disks[1].join(path.parent().unwrap());
    fs::remove_dir_all(&folder).unwrap();
    fs::write(&folder, "in the way").unwrap();
    note(&site, site.policies[1], path.to_str().unwrap()).await;
    for _ in 0..2 {
        read_all(&site).await;
    }
    assert_eq!(count(&site, "mirror_gaps WHERE noted_at = 1").await, "1");
    assert_eq!(site.gaps().await, "1");
    fs::remove_file(&folder).unwrap();
    read_all(&site).await;
    assert_eq!(site.gaps().await, "0");
    assert_eq!(site.kept(0), site.kept(1));
}

#[tokio::test]
async fn what_was_moved_away_is_not_given_to_anybody_any_more() {
    let site = mirrored().await;
    let (server, alice) = (&site.server, &site.alice);
    let other = disk(server, &site.place.path().join("other")).await;
    offer(server, other).await;
    site.take_out(0);
    alice.put("/a.txt", "moved").await;
    assert_eq!(site.gaps().await, "1");
    let offered = alice.get_json("/user/setting/policies", &[]).await.ok();
    let mut offered = offered.as_array().unwrap().iter();
    let other = offered.find(|policy| policy["name"] == "other").unwrap();
    let body = json!({ "src": ["cloudreve://my/a.txt"], "dst_policy_id": other["id"] });
    alice.post("/workflow/relocate", body).await.ok();
    server.nothing_left_of("relocate").await;
    // Links that were handed out still lead to what is left of it.
    let left = format!(
        "blobs WHERE policy_id = {} AND reference_count = 0",
        site.mirror
    );
    assert_eq!(count(&site, &left).await, "1");
    site.repaired().await;
    assert_eq!(alice.get("/a.txt").await, "moved");
}
