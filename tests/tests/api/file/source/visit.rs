//! `/f`: following direct links.

use super::{links_of, open};
use crate::code;
use futures_util::future::join_all;
use reqwest::Method;
use tests::TestServer;

#[tokio::test]
async fn a_direct_link_gives_the_content_to_everybody() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/docs/a b.txt", "0123456789").await;
    let link = alice.direct_link("/docs/a b.txt").await;
    assert!(
        link.contains("/f/") && link.ends_with("/a%20b.txt"),
        "{link}"
    );
    let stranger = server.stranger();
    let reply = open(&stranger, &link).await;
    assert_eq!(reply.status, 302);
    assert_eq!(reply.header("access-control-allow-origin"), "*");
    let rule = reply.header("cache-control");
    let age: u64 = rule
        .strip_prefix("public, max-age=")
        .unwrap_or_else(|| panic!("{rule}"))
        .parse()
        .unwrap();
    assert!((1_800..=3_600).contains(&age), "{age}");
    let content = reply.header("location").to_owned();
    assert_eq!(open(&stranger, &content).await.text(), "0123456789");
    let part = stranger
        .fetch_request(Method::GET, &content)
        .header("Range", "bytes=2-4");
    let part = stranger.send(part).await;
    assert_eq!((part.status, part.text()), (206, "234"));
    let save = open(&stranger, &link.replace("/f/", "/f/d/")).await;
    let saved = open(&stranger, save.header("location")).await;
    assert!(
        saved
            .header("content-disposition")
            .starts_with("attachment")
    );
    // New content and another name: the link stays what it was.
    alice.overwrite("/docs/a b.txt", "new").await;
    alice.rename("/docs/a b.txt", "other.txt").await.ok();
    let now = open(&stranger, &link).await;
    assert_eq!(open(&stranger, now.header("location")).await.text(), "new");
}

#[tokio::test]
async fn every_visit_counts_once_and_looking_does_not() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/a.txt", "a").await;
    let link = alice.direct_link("/a.txt").await;
    let visits = (0..15).map(|_| {
        let (stranger, link) = (server.stranger(), link.clone());
        async move { open(&stranger, &link).await.status }
    });
    assert_eq!(join_all(visits).await, [302; 15]);
    let stranger = server.stranger();
    let head = stranger.fetch_request(Method::HEAD, &link);
    assert_eq!(stranger.send(head).await.status, 302);
    let options = stranger.fetch_request(Method::OPTIONS, &link);
    let options = stranger.send(options).await;
    assert_eq!(options.status, 204);
    assert_eq!(
        options.header("access-control-allow-methods"),
        "GET, HEAD, OPTIONS"
    );
    let told = links_of(&alice, "/a.txt").await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["downloaded"], 15);
    assert_eq!(told[0]["url"], link.as_str());
}

#[tokio::test]
async fn what_is_wrong_with_a_link_is_a_real_404() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/docs/a.txt", "a").await;
    let link = alice.direct_link("/docs/a.txt").await;
    let stranger = server.stranger();
    let content = open(&stranger, &link).await.header("location").to_owned();
    let dead = async |link: &str| {
        let reply = open(&stranger, link).await;
        assert_eq!(reply.status, 404, "{link}: {}", reply.text());
        assert!(
            reply.text().starts_with(r#"{"code":404"#),
            "{}",
            reply.text()
        );
        assert_eq!(reply.header("access-control-allow-origin"), "*");
    };
    dead(&link.replace("a.txt", "b.txt")).await;
    open(&stranger, "/f/garbled/a.txt")
        .await
        .refused(code::PARAMETER);
    alice.delete(&["/docs"]).await.done();
    dead(&link).await;
    dead(&link.replace("/f/", "/f/d/")).await;
    // Where it led to is dead as well.
    open(&stranger, &content).await.refused(code::NOT_FOUND);
    let trashed = alice.in_trash("docs").await;
    alice.restore(&[trashed]).await.done();
    assert_eq!(open(&stranger, &link).await.status, 302);
    server
        .tamper("UPDATE users SET status = 'manual_banned' WHERE email = 'alice@example.com'")
        .await;
    dead(&link).await;
}

#[tokio::test]
async fn the_content_behind_answers_conditions_and_the_newest_version() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/a.txt", "0123456789").await;
    let link = alice.direct_link("/a.txt").await;
    let stranger = server.stranger();
    let content = open(&stranger, &link).await.header("location").to_owned();
    // The same for some minutes, so that caches of readers work.
    assert_eq!(open(&stranger, &link).await.header("location"), content);
    let reply = open(&stranger, &content).await;
    assert!(
        reply
            .header("cache-control")
            .starts_with("public, max-age=")
    );
    let etag = reply.header("etag").to_owned();
    for (name, value, status) in [
        ("If-None-Match", etag.as_str(), 304),
        ("If-Match", "\"other\"", 412),
        ("Range", "bytes=20-", 416),
        ("Range", "bytes=-3", 206),
    ] {
        let request = stranger.fetch_request(Method::GET, &content);
        let reply = stranger.send(request.header(name, value)).await;
        assert_eq!(reply.status, status, "{name}: {value}");
        assert_eq!(reply.header("access-control-allow-origin"), "*");
    }
    alice.overwrite("/a.txt", "new").await;
    let newer = open(&stranger, &link).await.header("location").to_owned();
    assert_ne!(newer, content);
    assert_eq!(open(&stranger, &newer).await.text(), "new");
    assert_ne!(open(&stranger, &newer).await.header("etag"), etag);
}

#[tokio::test]
async fn a_file_in_a_shared_folder_has_links_of_its_own() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/docs/a.txt", "a").await;
    let link = alice.direct_link("/docs/a.txt").await;
    let share = alice
        .share("/docs", serde_json::json!({ "is_private": true }))
        .await;
    let stranger = server.stranger();
    alice.delete_share(&share.id).await.done();
    assert_eq!(open(&stranger, &link).await.status, 302);
    alice.delete_for_good(&["/docs/a.txt"]).await.done();
    assert_eq!(open(&stranger, &link).await.status, 404);
    // A new file of the same name is another file.
    alice.put("/docs/a.txt", "another").await;
    assert_eq!(open(&stranger, &link).await.status, 404);
}
