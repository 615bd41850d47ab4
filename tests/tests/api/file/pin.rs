//! `/file/pin`.

use serde_json::json;
use tests::TestServer;

use crate::code;

#[tokio::test]
async fn pins_come_with_the_user_and_go_again() {
    let mut server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.pin("/docs/a b", Some("Documents")).await.done();
    alice.pin("cloudreve://trash/", None).await.done();
    server.restart().await;
    let pinned = alice.me().await.ok()["pined"].clone();
    assert_eq!(
        pinned[0],
        json!({ "uri": "cloudreve://my/docs/a%20b", "name": "Documents" })
    );
    assert_eq!(pinned.as_array().unwrap().len(), 2);
    assert!(pinned[1].get("name").is_none());
    alice.unpin("/docs/a b").await.done();
    alice.unpin("cloudreve://trash/").await.done();
    assert!(alice.me().await.ok().get("pined").is_none());
}

#[tokio::test]
async fn a_place_is_pinned_once() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.pin("/docs", Some("Documents")).await.done();
    alice
        .pin("cloudreve://my/docs/", Some("Other"))
        .await
        .refused(code::OBJECT_EXISTS);
    assert_eq!(alice.me().await.ok()["pined"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn unpinning_what_is_not_pinned_is_no_error() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.unpin("/never").await.done();
}

#[tokio::test]
async fn malformed_pins_are_refused() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    for body in [
        json!({}),
        json!({ "uri": "" }),
        json!({ "uri": "nonsense" }),
        json!({ "uri": 1 }),
    ] {
        alice
            .put_json("/file/pin", body.clone())
            .await
            .refused(code::PARAMETER);
        alice
            .delete_json("/file/pin", body)
            .await
            .refused(code::PARAMETER);
    }
    server
        .stranger()
        .pin("/docs", None)
        .await
        .refused(code::LOGIN_REQUIRED);
}
