//! The trash, what others shared, and shortcuts to it.

use serde_json::json;
use tests::{Client, TestServer, uri};

use super::{CAPABILITY_TRASH, names_of};
use crate::code;

#[tokio::test]
async fn the_trash_is_a_flat_folder_of_its_own() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.create_folder("/docs/inner").await;
    alice.delete(&["/docs"]).await.done();
    let page = alice.list("cloudreve://trash/").await;
    let shape = page.shape();
    let data = &shape["data"];
    assert_eq!(data["props"]["capability"], CAPABILITY_TRASH);
    assert_eq!(data["parent"]["type"], 1);
    assert!(
        data["parent"]["path"]
            .as_str()
            .unwrap()
            .starts_with("cloudreve://trash")
    );
    assert!(data.get("storage_policy").is_none());
    assert_eq!(data["view"]["view"], "list");
    let item = &data["files"][0];
    assert_eq!(item["name"], "docs");
    assert_eq!(item["capability"], CAPABILITY_TRASH);
    assert_eq!(item["metadata"]["sys:restore_uri"], "cloudreve://my/docs");
    let collected: i64 = item["metadata"]["sys:expected_collect_time"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let in_a_week = chrono::Utc::now().timestamp() + 604_800;
    assert!((collected - in_a_week).abs() < 60, "{collected}");
    // A folder in the trash is not entered.
    let inside = item["path"].as_str().unwrap();
    assert_ne!(alice.list(inside).await.code(), 0);
}

#[tokio::test]
async fn shared_with_me_starts_empty() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let data = alice.list("cloudreve://shared_with_me").await.ok();
    assert_eq!(data["files"], json!([]));
    assert_eq!(data["props"]["capability"], "gAKA");
    assert_eq!(data["parent"]["path"], "cloudreve://shared_with_me");
}

#[tokio::test]
async fn a_shortcut_is_listed_but_not_walked_into() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let target = "cloudreve://abc@share";
    let body = json!({
        "uri": uri("/shortcut"),
        "type": "folder",
        "metadata": { "sys:shared_redirect": target, "sys:shared_owner": alice.id },
    });
    alice.post("/file/create", body).await.ok();
    let page = alice.list("/").await.ok();
    assert_eq!(page["files"][0]["metadata"]["sys:shared_redirect"], target);
    alice.list("/shortcut").await.refused(code::NO_PERMISSION);
    alice
        .create("folder", "/shortcut/below")
        .await
        .refused(code::NO_PERMISSION);
    let saved = alice.list("cloudreve://shared_with_me").await.ok();
    assert_eq!(names_of(&saved), ["shortcut"]);
}

#[tokio::test]
async fn a_share_nobody_made_is_missing() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    for share in [
        "cloudreve://abc@share",
        "cloudreve://abc:secret@share/below",
    ] {
        for who in [&alice, &server.stranger()] {
            let reply = who.list(share).await;
            reply.refused_with_any(&[code::NOT_FOUND, code::PARAMETER]);
        }
    }
}

#[tokio::test]
async fn what_is_named_after_somebody_else_is_not_ones_own() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    alice.put("/a.txt", "x").await;
    alice.delete(&["/a.txt"]).await.done();
    let named = |who: &Client, fs: &str| format!("cloudreve://{}@{fs}/", who.id);
    for fs in ["my", "trash", "shared_with_me"] {
        alice.list(&named(&alice, fs)).await;
        let theirs = named(&bob, fs);
        let refused = alice.get_json("/file", &[("uri", theirs.as_str())]).await;
        refused.refused(code::NO_PERMISSION);
    }
}
