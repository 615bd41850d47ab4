//! Policies that keep bytes in Azure Blob Storage, and that other clients take for local ones.

use crate::code;
use bytes::Bytes;
use serde_json::{Value, json};
use std::io::{Cursor, Read as _};
use tests::{Client, Container, TestServer, bytes_of, hash_of};

/// As long as chunks are.
const CHUNK: usize = 1 << 20;

struct Site {
    container: Container,
    server: TestServer,
    alice: Client,
}

/// A site whose new files go to a container of its own, with these settings of the policy.
async fn site(more: Value) -> Site {
    let container = Container::fresh().await;
    let server = TestServer::start().await;
    let policy = container.policy("Container", &more);
    server.use_storage(policy).await;
    let alice = server.user("alice").await;
    Site {
        container,
        server,
        alice,
    }
}

fn content() -> Bytes {
    bytes_of("container", 2 * CHUNK + 100)
}

#[tokio::test]
async fn a_file_goes_through_the_server_and_comes_from_the_container() {
    let site = site(json!({})).await;
    let (alice, container) = (&site.alice, &site.container);
    let listing = alice.list("/").await.ok();
    assert_eq!(listing["storage_policy"]["type"], "local");
    let session = alice
        .open_upload("/docs/ä 'b'.bin", content().len() as u64)
        .await;
    assert!(session.part_urls().is_empty());
    assert_eq!(session.chunk_size, CHUNK);
    alice.finish_upload(&session, &content()).await;
    assert_eq!(alice.used().await, content().len() as u64);
    // It was hashed on its way.
    let hashed = "SELECT CAST(COUNT(*) AS TEXT) AS value FROM blobs WHERE blake3 IS NOT NULL";
    assert_eq!(site.server.ask(hashed).await, "1");
    let keys = container.keys().await;
    assert_eq!(keys.len(), 1, "{keys:?}");
    assert_eq!(
        hash_of(&container.content(&keys[0]).await),
        hash_of(&content())
    );

    alice.rename("/docs/ä 'b'.bin", "ö.bin").await.ok();
    let (url, bytes) = alice.get_at_vendor("/docs/ö.bin").await;
    assert!(url.starts_with(&container.endpoint), "{url}");
    assert_eq!(hash_of(&bytes), hash_of(&content()));
    let fetched = reqwest::get(&url).await.unwrap();
    let disposition = fetched.headers()["content-disposition"].to_str().unwrap();
    assert!(disposition.contains("UTF-8''%C3%B6.bin"), "{disposition}");
    let (path, _) = url.split_once('?').unwrap();
    assert_ne!(reqwest::get(path).await.unwrap().status(), 200);

    alice.delete_for_good(&["/docs"]).await.done();
    site.server.nothing_left_of("collect_trash").await;
    site.server.nothing_left_of("recycle_blobs").await;
    assert!(container.keys().await.is_empty());
    assert_eq!(alice.used().await, 0);
}

#[tokio::test]
async fn who_may_be_shut_out_is_sent_to_addresses_that_live_for_minutes() {
    let site = site(json!({})).await;
    site.alice.put("/shared/a.bin", "at the vendor").await;
    let stranger = site.server.stranger();
    site.alice.assert_others_fetch_for_minutes(&stranger).await;
}

#[tokio::test]
async fn downloads_are_relayed_where_that_is_wished() {
    let site = site(json!({ "internal_proxy": true })).await;
    let alice = &site.alice;
    alice.put("/a.bin", content()).await;
    assert_eq!(hash_of(&alice.get("/a.bin").await), hash_of(&content()));
    let url = alice.url("/a.bin").await;
    let part = |range: &'static str| {
        let asked = alice.fetch_request(reqwest::Method::GET, &url);
        alice.send(asked.header("range", range))
    };
    let middle = part("bytes=1048570-1048589").await;
    assert_eq!(middle.status, 206);
    assert_eq!(middle.body, content().slice(1_048_570..1_048_590));
    assert_eq!(part("bytes=99999999-").await.status, 416);
}

#[tokio::test]
async fn versions_archives_and_mounts_work_on_it() {
    let site = site(json!({ "internal_proxy": true })).await;
    let (server, container, alice) = (&site.server, &site.container, &site.alice);
    alice.put("/docs/a.txt", "one").await;
    alice.put("/docs/empty.txt", "").await;
    alice.overwrite("/docs/a.txt", "two").await;
    assert_eq!(alice.get("/docs/a.txt").await, "two");
    let versions = alice.versions("/docs/a.txt").await;
    assert_eq!(versions.len(), 2);
    assert_eq!(container.keys().await.len(), 3);

    let archive = alice.fetch(&alice.archive_url(&["/docs"]).await).await;
    assert_eq!(archive.status, 200);
    let mut archive = zip::ZipArchive::new(Cursor::new(archive.body)).unwrap();
    for (name, bytes) in [("docs/a.txt", "two"), ("docs/empty.txt", "")] {
        let mut got = String::new();
        let mut entry = archive.by_name(name).unwrap();
        entry.read_to_string(&mut got).unwrap();
        assert_eq!(got, bytes, "{name}");
    }

    let admin = server.admin();
    let dav = admin.mount().await;
    let large = bytes_of("large", 14 << 20);
    assert_eq!(dav.put("/large.bin", large.clone()).await.status, 201);
    assert_eq!(hash_of(&dav.get("/large.bin").await.body), hash_of(&large));
    assert_eq!(dav.delete("/large.bin").await.status, 204);
    admin.empty_trash().await;
    alice.delete_for_good(&["/docs"]).await.done();
    server.nothing_left_of("collect_trash").await;
    server.nothing_left_of("recycle_blobs").await;
    assert!(
        container.keys().await.is_empty(),
        "{:?}",
        container.keys().await
    );
}

#[tokio::test]
async fn an_upload_that_is_called_off_leaves_nothing() {
    let site = site(json!({})).await;
    let alice = &site.alice;
    let session = alice.open_upload("/a.bin", content().len() as u64).await;
    let first = content().slice(..CHUNK);
    alice.send_chunk(&session.id, 0, first).await.done();
    alice.cancel_upload(&session.id, "/a.bin").await.done();
    assert_eq!(alice.used().await, 0);
    assert!(site.container.keys().await.is_empty());
    // The name is free.
    alice.put("/a.bin", "again").await;
    assert_eq!(site.container.keys().await.len(), 1);
}

#[tokio::test]
async fn what_is_wrong_with_a_container_is_told_before_it_is_saved() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let container = Container::fresh().await;
    let test = |field: &'static str, value: &'static str| {
        let mut policy = container.policy("Container", &json!({}));
        policy[field] = json!(value);
        admin.post("/admin/policy/test", json!({ "policy": policy }))
    };
    for (field, value, words) in [
        ("secret_key", "d3Jvbmc=", "AuthorizationFailure"),
        ("secret_key", "no base64", "key"),
        ("access_key", "", "account"),
        ("bucket_name", "not-there", "ContainerNotFound"),
        ("bucket_name", "", "container"),
        ("server", "http://127.0.0.1:9", "127.0.0.1:9"),
        ("server", "nowhere at all", "nowhere at all"),
        ("type", "s3", "type local"),
    ] {
        let told = test(field, value).await;
        told.refused(code::PARAMETER);
        assert!(told.text().contains(words), "{field}: {}", told.text());
        assert!(!told.text().contains("Eby8vdM02xNO"), "{}", told.text());
    }
    // They may be there or not, but they are names.
    for own in ["$root", "$web"] {
        let told = test("bucket_name", own).await;
        assert!(!told.text().contains("no name of a bucket"), "{own}");
    }
    test("name", "Fine").await.done();
    assert!(container.keys().await.is_empty(), "nothing stays behind");
    for backend in [json!(7), json!("floppy")] {
        let policy = container.policy("Other", &json!({ "backend": backend }));
        let told = admin.post("/admin/policy/test", json!({ "policy": policy }));
        told.await.refused(code::PARAMETER);
    }
}

#[tokio::test]
async fn where_something_is_stored_the_kind_stays() {
    let container = Container::fresh().await;
    let server = TestServer::start().await;
    let id = server
        .use_storage(container.policy("Container", &json!({})))
        .await;
    let admin = server.admin();
    admin.put("/a.txt", "kept").await;
    let route = format!("/admin/policy/{id}");
    let mut row = admin.get_json(&route, &[]).await.ok();
    assert_eq!(row["settings"]["backend"], "azure");
    row["settings"].as_object_mut().unwrap().remove("backend");
    let changed = admin.put_json(&route, json!({ "policy": row })).await;
    changed.refused(code::PARAMETER);
    let (_, bytes) = admin.get_at_vendor("/a.txt").await;
    assert_eq!(bytes, "kept");
}
