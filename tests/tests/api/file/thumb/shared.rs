//! Thumbnails for those the files do not belong to.

use reqwest::Method;
use serde_json::json;
use tests::TestServer;

use super::{BLUE, RED, assert_near, photo, seen, used};
use crate::code;

#[tokio::test]
async fn visitors_see_what_a_share_shows_and_nothing_is_counted() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/trip/a.jpg", photo(RED)).await;
    alice.put("/secret.jpg", photo(BLUE)).await;
    let limits = json!({ "is_private": true, "downloads": 1 });
    let share = alice.share("/trip", limits).await;
    let stranger = server.stranger();
    let bob = server.user("bob").await;
    for who in [&stranger, &bob] {
        for _ in 0..3 {
            assert_near(seen(who, &share.at("/a.jpg")).await, RED);
        }
        let without = share.with_password(None);
        who.try_thumb(&without.at("/a.jpg"))
            .await
            .refused(code::INCORRECT_PASSWORD);
        let outside = who.try_thumb(&share.at("/../secret.jpg")).await;
        assert_ne!(outside.code(), 0, "{}", outside.text());
    }
    let page = alice.get_json("/share", &[("page_size", "10")]).await.ok();
    assert_eq!(page["shares"][0]["remain_downloads"], 1, "{page}");
    let link = stranger.try_thumb(&share.at("/a.jpg")).await.ok();
    let link = link["url"].as_str().unwrap();
    let shown = stranger.fetch(link).await;
    assert_eq!(shown.header("cache-control"), "private, no-cache");

    // Taken back, the link with it.
    alice.delete_share(&share.id).await.done();
    stranger.fetch(link).await.refused(code::NOT_FOUND);
    let gone = stranger.try_thumb(&share.at("/a.jpg")).await;
    gone.refused(code::NOT_FOUND);
}

#[tokio::test]
async fn a_visitor_may_be_the_first_to_ask_and_the_owner_pays() {
    let server = TestServer::start_with(&[("thumb_builtin_enabled", "0")]).await;
    let alice = server.user("alice").await;
    let photo = photo(RED);
    let size = photo.len() as i64;
    alice.put("/a.jpg", photo).await;
    let share = alice.share("/a.jpg", json!({})).await;
    let mut server = server;
    server.set(&[("thumb_builtin_enabled", "1")]).await;
    assert_eq!(used(&alice).await, size, "nothing was made yet");
    assert_near(seen(&server.stranger(), &share.at("/a.jpg")).await, RED);
    let stored = alice.stored("/a.jpg", 1).await;
    let bytes = stored[0]["size"].as_i64().unwrap();
    assert_eq!(used(&alice).await, size + bytes);
}

#[tokio::test]
async fn what_others_may_not_see_they_do_not_see_small_either() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    alice.put("/in/a.jpg", photo(RED)).await;
    server.thumbnails_are_made().await;
    let hers = format!("cloudreve://{}@my/in/a.jpg", alice.id);
    bob.try_thumb(&hers).await.refused(code::NO_PERMISSION);
    let stranger = server.stranger();
    stranger
        .try_thumb(&hers)
        .await
        .refused(code::LOGIN_REQUIRED);
    stranger
        .try_thumb("/in/a.jpg")
        .await
        .refused(code::LOGIN_REQUIRED);
    // A folder to bring files to shows none. The bit is "create".
    let only_in = json!({ "permissions": { "everyone": "BA==" } });
    let share = alice.share("/in", only_in).await;
    for who in [&stranger, &bob] {
        let reply = who.try_thumb(&share.at("/a.jpg")).await;
        reply.refused_with_any(&[code::NO_PERMISSION, code::OWNER_ONLY]);
    }
    assert_near(seen(&alice, &share.at("/a.jpg")).await, RED);
}

#[tokio::test]
async fn messengers_preview_a_shared_picture_by_its_thumbnail() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/a.jpg", photo(RED)).await;
    alice.put("/b.txt", "text").await;
    server.thumbnails_are_made().await;
    let preview = async |id: &str| {
        let stranger = server.stranger();
        let request = stranger.request_outside(Method::GET, &format!("/s/{id}"));
        let reply = stranger
            .send(request.header("User-Agent", "Slackbot 1.0"))
            .await;
        reply.text().to_owned()
    };
    let shown = preview(&alice.share("/a.jpg", json!({})).await.id).await;
    assert!(shown.contains("thumb=true"), "{shown}");
    let without = preview(&alice.share("/b.txt", json!({})).await.id).await;
    assert!(!without.contains("thumb=true"), "{without}");
    let locked = alice.share("/a.jpg", json!({ "is_private": true })).await;
    let locked = preview(&locked.id).await;
    assert!(!locked.contains("thumb=true"), "{locked}");
}
