//! `/file/source`: making direct links and taking them back.

mod visit;

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
    set_group(&server, "redirected_source", json!(false)).await;
    let link = alice.direct_link("/a.txt").await;
    assert!(link.contains("/api/v4/file/content/"), "{link}");
    let stranger = server.stranger();
    assert_eq!(open(&stranger, &link).await.text(), "a");
    assert_eq!(links_of(&alice, "/a.txt").await, [Value::Null; 0]);
    alice.delete(&["/a.txt"]).await.done();
    open(&stranger, &link).await.refused(code::NOT_FOUND);
}

#[tokio::test]
async fn links_made_at_once_are_one() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/a.txt", "a").await;
    let made = (0..10).map(|_| {
        let alice = alice.another_window();
        async move { alice.direct_link("/a.txt").await }
    });
    let mut made = join_all(made).await;
    made.dedup();
    assert_eq!(made.len(), 1, "{made:?}");
    assert_eq!(links_of(&alice, "/a.txt").await.len(), 1);
    // Under another name it is another link, and the first one stays.
    alice.rename("/a.txt", "b.txt").await.ok();
    let renamed = alice.direct_link("/b.txt").await;
    assert!(renamed.ends_with("/b.txt"), "{renamed}");
    assert_eq!(links_of(&alice, "/b.txt").await.len(), 2);
}

#[tokio::test]
async fn a_group_without_direct_links_makes_none() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/a.txt", "a").await;
    let link = alice.direct_link("/a.txt").await;
    set_group(&server, "source_batch", json!(0)).await;
    alice
        .put_json("/file/source", json!({ "uris": [uri("/a.txt")] }))
        .await
        .refused(code::GROUP_NOT_ALLOWED);
    // Those that were made before go on.
    assert_eq!(open(&server.stranger(), &link).await.status, 302);
}

/// Changes a setting of the group *User*.
async fn set_group(server: &TestServer, key: &str, value: Value) {
    let settings = server
        .ask("SELECT CAST(settings AS TEXT) AS value FROM groups WHERE id = 2")
        .await;
    let mut settings: Value = serde_json::from_str(&settings).unwrap();
    settings[key] = value;
    server
        .tamper(&format!(
            "UPDATE groups SET settings = '{settings}', updated_at = updated_at + 1 WHERE id = 2"
        ))
        .await;
}
