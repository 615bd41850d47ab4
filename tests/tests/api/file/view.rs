//! `PATCH /file/view`.

use serde_json::{Value, json};
use tests::{Client, TestServer, uri};

use crate::code;

async fn view(who: &Client, path: &str) -> Value {
    who.list(path).await.ok()["view"].clone()
}

#[tokio::test]
async fn a_view_is_kept_and_inherited_until_it_is_cleared() {
    let mut server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.create_folder("/docs/deep").await;
    let stored = json!({
        "page_size": 200,
        "order": "size",
        "order_direction": "desc",
        "view": "gallery",
        "thumbnail": true,
        "gallery_width": 220,
        "columns": [{ "type": 0 }, { "type": 4, "width": 90, "props": { "metadata_key": "exif:iso" } }],
    });
    alice.set_view("/docs", stored.clone()).await.done();
    server.restart().await;
    assert_eq!(view(&alice, "/docs").await, stored);
    assert_eq!(view(&alice, "/docs/deep").await, stored);
    assert_eq!(view(&alice, "/").await["view"], "grid");
    alice.set_view("/docs", Value::Null).await.done();
    assert_eq!(
        view(&alice, "/docs").await,
        json!({ "page_size": 100, "view": "grid", "thumbnail": true })
    );
}

#[tokio::test]
async fn listings_follow_the_stored_view() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    for (name, size) in [("a", 1), ("b", 3), ("c", 2)] {
        alice.put(&format!("/docs/{name}"), vec![0; size]).await;
    }
    let stored = json!({ "page_size": 50, "order": "size", "order_direction": "desc" });
    alice.set_view("/docs", stored).await.done();
    let page = alice.list("/docs").await.ok();
    assert_eq!(page["pagination"]["page_size"], 50);
    let names: Vec<_> = page["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| &f["name"])
        .collect();
    assert_eq!(names, ["b", "c", "a"]);
    // What the request says wins, and is echoed.
    let query = [
        ("order_by", "name"),
        ("order_direction", "asc"),
        ("page_size", "60"),
    ];
    let page = alice.list_with("/docs", &query).await.ok();
    assert_eq!(page["view"]["order"], "name");
    assert_eq!(page["view"]["order_direction"], "asc");
    assert_eq!(page["view"]["page_size"], 60);
}

#[tokio::test]
async fn a_gallery_width_of_zero_is_none() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.create_folder("/docs").await;
    let stored =
        json!({ "page_size": 100, "view": "list", "thumbnail": false, "gallery_width": 0 });
    alice.set_view("/docs", stored).await.done();
    assert_eq!(view(&alice, "/docs").await["view"], "list");
}

#[tokio::test]
async fn the_views_of_trash_and_shared_with_me_are_kept_too() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    for root in ["cloudreve://trash/", "cloudreve://shared_with_me"] {
        alice
            .set_view(root, json!({ "page_size": 60, "view": "gallery" }))
            .await
            .done();
        assert_eq!(view(&alice, root).await["page_size"], 60, "{root}");
        alice.set_view(root, Value::Null).await.done();
        assert_eq!(view(&alice, root).await["page_size"], 100, "{root}");
    }
}

#[tokio::test]
async fn views_are_left_out_when_not_synchronised() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice
        .change_settings(json!({ "disable_view_sync": true }))
        .await
        .done();
    assert!(alice.list("/").await.ok().get("view").is_none());
}

#[tokio::test]
async fn bad_views_are_refused() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.create_folder("/docs").await;
    let columns = vec![json!({ "type": 0 }); 1001];
    for bad in [
        json!({ "page_size": 49 }),
        json!({ "page_size": -1 }),
        json!({ "page_size": "many" }),
        json!({ "page_size": 100, "view": "spiral" }),
        json!({ "page_size": 100, "order_direction": "sideways" }),
        json!({ "page_size": 100, "order": "x".repeat(256) }),
        json!({ "page_size": 100, "gallery_width": 49 }),
        json!({ "page_size": 100, "gallery_width": 501 }),
        json!({ "page_size": 100, "columns": columns }),
        json!({ "page_size": 100, "columns": [{ "type": "x" }] }),
        json!("list"),
    ] {
        let reply = alice.set_view("/docs", bad.clone()).await;
        assert_eq!(reply.code(), code::PARAMETER, "{bad:.80}: {}", reply.text());
    }
    alice
        .patch("/file/view", json!({}))
        .await
        .refused(code::PARAMETER);
    assert_eq!(view(&alice, "/docs").await["page_size"], 100);
}

#[tokio::test]
async fn only_the_owner_sets_a_view() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    alice.create_folder("/docs").await;
    let body = json!({
        "uri": format!("cloudreve://{}@my/docs", alice.id),
        "view": { "page_size": 60 },
    });
    let codes = [code::NO_PERMISSION, code::OWNER_ONLY];
    bob.patch("/file/view", body).await.refused_with_any(&codes);
    let body = json!({ "uri": uri("/docs"), "view": { "page_size": 60 } });
    server
        .stranger()
        .patch("/file/view", body)
        .await
        .refused(code::LOGIN_REQUIRED);
    assert_eq!(view(&alice, "/docs").await["page_size"], 100);
}
