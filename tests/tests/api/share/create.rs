//! `PUT /share`, `POST /share/{id}` and `DELETE /share`.

use super::furnish;
use crate::code;
use serde_json::json;
use tests::{TestServer, uri};

#[tokio::test]
async fn a_link_names_the_share_and_its_password() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    furnish(&alice).await;
    let open = alice.share("/docs", json!({})).await;
    assert!(open.url.contains("/s/"), "{open:?}");
    assert_eq!(open.password, None);
    let drawn = alice.share("/docs", json!({ "is_private": true })).await;
    let password = drawn.password.clone().unwrap();
    assert_eq!(password.len(), 8);
    assert!(
        password
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    );
    let chosen = json!({ "is_private": true, "password": "Abc123" });
    let chosen = alice.share("/docs", chosen).await;
    assert_eq!(chosen.password.as_deref(), Some("Abc123"));
    // A password without privacy is none.
    let unused = alice.share("/docs", json!({ "password": "Abc123" })).await;
    assert_eq!(unused.password, None);
}

#[tokio::test]
async fn ids_are_long_and_all_different() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    furnish(&alice).await;
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(alice.share("/docs", json!({})).await.id);
    }
    assert!(ids.iter().all(|id| id.len() >= 13), "{ids:?}");
    assert!(
        ids.iter()
            .all(|id| id.bytes().all(|b| b.is_ascii_alphanumeric()))
    );
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 5);
    // They do not grow with time: who knows one does not know its neighbours.
    let prefixes: std::collections::HashSet<_> = ids.iter().map(|id| &id[..6]).collect();
    assert_eq!(prefixes.len(), 5, "{ids:?}");
}

#[tokio::test]
async fn what_cannot_be_shared_is_refused() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    furnish(&alice).await;
    bob.put("/b.txt", "b").await;
    alice.put("/gone.txt", "x").await;
    alice.delete(&["/gone.txt"]).await.done();
    let trashed = alice.in_trash("gone.txt").await;
    let of_bob = bob.share("/b.txt", json!({})).await;
    let shortcut = json!({
        "uri": uri("/shortcut"), "type": "folder",
        "metadata": { "sys:shared_redirect": of_bob.at("/") },
    });
    alice.post("/file/create", shortcut).await.ok();
    for (path, expected) in [
        ("/", code::NO_PERMISSION),
        ("/missing", code::PARENT_NOT_EXIST),
        ("/shortcut", code::NO_PERMISSION),
        (trashed.as_str(), code::NO_PERMISSION),
        (&of_bob.at("/b.txt"), code::NO_PERMISSION),
        (
            &format!("cloudreve://{}@my/b.txt", bob.id),
            code::NO_PERMISSION,
        ),
        ("nonsense", code::PARAMETER),
    ] {
        let reply = alice.try_share(path, json!({})).await;
        assert_eq!(reply.code(), expected, "{path}: {}", reply.text());
    }
    for bad in [
        json!({ "is_private": true, "password": "a b" }),
        json!({ "is_private": true, "password": "x".repeat(33) }),
        json!({ "is_private": true, "password": "p@ss" }),
        json!({ "downloads": "many" }),
        json!({ "permissions": { "everyone": "no base64!" } }),
        json!({ "permissions": { "user_explicit": { "nobody": "AQ==" } } }),
    ] {
        let reply = alice.try_share("/docs", bad.clone()).await;
        assert_eq!(reply.code(), code::PARAMETER, "{bad}: {}", reply.text());
    }
    server
        .stranger()
        .try_share("/docs", json!({}))
        .await
        .refused(code::LOGIN_REQUIRED);
}

#[tokio::test]
async fn a_group_without_the_right_shares_nothing() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    furnish(&alice).await;
    server.forbid_sharing().await;
    alice
        .try_share("/docs", json!({}))
        .await
        .refused(code::GROUP_NOT_ALLOWED);
}

#[tokio::test]
async fn editing_replaces_limits_and_keeps_the_password() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    furnish(&alice).await;
    let limits = json!({
        "is_private": true, "password": "Abc123", "downloads": 5, "expire": 3600,
        "share_view": true, "show_readme": true,
    });
    let share = alice.share("/docs", limits).await;
    let before = alice.share_info(&share.id, &[]).await.ok();
    assert_eq!(before["remain_downloads"], 5);
    assert!(before["expires"].is_string());
    assert_eq!(before["share_view"], true);
    assert_eq!(before["show_readme"], true);
    let reply = alice
        .edit_share(&share, "/docs", json!({ "password": "Other1" }))
        .await;
    assert_eq!(reply.ok(), share.url.as_str());
    let after = alice.share_info(&share.id, &[]).await.ok();
    for lifted in ["remain_downloads", "expires", "share_view", "show_readme"] {
        assert!(after.get(lifted).is_none(), "{lifted}: {after}");
    }
    assert_eq!(after["password"], "Abc123");
}

#[tokio::test]
async fn a_share_is_edited_by_its_owner_for_its_own_file() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    furnish(&alice).await;
    bob.put("/docs/b.txt", "b").await;
    let share = alice.share("/docs", json!({})).await;
    alice
        .edit_share(&share, "/private.txt", json!({}))
        .await
        .refused(code::NOT_FOUND);
    bob.edit_share(&share, "/docs", json!({}))
        .await
        .refused(code::NOT_FOUND);
    alice
        .post("/share/nonsense!", json!({ "uri": uri("/docs") }))
        .await
        .refused(code::PARAMETER);
}

#[tokio::test]
async fn shares_are_deleted_by_their_owner_or_an_administrator() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    furnish(&alice).await;
    let share = alice.share("/docs", json!({})).await;
    bob.delete_share(&share.id).await.refused(code::NOT_FOUND);
    bob.delete_json("/share", json!({ "ids": [share.id] }))
        .await
        .done();
    alice.share_info(&share.id, &[]).await.ok();
    alice.delete_share(&share.id).await.done();
    alice
        .share_info(&share.id, &[])
        .await
        .refused(code::NOT_FOUND);
    let others = alice.share("/docs", json!({})).await;
    server.admin().delete_share(&others.id).await.done();
    alice
        .delete_share(&others.id)
        .await
        .refused(code::NOT_FOUND);
    let (one, two) = (
        alice.share("/docs", json!({})).await,
        alice.share("/docs", json!({})).await,
    );
    alice
        .delete_json("/share", json!({ "ids": [one.id, "garbled"] }))
        .await
        .refused(code::PARAMETER);
    alice.share_info(&one.id, &[]).await.ok();
    alice
        .delete_json("/share", json!({ "ids": [one.id, two.id] }))
        .await
        .done();
    alice
        .share_info(&two.id, &[])
        .await
        .refused(code::NOT_FOUND);
    // The files stay.
    assert_eq!(alice.get("/docs/plan.md").await, "the plan");
}

#[tokio::test]
async fn listings_and_details_tell_the_owner_what_is_shared() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    furnish(&alice).await;
    let shared = async || {
        let page = alice.list("/").await.ok();
        let docs = page["files"].as_array().unwrap().iter();
        docs.filter(|file| file["shared"] == true)
            .map(|file| file["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(shared().await, [""; 0]);
    let share = alice.share("/docs", json!({ "is_private": true })).await;
    assert_eq!(shared().await, ["docs"]);
    let info = alice.info_with("/docs", &[("extended", "true")]).await.ok();
    assert_eq!(info["shared"], true);
    let told = &info["extended_info"]["shares"][0];
    assert_eq!(told["id"], share.id.as_str());
    assert_eq!(told["url"], share.url.as_str());
    assert_eq!(told["unlocked"], true);
    assert_eq!(told["password"], share.password.clone().unwrap());
    assert_eq!(told["owner"]["email"], "alice@example.com");
    alice.delete_share(&share.id).await.done();
    assert_eq!(shared().await, [""; 0]);
    let info = alice.info_with("/docs", &[("extended", "true")]).await.ok();
    assert!(info["extended_info"].get("shares").is_none());
}
