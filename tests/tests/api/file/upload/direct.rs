//! Uploads whose bytes go to the vendor, and what leaves from there.

use bytes::Bytes;
use serde_json::json;
use storage::VendorChecksum;
use tests::{
    Client, Gate, PART_BYTES, Reply, TestServer, UploadSession, VENDOR, Vendor, between, bytes_of,
};

use crate::code;

/// Three parts, the last one short.
const SIZE: usize = 2 * PART_BYTES + 100;

async fn started() -> (Vendor, TestServer, Client) {
    let vendor = Vendor::start().await;
    let server = TestServer::start_with_vendor(&vendor, Gate::default().steps()).await;
    let alice = server.user("alice").await;
    (vendor, server, alice)
}

fn content() -> Bytes {
    bytes_of("vendor", SIZE)
}

/// A refusal that has a status of its own.
#[track_caller]
fn failed(reply: &Reply, status: u16, code: i64) {
    let envelope: serde_json::Value = serde_json::from_slice(&reply.body).unwrap();
    assert_eq!(
        (reply.status, &envelope["code"]),
        (status, &json!(code)),
        "{envelope}"
    );
    assert!(envelope["correlation_id"].is_string(), "{envelope}");
}

async fn upload(alice: &Client, path: &str) -> UploadSession {
    let session = alice.open_upload(path, SIZE as u64).await;
    alice.send_parts(&session, &content()).await;
    session
}

#[tokio::test]
async fn parts_go_to_the_vendor_and_a_callback_makes_them_the_file() {
    let (vendor, server, alice) = started().await;
    let session = alice.open_upload("/docs/a.bin", SIZE as u64).await;
    assert_eq!(session.chunk_size, PART_BYTES);
    assert_eq!(session.part_urls().len(), 3);
    assert!(session.text("upload_id").starts_with("at-the-vendor-"));
    assert_eq!(session.data["storage_policy"]["type"], VENDOR);
    for absent in ["credential", "upload_policy", "mime_type", "received"] {
        assert!(session.data.get(absent).is_none(), "{absent}");
    }
    let here = alice.send_chunk(&session.id, 0, "x").await;
    assert_eq!(here.code(), code::POLICY_NOT_ALLOWED, "{}", here.text());

    alice.send_parts(&session, &content()).await;
    assert_eq!(alice.info("/docs/a.bin").await.ok()["size"], 0);
    assert_eq!(alice.used().await, SIZE as u64);
    alice.call_back(&session.callback(VENDOR)).await.done();
    let file = alice.info("/docs/a.bin").await.ok();
    assert_eq!(
        (&file["size"], &file["metadata"]),
        (&json!(SIZE), &json!({}))
    );
    assert_eq!(alice.used().await, SIZE as u64);
    let (_, bytes) = alice.get_at_vendor("/docs/a.bin").await;
    assert_eq!(bytes, content());

    // Nobody here saw the bytes: their hash comes later.
    server.nothing_left_of("blob_verify").await;
    let hashed = "SELECT CAST(COUNT(*) AS TEXT) AS value FROM blobs WHERE blake3 IS NOT NULL";
    assert_eq!(server.ask(hashed).await, "1");
    assert_eq!((vendor.blobs().len(), vendor.unfinished()), (1, 0));
}

#[tokio::test]
async fn bytes_that_are_not_what_the_vendor_got_are_given_to_nobody() {
    let (vendor, server, alice) = started().await;
    vendor.tell_checksum(VendorChecksum::Crc32c(0x1234_5678));
    let session = upload(&alice, "/a.bin").await;
    alice.call_back(&session.callback(VENDOR)).await.done();
    server.nothing_left_of("blob_verify").await;
    let page = server.admin().get_json("/admin/proof/damaged", &[]).await;
    let found = page.ok()["entities"].clone();
    assert_eq!(found.as_array().unwrap().len(), 1, "{found}");
    assert_eq!(found[0]["damage"], "content");
}

#[tokio::test]
async fn a_callback_without_the_secret_of_its_session_changes_nothing() {
    let (_vendor, server, alice) = started().await;
    let bob = server.user("bob").await;
    let session = upload(&alice, "/a.bin").await;
    let other = bob.open_upload("/b.bin", 10).await;
    let before = alice.everything().await;
    let secret = session.text("callback_secret");
    let unknown = "5f0c2a34-9b1e-4c7a-8a55-0d7b6f1e2c33";
    for (path, code) in [
        (
            format!("/callback/{VENDOR}/{unknown}/{secret}"),
            code::UPLOAD_SESSION_EXPIRED,
        ),
        (
            format!("/callback/{VENDOR}/nonsense/{secret}"),
            code::UPLOAD_SESSION_EXPIRED,
        ),
        (
            format!("/callback/{VENDOR}/{}/nonsense", session.id),
            code::CREDENTIAL_INVALID,
        ),
        (
            format!("/callback/{VENDOR}/{}/{secret}", other.id),
            code::CREDENTIAL_INVALID,
        ),
        (
            format!("/callback/{VENDOR}/{}/{secret}x", session.id),
            code::CREDENTIAL_INVALID,
        ),
        (session.callback("local"), code::POLICY_NOT_ALLOWED),
        (session.callback("s3"), code::POLICY_NOT_ALLOWED),
    ] {
        failed(&alice.call_back(&path).await, 401, code);
    }
    let posted = alice.post(&session.callback(VENDOR), json!({})).await;
    failed(&posted, 401, code::POLICY_NOT_ALLOWED);
    assert_eq!(alice.everything().await, before);
    alice.call_back(&session.callback(VENDOR)).await.done();
}

#[tokio::test]
async fn local_uploads_are_not_completed_by_a_callback() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let session = alice.open_upload("/a.bin", 10).await;
    assert!(session.part_urls().is_empty());
    for kind in ["local", VENDOR] {
        let told = alice.call_back(&session.callback(kind)).await;
        failed(&told, 401, code::POLICY_NOT_ALLOWED);
    }
    alice.finish_upload(&session, &"0123456789".into()).await;
    assert_eq!(alice.get("/a.bin").await, "0123456789");
}

#[tokio::test]
async fn a_callback_may_come_twice_and_counts_once() {
    let (_vendor, _server, alice) = started().await;
    let session = upload(&alice, "/a.bin").await;
    let path = session.callback(VENDOR);
    let (first, second) = tokio::join!(alice.call_back(&path), alice.call_back(&path));
    first.done();
    second.done();
    // Also to who did not hear the answer; but not to who does not know the secret.
    alice.call_back(&path).await.done();
    let wrong = format!("/callback/{VENDOR}/{}/nonsense", session.id);
    failed(
        &alice.call_back(&wrong).await,
        401,
        code::UPLOAD_SESSION_EXPIRED,
    );
    assert_eq!(alice.versions("/a.bin").await.len(), 1);
    assert_eq!(alice.used().await, SIZE as u64);
}

#[tokio::test]
async fn what_is_not_whole_is_no_file_yet() {
    let (_vendor, _server, alice) = started().await;
    let session = alice.open_upload("/a.bin", SIZE as u64).await;
    let parts = session.chunks(&content());
    assert_eq!(alice.send_part(&session, 0, parts[0].clone()).await, 200);
    let early = alice.call_back(&session.callback(VENDOR)).await;
    failed(&early, 400, code::META_MISMATCH);
    alice.send_parts(&session, &content()).await;
    alice.call_back(&session.callback(VENDOR)).await.done();
    assert_eq!(alice.get_at_vendor("/a.bin").await.1, content());
}

#[tokio::test]
async fn more_or_less_than_announced_becomes_no_file_and_goes() {
    for sent in [SIZE - 1, SIZE + 1] {
        let (vendor, server, alice) = started().await;
        let session = alice.open_upload("/a.bin", SIZE as u64).await;
        assert_eq!(alice.send_part(&session, 0, bytes_of("x", sent)).await, 200);
        assert_eq!(alice.join_parts(&session).await, 200);
        let told = alice.call_back(&session.callback(VENDOR)).await;
        failed(&told, 400, code::META_MISMATCH);
        assert_eq!(alice.everything().await, ["used: 0"]);
        server.nothing_left_of("abort_upload").await;
        assert!(vendor.blobs().is_empty());
    }
}

#[tokio::test]
async fn more_than_announced_becomes_no_file_by_going_on_with_it() {
    let (vendor, server, alice) = started().await;
    let wish = json!({ "last_modified": 1_700_000_000_000_i64, "resume": true });
    let opened = alice.try_open_upload("/a.bin", 1, wish.clone()).await;
    let session = UploadSession::of(opened.ok());
    assert_eq!(alice.send_part(&session, 0, bytes_of("x", SIZE)).await, 200);
    assert_eq!(alice.join_parts(&session).await, 200);
    let again = alice.try_open_upload("/a.bin", 1, wish).await.ok();
    assert_ne!(again["session_id"], session.id);
    assert_eq!(alice.info("/a.bin").await.ok()["size"], 0);
    assert_eq!(alice.used().await, 1);
    server.nothing_left_of("abort_upload").await;
    assert!(vendor.blobs().is_empty());
}

#[tokio::test]
async fn what_is_purged_while_it_is_uploaded_is_ended_at_the_vendor() {
    let (vendor, mut server, alice) = started().await;
    server.set(&[("upload_session_timeout", "1")]).await;
    alice.open_upload("/docs/a.bin", SIZE as u64).await;
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    alice.delete_for_good(&["/docs"]).await.done();
    server.nothing_left_of("collect_trash").await;
    server.nothing_left_of("abort_upload").await;
    assert_eq!(vendor.unfinished(), 0);
}

#[tokio::test]
async fn a_cancelled_upload_is_ended_at_the_vendor() {
    let (vendor, server, alice) = started().await;
    let session = alice.open_upload("/a.bin", SIZE as u64).await;
    let parts = session.chunks(&content());
    assert_eq!(alice.send_part(&session, 0, parts[0].clone()).await, 200);
    alice.cancel_upload(&session.id, "/a.bin").await.done();
    assert_eq!(alice.everything().await, ["used: 0"]);
    server.nothing_left_of("abort_upload").await;
    assert_eq!(vendor.unfinished(), 0);
    assert_eq!(alice.send_part(&session, 1, parts[1].clone()).await, 404);
    let late = alice.call_back(&session.callback(VENDOR)).await;
    failed(&late, 401, code::UPLOAD_SESSION_EXPIRED);

    // Also if it was whole there, and only nobody had said so.
    let session = upload(&alice, "/a.bin").await;
    assert_eq!(vendor.blobs().len(), 1);
    alice.cancel_upload(&session.id, "/a.bin").await.done();
    server.nothing_left_of("abort_upload").await;
    assert!(vendor.blobs().is_empty());
}

#[tokio::test]
async fn a_vendor_that_does_not_answer_is_told_later() {
    let (vendor, server, alice) = started().await;
    let session = alice.open_upload("/a.bin", SIZE as u64).await;
    vendor.be_deaf(true);
    alice.cancel_upload(&session.id, "/a.bin").await.done();
    assert_eq!(alice.everything().await, ["used: 0"]);
    assert_eq!(vendor.unfinished(), 1);
    vendor.be_deaf(false);
    server.nothing_left_of("abort_upload").await;
    assert_eq!(vendor.unfinished(), 0);
}

#[tokio::test]
async fn an_upload_that_ran_out_is_ended_at_the_vendor() {
    let (vendor, mut server, alice) = started().await;
    server.set(&[("upload_session_timeout", "2")]).await;
    let session = upload(&alice, "/a.bin").await;
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    let late = alice.call_back(&session.callback(VENDOR)).await;
    failed(&late, 401, code::UPLOAD_SESSION_EXPIRED);
    // Whoever wants the path ends it, if no sweep did.
    let next = alice.open_overwrite("/a.bin", 10).await;
    alice.cancel_upload(&next.id, "/a.bin").await.done();
    server.nothing_left_of("abort_upload").await;
    assert!(vendor.blobs().is_empty());
    assert_eq!((alice.used().await, vendor.unfinished()), (0, 0));
}

#[tokio::test]
async fn who_crashed_between_vendor_and_row_says_it_again() {
    let vendor = Vendor::start().await;
    let gate = Gate::default();
    let mut server = TestServer::start_with_vendor(&vendor, gate.steps()).await;
    let alice = server.user("alice").await;
    let session = upload(&alice, "/a.bin").await;
    gate.hold("upload: stored");
    let (caller, path) = (alice.another_window(), session.callback(VENDOR));
    let told = tokio::spawn(async move { caller.call_back(&path).await });
    gate.reached("upload: stored").await;
    told.abort();
    let _ = told.await;
    assert_eq!(alice.info("/a.bin").await.ok()["size"], 0);
    gate.open("upload: stored");
    server.restart().await;
    alice.call_back(&session.callback(VENDOR)).await.done();
    assert_eq!(alice.get_at_vendor("/a.bin").await.1, content());
    assert_eq!(alice.used().await, SIZE as u64);
}

#[tokio::test]
async fn a_callback_that_loses_against_a_cancel_leaves_nothing() {
    let vendor = Vendor::start().await;
    let gate = Gate::default();
    let server = TestServer::start_with_vendor(&vendor, gate.steps()).await;
    let alice = server.user("alice").await;
    let session = upload(&alice, "/a.bin").await;
    gate.hold("upload: stored");
    let (caller, path) = (alice.another_window(), session.callback(VENDOR));
    let told = tokio::spawn(async move { caller.call_back(&path).await });
    gate.reached("upload: stored").await;
    alice.cancel_upload(&session.id, "/a.bin").await.done();
    gate.open("upload: stored");
    failed(&told.await.unwrap(), 400, code::UPLOAD_SESSION_EXPIRED);
    server.nothing_left_of("abort_upload").await;
    assert_eq!(alice.everything().await, ["used: 0"]);
    assert!(vendor.blobs().is_empty());
}

#[tokio::test]
async fn quota_and_locks_hold_as_for_other_uploads() {
    let (vendor, _server, alice) = started().await;
    let much = alice.try_open_upload("/a.bin", 1 << 40, json!({})).await;
    much.refused(code::INSUFFICIENT_CAPACITY);
    assert_eq!(vendor.unfinished(), 0);
    let session = upload(&alice, "/b.bin").await;
    alice
        .rename("/b.bin", "c.bin")
        .await
        .refused_with_any(&[code::LOCK_CONFLICT]);
    alice.call_back(&session.callback(VENDOR)).await.done();
    alice.rename("/b.bin", "c.bin").await.ok();
    let session = alice.open_overwrite("/c.bin", SIZE as u64).await;
    alice.send_parts(&session, &content()).await;
    assert_eq!(alice.used().await, 2 * SIZE as u64);
    alice.call_back(&session.callback(VENDOR)).await.done();
    assert_eq!(alice.versions("/c.bin").await.len(), 2);
}

#[tokio::test]
async fn parts_are_as_long_as_the_vendor_takes_them() {
    let (_vendor, _server, alice) = started().await;
    let small = json!({ "max_chunk_size": 1 });
    let opened = alice.try_open_upload("/a.bin", 5000, small).await.ok();
    // No client can ask for parts below a mebibyte, and none gets larger ones than usual.
    assert_eq!(opened["chunk_size"], PART_BYTES);
    let empty = alice.open_upload("/empty.bin", 0).await;
    assert_eq!(empty.part_urls().len(), 1);
    alice.send_parts(&empty, &Bytes::new()).await;
    alice.call_back(&empty.callback(VENDOR)).await.done();
    assert_eq!(alice.info("/empty.bin").await.ok()["size"], 0);
}

#[tokio::test]
async fn a_session_goes_on_at_the_same_place() {
    let (_vendor, _server, alice) = started().await;
    let wish = json!({ "last_modified": 1_700_000_000_000_i64, "resume": true });
    let size = SIZE as u64;
    let first = alice
        .try_open_upload("/a.bin", size, wish.clone())
        .await
        .ok();
    let again = alice.try_open_upload("/a.bin", size, wish).await.ok();
    for same in ["session_id", "upload_id", "chunk_size", "callback_secret"] {
        assert_eq!(first[same], again[same], "{same}");
    }
    assert_eq!(again["received"], json!([]));
    assert_eq!(again["upload_urls"].as_array().unwrap().len(), 3);
    assert!(again["completeURL"].is_string());
}

#[tokio::test]
async fn what_is_relayed_goes_through_the_server() {
    let (vendor, mut server, alice) = started().await;
    server.switch_on("relay").await;
    server.restart().await;
    let session = alice.open_upload("/a.bin", SIZE as u64).await;
    assert_eq!(session.chunk_size, 0);
    assert_eq!(session.data["storage_policy"]["relay"], true);
    assert!(session.part_urls().is_empty() && session.data.get("completeURL").is_none());
    let told = alice.call_back(&session.callback(VENDOR)).await;
    failed(&told, 401, code::POLICY_NOT_ALLOWED);
    alice.finish_upload(&session, &content()).await;
    assert_eq!(alice.get_at_vendor("/a.bin").await.1, content());
    assert_eq!(vendor.blobs().len(), 1);
}

#[tokio::test]
async fn downloads_are_sent_to_the_vendor_unless_they_are_relayed() {
    let (_vendor, mut server, alice) = started().await;
    let session = upload(&alice, "/a.bin").await;
    alice.call_back(&session.callback(VENDOR)).await.done();
    let url = alice.url("/a.bin").await;
    let head = alice.fetch_request(reqwest::Method::HEAD, &url);
    let head = alice.send(head).await;
    assert_eq!(head.status, 200);
    assert_eq!(head.header("content-length"), SIZE.to_string());
    let tampered = alice.fetch(&url.replace("a.bin", "b.bin")).await;
    assert_ne!(tampered.status, 302);

    // What may be taken back is not good for long.
    let (own, _) = alice.get_at_vendor("/a.bin").await;
    let link = alice.direct_link("/a.bin").await;
    let shown = alice.fetch(&link).await;
    let sent = alice.fetch(shown.header("location")).await;
    assert_eq!(
        (sent.status, sent.header("cache-control")),
        (302, "private, no-store")
    );
    let until = |url: &str| between(url, "until=", "&")[0].parse::<u64>().unwrap();
    assert!(until(sent.header("location")) + 1000 < until(&own));

    server.switch_on("internal_proxy").await;
    server.restart().await;
    assert_eq!(alice.get("/a.bin").await, content());
}

#[tokio::test]
async fn a_share_that_is_taken_back_sends_nobody_to_the_vendor() {
    let (_vendor, server, alice) = started().await;
    let session = upload(&alice, "/docs/a.bin").await;
    alice.call_back(&session.callback(VENDOR)).await.done();
    let share = alice.share("/docs", json!({})).await;
    let stranger = server.stranger();
    let url = stranger.url(&share.at("/a.bin")).await;
    assert_eq!(stranger.fetch(&url).await.status, 302);
    alice.delete_share(&share.id).await.done();
    assert_ne!(stranger.fetch(&url).await.status, 302);
}

#[tokio::test]
async fn keys_of_policies_are_sealed_and_drivers_get_them_open() {
    let (vendor, server, alice) = started().await;
    alice.open_upload("/a.bin", 10).await;
    let stored = server
        .ask("SELECT secret_key AS value FROM storage_policies")
        .await;
    assert!(stored.starts_with("sealed:v1:"), "{stored}");
    assert!(vendor.secrets().iter().all(|secret| secret == "s3cret"));
    assert!(!vendor.secrets().is_empty());
}

mod driver {
    //! The vendor of these tests keeps the promises of a driver.

    use std::sync::Arc;
    use storage::Driver;
    use storage::conformance::Fixture;
    use tests::Vendor;

    struct AtVendor(Vendor);

    impl Fixture for AtVendor {
        fn open(&self) -> Arc<dyn Driver> {
            self.0.driver()
        }
    }

    storage::conformance_tests!(AtVendor(Vendor::start().await));
}
