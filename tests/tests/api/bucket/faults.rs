//! Buckets that are wrong, away, or not what they were.

use super::{content, relay, site};
use crate::code;
use serde_json::json;
use std::time::Duration;
use tests::{Bucket, TestServer};

/// The bucket answers at this address from now on, whether anything is there or not.
async fn be_at(server: &mut TestServer, id: i64, address: &str) {
    let moved = format!("UPDATE storage_policies SET server = '{address}' WHERE id = {id}");
    server.tamper(&moved).await;
    server.restart().await;
}

#[tokio::test]
async fn browsers_of_other_origins_are_let_in_when_that_is_wished() {
    let bucket = Bucket::fresh();
    let server = TestServer::start().await;
    server.use_bucket(&bucket, &json!({})).await;
    let alice = server.user("alice").await;
    let session = alice.open_upload("/a.bin", 5).await;
    let asks = |url: String| {
        let asked = reqwest::Client::new().request(reqwest::Method::OPTIONS, url);
        asked
            .header("origin", "https://drive.example")
            .header("access-control-request-method", "PUT")
            .header("access-control-request-headers", "content-type")
            .send()
    };
    let before = asks(session.part_urls()[0].clone()).await.unwrap();
    assert!(
        before
            .headers()
            .get("access-control-allow-origin")
            .is_none()
    );
    let body = json!({ "policy": bucket.policy("Bucket", &json!({})) });
    server.admin().post("/admin/policy/cors", body).await.done();
    let answer = asks(session.part_urls()[0].clone()).await.unwrap();
    assert_eq!(answer.status(), 200);
    let headers = answer.headers();
    let origin = &headers["access-control-allow-origin"];
    assert!(
        origin == "*" || origin == "https://drive.example",
        "{origin:?}"
    );
    assert!(
        headers["access-control-allow-methods"]
            .to_str()
            .unwrap()
            .contains("PUT")
    );
}

#[tokio::test]
async fn who_forges_a_url_gets_nothing() {
    let site = site(json!({})).await;
    let alice = &site.alice;
    alice.put_into_bucket("/a.txt", "mine").await;
    let (url, _) = alice.get_at_vendor("/a.txt").await;
    let (path, _) = url.split_once('?').unwrap();
    assert_eq!(reqwest::get(path).await.unwrap().status(), 403);
    let other = url.replace("X-Amz-Expires=", "X-Amz-Expires=1");
    assert_eq!(reqwest::get(other).await.unwrap().status(), 403);
    // What one part may be sent with is good for that part alone.
    let session = alice.open_upload("/b.bin", content().len() as u64).await;
    let forged = session.part_urls()[0].replace("partNumber=1", "partNumber=2");
    let sent = reqwest::Client::new().put(forged).body("x").send().await;
    assert_eq!(sent.unwrap().status(), 403);
}

#[tokio::test]
async fn a_bucket_that_is_away_loses_nothing() {
    let bucket = Bucket::fresh();
    let mut server = TestServer::start().await;
    let id = server.use_bucket(&bucket, &relay()).await;
    let alice = server.admin().clone();
    let dav = alice.mount().await;
    alice.put("/kept.txt", "kept").await;
    alice.put("/old.txt", "old").await;
    be_at(&mut server, id, "http://127.0.0.1:9").await;

    // What needs it says so, and leaves nothing.
    let before = alice.everything().await;
    assert!(dav.put("/new.txt", "new").await.status >= 500);
    assert_ne!(alice.put_content("/kept.txt", "other").await.code(), 0);
    let read = alice.fetch(&alice.url("/kept.txt").await).await;
    assert!(read.status >= 500, "{} {}", read.status, read.text());
    assert_eq!(alice.everything().await, before);
    // The rest goes on.
    alice.rename("/kept.txt", "renamed.txt").await.ok();
    alice.delete_for_good(&["/old.txt"]).await.done();
    assert_eq!(alice.used().await, 4);
    tokio::time::sleep(Duration::from_secs(1)).await;

    be_at(&mut server, id, &bucket.endpoint).await;
    assert_eq!(alice.get("/renamed.txt").await, "kept");
    // What was to be removed goes when it is back.
    server.nothing_left_of("recycle_blobs").await;
    assert_eq!(bucket.keys().len(), 1, "{:?}", bucket.keys());
}

#[tokio::test]
async fn that_a_bucket_is_away_is_told_before_all_of_a_relayed_file_is_sent_again() {
    let bucket = Bucket::fresh();
    let mut server = TestServer::start().await;
    let id = server.use_bucket(&bucket, &relay()).await;
    let alice = server.admin().clone();
    let session = alice.open_upload("/a.txt", 5).await;
    let storage = format!("/file/upload/{}", session.id);
    alice.get_json(&storage, &[]).await.done();
    be_at(&mut server, id, "http://127.0.0.1:9").await;

    let sent = alice.send_chunk(&session.id, 0, "12345").await;
    for told in [sent, alice.get_json(&storage, &[]).await] {
        told.refused(code::IO_FAILED);
        assert_eq!(told.json()["msg"], "the storage is away");
    }
    let unknown = format!("/file/upload/{}", uuid::Uuid::new_v4());
    let told = alice.get_json(&unknown, &[]).await;
    told.refused(code::UPLOAD_SESSION_EXPIRED);

    be_at(&mut server, id, &bucket.endpoint).await;
    alice.get_json(&storage, &[]).await.done();
    alice.finish_upload(&session, &"12345".into()).await;
    assert_eq!(alice.get("/a.txt").await, "12345");
}

#[tokio::test]
async fn an_object_that_is_gone_or_shorter_is_no_half_file() {
    let site = site(relay()).await;
    let (alice, bucket) = (&site.alice, &site.bucket);
    alice.put("/a.txt", "all of it").await;
    let key = bucket.keys().remove(0);
    bucket.replace(&key, "half");
    let url = alice.url("/a.txt").await;
    let read = alice
        .try_send(alice.fetch_request(reqwest::Method::GET, &url))
        .await;
    assert!(
        read.is_none_or(|reply| reply.status >= 400),
        "half of it is not sent as all"
    );
    bucket.remove(&key);
    let gone = alice.fetch(&alice.url("/a.txt").await).await;
    assert!(gone.status >= 400, "{}", gone.status);
    // Its row goes as usual.
    alice.delete_for_good(&["/a.txt"]).await.done();
    site.server.nothing_left_of("recycle_blobs").await;
    assert_eq!(alice.used().await, 0);
}
