//! `POST /file/url` and where it leads.

mod by_proxy;
mod content;
mod line_breaks;
mod ranges;
mod signatures;

use serde_json::{Value, json};
use tests::TestServer;

use crate::code;

#[tokio::test]
async fn urls_come_in_the_order_asked_for() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    for name in ["a.txt", "b c.txt", "ü.txt"] {
        alice.put(&format!("/docs/{name}"), name.to_owned()).await;
    }
    let paths = ["/docs/ü.txt", "/docs/a.txt", "/docs/b c.txt"];
    let data = alice.try_urls(&paths, json!({})).await.ok();
    let urls = data["urls"].as_array().unwrap();
    for (url, path) in urls.iter().zip(paths) {
        let url = url["url"].as_str().unwrap();
        assert!(url.contains("/api/v4/file/content/"), "{url}");
        assert_eq!(
            alice.fetch(url).await.text(),
            path.rsplit('/').next().unwrap()
        );
    }
    let expires = chrono::DateTime::parse_from_rfc3339(data["expires"].as_str().unwrap()).unwrap();
    let in_an_hour = chrono::Utc::now() + chrono::Duration::hours(1);
    assert!(
        (expires.to_utc() - in_an_hour).num_seconds().abs() < 660,
        "{expires}"
    );
}

#[tokio::test]
async fn redirect_sends_the_browser_along() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/a.txt", "a").await;
    let reply = alice
        .try_urls(&["/a.txt"], json!({ "redirect": true }))
        .await;
    assert_eq!(reply.status, 302);
    assert_eq!(alice.fetch(reply.header("location")).await.text(), "a");
}

#[tokio::test]
async fn failures_are_listed_or_skipped() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/a.txt", "a").await;
    alice.create_folder("/folder").await;
    let batch = ["/missing", "/a.txt", "/folder"];
    alice.try_urls(&batch, json!({})).await.refused_items(&[
        ("/missing", code::PARENT_NOT_EXIST),
        ("/folder", code::ENTITY_NOT_EXIST),
    ]);
    let data = alice
        .try_urls(&batch, json!({ "skip_error": true }))
        .await
        .ok();
    assert_eq!(data["urls"][0], Value::Null);
    assert_eq!(data["urls"][2], Value::Null);
    assert_eq!(
        alice
            .fetch(data["urls"][1]["url"].as_str().unwrap())
            .await
            .text(),
        "a"
    );
    let none = alice
        .try_urls(&["/missing"], json!({ "skip_error": true }))
        .await
        .ok();
    assert_eq!(none["urls"], json!([null]));
    assert!(none["expires"].is_string(), "desktop clients want a time");
}

#[tokio::test]
async fn malformed_requests_are_refused() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    for body in [
        json!({}),
        json!({ "uris": [] }),
        json!({ "uris": "x" }),
        json!({ "uris": [1], "download": [] }),
        json!({ "uris": [tests::uri("/a")], "download": "perhaps" }),
    ] {
        let reply = alice.post("/file/url", body.clone()).await;
        let code = reply.code();
        assert!(
            [code::PARAMETER, 40081].contains(&code),
            "{body}: {}",
            reply.text()
        );
    }
    for path in [
        "/file/content/!!/0/x",
        "/file/content/x/y/z",
        "/file/content/a/0/b?sign=x",
    ] {
        let reply = alice.get_json(path, &[]).await;
        assert!(
            reply.status == 404 || reply.code() != 0,
            "{path}: {}",
            reply.text()
        );
    }
}

#[tokio::test]
async fn nobody_gets_urls_of_what_is_not_theirs() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    alice.put("/a.txt", "secret").await;
    let entity = alice.info("/a.txt").await.ok()["primary_entity"].clone();
    let hers = format!("cloudreve://{}@my/a.txt", alice.id);
    assert_eq!(
        bob.try_urls(&[&hers], json!({})).await.inner_code(),
        code::NO_PERMISSION
    );
    let nobody = server.stranger().try_urls(&["/a.txt"], json!({})).await;
    assert_eq!(nobody.inner_code(), code::LOGIN_REQUIRED);
    // Nor by naming her version on a file of his.
    bob.put("/b.txt", "b").await;
    let reply = bob.try_urls(&["/b.txt"], json!({ "entity": entity })).await;
    assert_eq!(reply.inner_code(), code::ENTITY_NOT_EXIST);
}

#[tokio::test]
async fn what_is_in_the_trash_is_not_downloaded_by_its_old_path() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/a.txt", "a").await;
    alice.delete(&["/a.txt"]).await.done();
    let reply = alice.try_urls(&["/a.txt"], json!({})).await;
    assert_eq!(reply.inner_code(), code::PARENT_NOT_EXIST);
}
