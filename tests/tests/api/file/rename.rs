//! `POST /file/rename`.

use serde_json::json;
use tests::{TestServer, uri};

use crate::code;

#[tokio::test]
async fn rename_keeps_id_content_and_children() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/folder/a.txt", "content").await;
    let before = alice.info("/folder/a.txt").await.ok();
    let renamed = alice.rename("/folder/a.txt", "b.md").await.ok();
    assert_eq!(renamed["id"], before["id"]);
    assert_eq!(renamed["name"], "b.md");
    assert_eq!(renamed["path"], "cloudreve://my/folder/b.md");
    assert_eq!(renamed["metadata"], json!(null));
    assert_eq!(renamed["size"], 7);
    assert_eq!(renamed["created_at"], before["created_at"]);
    assert_eq!(alice.names("/folder").await, ["b.md"]);

    alice.rename("/folder", "other").await.ok();
    assert_eq!(alice.get("/other/b.md").await, "content");
    alice.info("/folder").await.refused(code::PARENT_NOT_EXIST);
    alice
        .info("/folder/b.md")
        .await
        .refused(code::PARENT_NOT_EXIST);
}

#[tokio::test]
async fn rename_refuses_a_name_a_sibling_has() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/a.txt", "1").await;
    alice.put("/b.txt", "2").await;
    alice.create_folder("/c").await;
    alice
        .rename("/b.txt", "a.txt")
        .await
        .refused(code::OBJECT_EXISTS);
    alice
        .rename("/b.txt", "c")
        .await
        .refused(code::OBJECT_EXISTS);
    alice
        .rename("/c", "a.txt")
        .await
        .refused(code::OBJECT_EXISTS);
    assert_eq!(alice.names("/").await, ["a.txt", "b.txt", "c"]);
    assert_eq!(alice.get("/a.txt").await, "1");
    assert_eq!(alice.get("/b.txt").await, "2");
}

#[tokio::test]
async fn rename_may_change_the_case_and_nothing_at_all() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.create_file("/name.txt").await;
    alice.rename("/name.txt", "NAME.txt").await.ok();
    assert_eq!(alice.names("/").await, ["NAME.txt"]);
    let same = alice.rename("/NAME.txt", "NAME.txt").await.code();
    assert!([0, code::OBJECT_EXISTS].contains(&same), "{same}");
    assert_eq!(alice.names("/").await, ["NAME.txt"]);
}

#[tokio::test]
async fn rename_refuses_illegal_names() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.create_file("/a.txt").await;
    alice.create_folder("/folder").await;
    for name in super::illegal_names() {
        for path in ["/a.txt", "/folder"] {
            let reply = alice.rename(path, &name).await;
            // The length is also a rule of the request's form.
            let expected: &[i64] = if name.len() > 255 {
                &[code::ILLEGAL_NAME, code::PARAMETER]
            } else {
                &[code::ILLEGAL_NAME]
            };
            assert!(expected.contains(&reply.code()), "{name}: {}", reply.text());
        }
    }
    for name in [".", "..", "/", "a/b", "../a.txt", "/a.txt"] {
        alice
            .rename("/a.txt", name)
            .await
            .refused(code::ILLEGAL_NAME);
    }
    assert_eq!(alice.names("/").await, ["a.txt", "folder"]);
}

#[tokio::test]
async fn rename_takes_odd_names() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/start", "content").await;
    let mut current = "start".to_owned();
    for name in super::ODD_NAMES {
        let renamed = alice.rename(&format!("/{current}"), name).await.ok();
        assert_eq!(renamed["path"], uri(&format!("/{name}")));
        name.clone_into(&mut current);
        assert_eq!(alice.names("/").await, [name]);
    }
    assert_eq!(alice.get(&format!("/{current}")).await, "content");
}

#[tokio::test]
async fn malformed_renames_are_refused() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.create_file("/a.txt").await;
    for body in [
        json!({}),
        json!({ "uri": uri("/a.txt") }),
        json!({ "new_name": "b.txt" }),
        json!({ "uri": uri("/a.txt"), "new_name": "" }),
        json!({ "uri": uri("/a.txt"), "new_name": ["b.txt"] }),
        json!({ "uri": "a.txt", "new_name": "b.txt" }),
    ] {
        let reply = alice.post("/file/rename", body.clone()).await;
        assert_eq!(reply.code(), code::PARAMETER, "{body}: {}", reply.text());
    }
    assert_eq!(alice.names("/").await, ["a.txt"]);
}

#[tokio::test]
async fn the_root_the_missing_and_the_foreign_are_not_renamed() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    alice.create_file("/a.txt").await;
    alice.rename("/", "root").await.refused(code::NO_PERMISSION);
    alice
        .rename("/missing", "b")
        .await
        .refused(code::PARENT_NOT_EXIST);
    let hers = format!("cloudreve://{}@my/a.txt", alice.id);
    bob.rename(&hers, "b")
        .await
        .refused_with_any(&[code::NO_PERMISSION, code::OWNER_ONLY]);
    server
        .stranger()
        .rename("/a.txt", "b")
        .await
        .refused(code::LOGIN_REQUIRED);
    alice.delete(&["/a.txt"]).await.done();
    let trashed = alice.in_trash("a.txt").await;
    alice
        .rename(&trashed, "b")
        .await
        .refused(code::NO_PERMISSION);
    assert_eq!(alice.trash_names().await, ["a.txt"]);
}

#[tokio::test]
async fn two_names_swapped_by_many_stay_two() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    for name in 0..8 {
        alice.create_file(&format!("/{name}")).await;
    }
    let renames = (0..8).map(|name| {
        let alice = alice.another_window();
        async move { alice.rename(&format!("/{name}"), "winner").await.code() }
    });
    let codes = futures_util::future::join_all(renames).await;
    assert_eq!(
        codes.iter().filter(|code| **code == 0).count(),
        1,
        "{codes:?}"
    );
    let names = alice.names("/").await;
    assert_eq!(names.len(), 8);
    assert_eq!(names.iter().filter(|name| *name == "winner").count(), 1);
}

#[tokio::test]
async fn a_new_suffix_gives_thumbnails_another_chance() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.create_file("/a.txt").await;
    let patches =
        json!([{ "key": "thumb:disabled", "value": "" }, { "key": "tag:x", "value": "" }]);
    alice.patch_metadata("/a.txt", patches).await.done();
    alice.rename("/a.txt", "b.txt").await.ok();
    assert_eq!(
        alice.metadata("/b.txt").await,
        json!({ "tag:x": "", "thumb:disabled": "" })
    );
    alice.rename("/b.txt", "b.jpg").await.ok();
    assert_eq!(alice.metadata("/b.jpg").await, json!({ "tag:x": "" }));
}
