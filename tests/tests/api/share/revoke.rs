//! Taking back: it holds with the next request, whatever was handed out before.

use super::furnish;
use crate::code;
use serde_json::json;
use tests::{Client, Share, TestServer};

/// Fetches that worked a moment ago.
async fn assert_dead(who: &Client, urls: &[String]) {
    for url in urls {
        let reply = who.fetch(url).await;
        let is_refused = reply.status == 404 || reply.code() == code::NOT_FOUND;
        assert!(is_refused, "{url}: {} {}", reply.status, reply.text());
    }
}

async fn handed_out(server: &TestServer, share: &Share, path: &str) -> Vec<String> {
    let content = server.stranger().url(&share.at(path)).await;
    let archive = server.admin().archive_url(&[share.at("/")]).await;
    for url in [&content, &archive] {
        assert_eq!(server.stranger().fetch(url).await.status, 200, "{url}");
    }
    vec![content, archive]
}

#[tokio::test]
async fn a_deleted_share_takes_its_signed_links_along() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    furnish(&alice).await;
    let share = alice.share("/docs", json!({})).await;
    let urls = handed_out(&server, &share, "/plan.md").await;
    alice.delete_share(&share.id).await.done();
    let stranger = server.stranger();
    assert_dead(&stranger, &urls).await;
    stranger.list(&share.at("/")).await.refused(code::NOT_FOUND);
    stranger
        .info(&share.at("/plan.md"))
        .await
        .refused(code::NOT_FOUND);
    // Her own links are another matter.
    assert_eq!(alice.get("/docs/plan.md").await, "the plan");
}

#[tokio::test]
async fn an_expired_share_takes_its_signed_links_along() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    furnish(&alice).await;
    let share = alice.share("/docs", json!({ "expire": 3600 })).await;
    let urls = handed_out(&server, &share, "/plan.md").await;
    let stranger = server.stranger();
    stranger.list(&share.at("/")).await.ok();
    server.tamper("UPDATE shares SET expires_at = 1").await;
    assert_dead(&stranger, &urls).await;
    stranger.list(&share.at("/")).await.refused(code::NOT_FOUND);
    alice.list(&share.at("/")).await.refused(code::NOT_FOUND);
    stranger
        .share_info(&share.id, &[])
        .await
        .refused(code::NOT_FOUND);
    let page = alice.get_json("/share", &[("page_size", "10")]).await.ok();
    assert_eq!(page["shares"][0]["expired"], true);
}

#[tokio::test]
async fn a_file_that_leaves_the_share_or_its_folder_is_out_of_reach() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    furnish(&alice).await;
    alice.put("/docs/leaves.txt", "leaves").await;
    let share = alice.share("/docs", json!({})).await;
    let stranger = server.stranger();
    let moved = stranger.url(&share.at("/leaves.txt")).await;
    let trashed = stranger.url(&share.at("/plan.md")).await;
    let below = stranger.url(&share.at("/sub/deep file.txt")).await;
    alice.move_to(&["/docs/leaves.txt"], "/").await.done();
    alice.delete(&["/docs/plan.md"]).await.done();
    assert_dead(&stranger, &[moved, trashed]).await;
    assert_eq!(stranger.fetch(&below).await.text(), "deep");
    alice.delete(&["/docs"]).await.done();
    assert_dead(&stranger, &[below]).await;
}

#[tokio::test]
async fn a_banned_owner_shares_nothing() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    furnish(&alice).await;
    let share = alice.share("/docs", json!({})).await;
    let urls = handed_out(&server, &share, "/plan.md").await;
    server
        .tamper("UPDATE users SET status = 'manual_banned' WHERE email = 'alice@example.com'")
        .await;
    let stranger = server.stranger();
    assert_dead(&stranger, &urls).await;
    stranger.list(&share.at("/")).await.refused(code::NOT_FOUND);
    stranger
        .share_info(&share.id, &[])
        .await
        .refused(code::NOT_FOUND);
}

#[tokio::test]
async fn a_share_goes_with_its_file() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    furnish(&alice).await;
    let share = alice.share("/docs", json!({})).await;
    let inner = alice.share("/docs/sub/deep file.txt", json!({})).await;
    alice.direct_link("/docs/plan.md").await;
    alice.delete_for_good(&["/docs"]).await.done();
    for share in [&share, &inner] {
        alice
            .share_info(&share.id, &[])
            .await
            .refused(code::NOT_FOUND);
    }
    let page = alice.get_json("/share", &[("page_size", "10")]).await.ok();
    assert_eq!(page["shares"], json!([]));
}

#[tokio::test]
async fn what_a_link_rests_on_cannot_be_cut_off_or_exchanged() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    furnish(&alice).await;
    let (one, two) = (
        alice.share("/docs", json!({})).await,
        alice.share("/docs", json!({})).await,
    );
    let stranger = server.stranger();
    let (first, second) = (
        stranger.url(&one.at("/plan.md")).await,
        stranger.url(&two.at("/plan.md")).await,
    );
    alice.delete_share(&one.id).await.done();
    let (bare, _) = first.split_once("&via=").unwrap();
    let (_, other) = second.split_once("&via=").unwrap();
    for forged in [
        bare.to_owned(),
        format!("{bare}&via={other}"),
        format!("{bare}&via="),
        format!("{bare}&via=f-x"),
    ] {
        stranger
            .fetch(&forged)
            .await
            .refused(code::SIGNATURE_INVALID);
    }
    assert_eq!(stranger.fetch(&second).await.text(), "the plan");
}

#[tokio::test]
async fn what_a_link_rests_on_cannot_be_moved_into_its_path() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    furnish(&alice).await;
    let share = alice.share("/docs", json!({})).await;
    let stranger = server.stranger();
    let url = stranger.url(&share.at("/plan.md")).await;
    assert_eq!(stranger.fetch(&url).await.text(), "the plan");
    let (path, query) = url.split_once('?').unwrap();
    let (sign, via) = query.split_once("&via=").unwrap();
    alice.delete_share(&share.id).await.done();
    for moved in [
        format!("{path}%3Fvia%3D{via}?{sign}"),
        format!("{path}%3fvia={via}?{sign}"),
        format!("{path}%3Fvia%3D{via}?{sign}&via="),
        format!("{path}%3Fvia%3D{via}?{sign}&via={via}"),
    ] {
        stranger
            .fetch(&moved)
            .await
            .refused(code::SIGNATURE_INVALID);
    }
}

#[tokio::test]
async fn a_change_that_failed_does_not_keep_a_trashed_folder_open() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    furnish(&alice).await;
    let share = alice.share("/docs", json!({})).await;
    bob.create_folder("/docs").await;
    bob.list(&share.at("/")).await.ok();
    // Looks where the share lies, in a change that is undone.
    bob.copy_to(&[share.at("/")], "/")
        .await
        .refused(code::OBJECT_EXISTS);
    alice.delete(&["/docs"]).await.done();
    for who in [&bob, &server.stranger()] {
        who.list(&share.at("/")).await.refused(code::NOT_FOUND);
        who.info(&share.at("/plan.md"))
            .await
            .refused(code::NOT_FOUND);
    }
}

#[tokio::test]
async fn nobody_keeps_what_came_through_a_share() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    furnish(&alice).await;
    let share = alice.share("/docs", json!({})).await;
    let stranger = server.stranger();
    let url = stranger.url(&share.at("/plan.md")).await;
    let reply = stranger.fetch(&url).await;
    assert_eq!(reply.header("cache-control"), "private, no-cache");
    assert!(!reply.header("etag").is_empty());
}
