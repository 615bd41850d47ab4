//! `/user/setting`.

use serde_json::json;
use tests::{PASSWORD, TestServer};

use crate::code;

#[tokio::test]
async fn settings_of_a_fresh_account() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let settings = alice.get_json("/user/setting", &[]).await.ok();
    assert_eq!(settings["version_retention_enabled"], true);
    assert_eq!(settings["version_retention_max"], 10);
    assert_eq!(settings["passwordless"], false);
    assert_eq!(settings["two_fa_enabled"], false);
    assert_eq!(settings["disable_view_sync"], false);
    assert_eq!(settings["share_links_in_profile"], "");
    assert!(settings.get("version_retention_ext").is_none());
}

#[tokio::test]
async fn settings_change_one_by_one_and_stay() {
    let mut server = TestServer::start().await;
    let alice = server.user("alice").await;
    for change in [
        json!({ "nick": "Alice Ünger" }),
        json!({ "language": "de-DE" }),
        json!({ "preferred_theme": "#ff8800" }),
        json!({ "version_retention_enabled": false }),
        json!({ "version_retention_ext": ["md", "txt"] }),
        json!({ "version_retention_max": 3 }),
        json!({ "disable_view_sync": true }),
        json!({ "share_links_in_profile": "hide_share" }),
    ] {
        alice.change_settings(change).await.done();
    }
    server.restart().await;
    let me = alice.me().await.ok();
    assert_eq!(me["nickname"], "Alice Ünger");
    assert_eq!(me["language"], "de-DE");
    assert_eq!(me["preferred_theme"], "#ff8800");
    assert_eq!(me["share_links_in_profile"], "hide_share");
    let settings = alice.get_json("/user/setting", &[]).await.ok();
    assert_eq!(settings["version_retention_enabled"], false);
    assert_eq!(settings["version_retention_ext"], json!(["md", "txt"]));
    assert_eq!(settings["version_retention_max"], 3);
    assert_eq!(settings["disable_view_sync"], true);
}

#[tokio::test]
async fn unlimited_versions_are_left_out_of_the_settings() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice
        .change_settings(json!({ "version_retention_max": 0 }))
        .await
        .done();
    let settings = alice.get_json("/user/setting", &[]).await.ok();
    assert!(
        settings.get("version_retention_max").is_none(),
        "{settings}"
    );
}

#[tokio::test]
async fn bad_settings_are_refused_and_change_nothing() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let before = (
        alice.me().await.ok(),
        alice.get_json("/user/setting", &[]).await.ok(),
    );
    for change in [
        json!({ "nick": "" }),
        json!({ "nick": "x".repeat(256) }),
        json!({ "nick": ["Mallory"] }),
        json!({ "language": "" }),
        json!({ "preferred_theme": "not a colour" }),
        json!({ "preferred_theme": "url(javascript:alert(1))" }),
        json!({ "version_retention_max": -1 }),
        json!({ "version_retention_max": "many" }),
        json!({ "version_retention_enabled": "perhaps" }),
        json!({ "version_retention_ext": "md" }),
        json!({ "nick": "Mallory", "version_retention_max": -1 }),
        json!({ "current_password": PASSWORD, "new_password": "short" }),
        json!({ "current_password": PASSWORD, "new_password": "x".repeat(129) }),
    ] {
        let reply = alice.change_settings(change.clone()).await;
        assert_eq!(reply.code(), code::PARAMETER, "{change}");
    }
    let after = (
        alice.me().await.ok(),
        alice.get_json("/user/setting", &[]).await.ok(),
    );
    assert_eq!(before, after);
}

#[tokio::test]
async fn the_current_password_guards_the_new_one() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let change = json!({ "current_password": "a wrong one", "new_password": "another secret" });
    alice
        .change_settings(change)
        .await
        .refused(code::INCORRECT_PASSWORD);
    server.stranger().try_sign_in("alice", PASSWORD).await.ok();
    // Either field alone is ignored.
    alice
        .change_settings(json!({ "new_password": "another secret" }))
        .await
        .done();
    server.stranger().try_sign_in("alice", PASSWORD).await.ok();
}
