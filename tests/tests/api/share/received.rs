//! `GET /share/received`: what others shared with somebody by name.

use super::furnish;
use crate::code;
use serde_json::{Value, json};
use std::time::Duration;
use tests::{Client, TestServer};

const READ: &str = "AQ==";
const PATIENCE: Duration = Duration::from_secs(30);

async fn page(who: &Client, query: &[(&str, &str)]) -> Value {
    let mut all = vec![("page_size", "10")];
    all.extend_from_slice(query);
    who.get_json("/share/received", &all).await.ok()
}

/// Names of what was received, newest first.
async fn received(who: &Client) -> Vec<String> {
    let page = page(who, &[]).await;
    let shares = page["shares"].as_array().expect("never null").iter();
    shares
        .map(|share| share["name"].as_str().unwrap().to_owned())
        .collect()
}

fn only(who: &Client) -> Value {
    json!({ "permissions": { "user_explicit": { who.id.clone(): READ } } })
}

async fn group_of(who: &Client) -> String {
    let me = who.me().await.ok();
    me["group"]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn what_is_shared_by_name_reaches_the_person_and_nobody_else() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let (bob, carol) = (server.user("bob").await, server.user("carol").await);
    furnish(&alice).await;
    let share = alice.share("/docs", only(&bob)).await;
    alice.share("/private.txt", json!({})).await;
    let all = page(&bob, &[]).await;
    let [got] = all["shares"].as_array().unwrap().as_slice() else {
        panic!("{all}");
    };
    assert_eq!(got["id"], share.id.as_str());
    assert_eq!(got["name"], "docs");
    assert_eq!(got["owner"]["id"], alice.id);
    assert_eq!(got["permissions"], READ);
    assert_eq!(got["unlocked"], true);
    assert!(got["received_at"].is_string());
    assert!(got.get("permission_setting").is_none());
    bob.list(&share.at("/")).await.ok();
    for who in [&alice, &carol, server.admin()] {
        assert_eq!(received(who).await, [""; 0]);
    }
    let stranger = server.stranger();
    let reply = stranger
        .get_json("/share/received", &[("page_size", "10")])
        .await;
    reply.refused(code::LOGIN_REQUIRED);
    // The file system of shortcuts stays what it was, and other answers name no such time.
    let shortcuts = bob.list("cloudreve://shared_with_me").await.ok();
    assert_eq!(super::names(&shortcuts), [""; 0]);
    let info = bob.share_info(&share.id, &[]).await.ok();
    assert!(info.get("received_at").is_none());
}

#[tokio::test]
async fn members_of_a_named_group_receive_it_once_and_its_owner_does_not() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    furnish(&alice).await;
    let both = json!({ "permissions": {
        "group_explicit": { group_of(&bob).await: READ },
        "user_explicit": { bob.id.clone(): READ },
    } });
    alice.share("/docs", both).await;
    let nothing = json!({ "permissions": {
        "user_explicit": { bob.id.clone(): "" }, "everyone": READ,
    } });
    alice.share("/private.txt", nothing).await;
    assert_eq!(received(&bob).await, ["docs"]);
    assert_eq!(received(&alice).await, [""; 0]);
    assert_eq!(received(server.admin()).await, [""; 0]);
}

#[tokio::test]
async fn what_is_closed_or_taken_back_vanishes_at_once() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    let names = ["deleted", "edited", "ended", "used", "trashed", "inside"];
    let mut shares = Vec::new();
    for name in names {
        let path = if name == "inside" {
            "/folder/inside".to_owned()
        } else {
            format!("/{name}")
        };
        alice.put(&path, "x").await;
        shares.push(alice.share(&path, only(&bob)).await);
    }
    let mut left: Vec<&str> = names.iter().rev().copied().collect();
    assert_eq!(received(&bob).await, left);
    let nobody = json!({ "permissions": { "everyone": "" } });
    for name in names {
        match name {
            "deleted" => alice.delete_share(&shares[0].id).await.done(),
            "edited" => {
                let edited = alice.edit_share(&shares[1], "/edited", nobody.clone());
                edited.await.ok();
            }
            "ended" => {
                let sql = "UPDATE shares SET expires_at = 1 WHERE id = \
                           (SELECT MIN(id) FROM shares WHERE revision = 1)";
                server.tamper(sql).await;
            }
            "used" => {
                let once = json!({ "downloads": 1 });
                alice.edit_share(&shares[3], "/used", once).await.ok();
                bob.url(&shares[3].at("/used")).await;
            }
            "trashed" => alice.delete(&["/trashed"]).await.done(),
            _ => alice.delete(&["/folder"]).await.done(),
        }
        left.retain(|other| *other != name);
        assert_eq!(received(&bob).await, left, "{name}");
    }
    alice.put("/last.txt", "x").await;
    alice.share("/last.txt", only(&bob)).await;
    assert_eq!(received(&bob).await, ["last.txt"]);
    server
        .tamper("UPDATE users SET status = 'manual_banned' WHERE email = 'alice@example.com'")
        .await;
    assert_eq!(received(&bob).await, [""; 0]);
}

#[tokio::test]
async fn who_is_named_later_finds_it_on_top_and_who_stays_named_where_it_was() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let (bob, carol) = (server.user("bob").await, server.user("carol").await);
    for path in ["/one", "/two"] {
        alice.put(path, "x").await;
    }
    let one = alice.share("/one", only(&carol)).await;
    alice.share("/two", only(&bob)).await;
    let both = json!({ "permissions": { "user_explicit": {
        bob.id.clone(): READ, carol.id.clone(): READ,
    } } });
    let at = page(&carol, &[]).await["shares"][0]["received_at"].clone();
    alice.edit_share(&one, "/one", both).await.ok();
    assert_eq!(received(&bob).await, ["one", "two"]);
    let still = page(&carol, &[]).await["shares"][0]["received_at"].clone();
    assert_eq!(still, at);
}

#[tokio::test]
async fn a_password_keeps_what_it_protects_from_the_list() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    alice.put("/secret.txt", "a secret").await;
    let mut locked = only(&bob);
    locked["is_private"] = true.into();
    locked["password"] = "s3cret".into();
    alice.share("/secret.txt", locked).await;
    let mut to_bring = json!({ "permissions": { "user_explicit": { bob.id.clone(): "BA==" } } });
    to_bring["downloads"] = 7.into();
    alice.create_folder("/box").await;
    alice.share("/box", to_bring).await;
    let all = page(&bob, &[]).await;
    let (bring, secret) = (&all["shares"][0], &all["shares"][1]);
    assert_eq!(secret["name"], "secret.txt");
    assert_eq!(secret["unlocked"], false);
    assert_eq!(secret["password_protected"], true);
    assert_eq!(secret["size"], 0);
    assert!(!secret["url"].as_str().unwrap().contains("s3cret"));
    assert!(secret.get("password").is_none());
    assert_eq!(bring["permissions"], "BA==");
}

#[tokio::test]
async fn all_pages_together_are_everything_once() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    let group = group_of(&bob).await;
    alice.put("/file.txt", "x").await;
    let mut made = Vec::new();
    for n in 0..25 {
        let named = if n % 2 == 0 {
            only(&bob)
        } else {
            json!({ "permissions": { "group_explicit": { group.clone(): READ } } })
        };
        made.push(alice.share("/file.txt", named).await.id);
    }
    // Alike in time, only their ids tell them apart.
    server
        .tamper("UPDATE share_recipients SET named_at = 5 WHERE share_id % 5 < 3")
        .await;
    let mut seen = Vec::new();
    let mut token = String::new();
    loop {
        let page = page(&bob, &[("next_page_token", &token)]).await;
        let shares = page["shares"].as_array().unwrap().iter();
        seen.extend(shares.map(|share| share["id"].as_str().unwrap().to_owned()));
        match page["pagination"]["next_token"].as_str() {
            Some(next) => token = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(seen.len(), made.len());
    seen.sort();
    made.sort();
    assert_eq!(seen, made);
    bob.get_json(
        "/share/received",
        &[("page_size", "10"), ("next_page_token", "nonsense")],
    )
    .await
    .refused(code::UNCLASSIFIED);
}

#[tokio::test]
async fn a_stream_that_asks_tells_when_something_came_or_was_taken_back() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let (bob, carol) = (server.user("bob").await, server.user("carol").await);
    furnish(&alice).await;
    let mut asks = bob.synchronising().events_with_received("/").await;
    let mut plain = bob.synchronising().events("/").await;
    let mut hers = carol.synchronising().events_with_received("/").await;
    for events in [&mut asks, &mut plain, &mut hers] {
        assert_eq!(events.next(PATIENCE).await.unwrap().0, "subscribed");
    }
    // Each stream has looked once before anything is shared.
    bob.create_folder("/new").await;
    assert_eq!(asks.changes(PATIENCE).await, ["create /new"]);
    let share = alice.share("/docs", only(&bob)).await;
    let told = ("received".to_owned(), "<nil>".to_owned());
    assert_eq!(asks.next(PATIENCE).await, Some(told.clone()));
    alice.delete_share(&share.id).await.done();
    assert_eq!(asks.next(PATIENCE).await, Some(told.clone()));
    // So do those who come into a group that was given something.
    let admins = group_of(server.admin()).await;
    let for_admins = json!({ "permissions": { "group_explicit": { admins: READ } } });
    alice.share("/docs", for_admins).await;
    let join = "UPDATE users SET group_id = 1 WHERE email LIKE 'bob@%'";
    server.tamper(join).await;
    assert_eq!(asks.next(PATIENCE).await, Some(told));
    // Others hear nothing of it, and clients that do not ask learn no new word.
    bob.create_folder("/later").await;
    let mut changes = plain.changes(PATIENCE).await;
    if changes == ["create /new"] {
        changes = plain.changes(PATIENCE).await;
    }
    assert!(changes.contains(&"create /later".to_owned()), "{changes:?}");
    carol.create_folder("/hers").await;
    assert_eq!(hers.changes(PATIENCE).await, ["create /hers"]);
}
