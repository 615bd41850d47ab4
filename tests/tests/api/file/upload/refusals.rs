//! Sessions nobody gets.

use serde_json::{Value, json};
use tests::{TestServer, uri};

use super::{GIB, MIB};
use crate::code;

#[tokio::test]
async fn malformed_sessions_are_refused_and_reserve_nothing() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let many: serde_json::Map<_, _> = (0..257)
        .map(|number| (format!("tag:{number}"), json!("")))
        .collect();
    for body in [
        json!({}),
        json!({ "size": 10 }),
        json!({ "uri": uri("/a"), "size": -1 }),
        json!({ "uri": uri("/a"), "size": "ten" }),
        json!({ "uri": uri("/a"), "size": 1.5 }),
        json!({ "uri": uri("/a"), "size": 1e30 }),
        json!({ "uri": uri("/a"), "size": 10, "metadata": { "sys:x": "" } }),
        json!({ "uri": uri("/a"), "size": 10, "metadata": { "plain": "" } }),
        json!({ "uri": uri("/a"), "size": 10, "metadata": many }),
        json!({ "uri": uri("/a"), "size": 10, "last_modified": "yesterday" }),
        json!({ "uri": "/a", "size": 10 }),
        json!({ "uri": ["x"], "size": 10 }),
        Value::Null,
    ] {
        let reply = alice.put_json("/file/upload", body.clone()).await;
        assert_eq!(
            reply.code(),
            code::PARAMETER,
            "{body:.100}: {}",
            reply.text()
        );
    }
    for text in ["", "{", "\"", "nonsense"] {
        let reply = alice
            .send_text(reqwest::Method::PUT, "/file/upload", text)
            .await;
        assert_eq!(reply.code(), code::PARAMETER, "{text:?}");
    }
    assert_eq!(alice.everything().await, ["used: 0"]);
    server.assert_clean();
}

#[tokio::test]
async fn absurd_sizes_do_not_fit() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let codes = [
        code::INSUFFICIENT_CAPACITY,
        code::FILE_TOO_LARGE,
        code::PARAMETER,
    ];
    for size in [GIB + 1, 1 << 50, i64::MAX as u64, u64::MAX] {
        alice
            .try_open_upload("/a", size, json!({}))
            .await
            .refused_with_any(&codes);
        // The administrator's quota is a tebibyte.
        if size > 1 << 40 {
            let admin = server.admin();
            admin
                .try_open_upload("/a", size, json!({}))
                .await
                .refused_with_any(&codes);
        }
    }
    assert_eq!(alice.everything().await, ["used: 0"]);
    assert_eq!(server.admin().everything().await, ["used: 0"]);
    server.assert_clean();
}

#[tokio::test]
async fn illegal_names_are_refused() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    for name in crate::file::illegal_names() {
        let reply = alice
            .try_open_upload(&format!("/{name}"), 1, json!({}))
            .await;
        assert_eq!(reply.code(), code::ILLEGAL_NAME, "{name}");
        let reply = alice
            .try_open_upload(&format!("/{name}/x"), 1, json!({}))
            .await;
        assert_eq!(reply.code(), code::ILLEGAL_NAME, "{name}/x");
    }
    assert_eq!(alice.everything().await, ["used: 0"]);
}

#[tokio::test]
async fn two_opening_one_path_do_not_both_get_it() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let attempts = (0..8).map(|_| {
        let alice = alice.another_window();
        async move {
            alice
                .try_open_upload("/deep/one.bin", 100, json!({}))
                .await
                .code()
        }
    });
    let codes = futures_util::future::join_all(attempts).await;
    assert_eq!(
        codes.iter().filter(|code| **code == 0).count(),
        1,
        "{codes:?}"
    );
    let refused = [0, code::OBJECT_EXISTS, code::LOCK_CONFLICT];
    assert!(codes.iter().all(|code| refused.contains(code)), "{codes:?}");
    assert_eq!(alice.names("/deep").await, ["one.bin"]);
    assert_eq!(alice.used().await, 100);
}

#[tokio::test]
async fn twenty_uploads_at_once_never_exceed_the_quota() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let size = 100 * MIB as u64;
    let attempts = (0..20).map(|number| {
        let alice = alice.another_window();
        async move {
            alice
                .try_open_upload(&format!("/{number}.bin"), size, json!({}))
                .await
        }
    });
    let replies = futures_util::future::join_all(attempts).await;
    let opened: Vec<_> = replies.iter().filter(|reply| reply.code() == 0).collect();
    assert_eq!(opened.len() as u64, GIB / size);
    for reply in replies.iter().filter(|reply| reply.code() != 0) {
        reply.refused(code::INSUFFICIENT_CAPACITY);
    }
    assert_eq!(alice.used().await, 10 * size);
    assert_eq!(
        alice.names("/").await.len(),
        10,
        "the refused left no placeholder"
    );
    for reply in opened {
        let data = reply.data();
        let (id, uri) = (
            data["session_id"].as_str().unwrap(),
            data["uri"].as_str().unwrap(),
        );
        alice.cancel_upload(id, uri).await.done();
    }
    assert_eq!(alice.everything().await, ["used: 0"]);
    server.assert_clean();
}

#[tokio::test]
async fn exactly_the_quota_fits_and_one_byte_more_does_not() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/a", "1").await;
    let too_much = alice.try_open_upload("/b", GIB, json!({})).await;
    too_much.refused(code::INSUFFICIENT_CAPACITY);
    alice.open_upload("/b", GIB - 1).await;
    assert_eq!(alice.used().await, GIB);
    alice
        .try_open_upload("/c", 1, json!({}))
        .await
        .refused(code::INSUFFICIENT_CAPACITY);
    alice
        .put_content("/c", "x")
        .await
        .refused(code::INSUFFICIENT_CAPACITY);
    alice.create_file("/empty").await;
    assert_eq!(alice.names("/").await, ["a", "b", "empty"]);
    assert_eq!(alice.used().await, GIB);
}

#[tokio::test]
async fn nobody_uploads_into_other_drives() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    alice.put("/a.txt", "a").await;
    let codes = [code::NO_PERMISSION, code::OWNER_ONLY];
    let hers = format!("cloudreve://{}@my/", alice.id);
    for path in ["x.txt", "a.txt", "folder/x.txt"] {
        let reply = bob
            .try_open_upload(&format!("{hers}{path}"), 1, json!({}))
            .await;
        reply.refused_with_any(&codes);
    }
    bob.try_open_upload("cloudreve://trash/x", 1, json!({}))
        .await
        .refused(code::NO_PERMISSION);
    let nobody = server.stranger().try_open_upload("/x", 1, json!({})).await;
    nobody.refused(code::LOGIN_REQUIRED);
    assert_eq!(alice.names("/").await, ["a.txt"]);
    assert_eq!(bob.everything().await, ["used: 0"]);
}
