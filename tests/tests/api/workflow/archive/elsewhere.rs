//! Sources and archives that are kept in a bucket.

use super::{Site, assert_whole, begin, ended, pack, site_on, told, unzip};
use crate::replicas::until;
use serde_json::json;
use tests::{Bucket, TestServer, bytes_of};

#[tokio::test]
async fn a_bucket_is_read_from_and_written_to() {
    let bucket = Bucket::fresh();
    let more = json!({ "relay": true, "internal_proxy": true });
    let server = TestServer::start_with_bucket(&bucket, &more).await;
    let Site {
        server: _server,
        alice,
    } = site_on(server).await;
    let large = bytes_of("large", (6 << 20) + 100);
    alice.put("/d/large.bin", large.clone()).await;
    for number in 0..40 {
        alice
            .put(&format!("/d/{number}.txt"), format!("{number}"))
            .await;
    }
    for format in ["zip", "7z"] {
        let dst = format!("/a.{format}");
        assert_whole(&pack(&alice, &["/d"], &dst, json!({ "format": format })).await);
    }
    let packed = unzip(&alice.get("/a.zip").await);
    assert_eq!(packed.len(), 41);
    assert!(packed["d/large.bin"] == large);
    assert_eq!(packed["d/39.txt"], b"39");
    assert!(alice.get("/a.7z").await.starts_with(b"7z\xbc\xaf\x27\x1c"));
}

#[tokio::test]
async fn a_bucket_that_is_away_is_waited_for_and_nothing_is_left_out() {
    let bucket = Bucket::fresh();
    let more = json!({ "relay": true, "internal_proxy": true });
    let server = TestServer::start_with_bucket(&bucket, &more).await;
    let Site { mut server, alice } = site_on(server).await;
    let large = bytes_of("large", 600_000);
    alice.put("/d/large.bin", large.clone()).await;
    for number in 0..6 {
        let path = format!("/d/{number}.txt");
        alice.put(&path, format!("{number}")).await;
    }
    server
        .tamper("UPDATE settings SET value = '1' WHERE name = 'queue_io_intense_retry_delay'")
        .await;
    be_at(&mut server, "http://127.0.0.1:9").await;
    let id = begin(&alice, &["/d"], "/a.zip").await;
    // It waits, tries again, and says nothing of an end.
    until(async || {
        let task = told(&alice, &id).await;
        (task["status"] == "suspending" && task["resume_time"].is_number()).then_some(())
    })
    .await;
    be_at(&mut server, &bucket.endpoint).await;
    assert_whole(&ended(&alice, &id).await);
    let packed = unzip(&alice.get("/a.zip").await);
    assert_eq!(packed.len(), 7);
    assert!(packed["d/large.bin"] == large);
}

async fn be_at(server: &mut TestServer, address: &str) {
    let moved = format!("UPDATE storage_policies SET server = '{address}' WHERE kind = 's3'");
    server.tamper(&moved).await;
    server.restart().await;
}
