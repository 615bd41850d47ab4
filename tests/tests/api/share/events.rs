//! Following a shared folder.

use super::furnish;
use crate::code;
use serde_json::json;
use std::time::Duration;
use tests::TestServer;

const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::test]
async fn visitors_hear_of_what_is_shared_and_of_nothing_else() {
    let server = TestServer::start_with(&[("fs_event_push_debounce", "1")]).await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    furnish(&alice).await;
    let share = alice.share("/docs", json!({ "is_private": true })).await;
    let single = alice.share("/docs/plan.md", json!({})).await;
    let mut events = bob.synchronising().events(&share.at("/")).await;
    assert_eq!(events.next(PATIENCE).await.unwrap().0, "subscribed");
    alice.put("/outside.txt", "x").await;
    alice.put("/docs/sub/new.txt", "x").await;
    assert_eq!(events.changes(PATIENCE).await, ["create /sub/new.txt"]);
    for (uri, expected) in [
        (
            share.with_password(Some("wrong")).at("/"),
            code::INCORRECT_PASSWORD,
        ),
        (single.at("/"), code::NO_PERMISSION),
    ] {
        let request = bob
            .synchronising()
            .get_json("/file/events", &[("uri", &uri)])
            .await;
        request.refused(expected);
    }
}

#[tokio::test]
async fn a_folder_that_leaves_what_is_shared_is_followed_no_more() {
    let server = TestServer::start_with(&[("fs_event_push_debounce", "1")]).await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    furnish(&alice).await;
    for folder in ["/docs/deeper", "/private"] {
        alice.create_folder(folder).await;
    }
    let share = alice.share("/docs", json!({})).await;
    let mut events = bob.synchronising().events(&share.at("/sub")).await;
    assert_eq!(events.next(PATIENCE).await.unwrap().0, "subscribed");
    // It may move about in there.
    alice.move_to(&["/docs/sub"], "/docs/deeper").await.done();
    alice.put("/docs/deeper/sub/still.txt", "x").await;
    assert_eq!(events.changes(PATIENCE).await, ["create /still.txt"]);
    alice
        .move_to(&["/docs/deeper/sub"], "/private")
        .await
        .done();
    alice.put("/private/sub/secret plan.txt", "x").await;
    let rest = events.rest(PATIENCE).await;
    assert!(!rest.contains("secret"), "{rest}");
}

#[tokio::test]
async fn taking_back_ends_the_stream_before_anything_more_is_told() {
    let server = TestServer::start_with(&[("fs_event_push_debounce", "1")]).await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    furnish(&alice).await;
    let for_bob = json!({ "permissions": { "user_explicit": { bob.id.clone(): "BQ==" } } });
    let to_bring = json!({ "permissions": { "user_explicit": { bob.id.clone(): "BA==" } } });
    let mut streams = Vec::new();
    let mut shares = Vec::new();
    for _ in 0..3 {
        let share = alice.share("/docs", for_bob.clone()).await;
        let mut events = bob.synchronising().events(&share.at("/")).await;
        assert_eq!(events.next(PATIENCE).await.unwrap().0, "subscribed");
        streams.push(events);
        shares.push(share);
    }
    alice.delete_share(&shares[0].id).await.done();
    // Who may only bring files may not hear of others' either.
    alice.edit_share(&shares[1], "/docs", to_bring).await.ok();
    server
        .tamper("UPDATE shares SET expires_at = 1 WHERE revision = 1")
        .await;
    alice.put("/docs/secret plan.txt", "x").await;
    for events in streams {
        let rest = events.rest(PATIENCE).await;
        assert!(!rest.contains("secret"), "{rest}");
    }
}
