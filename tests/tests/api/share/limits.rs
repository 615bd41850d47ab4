//! Limits on downloads, where several files or several requests are one.

use super::furnish;
use crate::code;
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Client, Share, TestServer};

/// Downloaded, and left.
async fn counters(alice: &Client, share: &Share) -> (u64, Option<u64>) {
    let page = alice.get_json("/share", &[("page_size", "10")]).await.ok();
    let rows = page["shares"].as_array().unwrap();
    let row = rows
        .iter()
        .find(|row| row["id"] == share.id.as_str())
        .unwrap();
    (
        row["downloaded"].as_u64().unwrap_or(0),
        row["remain_downloads"].as_u64(),
    )
}

#[tokio::test]
async fn one_link_is_one_download_however_often_and_in_parts() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    furnish(&alice).await;
    let share = alice.share("/docs", json!({ "downloads": 2 })).await;
    let stranger = server.stranger();
    let url = stranger.url(&share.at("/plan.md")).await;
    let etag = stranger.fetch(&url).await.header("etag").to_owned();
    for (header, value, status) in [
        ("Range", "bytes=0-2", 206),
        ("Range", "bytes=3-", 206),
        ("Range", "bytes=0-1,3-4", 206),
        ("Range", "bytes=100-", 416),
        ("If-None-Match", etag.as_str(), 304),
        ("If-Match", "\"other\"", 412),
    ] {
        let request = stranger.fetch_request(Method::GET, &url);
        let reply = stranger.send(request.header(header, value)).await;
        assert_eq!(reply.status, status, "{header}: {value}");
    }
    let head = stranger.fetch_request(Method::HEAD, &url);
    assert_eq!(stranger.send(head).await.status, 200);
    assert_eq!(counters(&alice, &share).await, (1, Some(1)));
}

#[tokio::test]
async fn a_batch_beyond_the_limit_hands_out_and_counts_nothing() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    furnish(&alice).await;
    alice.put("/docs/more.txt", "more").await;
    let share = alice.share("/docs", json!({ "downloads": 2 })).await;
    let stranger = server.stranger();
    let three = [
        share.at("/plan.md"),
        share.at("/more.txt"),
        share.at("/sub/deep file.txt"),
    ];
    let reply = stranger.try_urls(&three, json!({})).await;
    reply.refused_items(&[(three[2].as_str(), code::NOT_FOUND)]);
    assert_eq!(counters(&alice, &share).await, (0, Some(2)));
    // Nor does a batch in which something else is wrong.
    let wrong = [share.at("/plan.md"), share.at("/none")];
    let reply = stranger.try_urls(&wrong, json!({})).await;
    assert_eq!(reply.inner_code(), code::PARENT_NOT_EXIST);
    assert_eq!(counters(&alice, &share).await, (0, Some(2)));
    // Whoever takes what there is gets that much.
    let data = stranger
        .try_urls(&three, json!({ "skip_error": true }))
        .await
        .ok();
    let urls = data["urls"].as_array().unwrap();
    assert!(urls[0].is_object() && urls[1].is_object(), "{data}");
    assert_eq!(urls[2], Value::Null);
    assert_eq!(counters(&alice, &share).await, (2, Some(0)));
}

#[tokio::test]
async fn batches_at_once_never_pass_a_limit() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    furnish(&alice).await;
    let share = alice.share("/docs", json!({ "downloads": 5 })).await;
    let tries = (0..12).map(|n| {
        let stranger = server.stranger();
        let two = [share.at("/plan.md"), share.at("/sub/deep file.txt")];
        async move {
            let skip = json!({ "skip_error": n % 2 == 0 });
            let json = stranger.try_urls(&two, skip).await.json();
            let urls = json["data"]["urls"].as_array().cloned().unwrap_or_default();
            urls.iter().filter(|url| url.is_object()).count()
        }
    });
    let handed_out: usize = join_all(tries).await.into_iter().sum();
    let (downloaded, left) = counters(&alice, &share).await;
    assert_eq!(downloaded as usize, handed_out);
    assert_eq!(left.unwrap() + downloaded, 5);
    assert!(handed_out >= 4, "{handed_out}");
}

#[tokio::test]
async fn an_archive_of_two_shares_takes_of_both_or_of_none() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    furnish(&alice).await;
    let (one, two) = (
        alice.share("/docs", json!({ "downloads": 1 })).await,
        alice.share("/docs/sub", json!({ "downloads": 1 })).await,
    );
    let both = [one.at("/plan.md"), two.at("/")];
    let tries = (0..6).map(|_| {
        let (admin, both) = (server.admin().another_window(), both.clone());
        async move {
            admin
                .try_urls(&both, json!({ "archive": true }))
                .await
                .code()
        }
    });
    let codes = join_all(tries).await;
    assert_eq!(
        codes.iter().filter(|code| **code == 0).count(),
        1,
        "{codes:?}"
    );
    assert_eq!(counters(&alice, &one).await, (1, Some(0)));
    assert_eq!(counters(&alice, &two).await, (1, Some(0)));
}

#[tokio::test]
async fn direct_links_made_through_a_share_count() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    furnish(&alice).await;
    let share = alice.share("/docs", json!({ "downloads": 1 })).await;
    let body = json!({ "uris": [share.at("/plan.md")] });
    alice.put_json("/file/source", body.clone()).await.ok();
    assert_eq!(counters(&alice, &share).await, (1, Some(0)));
    let reply = alice.put_json("/file/source", body).await;
    assert_eq!(reply.inner_code(), code::NOT_FOUND);
}
