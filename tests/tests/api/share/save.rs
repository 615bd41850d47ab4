//! Saving a copy of what is shared into one's own drive.

use super::furnish;
use crate::code;
use serde_json::{Value, json};
use tests::{TestServer, uri};

#[tokio::test]
async fn a_copy_is_ones_own_and_stays_when_the_share_goes() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    furnish(&alice).await;
    alice.overwrite("/docs/plan.md", "the newer plan").await;
    let tag = json!([{ "key": "tag:blue", "value": "" }]);
    alice.patch_metadata("/docs/plan.md", tag).await.done();
    let share = alice.share("/docs", json!({ "is_private": true })).await;
    bob.create_folder("/saved").await;
    bob.copy_to(&[share.at("/")], "/saved").await.done();
    assert_eq!(bob.names("/saved/docs").await, ["plan.md", "sub"]);
    assert_eq!(bob.used().await, 14 + 4, "the newest version only");
    assert_eq!(bob.versions("/saved/docs/plan.md").await.len(), 1);
    let metadata = bob.metadata("/saved/docs/plan.md").await;
    assert_eq!(metadata, json!({ "tag:blue": "" }));
    let info = bob.info("/saved/docs/plan.md").await.ok();
    assert_eq!(info["owned"], true);
    let counted = alice.share_info(&share.id, &[]).await.ok();
    assert_eq!(counted["downloaded"], 2, "each file is a download");
    alice.delete_for_good(&["/docs"]).await.done();
    assert_eq!(bob.get("/saved/docs/plan.md").await, "the newer plan");
    assert_eq!(bob.get("/saved/docs/sub/deep file.txt").await, "deep");
    bob.delete_for_good(&["/saved"]).await.done();
    assert_eq!((bob.used().await, alice.used().await), (0, 7));
}

#[tokio::test]
async fn a_copy_obeys_the_share_and_ones_own_quota() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    furnish(&alice).await;
    let private = alice.share("/docs", json!({ "is_private": true })).await;
    let limited = alice.share("/docs", json!({ "downloads": 1 })).await;
    let single = alice.share("/docs/plan.md", json!({})).await;
    let inbox = json!({ "permissions": { "everyone": "BA==" } });
    let inbox = alice.share("/docs", inbox).await;
    let wrong = private.with_password(Some("wrong")).at("/plan.md");
    for (from, expected) in [
        (wrong, code::INCORRECT_PASSWORD),
        (inbox.at("/plan.md"), code::NO_PERMISSION),
        (single.at("/other.md"), code::PARENT_NOT_EXIST),
        (limited.at("/"), code::NOT_FOUND),
    ] {
        let reply = bob.copy_to(&[&from], "/").await;
        assert_eq!(reply.inner_code(), expected, "{from}: {}", reply.text());
    }
    assert_eq!(bob.names("/").await, [""; 0]);
    bob.copy_to(&[single.at("/")], "/").await.done();
    assert_eq!(bob.get("/plan.md").await, "the plan");
    bob.copy_to(&[single.at("/plan.md")], "/")
        .await
        .refused(code::OBJECT_EXISTS);
    // A move would take it from her; a copy into a share would give to her.
    let moved = bob.move_to(&[limited.at("/plan.md")], "/").await;
    assert_eq!(moved.inner_code(), code::NO_PERMISSION);
    bob.copy_to(&["/plan.md"], &limited.at("/"))
        .await
        .refused(code::NO_PERMISSION);
    server
        .tamper("UPDATE groups SET max_storage = 10, updated_at = updated_at + 1 WHERE id = 2")
        .await;
    bob.copy_to(&[limited.at("/sub/deep file.txt")], "/")
        .await
        .refused(code::INSUFFICIENT_CAPACITY);
    let left = alice.share_info(&limited.id, &[]).await.ok();
    assert_eq!(left["remain_downloads"], 1, "what failed is not counted");
}

#[tokio::test]
async fn shortcuts_of_others_are_not_copied() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    furnish(&alice).await;
    let shortcut = json!({
        "uri": uri("/docs/shortcut"), "type": "folder",
        "metadata": { "sys:shared_redirect": "cloudreve://abc:secret@share" },
    });
    alice.post("/file/create", shortcut).await.ok();
    let share = alice.share("/docs", json!({})).await;
    bob.copy_to(&[share.at("/")], "/").await.done();
    assert_eq!(bob.names("/docs").await, ["plan.md", "sub"]);
    let reply = bob.copy_to(&[share.at("/shortcut")], "/").await;
    assert_eq!(reply.inner_code(), code::NO_PERMISSION);
    let saved = bob.list("cloudreve://shared_with_me").await.ok();
    assert_eq!(saved["files"], Value::Array(Vec::new()));
}
