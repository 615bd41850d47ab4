//! `DELETE /file`, `DELETE /file/trash`, `POST /file/restore`.

mod trash;

use std::time::Duration;

use serde_json::json;
use tests::{TestServer, uri};

use crate::code;

/// Bytes go in the background once nobody refers to them.
async fn wait_until_stored(server: &TestServer, count: usize) {
    for _ in 0..200 {
        if server.stored_files().len() == count {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(
        server.stored_files().len(),
        count,
        "{:?}",
        server.stored_files()
    );
}

#[tokio::test]
async fn delete_moves_to_the_trash_and_restore_brings_it_back() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/docs/a b.txt", "content").await;
    alice.put("/docs/sub/c.txt", "more").await;
    let id = alice.info("/docs").await.ok()["id"].clone();

    alice.delete(&["/docs"]).await.done();
    assert_eq!(alice.names("/").await, [""; 0]);
    assert_eq!(alice.trash_names().await, ["docs"]);
    alice
        .info("/docs/a%20b.txt")
        .await
        .refused(code::PARENT_NOT_EXIST);
    assert_eq!(alice.used().await, 11, "what is in the trash still counts");

    alice.restore(&[alice.in_trash("docs").await]).await.done();
    assert_eq!(alice.trash_names().await, [""; 0]);
    assert_eq!(alice.info("/docs").await.ok()["id"], id);
    assert_eq!(alice.metadata("/docs").await, json!({}));
    assert_eq!(alice.get("/docs/a b.txt").await, "content");
    assert_eq!(alice.get("/docs/sub/c.txt").await, "more");
}

#[tokio::test]
async fn the_name_of_what_was_deleted_is_free_again() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    for content in ["1", "2", "3"] {
        alice.put("/a.txt", content).await;
        alice.delete(&["/a.txt"]).await.done();
    }
    assert_eq!(alice.names("/").await, [""; 0]);
    assert_eq!(alice.trash_names().await, ["a.txt"; 3]);
    assert_eq!(alice.used().await, 3);
}

#[tokio::test]
async fn deleting_for_good_frees_quota_and_disk() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/keep.txt", "keep").await;
    alice.put("/docs/a.txt", vec![1; 100_000]).await;
    alice.put("/docs/sub/b.txt", vec![2; 200_000]).await;
    assert_eq!(server.stored_files().len(), 3);
    let id = alice.info("/docs").await.ok()["id"]
        .as_str()
        .unwrap()
        .to_owned();

    alice.delete_for_good(&["/docs"]).await.done();
    assert_eq!(alice.names("/").await, ["keep.txt"]);
    assert_eq!(alice.trash_names().await, [""; 0]);
    assert_eq!(alice.used().await, 4);
    assert_ne!(alice.info_by_id(&id).await.code(), 0);
    wait_until_stored(&server, 1).await;
    server.assert_clean();
}

#[tokio::test]
async fn what_cannot_be_deleted_is_listed_and_the_rest_goes() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/a.txt", "a").await;
    let batch = ["/missing", "/", "/a.txt"];
    let expected = [
        ("/missing", code::PARENT_NOT_EXIST),
        ("/", code::NO_PERMISSION),
    ];
    alice.delete(&batch).await.refused_items(&expected);
    assert_eq!(alice.names("/").await, [""; 0]);
    assert_eq!(alice.trash_names().await, ["a.txt"]);
    alice.put("/a.txt", "a").await;
    alice.delete_for_good(&batch).await.refused_items(&expected);
    assert_eq!(alice.names("/").await, [""; 0]);
}

#[tokio::test]
async fn one_failed_item_keeps_its_own_message() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let json = alice.delete(&["/missing file"]).await.json();
    let item = &json["aggregated_error"]["cloudreve://my/missing%20file"];
    assert_eq!(item["code"], code::PARENT_NOT_EXIST);
    assert_eq!(item["msg"], json["msg"]);
    assert!(item["correlation_id"].is_string());
}

#[tokio::test]
async fn leaving_blobs_behind_needs_a_permission() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/a.txt", "a").await;
    let body = json!({ "uris": [uri("/a.txt")], "unlink": true, "skip_soft_delete": true });
    let reply = alice.delete_json("/file", body.clone()).await;
    assert_eq!(reply.inner_code(), code::NO_PERMISSION);
    assert_eq!(alice.names("/").await, ["a.txt"]);
    // Without skip_soft_delete it changes nothing about a soft delete.
    let body = json!({ "uris": [uri("/a.txt")], "unlink": true });
    alice.delete_json("/file", body).await.done();
    assert_eq!(alice.trash_names().await, ["a.txt"]);
}

#[tokio::test]
async fn malformed_deletes_are_refused() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/a.txt", "a").await;
    for body in [
        json!({}),
        json!({ "uris": [] }),
        json!({ "uris": null }),
        json!({ "uris": uri("/a.txt") }),
        json!({ "uris": [uri("/a.txt")], "skip_soft_delete": "perhaps" }),
        json!({ "uris": [["x"]] }),
    ] {
        for route in ["/file"] {
            let reply = alice.delete_json(route, body.clone()).await;
            assert_eq!(reply.code(), code::PARAMETER, "{body}: {}", reply.text());
        }
        let reply = alice.post("/file/restore", body.clone()).await;
        assert_ne!(reply.code(), 0, "{body}");
    }
    assert_eq!(alice.names("/").await, ["a.txt"]);
}

#[tokio::test]
async fn nobody_deletes_what_is_not_theirs() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    alice.put("/a.txt", "a").await;
    let hers = format!("cloudreve://{}@my/a.txt", alice.id);
    for reply in [
        bob.delete(&[&hers]).await,
        bob.delete_for_good(&[&hers]).await,
    ] {
        let code = reply.inner_code();
        assert!(
            [code::NO_PERMISSION, code::OWNER_ONLY].contains(&code),
            "{}",
            reply.text()
        );
    }
    let stranger = server.stranger();
    assert_eq!(
        stranger.delete(&["/a.txt"]).await.inner_code(),
        code::LOGIN_REQUIRED
    );
    stranger.empty_trash().await.refused(code::LOGIN_REQUIRED);
    assert_eq!(alice.get("/a.txt").await, "a");
}

#[tokio::test]
async fn a_folder_and_something_in_it_in_one_batch() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/docs/a.txt", "a").await;
    alice.put("/docs/b.txt", "b").await;
    let reply = alice.delete_for_good(&["/docs", "/docs/a.txt"]).await;
    assert!([0, 40081].contains(&reply.code()), "{}", reply.text());
    assert_eq!(alice.names("/").await, [""; 0]);
    assert_eq!(alice.used().await, 0);
    wait_until_stored(&server, 0).await;
}

#[tokio::test]
async fn the_same_item_deleted_by_two_is_freed_once() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    for round in 0..10 {
        let path = format!("/{round}");
        alice.put(&path, vec![0; 1000]).await;
        alice.put("/other", vec![0; 50]).await;
        let other = alice.another_window();
        let batch = [path.as_str()];
        tokio::join!(alice.delete_for_good(&batch), other.delete_for_good(&batch));
        assert_eq!(alice.used().await, 50);
        alice.delete_for_good(&["/other"]).await.done();
    }
    assert_eq!(alice.used().await, 0);
}
