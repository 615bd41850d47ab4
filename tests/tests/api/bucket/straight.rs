//! Bytes that go between client and bucket, past the server.

use super::{PART, content, site};
use crate::code;
use bytes::Bytes;
use serde_json::json;
use tests::{UploadSession, between, hash_of};

#[tokio::test]
async fn a_file_goes_to_the_bucket_and_comes_from_there() {
    let site = site(json!({})).await;
    let (alice, bucket) = (&site.alice, &site.bucket);
    let listing = alice.list("/").await.ok();
    assert_eq!(listing["storage_policy"]["type"], "s3");
    let session = alice
        .open_upload("/docs/ä b.bin", content().len() as u64)
        .await;
    assert_eq!((session.chunk_size, session.part_urls().len()), (PART, 3));
    assert!(!session.text("upload_id").is_empty());
    assert_eq!(session.data["storage_policy"]["type"], "s3");
    alice.send_to_bucket(&session, &content()).await;
    assert_eq!(alice.info("/docs/ä b.bin").await.ok()["size"], 0);
    alice.call_back(&session.callback("s3")).await.done();
    // Who did not hear the answer asks again.
    alice.call_back(&session.callback("s3")).await.done();

    assert_eq!(alice.used().await, content().len() as u64);
    let (url, bytes) = alice.get_at_vendor("/docs/ä b.bin").await;
    assert!(url.starts_with(&bucket.endpoint), "{url}");
    assert_eq!(hash_of(&bytes), hash_of(&content()));
    let keys = bucket.keys();
    assert_eq!(keys.len(), 1, "{keys:?}");
    assert!(
        keys[0].starts_with("uploads/") && keys[0].ends_with("_ä b.bin"),
        "{keys:?}"
    );
    assert_eq!(hash_of(&bucket.content(&keys[0])), hash_of(&content()));

    // Nobody here saw the bytes: their hash comes later.
    site.server.nothing_left_of("blob_verify").await;
    let hashed = "SELECT CAST(COUNT(*) AS TEXT) AS value FROM blobs WHERE blake3 IS NOT NULL";
    assert_eq!(site.server.ask(hashed).await, "1");

    alice.delete_for_good(&["/docs"]).await.done();
    site.server.nothing_left_of("collect_trash").await;
    site.server.nothing_left_of("recycle_blobs").await;
    assert!(bucket.keys().is_empty());
}

#[tokio::test]
async fn a_download_has_the_name_and_the_kind_that_the_file_has() {
    let site = site(json!({})).await;
    let alice = &site.alice;
    alice.put_into_bucket("/ä 'b'.txt", "a page").await;
    alice.rename("/ä 'b'.txt", "ö.txt").await.ok();
    let sent = alice
        .fetch(&alice.url_with("/ö.txt", json!({ "download": true })).await)
        .await;
    let fetched = reqwest::get(sent.header("location")).await.unwrap();
    assert_eq!(fetched.status(), 200);
    let disposition = fetched.headers()["content-disposition"].to_str().unwrap();
    assert!(disposition.starts_with("attachment"), "{disposition}");
    assert!(
        disposition.contains("filename*=UTF-8''%C3%B6.txt"),
        "{disposition}"
    );
    let range = reqwest::Client::new().get(sent.header("location"));
    let range = range.header("range", "bytes=2-5").send().await.unwrap();
    assert_eq!(range.status(), 206);
    assert_eq!(range.text().await.unwrap(), "page");
}

#[tokio::test]
async fn nothing_is_a_file_too() {
    let site = site(json!({})).await;
    site.alice.put_into_bucket("/empty.bin", Bytes::new()).await;
    assert_eq!(site.alice.info("/empty.bin").await.ok()["size"], 0);
    assert_eq!(site.alice.get_at_vendor("/empty.bin").await.1, "");
}

#[tokio::test]
async fn an_upload_goes_on_with_what_the_bucket_has() {
    let site = site(json!({})).await;
    let alice = &site.alice;
    let wish = json!({ "last_modified": 1_700_000_000_000_i64, "resume": true });
    let size = content().len() as u64;
    let opened = alice.try_open_upload("/a.bin", size, wish.clone()).await;
    let first = UploadSession::of(opened.ok());
    let parts = first.chunks(&content());
    let kept = alice.send_bucket_part(&first, 0, parts[0].clone()).await;
    let again = UploadSession::of(alice.try_open_upload("/a.bin", size, wish).await.ok());
    assert_eq!(first.id, again.id);
    let mut tags = vec![kept.unwrap()];
    for index in [1, 2] {
        let sent = alice.send_bucket_part(&again, index, parts[index].clone());
        tags.push(sent.await.unwrap());
    }
    assert_eq!(alice.join_bucket_parts(&again, &tags).await, 200);
    alice.call_back(&again.callback("s3")).await.done();
    assert_eq!(alice.get_at_vendor("/a.bin").await.1, content());
}

#[tokio::test]
async fn versions_copies_and_shares_are_what_they_are_elsewhere() {
    let site = site(json!({})).await;
    let (alice, bucket) = (&site.alice, &site.bucket);
    alice.put_into_bucket("/docs/a.txt", "first").await;
    alice.put_into_bucket("/docs/a.txt", "second").await;
    assert_eq!(alice.versions("/docs/a.txt").await.len(), 2);
    assert_eq!(bucket.keys().len(), 2);
    alice.create_folder("/copies").await;
    alice.copy_to(&["/docs/a.txt"], "/copies").await.done();
    assert_eq!(bucket.keys().len(), 2, "nothing is copied");
    assert_eq!(alice.get_at_vendor("/copies/a.txt").await.1, "second");
    alice.delete_for_good(&["/docs"]).await.done();
    site.server.nothing_left_of("collect_trash").await;
    site.server.nothing_left_of("recycle_blobs").await;
    assert_eq!(alice.get_at_vendor("/copies/a.txt").await.1, "second");

    let share = alice.share("/copies", json!({})).await;
    let stranger = site.server.stranger();
    let url = stranger.url(&share.at("/a.txt")).await;
    let sent = stranger.fetch(&url).await;
    assert_eq!(sent.status, 302);
    assert_eq!(sent.header("cache-control"), "private, no-store");
    // What may be taken back is not good for long.
    let life = |url: &str| between(&format!("{url}&"), "X-Amz-Expires=", "&")[0].parse::<u64>();
    assert!(
        life(sent.header("location")).unwrap() <= 300,
        "{}",
        sent.header("location")
    );
    let (own, _) = alice.get_at_vendor("/copies/a.txt").await;
    assert!(life(&own).unwrap() > 300, "{own}");
    // Nor is where a direct link leads to in the end.
    let direct = alice.direct_link("/copies/a.txt").await;
    let direct = stranger.fetch(&direct).await.header("location").to_owned();
    let sent = stranger.fetch(&direct).await;
    assert_eq!(sent.status, 302);
    assert_eq!(sent.header("cache-control"), "private, no-store");
    assert!(life(sent.header("location")).unwrap() <= 300);
    alice.delete_share(&share.id).await.done();
    assert_ne!(stranger.fetch(&url).await.status, 302);
}

#[tokio::test]
async fn a_cancelled_upload_is_ended_in_the_bucket() {
    let site = site(json!({})).await;
    let alice = &site.alice;
    let session = alice.open_upload("/a.bin", content().len() as u64).await;
    let parts = session.chunks(&content());
    alice
        .send_bucket_part(&session, 0, parts[0].clone())
        .await
        .unwrap();
    alice.cancel_upload(&session.id, "/a.bin").await.done();
    site.server.nothing_left_of("abort_upload").await;
    let late = alice.send_bucket_part(&session, 1, parts[1].clone()).await;
    assert_eq!(late, Err(404));
    assert_eq!(alice.everything().await, ["used: 0"]);

    // Also if it was whole there, and only nobody had said so.
    let session = alice.open_upload("/a.bin", 5).await;
    alice.send_to_bucket(&session, &"12345".into()).await;
    assert_eq!(site.bucket.keys().len(), 1);
    alice.cancel_upload(&session.id, "/a.bin").await.done();
    site.server.nothing_left_of("abort_upload").await;
    assert!(site.bucket.keys().is_empty());
    let late = alice.call_back(&session.callback("s3")).await;
    assert_eq!(late.status, 401);
}

#[tokio::test]
async fn what_is_not_what_was_announced_becomes_no_file() {
    let site = site(json!({})).await;
    let alice = &site.alice;
    let size = content().len();
    let parts = |session: &UploadSession| session.chunks(&content());
    // A part is missing, another one came twice, none was joined.
    let session = alice.open_upload("/a.bin", size as u64).await;
    let mut tags = Vec::new();
    for index in [0, 0, 1] {
        let part = parts(&session)[index].clone();
        tags.push(alice.send_bucket_part(&session, index, part).await.unwrap());
    }
    let early = alice.call_back(&session.callback("s3")).await;
    assert_eq!(early.status, 400, "{}", early.text());
    assert_eq!(alice.join_bucket_parts(&session, &tags[1..]).await, 200);
    let short = alice.call_back(&session.callback("s3")).await;
    assert_eq!(short.status, 400, "{}", short.text());
    let envelope: serde_json::Value = serde_json::from_slice(&short.body).unwrap();
    assert_eq!(envelope["code"], code::META_MISMATCH);
    site.server.nothing_left_of("abort_upload").await;
    assert_eq!(alice.everything().await, ["used: 0"]);
    assert!(site.bucket.keys().is_empty());
}
