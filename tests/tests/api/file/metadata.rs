//! `PATCH /file/metadata`.

use serde_json::{Value, json};
use tests::{TestServer, uri};

use crate::code;

fn set(key: &str, value: &str) -> Value {
    json!([{ "key": key, "value": value }])
}

#[tokio::test]
async fn metadata_is_set_changed_and_removed() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.create_file("/a.txt").await;
    let patches = json!([
        { "key": "tag:todo", "value": "#ff8800" },
        { "key": "tag:plain", "value": "" },
        { "key": "customize:icon_color", "value": "rgb(1, 2, 3)" },
        { "key": "props:description", "value": "What it is" },
        { "key": "props:rating", "value": "4" },
        { "key": "dav:{urn:x}y", "value": "<y/>" },
        { "key": "thumb:disabled" },
    ]);
    alice.patch_metadata("/a.txt", patches).await.done();
    assert_eq!(
        alice.metadata("/a.txt").await,
        json!({
            "tag:todo": "#ff8800",
            "tag:plain": "",
            "customize:icon_color": "rgb(1, 2, 3)",
            "props:description": "What it is",
            "props:rating": "4",
            "dav:{urn:x}y": "<y/>",
            "thumb:disabled": "",
        })
    );
    let patches = json!([
        { "key": "tag:todo", "value": "#00ff00" },
        { "key": "tag:plain", "remove": true },
        { "key": "tag:never_there", "remove": true },
        { "key": "customize:icon_color", "remove": true },
        { "key": "props:description", "remove": true },
        { "key": "props:rating", "remove": true },
        { "key": "dav:{urn:x}y", "remove": true },
        { "key": "thumb:disabled", "remove": true },
    ]);
    alice.patch_metadata("/a.txt", patches).await.done();
    assert_eq!(
        alice.metadata("/a.txt").await,
        json!({ "tag:todo": "#00ff00" })
    );
    assert_eq!(
        alice.list("/").await.ok()["files"][0]["metadata"],
        json!({ "tag:todo": "#00ff00" })
    );
}

#[tokio::test]
async fn many_files_are_tagged_at_once() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.create_file("/a").await;
    alice.create_folder("/b").await;
    let body = json!({ "uris": [uri("/a"), uri("/b")], "patches": set("tag:x", "") });
    alice.patch("/file/metadata", body).await.done();
    for path in ["/a", "/b"] {
        assert_eq!(alice.metadata(path).await, json!({ "tag:x": "" }));
    }
}

#[tokio::test]
async fn what_only_the_server_sets_is_refused() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.create_file("/a.txt").await;
    for key in [
        "sys:upload_session_id",
        "sys:restore_uri",
        "sys:expected_collect_time",
        "sys:fulltext_index",
        "sys:anything",
        "exif:artist",
        "music:title",
        "stream:duration",
        "geocoding:street",
        "unknown:x",
        "plain",
        "",
        ":",
        ":x",
        "tag:",
    ] {
        let reply = alice.patch_metadata("/a.txt", set(key, "#fff")).await;
        assert_eq!(reply.code(), code::PARAMETER, "{key}: {}", reply.text());
        let reply = alice
            .patch_metadata("/a.txt", json!([{ "key": key, "remove": true }]))
            .await;
        assert_eq!(
            reply.code(),
            code::PARAMETER,
            "removing {key}: {}",
            reply.text()
        );
    }
    assert_eq!(alice.metadata("/a.txt").await, json!({}));
}

#[tokio::test]
async fn values_are_checked_by_their_key() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.create_file("/a.txt").await;
    let too_long = "x".repeat(65_536);
    for (key, value) in [
        ("tag:x", "not a colour"),
        ("customize:icon_color", ""),
        ("customize:icon_color", "red; background: url(x)"),
        ("customize:emoji", "not an emoji"),
        ("props:no_such_property", "x"),
        ("props:rating", "6"),
        ("props:rating", "-1"),
        ("props:rating", "many"),
        ("sys:shared_redirect", "cloudreve://my/not-a-share"),
        ("sys:shared_redirect", "https://example.com/"),
        ("sys:shared_owner", "!!"),
        ("dav:x", &too_long),
    ] {
        let reply = alice.patch_metadata("/a.txt", set(key, value)).await;
        assert_eq!(
            reply.code(),
            code::PARAMETER,
            "{key}={value:.40}: {}",
            reply.text()
        );
    }
    assert_eq!(alice.metadata("/a.txt").await, json!({}));
}

#[tokio::test]
async fn one_bad_patch_refuses_them_all() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.create_file("/a.txt").await;
    let patches = json!([{ "key": "tag:fine", "value": "" }, { "key": "exif:x", "value": "" }]);
    alice
        .patch_metadata("/a.txt", patches)
        .await
        .refused(code::PARAMETER);
    let patches = json!([{ "key": "tag:secret", "value": "", "private": true }]);
    alice
        .patch_metadata("/a.txt", patches)
        .await
        .refused(code::PARAMETER);
    assert_eq!(alice.metadata("/a.txt").await, json!({}));
}

#[tokio::test]
async fn malformed_patches_are_refused() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.create_file("/a.txt").await;
    for body in [
        json!({}),
        json!({ "uris": [uri("/a.txt")] }),
        json!({ "uris": [], "patches": set("tag:x", "") }),
        json!({ "patches": set("tag:x", "") }),
        json!({ "uris": [uri("/a.txt")], "patches": [] }),
        json!({ "uris": [uri("/a.txt")], "patches": [{}] }),
        json!({ "uris": [uri("/a.txt")], "patches": { "tag:x": "" } }),
        json!({ "uris": [uri("/a.txt")], "patches": [{ "key": 1 }, []] }),
    ] {
        let reply = alice.patch("/file/metadata", body.clone()).await;
        assert_eq!(reply.code(), code::PARAMETER, "{body}: {}", reply.text());
    }
}

#[tokio::test]
async fn the_root_and_the_missing_fail_alone() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.create_file("/a.txt").await;
    let body = json!({
        "uris": [uri("/"), uri("/missing"), uri("/a.txt")],
        "patches": set("tag:x", ""),
    });
    alice.patch("/file/metadata", body).await.refused_items(&[
        ("/", code::NO_PERMISSION),
        ("/missing", code::PARENT_NOT_EXIST),
    ]);
    assert_eq!(alice.metadata("/a.txt").await, json!({ "tag:x": "" }));
}

#[tokio::test]
async fn nobody_tags_what_is_not_theirs() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    alice.create_file("/a.txt").await;
    let hers = format!("cloudreve://{}@my/a.txt", alice.id);
    let reply = bob.patch_metadata(&hers, set("tag:x", "")).await;
    let code = reply.inner_code();
    assert!(
        [code::NO_PERMISSION, code::OWNER_ONLY].contains(&code),
        "{}",
        reply.text()
    );
    assert_eq!(alice.metadata("/a.txt").await, json!({}));
}

#[tokio::test]
async fn an_emoji_of_the_preset_is_accepted() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.create_folder("/a").await;
    let emojis = alice.get_json("/site/config/emojis", &[]).await.ok();
    let preset: Value = serde_json::from_str(emojis["emoji_preset"].as_str().unwrap()).unwrap();
    let first = preset.as_object().unwrap().values().next().unwrap()[0]
        .as_str()
        .unwrap()
        .to_owned();
    alice
        .patch_metadata("/a", set("customize:emoji", &first))
        .await
        .done();
    assert_eq!(
        alice.metadata("/a").await,
        json!({ "customize:emoji": first })
    );
}

#[tokio::test]
async fn some_keys_move_the_time_and_some_do_not() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.create_file("/a.txt").await;
    let time = async || alice.info("/a.txt").await.ok()["updated_at"].clone();
    let start = time().await;
    alice
        .patch_metadata("/a.txt", set("dav:x", "1"))
        .await
        .done();
    alice
        .patch_metadata("/a.txt", set("thumb:disabled", ""))
        .await
        .done();
    assert_eq!(time().await, start);
    alice
        .patch_metadata("/a.txt", set("tag:x", ""))
        .await
        .done();
    let tagged = time().await;
    assert_ne!(tagged, start);
    alice
        .patch_metadata("/a.txt", json!([{ "key": "tag:x", "remove": true }]))
        .await
        .done();
    assert_eq!(time().await, tagged);
}
