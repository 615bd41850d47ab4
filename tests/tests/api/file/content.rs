//! `PUT /file/content`.

use bytes::Bytes;
use reqwest::Method;
use serde_json::json;
use tests::{TestServer, escape, uri};

use crate::code;

#[tokio::test]
async fn content_is_created_and_becomes_a_version() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let shape = alice.put_content("/docs/a.txt", "one").await.shape();
    assert_eq!(
        shape["data"],
        json!({
            "type": 0,
            "id": "[id]",
            "name": "a.txt",
            "created_at": "[time]",
            "updated_at": "[time]",
            "size": 3,
            "metadata": null,
            "path": "cloudreve://my/docs/a.txt",
            "capability": "w8edAQ==",
            "owned": true,
            "primary_entity": "[id]",
        })
    );
    let second = alice.put_content("/docs/a.txt", "two!").await.ok();
    assert_eq!(second["size"], 4);
    assert_eq!(
        alice.info("/docs/a.txt").await.ok()["primary_entity"],
        second["primary_entity"]
    );
    assert_eq!(alice.get("/docs/a.txt").await, "two!");
    assert_eq!(alice.used().await, 7);
    server.assert_clean();
}

#[tokio::test]
async fn an_editor_that_started_from_another_version_is_told() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let entity = |file: serde_json::Value| file["primary_entity"].as_str().unwrap().to_owned();
    let first = entity(alice.put_content("/a.txt", "one").await.ok());
    let second = entity(alice.put_content_over("/a.txt", &first, b"two").await.ok());
    alice
        .put_content_over("/a.txt", &first, b"stale")
        .await
        .refused(code::STALE_VERSION);
    assert_eq!(alice.get("/a.txt").await, "two");
    assert_eq!(alice.used().await, 6);
    alice
        .put_content_over("/a.txt", &second, b"three")
        .await
        .ok();
    // An empty file's version is the entity zero.
    let empty = entity(alice.create_file("/empty.txt").await);
    alice
        .put_content_over("/empty.txt", &empty, b"now full")
        .await
        .ok();
    assert_eq!(alice.get("/empty.txt").await, "now full");
    server.assert_clean();
}

#[tokio::test]
async fn two_editors_at_once_do_not_overwrite_each_other() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let start = alice.put_content("/a.txt", "start").await.ok();
    let start = start["primary_entity"].as_str().unwrap();
    let attempts = (0..8).map(|number| {
        let alice = alice.another_window();
        let text = format!("editor {number}");
        async move {
            loop {
                let code = alice
                    .put_content_over("/a.txt", start, text.as_bytes())
                    .await
                    .code();
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
    assert_eq!(
        codes
            .iter()
            .filter(|code| **code == code::STALE_VERSION)
            .count(),
        7,
        "{codes:?}"
    );
    assert_eq!(alice.versions("/a.txt").await.len(), 2);
    server.assert_clean();
}

#[tokio::test]
async fn content_larger_than_an_editor_takes_is_refused() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/a.txt", "old").await;
    let too_large = Bytes::from(vec![0; 52_428_801]);
    alice
        .put_content("/a.txt", too_large)
        .await
        .refused(code::FILE_TOO_LARGE);
    assert_eq!(alice.get("/a.txt").await, "old");
    assert_eq!(alice.used().await, 3);
    server.assert_clean();
}

#[tokio::test]
async fn content_may_be_empty() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/a.txt", "old").await;
    alice.put_content("/a.txt", "").await.ok();
    assert_eq!(alice.info("/a.txt").await.ok()["size"], 0);
    assert!(alice.get("/a.txt").await.is_empty());
}

#[tokio::test]
async fn bad_content_requests_are_refused() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/a.txt", "old").await;
    alice.create_folder("/folder").await;
    let before = alice.everything().await;
    alice
        .send_bytes(Method::PUT, "/file/content", "x".into())
        .await
        .refused(code::PARAMETER);
    let reply = alice
        .send_bytes(Method::PUT, "/file/content?uri=nonsense", "x".into())
        .await;
    reply.refused(code::PARAMETER);
    let garbled = alice.put_content_over("/a.txt", "!!", b"x").await;
    garbled.refused_with_any(&[code::PARAMETER, code::STALE_VERSION]);
    for name in super::illegal_names() {
        alice
            .put_content(&format!("/{name}"), "x")
            .await
            .refused(code::ILLEGAL_NAME);
    }
    assert_ne!(alice.put_content("/folder", "x").await.code(), 0);
    assert_ne!(alice.put_content("/", "x").await.code(), 0);
    assert_ne!(alice.put_content("/a.txt/below", "x").await.code(), 0);
    assert_eq!(alice.everything().await, before);
    server.assert_clean();
}

#[tokio::test]
async fn a_body_that_breaks_off_changes_nothing() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/a.txt", "old").await;
    for path in ["/a.txt", "/new.txt"] {
        let pieces = futures_util::stream::iter([
            Ok(Bytes::from_static(b"half of i")),
            Err(std::io::Error::other("the client goes away")),
        ]);
        let request = alice
            .request(
                Method::PUT,
                &format!("/file/content?uri={}", escape(&uri(path))),
            )
            .header("Content-Length", 1000)
            .body(reqwest::Body::wrap_stream(pieces));
        assert!(
            alice
                .try_send(request)
                .await
                .is_none_or(|reply| reply.code() != 0)
        );
    }
    // The server may still be noticing.
    for _ in 0..100 {
        if server.staged_files().is_empty() && alice.used().await == 3 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(alice.names("/").await, ["a.txt"]);
    assert_eq!(alice.get("/a.txt").await, "old");
    assert_eq!(alice.used().await, 3);
    server.assert_clean();
}

#[tokio::test]
async fn nobody_writes_what_is_not_theirs() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    alice.put("/a.txt", "old").await;
    let hers = format!("cloudreve://{}@my/a.txt", alice.id);
    let codes = [code::NO_PERMISSION, code::OWNER_ONLY];
    bob.put_content(&hers, "x").await.refused_with_any(&codes);
    server
        .stranger()
        .put_content("/a.txt", "x")
        .await
        .refused(code::LOGIN_REQUIRED);
    assert_eq!(alice.get("/a.txt").await, "old");
}

#[tokio::test]
async fn the_site_decides_what_an_editor_takes() {
    let server = TestServer::start_with(&[("maxEditSize", "10")]).await;
    let alice = server.user("alice").await;
    alice.put_content("/a.txt", "0123456789").await.ok();
    alice
        .put_content("/a.txt", "0123456789a")
        .await
        .refused(code::FILE_TOO_LARGE);
    assert_eq!(alice.get("/a.txt").await, "0123456789");
    server.assert_clean();
}
