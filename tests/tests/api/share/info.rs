//! `GET /share/info/{id}`: who sees what.

use super::furnish;
use crate::code;
use serde_json::{Value, json};
use tests::TestServer;

fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<_> = value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    keys.sort_unstable();
    keys
}

#[tokio::test]
async fn a_locked_visitor_sees_name_and_owner_only() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    furnish(&alice).await;
    let limits = json!({ "is_private": true, "downloads": 3, "expire": 60, "show_readme": true });
    let share = alice.share("/private.txt", limits).await;
    let info = server.stranger().share_info(&share.id, &[]).await.ok();
    assert_eq!(
        keys(&info),
        [
            "created_at",
            "expired",
            "id",
            "name",
            "owner",
            "password_protected",
            "size",
            "source_type",
            "unlocked",
            "url",
            "visited"
        ]
    );
    assert_eq!(info["name"], "private.txt");
    assert_eq!(info["unlocked"], false);
    assert_eq!(info["size"], 0);
    assert_eq!(info["source_type"], 0);
    assert!(info["url"].as_str().unwrap().ends_with(&share.id));
    assert_eq!(info["owner"]["nickname"], "alice");
    assert_eq!(info["owner"]["id"], alice.id.as_str());
    assert!(info["owner"].get("email").is_none());
    let bob = server.user("bob").await;
    let seen = bob.share_info(&share.id, &[]).await.ok();
    assert_eq!(seen["owner"]["email"], "alice@example.com");
    // A wrong password is no failure here: it leaves the share locked.
    let wrong = bob
        .share_info(&share.id, &[("password", "wrong")])
        .await
        .ok();
    assert_eq!(wrong["unlocked"], false);
}

#[tokio::test]
async fn the_password_unlocks_and_the_owner_needs_none() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    furnish(&alice).await;
    let limits = json!({ "is_private": true, "password": "Abc123", "downloads": 3 });
    let share = alice.share("/private.txt", limits).await;
    let stranger = server.stranger();
    let info = stranger
        .share_info(&share.id, &[("password", "Abc123")])
        .await
        .ok();
    assert_eq!(info["unlocked"], true);
    assert_eq!(info["password"], "Abc123");
    assert_eq!(info["size"], 7);
    assert_eq!(info["remain_downloads"], 3);
    assert_eq!(info["url"], share.url.as_str());
    for owners in ["is_private", "share_view", "source_uri"] {
        assert!(info.get(owners).is_none(), "{owners}");
    }
    let own = alice.share_info(&share.id, &[]).await.ok();
    assert_eq!(own["unlocked"], true);
    assert_eq!(own["is_private"], true);
    assert!(own.get("source_uri").is_none());
    let own = alice
        .share_info(&share.id, &[("owner_extended", "true")])
        .await
        .ok();
    // The folder that the file is in.
    assert_eq!(own["source_uri"], format!("cloudreve://{}@my/", alice.id));
    let folder = alice.share("/docs/sub", json!({})).await;
    let own = alice
        .share_info(&folder.id, &[("owner_extended", "true")])
        .await
        .ok();
    assert_eq!(
        own["source_uri"],
        format!("cloudreve://{}@my/docs/sub", alice.id)
    );
    let others = stranger
        .share_info(&folder.id, &[("owner_extended", "true")])
        .await
        .ok();
    assert!(others.get("source_uri").is_none());
}

#[tokio::test]
async fn views_are_counted_when_asked_for() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    furnish(&alice).await;
    let share = alice.share("/docs", json!({})).await;
    let stranger = server.stranger();
    let visited = async |query: &[(&str, &str)]| {
        stranger.share_info(&share.id, query).await.ok()["visited"].clone()
    };
    assert_eq!(visited(&[]).await, 0);
    assert_eq!(visited(&[("count_views", "true")]).await, 0);
    assert_eq!(visited(&[("count_views", "true")]).await, 1);
    assert_eq!(visited(&[]).await, 2);
}

#[tokio::test]
async fn what_is_not_there_is_not_found_and_what_is_no_id_is_wrong() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    furnish(&alice).await;
    let share = alice.share("/docs", json!({})).await;
    alice.delete_share(&share.id).await.done();
    let stranger = server.stranger();
    stranger
        .share_info(&share.id, &[])
        .await
        .refused(code::NOT_FOUND);
    for garbled in ["abc", "x", "a.b", &"z".repeat(100), &alice.id] {
        stranger
            .share_info(garbled, &[])
            .await
            .refused(code::PARAMETER);
    }
}

#[tokio::test]
async fn what_lies_in_the_trash_is_no_longer_shared() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    furnish(&alice).await;
    let share = alice.share("/docs/sub", json!({})).await;
    let stranger = server.stranger();
    stranger.list(&share.at("/")).await.ok();
    // An ancestor is enough.
    alice.delete(&["/docs"]).await.done();
    stranger
        .share_info(&share.id, &[])
        .await
        .refused(code::NOT_FOUND);
    stranger.list(&share.at("/")).await.refused(code::NOT_FOUND);
    let trashed = alice.in_trash("docs").await;
    alice.restore(&[trashed]).await.done();
    stranger.share_info(&share.id, &[]).await.ok();
    stranger.list(&share.at("/")).await.ok();
}
