//! `POST /file/create`.

mod names;

use serde_json::json;
use tests::{TestServer, uri};

use crate::code;

#[tokio::test]
async fn a_new_folder_is_answered_whole() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let reply = alice.create("folder", "/New folder").await;
    assert_eq!(
        reply.shape(),
        json!({
            "code": 0,
            "msg": "",
            "data": {
                "type": 1,
                "id": "[id]",
                "name": "New folder",
                "created_at": "[time]",
                "updated_at": "[time]",
                "size": 0,
                "metadata": null,
                "path": "cloudreve://my/New%20folder",
                "capability": "w8edAQ==",
                "owned": true,
                "primary_entity": "[id]",
            },
        })
    );
    assert_eq!(alice.names("/").await, ["New folder"]);
}

#[tokio::test]
async fn a_new_file_is_empty() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let file = alice.create_file("/empty.txt").await;
    assert_eq!((&file["type"], &file["size"]), (&json!(0), &json!(0)));
    assert!(alice.get("/empty.txt").await.is_empty());
    assert_eq!(alice.used().await, 0);
    assert!(alice.versions("/empty.txt").await.is_empty());
}

#[tokio::test]
async fn missing_folders_on_the_way_are_created() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.create_file("/a/b/c/file.txt").await;
    let tree: Vec<_> = alice.sizes_below("/").await.into_keys().collect();
    assert_eq!(tree, ["/a", "/a/b", "/a/b/c", "/a/b/c/file.txt"]);
}

#[tokio::test]
async fn what_exists_with_the_same_type_is_answered_unchanged() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let folder = alice.create_folder("/folder").await;
    assert_eq!(alice.create_folder("/folder").await, folder);
    alice.put("/file.txt", "content").await;
    let again = alice.create_file("/file.txt").await;
    assert_eq!(again["size"], 7);
    assert_eq!(alice.get("/file.txt").await, "content");
}

#[tokio::test]
async fn a_conflict_is_one_when_asked_for_or_of_another_type() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.create_folder("/folder").await;
    alice.create_file("/file").await;
    let before = alice.everything().await;
    alice
        .create("file", "/folder")
        .await
        .refused(code::OBJECT_EXISTS);
    alice
        .create("folder", "/file")
        .await
        .refused(code::OBJECT_EXISTS);
    for (kind, path) in [("folder", "/folder"), ("file", "/file")] {
        let body = json!({ "uri": uri(path), "type": kind, "err_on_conflict": true });
        alice
            .post("/file/create", body)
            .await
            .refused(code::OBJECT_EXISTS);
    }
    assert_eq!(alice.everything().await, before);
}

#[tokio::test]
async fn nothing_is_created_below_a_file() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.create_file("/file").await;
    alice
        .create("folder", "/file/below")
        .await
        .refused(code::NO_PERMISSION);
    alice
        .create("file", "/file/deep/below")
        .await
        .refused(code::NO_PERMISSION);
    assert_eq!(alice.names("/").await, ["file"]);
}

#[tokio::test]
async fn malformed_requests_are_refused() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    for body in [
        json!({}),
        json!({ "uri": uri("/a") }),
        json!({ "type": "folder" }),
        json!({ "uri": uri("/a"), "type": "socket" }),
        json!({ "uri": uri("/a"), "type": 1 }),
        json!({ "uri": [uri("/a")], "type": "folder" }),
        json!({ "uri": "/a", "type": "folder" }),
        json!({ "uri": "", "type": "folder" }),
        json!({ "uri": uri("/a"), "type": "folder", "metadata": "text" }),
        json!({ "uri": uri("/a"), "type": "folder", "err_on_conflict": "perhaps" }),
        json!([]),
        json!(null),
    ] {
        let reply = alice.post("/file/create", body.clone()).await;
        assert_eq!(reply.code(), code::PARAMETER, "{body}: {}", reply.text());
    }
    for text in [
        "",
        "{",
        "nonsense",
        "{\"uri\":\"cloudreve://my/a\",\"type\":\"folder\"",
    ] {
        let reply = alice
            .send_text(reqwest::Method::POST, "/file/create", text)
            .await;
        assert_eq!(reply.code(), code::PARAMETER, "{text:?}");
    }
    assert_eq!(alice.names("/").await, [""; 0]);
}

#[tokio::test]
async fn metadata_comes_along_if_a_user_may_set_it() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let with = |path: &str, metadata: serde_json::Value| {
        alice.post(
            "/file/create",
            json!({ "uri": uri(path), "type": "folder", "metadata": metadata }),
        )
    };
    with(
        "/tagged",
        json!({ "tag:todo": "#ff8800", "customize:icon_color": "#ff0000" }),
    )
    .await
    .ok();
    assert_eq!(
        alice.metadata("/tagged").await,
        json!({ "tag:todo": "#ff8800", "customize:icon_color": "#ff0000" })
    );
    for bad in [
        json!({ "sys:restore_uri": "cloudreve://my/x" }),
        json!({ "exif:artist": "me" }),
        json!({ "plain": "x" }),
        json!({ "tag:todo": "no colour" }),
    ] {
        with("/bad", bad).await.refused(code::PARAMETER);
    }
    assert_eq!(alice.names("/").await, ["tagged"]);
}

#[tokio::test]
async fn one_name_asked_for_at_once_is_created_once() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let attempts = (0..16).map(|_| {
        let alice = alice.another_window();
        async move {
            let body =
                json!({ "uri": uri("/deep/way/one"), "type": "folder", "err_on_conflict": true });
            // A lock held by one of the others is no answer to the question yet.
            loop {
                let code = alice.post("/file/create", body.clone()).await.code();
                if code != code::LOCK_CONFLICT {
                    return code;
                }
            }
        }
    });
    let codes = futures_util::future::join_all(attempts).await;
    assert_eq!(
        codes.iter().filter(|code| **code == 0).count(),
        1,
        "{codes:?}"
    );
    let exists = codes
        .iter()
        .filter(|code| **code == code::OBJECT_EXISTS)
        .count();
    assert_eq!(exists, 15, "{codes:?}");
    assert_eq!(alice.sizes_below("/").await.len(), 3);
}

#[tokio::test]
async fn nothing_is_created_in_other_places() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    alice.list("/").await.ok();
    bob.create("folder", &format!("cloudreve://{}@my/x", alice.id))
        .await
        .refused(code::NO_PERMISSION);
    bob.create("folder", "cloudreve://trash/x")
        .await
        .refused(code::NO_PERMISSION);
    bob.create("folder", "cloudreve://shared_with_me/x")
        .await
        .refused(code::NO_PERMISSION);
    server
        .stranger()
        .create("folder", "/x")
        .await
        .refused(code::LOGIN_REQUIRED);
    assert_eq!(alice.names("/").await, [""; 0]);
    assert_eq!(bob.names("/").await, [""; 0]);
}

#[tokio::test]
async fn the_root_itself_exists() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let reply = alice.create("folder", "/").await;
    assert_ne!(reply.code(), code::DATABASE, "{}", reply.text());
    alice.create("file", "/").await.refused_with_any(&[
        code::OBJECT_EXISTS,
        code::NO_PERMISSION,
        code::PARAMETER,
    ]);
    assert_eq!(alice.names("/").await, [""; 0]);
}
