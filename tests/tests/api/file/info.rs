//! `GET /file/info`.

use serde_json::json;
use tests::TestServer;

use crate::code;

#[tokio::test]
async fn info_is_the_file_object_with_metadata() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/docs/a.txt", "content").await;
    let shape = alice.info("/docs/a.txt").await.shape();
    assert_eq!(
        shape["data"],
        json!({
            "type": 0,
            "id": "[id]",
            "name": "a.txt",
            "created_at": "[time]",
            "updated_at": "[time]",
            "size": 7,
            "metadata": {},
            "path": "cloudreve://my/docs/a.txt",
            "capability": "w8edAQ==",
            "owned": true,
            "primary_entity": "[id]",
        })
    );
}

#[tokio::test]
async fn extended_info_lists_what_is_stored() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/a.txt", "1").await;
    alice.overwrite("/a.txt", "22").await;
    let mut shape = alice
        .info_with("/a.txt", &[("extended", "true")])
        .await
        .shape();
    let info = &mut shape["data"]["extended_info"];
    assert_eq!(info["storage_used"], 3);
    assert_eq!(info["storage_policy"]["type"], "local");
    let entities = info["entities"].as_array_mut().unwrap();
    for entity in entities.iter_mut() {
        assert_eq!(entity["storage_policy"].take()["type"], "local");
    }
    let by = json!({ "id": "[id]", "nickname": "alice", "created_at": "[time]" });
    let entity = |size: u64| {
        json!({
            "id": "[id]",
            "size": size,
            "type": 0,
            "created_at": "[time]",
            "storage_policy": null,
            "created_by": by,
        })
    };
    assert_eq!(*entities, [entity(2), entity(1)], "the newest first");

    let current = alice.info("/a.txt").await.ok()["primary_entity"].clone();
    assert_eq!(alice.versions("/a.txt").await[0]["id"], current);
}

#[tokio::test]
async fn info_by_id_finds_what_is_in_the_trash_too() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    alice.put("/docs/a.txt", "content").await;
    let id = alice.info("/docs/a.txt").await.ok()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let found = alice.info_by_id(&id).await.ok();
    assert_eq!(found["path"], "cloudreve://my/docs/a.txt");
    bob.info_by_id(&id).await.refused_with_any(&[
        code::OWNER_ONLY,
        code::NO_PERMISSION,
        code::PARENT_NOT_EXIST,
        code::NOT_FOUND,
    ]);
    server.stranger().info_by_id(&id).await.refused_with_any(&[
        code::LOGIN_REQUIRED,
        code::OWNER_ONLY,
        code::NO_PERMISSION,
    ]);
    alice.delete(&["/docs/a.txt"]).await.done();
    assert_eq!(alice.info_by_id(&id).await.ok()["id"], id.as_str());
}

#[tokio::test]
async fn garbled_and_foreign_kinds_of_ids_are_refused() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    for id in ["!!", "x", "0", "-1", "zzzzzzzzzzzzzzzzzzzzzzzz", &alice.id] {
        let reply = alice.info_by_id(id).await;
        assert_eq!(reply.code(), code::PARAMETER, "{id}: {}", reply.text());
    }
    alice
        .get_json("/file/info", &[])
        .await
        .refused(code::PARAMETER);
}

#[tokio::test]
async fn a_folder_summary_counts_everything_below() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/docs/a.txt", "123").await;
    alice.overwrite("/docs/a.txt", "12345").await;
    alice.put("/docs/sub/b.txt", "12").await;
    alice.create_folder("/docs/empty/deep").await;
    let shape = alice
        .info_with("/docs", &[("folder_summary", "true")])
        .await
        .shape();
    assert_eq!(
        shape["data"]["folder_summary"],
        json!({ "size": 10, "files": 2, "folders": 3, "completed": true, "calculated_at": "[time]" })
    );
    let file = alice
        .info_with("/docs/a.txt", &[("folder_summary", "true")])
        .await
        .ok();
    assert!(file.get("folder_summary").is_none());
}

#[tokio::test]
async fn the_root_and_the_missing_have_no_info() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.info("/").await.refused(code::NO_PERMISSION);
    alice.info("/missing").await.refused(code::PARENT_NOT_EXIST);
    server
        .stranger()
        .info("/missing")
        .await
        .refused(code::LOGIN_REQUIRED);
    alice
        .info_with("/missing", &[("extended", "perhaps")])
        .await
        .refused_with_any(&[code::PARAMETER, code::PARENT_NOT_EXIST]);
}

#[tokio::test]
async fn nobody_looks_at_what_is_not_theirs() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    alice.put("/a.txt", "a").await;
    let hers = format!("cloudreve://{}@my/a.txt", alice.id);
    bob.info(&hers).await.refused(code::NO_PERMISSION);
    server
        .stranger()
        .info(&hers)
        .await
        .refused_with_any(&[code::LOGIN_REQUIRED, code::NO_PERMISSION]);
}
