//! What lies in a bucket becomes files, where it is.

use super::{content, site};
use crate::code;
use bytes::Bytes;
use serde_json::{Value, json};
use tests::{Bucket, Client, TestServer, hash_of};

/// The task as it ended, and what it counted.
async fn import(server: &TestServer, who: &Client, more: Value) -> [i64; 5] {
    let mut body = json!({ "dst": "/in", "user_id": who.id, "recursive": true });
    for (key, value) in more.as_object().unwrap() {
        body[key] = value.clone();
    }
    server.admin().post("/workflow/import", body).await.ok();
    server.nothing_left_of("import").await;
    let query = [("page_size", "10"), ("category", "general")];
    let task = who.get_json("/workflow", &query).await.ok()["tasks"][0].clone();
    assert_eq!(task["status"], "completed", "{task}");
    let props = &task["summary"]["props"];
    ["files", "folders", "bytes", "skipped", "failed"].map(|key| props[key].as_i64().unwrap())
}

async fn policy_of(server: &TestServer) -> i64 {
    let sql = "SELECT CAST(id AS TEXT) AS value FROM storage_policies WHERE kind = 's3'";
    server.ask(sql).await.parse().unwrap()
}

fn lay(bucket: &Bucket) {
    for (key, content) in [
        ("photos/a b+c.jpg", "a"),
        ("photos/2024/ü.txt", "text"),
        ("photos/2024/bad:name", "bad"),
        ("photos.txt", "beside"),
        ("else/b.txt", "b"),
    ] {
        bucket.replace(key, content);
    }
}

#[tokio::test]
async fn what_no_drive_can_name_is_told_and_leads_nowhere() {
    let site = site(json!({})).await;
    let (server, alice, bucket) = (&site.server, &site.alice, &site.bucket);
    for key in [
        "odd/good.txt",
        "odd/Good.txt",
        "odd/both",
        "odd/both/in.txt",
        "odd/tab\tname",
    ] {
        bucket.replace(key, "x");
    }
    let policy = policy_of(server).await;
    let more = json!({ "src": "odd", "policy_id": policy });
    assert_eq!(import(server, alice, more).await, [3, 1, 3, 0, 2]);
    let mut names = alice.names("/in").await;
    names.sort();
    assert_eq!(names, ["Good.txt", "both", "good.txt"]);
    let query = [("page_size", "10"), ("category", "general")];
    let task = alice.get_json("/workflow", &query).await.ok()["tasks"][0].clone();
    let problems = &task["summary"]["props"]["problems"];
    let told = |path: &str, reason: &str| json!({ "path": path, "reason": reason });
    let expected = json!([told("tab\tname", "name"), told("both", "hidden")]);
    assert_eq!(*problems, expected);
}

#[tokio::test]
async fn a_prefix_becomes_a_folder_and_its_objects_stay_what_they_are() {
    let site = site(json!({})).await;
    let (server, alice, bucket) = (&site.server, &site.alice, &site.bucket);
    lay(bucket);
    let policy = policy_of(server).await;
    let keys = bucket.keys();
    let more = json!({ "src": "photos/", "policy_id": policy, "dry_run": true });
    assert_eq!(import(server, alice, more).await, [2, 2, 5, 0, 1]);
    assert_eq!(alice.used().await, 0);
    let more = json!({ "src": "/photos", "policy_id": policy });
    assert_eq!(import(server, alice, more).await, [2, 2, 5, 0, 1]);
    assert_eq!(alice.names("/in").await, ["2024", "a b+c.jpg"]);
    assert_eq!(alice.names("/in/2024").await, ["ü.txt"]);
    let (url, bytes) = alice.get_at_vendor("/in/2024/ü.txt").await;
    assert!(url.starts_with(&bucket.endpoint), "{url}");
    assert_eq!(hash_of(&bytes), hash_of(&Bytes::from("text")));
    assert_eq!(bucket.keys(), keys);
    server.nothing_left_of("blob_verify").await;
    let hashed = "SELECT CAST(COUNT(*) AS TEXT) AS value FROM blobs WHERE blake3 IS NOT NULL";
    assert_eq!(server.ask(hashed).await, "2");

    // All of the bucket: what is hers already and what somebody uploaded stays out.
    let bob = server.user("bob").await;
    bob.put_into_bucket("/up.bin", content()).await;
    let more = json!({ "src": "/", "policy_id": policy });
    let came = import(server, &bob, more).await;
    assert_eq!((came[0], came[4]), (2, 4), "{came:?}");
    assert_eq!(bob.names("/in/else").await, ["b.txt"]);

    alice.delete_for_good(&["/in"]).await.done();
    server.nothing_left_of("collect_trash").await;
    server.nothing_left_of("recycle_blobs").await;
    assert_eq!(bucket.keys().len(), keys.len() + 1);
    let more = json!({ "src": "photos", "policy_id": policy, "owned": true });
    assert_eq!(import(server, alice, more).await[0], 2);
    alice.delete_for_good(&["/in"]).await.done();
    server.nothing_left_of("collect_trash").await;
    server.nothing_left_of("recycle_blobs").await;
    assert_eq!(bucket.keys().len(), keys.len() - 1);
}

#[tokio::test]
async fn a_prefix_that_is_not_there_is_told_at_once() {
    let site = site(json!({})).await;
    lay(&site.bucket);
    let policy = policy_of(&site.server).await;
    for src in ["missing", "photos.txt", "a/../b", "a//b", ".staging"] {
        let body = json!({ "src": src, "dst": "/", "user_id": site.alice.id, "policy_id": policy });
        let refused = site.server.admin().post("/workflow/import", body).await;
        refused.refused(code::PARAMETER);
    }
}
