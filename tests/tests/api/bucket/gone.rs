//! A bucket that somebody deletes, and makes again: what runs waits for it or ends cleanly.

use super::{content, relay};
use crate::admin::disks;
use crate::code;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tests::proxy::{Fate, Proxy};
use tests::{Bucket, Client, TestServer, bytes_of};

struct Site {
    bucket: Bucket,
    proxy: Proxy,
    server: TestServer,
    alice: Client,
    policy: i64,
}

/// A site whose new files go to a bucket behind somebody who can say that it is gone.
async fn site(more: Value) -> Site {
    let bucket = Bucket::fresh();
    let proxy = Proxy::start(&bucket.endpoint).await;
    let server = TestServer::start().await;
    let policy = server.use_bucket(&bucket.behind(&proxy), &more).await;
    let alice = server.user("alice").await;
    Site {
        bucket,
        proxy,
        server,
        alice,
        policy,
    }
}

fn no_bucket() -> Fate {
    let why = "<?xml version=\"1.0\"?><Error><Code>NoSuchBucket</Code>\
               <Message>The specified bucket does not exist</Message></Error>";
    Fate::Answer(404, why.to_owned())
}

impl Site {
    fn deleted(&self) {
        self.proxy.have("", "", usize::MAX, no_bucket());
    }
}

#[tokio::test]
async fn an_upload_to_the_bucket_goes_on_when_it_is_back() {
    let site = site(json!({})).await;
    let alice = &site.alice;
    let session = alice.open_upload("/a.bin", content().len() as u64).await;
    let parts = session.chunks(&content());
    let first = alice.send_bucket_part(&session, 0, parts[0].clone());
    let mut tags = vec![first.await.unwrap()];
    let before = alice.everything().await;

    site.deleted();
    let lost = alice.send_bucket_part(&session, 1, parts[1].clone()).await;
    assert_eq!(lost, Err(404));
    // That nothing is known of it does not mean that it is gone.
    let told = alice.call_back(&session.callback("s3")).await;
    let envelope: Value = serde_json::from_slice(&told.body).unwrap();
    assert_eq!(
        (told.status, &envelope["code"]),
        (400, &json!(code::IO_FAILED)),
        "{envelope}"
    );
    let another = alice.try_open_upload("/b.bin", 10, json!({})).await;
    another.refused(code::IO_FAILED);
    assert_eq!(alice.everything().await, before);

    site.proxy.calm();
    for index in [1, 2] {
        let sent = alice.send_bucket_part(&session, index, parts[index].clone());
        tags.push(sent.await.unwrap());
    }
    assert_eq!(alice.join_bucket_parts(&session, &tags).await, 200);
    // Also if it goes in between.
    site.deleted();
    let told = alice.call_back(&session.callback("s3")).await;
    assert_eq!(told.status, 400, "{}", told.text());
    assert_eq!(alice.info("/a.bin").await.ok()["size"], 0);
    site.proxy.calm();
    alice.call_back(&session.callback("s3")).await.done();
    assert!(alice.get_at_vendor("/a.bin").await.1 == content());
    assert_eq!(alice.used().await, content().len() as u64);
    assert_eq!((site.bucket.keys().len(), site.bucket.unfinished()), (1, 0));
}

#[tokio::test]
async fn an_upload_through_the_server_goes_on_when_it_is_back() {
    let site = site(relay()).await;
    let admin = site.server.admin();
    let dav = admin.mount().await;
    admin.put("/kept.txt", "kept").await;
    let session = admin.open_upload("/a.bin", content().len() as u64).await;
    let before = admin.everything().await;

    site.deleted();
    let sent = admin.send_chunk(&session.id, 0, content()).await;
    assert_eq!(sent.code(), code::IO_FAILED, "{}", sent.text());
    assert!(dav.put("/new.bin", content()).await.status >= 500);
    assert_eq!(
        admin.put_content("/kept.txt", "other").await.code(),
        code::IO_FAILED
    );
    let read = admin.fetch(&admin.url("/kept.txt").await).await;
    assert_eq!(read.status, 502, "{}", read.text());
    assert_eq!(admin.everything().await, before);

    site.proxy.calm();
    admin.finish_upload(&session, &content()).await;
    assert!(admin.get("/a.bin").await == content());
    assert_eq!(admin.get("/kept.txt").await, "kept");
    assert_eq!(admin.used().await, content().len() as u64 + 4);
    site.server.nothing_left_of("recycle_blobs").await;
    assert_eq!((site.bucket.keys().len(), site.bucket.unfinished()), (2, 0));
}

#[tokio::test]
async fn uploads_that_are_lost_with_their_bucket_end_and_new_ones_go_to_the_next() {
    for more in [json!({}), relay()] {
        let site = site(more).await;
        let alice = &site.alice;
        let session = alice.open_upload("/a.bin", content().len() as u64).await;
        let parts = session.chunks(&content());
        let is_relayed = session.part_urls().is_empty();
        if !is_relayed {
            let sent = alice.send_bucket_part(&session, 0, parts[0].clone());
            sent.await.unwrap();
        }
        site.bucket.delete();
        if is_relayed {
            let sent = alice.send_chunk(&session.id, 0, content()).await;
            assert_ne!(sent.code(), 0, "{}", sent.text());
        } else {
            let sent = alice.send_bucket_part(&session, 1, parts[1].clone());
            assert_eq!(sent.await, Err(404));
            let told = alice.call_back(&session.callback("s3")).await;
            assert_eq!(told.status, 400, "{}", told.text());
        }
        // As clients do with an upload that has failed.
        alice.cancel_upload(&session.id, "/a.bin").await;
        assert_eq!(alice.everything().await, ["used: 0"]);
        site.bucket.make();
        if is_relayed {
            alice.put("/a.bin", content()).await;
            assert!(alice.get("/a.bin").await == content());
        } else {
            alice.put_into_bucket("/a.bin", content()).await;
            assert!(alice.get_at_vendor("/a.bin").await.1 == content());
        }
        assert_eq!(alice.used().await, content().len() as u64);
        // What was to be ended there has ended with it, which is known when there is a bucket again.
        site.server.nothing_left_of("abort_upload").await;
        assert_eq!((site.bucket.keys().len(), site.bucket.unfinished()), (1, 0));
    }
}

const FILES: usize = 12;
/// Of those so many are moved before the bucket is gone.
const MOVED: usize = 5;

/// How many of the files a policy keeps by now.
async fn kept_by(server: &TestServer, policy: i64) -> usize {
    let sql = format!(
        "SELECT CAST(COUNT(*) AS TEXT) AS value FROM blobs \
         WHERE policy_id = {policy} AND reference_count > 0"
    );
    server.ask(&sql).await.parse().unwrap()
}

async fn all_are_there(alice: &Client) {
    for number in 0..FILES {
        let bytes = alice.get(&format!("/docs/{number}")).await;
        assert!(bytes == bytes_of(&number.to_string(), 10_000), "{number}");
    }
}

/// Waits until the task has tried so often, and sleeps.
async fn has_tried(server: &TestServer, tries: usize) {
    let sql = format!(
        "SELECT CAST(COUNT(*) AS TEXT) AS value FROM tasks WHERE kind = 'relocate' AND \
         state = 'suspending' AND private_state LIKE '%\"tries_here\":{tries},%'"
    );
    let patience = Instant::now() + Duration::from_secs(30);
    while server.ask(&sql).await != "1" {
        assert!(Instant::now() < patience, "it does not wait");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn what_is_on_the_move_waits_for_a_bucket_and_arrives_when_it_is_back() {
    let site = site(relay()).await;
    let (server, alice) = (&site.server, &site.alice);
    disks::give(server, 1).await;
    for number in 0..FILES {
        let bytes = bytes_of(&number.to_string(), 10_000);
        alice.put(&format!("/docs/{number}"), bytes).await;
    }
    let used = alice.used().await;
    for (from, to, by) in [(1, site.policy, "PUT"), (site.policy, 1, "GET")] {
        site.proxy.have("HEAD", "", usize::MAX, Fate::Through);
        site.proxy.have(by, "", MOVED, Fate::Through);
        site.deleted();
        let route = format!("/admin/policy/{from}/relocate");
        let begun = server.admin().post(&route, json!({ "target": to }));
        begun.await.ok();
        has_tried(server, 1).await;
        // As if it had been gone for an hour.
        let often = "UPDATE tasks SET private_state = \
                     REPLACE(private_state, '\"tries_here\":1', '\"tries_here\":9') \
                     WHERE kind = 'relocate' AND state = 'suspending'";
        server.tamper(often).await;
        has_tried(server, 10).await;
        assert_eq!(kept_by(server, to).await, MOVED);
        assert_eq!(kept_by(server, from).await, FILES - MOVED);
        assert_eq!(alice.used().await, used);
        site.proxy.calm();
        all_are_there(alice).await;
        server.nothing_left_of("relocate").await;
        assert_eq!(kept_by(server, to).await, FILES);
        all_are_there(alice).await;
        assert_eq!(alice.used().await, used);
        // What was copied in vain has gone.
        server.nothing_left_of("recycle_blobs").await;
    }
    assert_eq!(site.bucket.unfinished(), 0);
}
