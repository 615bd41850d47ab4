//! Saving what others share: shortcuts, and `shared_with_me`.

use super::{furnish, names};
use crate::code;
use serde_json::json;
use tests::{TestServer, uri};

#[tokio::test]
async fn shortcuts_are_saved_found_again_and_outlive_the_share() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    furnish(&alice).await;
    let folder = alice.share("/docs", json!({ "is_private": true })).await;
    let file = alice.share("/docs/plan.md", json!({})).await;
    for (path, kind, target) in [
        ("/from alice", "folder", folder.at("/")),
        ("/saved/plan.md", "file", file.at("/plan.md")),
    ] {
        let body = json!({
            "uri": uri(path), "type": kind, "err_on_conflict": true,
            "metadata": { "sys:shared_redirect": target, "sys:shared_owner": alice.id },
        });
        bob.post("/file/create", body.clone()).await.ok();
        bob.post("/file/create", body)
            .await
            .refused(code::OBJECT_EXISTS);
    }
    let data = bob.list("cloudreve://shared_with_me").await.ok();
    let mut saved = names(&data);
    saved.sort();
    assert_eq!(saved, ["from alice", "plan.md"]);
    for shortcut in data["files"].as_array().unwrap() {
        let id = shortcut["id"].as_str().unwrap();
        assert_eq!(shortcut["path"], format!("cloudreve://shared_with_me/{id}"));
        assert_eq!(shortcut["metadata"]["sys:shared_owner"], alice.id.as_str());
        assert_eq!(shortcut["size"], 0);
        let target = shortcut["metadata"]["sys:shared_redirect"]
            .as_str()
            .unwrap();
        let root = target.trim_end_matches("/plan.md");
        bob.list(root).await.ok();
    }
    // No content goes into a shortcut.
    bob.try_open_upload("/saved/plan.md", 1, json!({ "entity_type": "version" }))
        .await
        .refused(code::OBJECT_EXISTS);
    bob.list("/from alice").await.refused(code::NO_PERMISSION);
    alice.delete_share(&folder.id).await.done();
    bob.list(&folder.at("/")).await.refused(code::NOT_FOUND);
    assert_eq!(
        bob.metadata("/from alice").await["sys:shared_redirect"],
        folder.at("/").as_str()
    );
    bob.delete(&["/from alice"]).await.done();
    let data = bob.list("cloudreve://shared_with_me").await.ok();
    assert_eq!(names(&data), ["plan.md"]);
}

#[tokio::test]
async fn a_shortcut_inside_a_share_does_not_tell_the_password_of_another() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    furnish(&alice).await;
    let secret = json!({ "is_private": true, "password": "Tell1Nobody" });
    let secret = alice.share("/docs", secret).await;
    let shortcut = json!({
        "uri": uri("/open/shortcut"), "type": "folder",
        "metadata": { "sys:shared_redirect": secret.at("/"), "sys:shared_owner": alice.id },
    });
    bob.post("/file/create", shortcut).await.ok();
    let open = bob.share("/open", json!({})).await;
    let stranger = server.stranger();
    for reply in [
        stranger.list(&open.at("/")).await,
        stranger.info(&open.at("/shortcut")).await,
        stranger.list(&format!("{}?name=short", open.at("/"))).await,
    ] {
        reply.ok();
        assert!(reply.text().contains("sys:shared_redirect"));
        assert!(!reply.text().contains("Tell1Nobody"), "{}", reply.text());
    }
    // Nor does searching for it, piece by piece.
    for guess in [
        "meta_sys:shared_redirect=Tell",
        "exact_meta_sys:shared_owner=1",
    ] {
        stranger
            .list(&format!("{}?{guess}", open.at("/")))
            .await
            .refused(code::PARAMETER);
    }
    stranger
        .list(&open.at("/shortcut"))
        .await
        .refused(code::NO_PERMISSION);
}
