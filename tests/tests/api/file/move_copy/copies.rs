//! `POST /file/move` with `copy`, and the size of batches.

use serde_json::json;
use tests::{TestServer, uri};

use crate::code;

#[tokio::test]
async fn copy_leaves_the_original_and_charges_in_full() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/from/a.txt", "12345").await;
    alice.put("/from/sub/b.txt", "123").await;
    let tag = json!([{ "key": "tag:x", "value": "#fff" }]);
    alice.patch_metadata("/from/a.txt", tag).await.done();
    alice.create_folder("/to").await;
    alice.copy_to(&["/from"], "/to").await.done();
    let tree: Vec<_> = alice.sizes_below("/to").await.into_keys().collect();
    assert_eq!(
        tree,
        ["/from", "/from/a.txt", "/from/sub", "/from/sub/b.txt"]
    );
    assert_eq!(alice.used().await, 16);
    assert_eq!(alice.get("/to/from/a.txt").await, "12345");
    assert_eq!(
        alice.metadata("/to/from/a.txt").await,
        json!({ "tag:x": "#fff" })
    );
    let original = alice.info("/from/a.txt").await.ok()["id"].clone();
    assert_ne!(alice.info("/to/from/a.txt").await.ok()["id"], original);

    // No bytes were copied, and either lives without the other.
    assert_eq!(server.stored_files().len(), 2);
    alice.delete_for_good(&["/from"]).await.done();
    assert_eq!(alice.get("/to/from/a.txt").await, "12345");
    assert_eq!(alice.get("/to/from/sub/b.txt").await, "123");
    assert_eq!(alice.used().await, 8);
    server.assert_clean();
}

#[tokio::test]
async fn changing_a_copy_does_not_change_the_original() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/a.txt", "original").await;
    alice.create_folder("/to").await;
    alice.copy_to(&["/a.txt"], "/to").await.done();
    alice.overwrite("/to/a.txt", "changed").await;
    assert_eq!(alice.get("/a.txt").await, "original");
    assert_eq!(alice.get("/to/a.txt").await, "changed");
}

#[tokio::test]
async fn copies_respect_the_quota() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let size = 1 << 20;
    alice.put("/f/data", vec![7; size]).await;
    // Doubling: 1, 2, 4 … 512 MiB, then the next copy no longer fits beside it.
    for power in 0..9 {
        alice.create_folder(&format!("/g{power}")).await;
        let all: Vec<_> = alice.names("/").await;
        let all: Vec<_> = all
            .iter()
            .filter(|name| **name != format!("g{power}"))
            .map(|name| format!("/{name}"))
            .collect();
        alice.copy_to(&all, &format!("/g{power}")).await.done();
    }
    assert_eq!(alice.used().await, 512 << 20);
    alice.put("/extra", "x").await;
    alice.create_folder("/last").await;
    let names = alice.names("/").await;
    let rest: Vec<_> = names
        .iter()
        .filter(|name| *name != "last")
        .map(|name| format!("/{name}"))
        .collect();
    let reply = alice.copy_to(&rest, "/last").await;
    assert_eq!(
        reply.inner_code(),
        code::INSUFFICIENT_CAPACITY,
        "{}",
        reply.text()
    );
    assert_eq!(
        alice.names("/last").await,
        [""; 0],
        "not a part of it either"
    );
    let before = alice.everything().await;
    let rest: Vec<_> = rest.iter().map(|path| uri(path)).collect();
    let body = json!({ "uris": rest, "dst": uri("/"), "copy": true, "keep_both": true });
    let beside = alice.post("/file/move", body).await;
    assert_eq!(beside.inner_code(), code::INSUFFICIENT_CAPACITY);
    assert_eq!(alice.everything().await, before, "nor beside themselves");
    assert_eq!(alice.used().await, (512 << 20) + 1);
    assert_eq!(server.stored_files().len(), 2);
}

#[tokio::test]
async fn batches_have_an_upper_limit() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.create_folder("/to").await;
    let many = vec!["/a.txt"; 3001];
    alice
        .move_to(&many, "/to")
        .await
        .refused(code::TOO_MANY_URIS);
    alice.delete(&many).await.refused(code::TOO_MANY_URIS);
    alice.restore(&many).await.refused(code::TOO_MANY_URIS);
    alice
        .try_urls(&many, json!({}))
        .await
        .refused(code::TOO_MANY_URIS);
    let uris: Vec<_> = many.iter().map(|path| uri(path)).collect();
    let body = json!({ "uris": uris, "patches": [{ "key": "tag:x", "value": "" }] });
    alice
        .patch("/file/metadata", body)
        .await
        .refused(code::TOO_MANY_URIS);
}

#[tokio::test]
async fn the_site_decides_how_large_a_batch_may_be() {
    let server = TestServer::start_with(&[("max_batched_file", "2")]).await;
    let alice = server.user("alice").await;
    let paths = ["/a", "/b", "/c"];
    for path in paths {
        alice.create_file(path).await;
    }
    let explorer = alice.get_json("/site/config/explorer", &[]).await.ok();
    assert_eq!(explorer["max_batch_size"], 2);
    alice.delete(&paths).await.refused(code::TOO_MANY_URIS);
    alice.delete(&paths[..2]).await.done();
    assert_eq!(alice.names("/").await, ["c"]);
}
