//! Links that were signed just before the bytes moved work until they end, wherever those were and
//! wherever they go.

use super::{Site, kept, policy_id, site};
use serde_json::json;
use tests::{Bucket, Client, TestServer, bytes_of};

/// Adds a bucket; the number of its policy.
async fn bucket(server: &TestServer, name: &str) -> i64 {
    let body = json!({ "policy": Bucket::fresh().policy(name, &json!({})) });
    let admin = server.admin();
    admin.post("/admin/policy/test", body.clone()).await.done();
    admin.put_json("/admin/policy", body).await.ok()["id"]
        .as_i64()
        .unwrap()
}

async fn relocate(server: &TestServer, from: i64, to: i64) {
    let route = format!("/admin/policy/{from}/relocate");
    let body = json!({ "target": to });
    server.admin().post(&route, body).await.ok();
    server.nothing_left_of("relocate").await;
}

/// Follows a link as browsers do: to where this server sends it, if it does.
async fn follow(who: &Client, url: &str) -> bytes::Bytes {
    let sent = who.fetch(url).await;
    if sent.status != 302 {
        assert_eq!(sent.status, 200, "{}", sent.text());
        return sent.body;
    }
    at_vendor(sent.header("location")).await
}

async fn at_vendor(url: &str) -> bytes::Bytes {
    let fetched = reqwest::get(url).await.unwrap();
    assert_eq!(fetched.status(), 200, "{url}");
    fetched.bytes().await.unwrap()
}

/// When a link ends, seconds.
fn end_of(url: &str) -> i64 {
    let sign = url.split("sign=").nth(1).unwrap();
    let sign = sign.split('&').next().unwrap().replace("%3A", ":");
    sign.rsplit(':').next().unwrap().parse().unwrap()
}

/// Moves one file, with a link and, from a bucket, an address of the vendor signed just before.
async fn moves(site: &Site, (from, to, name): (i64, i64, &str)) {
    let (server, alice) = (&site.server, &site.alice);
    let content = bytes_of("a", 300_000);
    let link = alice.url("/a.bin").await;
    let sent = alice.fetch(&link).await;
    let vendor = (sent.status == 302).then(|| sent.header("location").to_owned());
    relocate(server, from, to).await;
    assert_eq!(kept(alice, "/a.bin").await[0].1, name);
    // Whatever may be recycled now is.
    alice.put("/other.txt", "other").await;
    alice.delete_for_good(&["/other.txt"]).await.done();
    server.nothing_left_of("collect_trash").await;
    server.nothing_left_of("recycle_blobs").await;
    assert_eq!(follow(alice, &link).await, content);
    if let Some(vendor) = vendor {
        assert_eq!(at_vendor(&vendor).await, content);
    }
    assert_eq!(follow(alice, &alice.url("/a.bin").await).await, content);
    let sql = format!(
        "SELECT CAST(MIN(unlinked_at) / 1000000 AS TEXT) AS value FROM blobs \
         WHERE policy_id = {from} AND reference_count = 0 AND size_bytes = 300000"
    );
    let left: i64 = server.ask(&sql).await.parse().unwrap();
    assert!(left >= end_of(&link), "{left} {link}");
    // Nothing is left of it then.
    server
        .tamper("UPDATE blobs SET unlinked_at = 1 WHERE reference_count = 0")
        .await;
    alice.put("/other.txt", "other").await;
    alice.delete_for_good(&["/other.txt"]).await.done();
    server.nothing_left_of("collect_trash").await;
    server.nothing_left_of("recycle_blobs").await;
    assert_eq!(follow(alice, &link).await, content, "from where it is now");
}

#[tokio::test]
async fn links_outlive_each_move_between_disks_and_buckets() {
    let site = site().await;
    let disk = policy_id(&site).await;
    site.alice.put("/a.bin", bytes_of("a", 300_000)).await;
    let first = bucket(&site.server, "First").await;
    let second = bucket(&site.server, "Second").await;
    moves(&site, (1, first, "First")).await;
    moves(&site, (first, second, "Second")).await;
    moves(&site, (second, disk, "Disk")).await;
    site.server.nothing_left_of("recycle_blobs").await;
}
