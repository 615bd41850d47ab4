//! `/file/source` and `/f`: direct links.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Client, Reply, TestServer, uri};

use crate::code;

async fn open(who: &Client, link: &str) -> Reply {
    who.fetch(link).await
}

async fn links_of(alice: &Client, path: &str) -> Vec<Value> {
    let info = alice.info_with(path, &[("extended", "true")]).await.ok();
    let links = info["extended_info"]["direct_links"].as_array();
    links.cloned().unwrap_or_default()
}

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
async fn links_are_taken_back_by_their_owner() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    alice.put("/a.txt", "a").await;
    let link = alice.direct_link("/a.txt").await;
    let content = open(&bob, &link).await.header("location").to_owned();
    let id = links_of(&alice, "/a.txt").await[0]["id"].clone();
    let path = format!("/file/source/{}", id.as_str().unwrap());
    let delete = async |who: &Client, path: &str| who.send(who.request(Method::DELETE, path)).await;
    delete(&bob, &path).await.refused(code::NOT_FOUND);
    delete(server.admin(), &path).await.refused(code::NOT_FOUND);
    delete(&alice, "/file/source/garbled")
        .await
        .refused(code::PARAMETER);
    delete(&alice, &path).await.done();
    delete(&alice, &path).await.refused(code::NOT_FOUND);
    assert_eq!(open(&bob, &link).await.status, 404);
    open(&bob, &content).await.refused(code::NOT_FOUND);
    assert_eq!(links_of(&alice, "/a.txt").await, [Value::Null; 0]);
}

#[tokio::test]
async fn the_same_file_has_one_link_and_groups_have_limits() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    alice.put("/a.txt", "a").await;
    alice.create_folder("/docs").await;
    bob.put("/b.txt", "b").await;
    let link = alice.direct_link("/a.txt").await;
    assert_eq!(alice.direct_link("/a.txt").await, link);
    let make = async |who: &Client, uris: &[String]| {
        who.put_json("/file/source", json!({ "uris": uris })).await
    };
    let many = vec![uri("/a.txt"); 11];
    make(&alice, &many).await.refused(code::BATCH_SOURCE_SIZE);
    make(&alice, &[]).await.refused(code::PARAMETER);
    let theirs = format!("cloudreve://{}@my/b.txt", bob.id);
    let mixed = [uri("/a.txt"), uri("/docs"), uri("/none"), theirs.clone()];
    let reply = make(&alice, &mixed).await;
    let json = reply.json();
    assert_eq!(json["code"], 40081);
    assert_eq!(
        json["data"],
        json!([{ "link": link, "file_url": uri("/a.txt") }])
    );
    let errors = &json["aggregated_error"];
    assert_eq!(errors[uri("/docs")]["code"], code::ENTITY_NOT_EXIST);
    assert_eq!(errors[uri("/none")]["code"], code::PARENT_NOT_EXIST);
    assert_eq!(errors[&theirs]["code"], code::NO_PERMISSION);
    let none = make(&alice, &[uri("/docs")]).await.json();
    assert_eq!(
        (none["code"].clone(), none["data"].clone()),
        (json!(40081), json!(null))
    );
    make(&server.stranger(), &[uri("/a.txt")])
        .await
        .refused(code::LOGIN_REQUIRED);
}

#[tokio::test]
async fn without_redirects_the_link_is_the_content_and_dies_with_the_file() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/a.txt", "a").await;
    let settings = server
        .ask("SELECT CAST(settings AS TEXT) AS value FROM groups WHERE id = 2")
        .await;
    let mut settings: Value = serde_json::from_str(&settings).unwrap();
    settings["redirected_source"] = json!(false);
    server
        .tamper(&format!(
            "UPDATE groups SET settings = '{settings}', updated_at = updated_at + 1 WHERE id = 2"
        ))
        .await;
    let link = alice.direct_link("/a.txt").await;
    assert!(link.contains("/api/v4/file/content/"), "{link}");
    let stranger = server.stranger();
    assert_eq!(open(&stranger, &link).await.text(), "a");
    assert_eq!(links_of(&alice, "/a.txt").await, [Value::Null; 0]);
    alice.delete(&["/a.txt"]).await.done();
    open(&stranger, &link).await.refused(code::NOT_FOUND);
}
