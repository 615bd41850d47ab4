//! Policies that keep bytes in Google Cloud Storage, and that other clients take for local ones.

use crate::code;
use bytes::Bytes;
use serde_json::{Value, json};
use tests::{Client, GoogleBucket, TestServer, bytes_of, hash_of};

/// As long as chunks are.
const CHUNK: usize = 1 << 20;

struct Site {
    bucket: GoogleBucket,
    server: TestServer,
    alice: Client,
}

/// A site whose new files go to a bucket of its own, with these settings of the policy.
async fn site(more: Value) -> Site {
    let bucket = GoogleBucket::fresh().await;
    let server = TestServer::start().await;
    server.use_storage(bucket.policy("Bucket", &more)).await;
    let alice = server.user("alice").await;
    Site {
        bucket,
        server,
        alice,
    }
}

fn content() -> Bytes {
    bytes_of("google", 2 * CHUNK + 100)
}

#[tokio::test]
async fn a_file_goes_through_the_server_and_comes_from_the_bucket() {
    let site = site(json!({})).await;
    let (alice, bucket) = (&site.alice, &site.bucket);
    let listing = alice.list("/").await.ok();
    assert_eq!(listing["storage_policy"]["type"], "local");
    let session = alice
        .open_upload("/docs/ä 'b'.bin", content().len() as u64)
        .await;
    assert!(session.part_urls().is_empty());
    assert_eq!(session.chunk_size, CHUNK);
    alice.finish_upload(&session, &content()).await;
    assert_eq!(alice.used().await, content().len() as u64);
    // It was hashed on its way.
    let hashed = "SELECT CAST(COUNT(*) AS TEXT) AS value FROM blobs WHERE blake3 IS NOT NULL";
    assert_eq!(site.server.ask(hashed).await, "1");
    let keys = bucket.keys().await;
    assert_eq!(keys.len(), 1, "{keys:?}");
    assert!(keys[0].starts_with("uploads/"), "{keys:?}");
    assert_eq!(
        hash_of(&bucket.content(&keys[0]).await),
        hash_of(&content())
    );

    alice.rename("/docs/ä 'b'.bin", "ö.bin").await.ok();
    let (url, bytes) = alice.get_at_vendor("/docs/ö.bin").await;
    assert!(url.starts_with(&bucket.endpoint), "{url}");
    assert!(url.contains("&X-Goog-Signature="), "{url}");
    assert_eq!(hash_of(&bytes), hash_of(&content()));
    let fetched = reqwest::get(&url).await.unwrap();
    let disposition = fetched.headers()["content-disposition"].to_str().unwrap();
    assert!(disposition.contains("UTF-8''%C3%B6.bin"), "{disposition}");

    alice.delete_for_good(&["/docs"]).await.done();
    site.server.nothing_left_of("collect_trash").await;
    site.server.nothing_left_of("recycle_blobs").await;
    assert!(bucket.keys().await.is_empty());
    assert_eq!(alice.used().await, 0);
}

#[tokio::test]
async fn who_may_be_shut_out_is_sent_to_addresses_that_live_for_minutes() {
    let site = site(json!({})).await;
    site.alice.put("/shared/a.bin", "at the vendor").await;
    let stranger = site.server.stranger();
    site.alice.assert_others_fetch_for_minutes(&stranger).await;
}

#[tokio::test]
async fn versions_mounts_and_relayed_downloads_work_on_it() {
    let site = site(json!({ "internal_proxy": true })).await;
    let (server, bucket, alice) = (&site.server, &site.bucket, &site.alice);
    alice.put("/docs/a.txt", "one").await;
    alice.put("/docs/empty.txt", "").await;
    alice.overwrite("/docs/a.txt", "two").await;
    assert_eq!(alice.get("/docs/a.txt").await, "two");
    assert_eq!(alice.get("/docs/empty.txt").await, "");
    assert_eq!(alice.versions("/docs/a.txt").await.len(), 2);
    assert_eq!(bucket.keys().await.len(), 3);
    let url = alice.url("/docs/a.txt").await;
    let part = |range: &'static str| {
        let asked = alice.fetch_request(reqwest::Method::GET, &url);
        alice.send(asked.header("range", range))
    };
    let end = part("bytes=1-9").await;
    assert_eq!((end.status, &end.body[..]), (206, &b"wo"[..]));
    assert_eq!(part("bytes=99-").await.status, 416);

    let admin = server.admin();
    let dav = admin.mount().await;
    let large = bytes_of("large", 14 << 20);
    assert_eq!(dav.put("/large.bin", large.clone()).await.status, 201);
    assert_eq!(hash_of(&dav.get("/large.bin").await.body), hash_of(&large));
    assert_eq!(dav.delete("/large.bin").await.status, 204);
    admin.empty_trash().await;
    alice.delete_for_good(&["/docs"]).await.done();
    server.nothing_left_of("collect_trash").await;
    server.nothing_left_of("recycle_blobs").await;
    let keys = bucket.keys().await;
    assert!(keys.is_empty(), "{keys:?}");
}

#[tokio::test]
async fn an_upload_that_is_called_off_leaves_nothing() {
    let site = site(json!({})).await;
    let alice = &site.alice;
    let session = alice.open_upload("/a.bin", content().len() as u64).await;
    let first = content().slice(..CHUNK);
    alice.send_chunk(&session.id, 0, first).await.done();
    assert_eq!(site.bucket.keys().await.len(), 2, "one part");
    alice.cancel_upload(&session.id, "/a.bin").await.done();
    assert_eq!(alice.used().await, 0);
    assert!(site.bucket.keys().await.is_empty());
    // The name is free.
    alice.put("/a.bin", "again").await;
    assert_eq!(site.bucket.keys().await.len(), 1);
}

#[tokio::test]
async fn what_is_wrong_with_a_bucket_is_told_before_it_is_saved() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let bucket = GoogleBucket::fresh().await;
    let test = |field: &'static str, value: &'static str| {
        let mut policy = bucket.policy("Bucket", &json!({}));
        policy[field] = json!(value);
        admin.post("/admin/policy/test", json!({ "policy": policy }))
    };
    for (field, value, words) in [
        ("secret_key", "AIzaSyA", "service account"),
        (
            "secret_key",
            r#"{"client_email":"a@b","private_key":"QUJD"}"#,
            "damaged",
        ),
        ("bucket_name", "not-there", "notFound"),
        ("bucket_name", "", "bucket"),
        ("server", "http://127.0.0.1:9", "127.0.0.1:9"),
        ("server", "nowhere at all", "nowhere at all"),
        ("type", "s3", "type local"),
    ] {
        let told = test(field, value).await;
        told.refused(code::PARAMETER);
        assert!(told.text().contains(words), "{field}: {}", told.text());
        assert!(!told.text().contains("PRIVATE KEY"), "{}", told.text());
    }
    test("name", "Fine").await.done();
    assert!(bucket.keys().await.is_empty(), "nothing stays behind");
}
