//! Policies that keep bytes in a folder on a WebDAV server, and that other clients take for local ones.

mod faults;
mod imported;
mod wrong;

use bytes::Bytes;
use serde_json::{Value, json};
use std::io::{Cursor, Read as _};
use tests::proxy::Proxy;
use tests::{Client, DavFolder, Program, TestServer, bytes_of, hash_of};

/// As long as chunks are.
const CHUNK: usize = 1 << 20;

struct Site {
    folder: DavFolder,
    proxy: Proxy,
    server: TestServer,
    alice: Client,
    policy: i64,
}

/// A site whose new files go to a folder of its own, behind somebody who can make trouble.
async fn site() -> Site {
    let folder = DavFolder::fresh();
    let proxy = Proxy::start(&folder.endpoint).await;
    let server = TestServer::start().await;
    let policy = folder.behind(&proxy).policy("Folder", &json!({}));
    let policy = server.use_storage(policy).await;
    let alice = server.user("alice").await;
    Site {
        folder,
        proxy,
        server,
        alice,
        policy,
    }
}

impl Site {
    /// Whether the doctor is content, and what it says. What stands before the folder goes on meanwhile.
    async fn doctor(&self) -> (bool, String) {
        let command = self.server.command(["doctor", "--hash"]);
        let output = tokio::task::spawn_blocking(|| Program::finish(command, ""));
        let output = output.await.unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        (output.status.success(), said)
    }

    async fn assert_healthy(&self) {
        let (is_content, said) = self.doctor().await;
        assert!(is_content, "{said}");
    }

    async fn cleared(&self) {
        self.server.nothing_left_of("collect_trash").await;
        self.server.nothing_left_of("recycle_blobs").await;
    }
}

fn content() -> Bytes {
    bytes_of("folder", 2 * CHUNK + 100)
}

#[tokio::test]
async fn a_file_goes_through_the_server_both_ways() {
    let site = site().await;
    let (alice, folder) = (&site.alice, &site.folder);
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
    let files = folder.files().await;
    assert_eq!(files.len(), 1, "{files:?}");
    assert!(files[0].starts_with("uploads/"), "{files:?}");
    assert_eq!(
        hash_of(&folder.content(&files[0]).await),
        hash_of(&content())
    );

    alice.rename("/docs/ä 'b'.bin", "ö.bin").await.ok();
    let url = alice.url("/docs/ö.bin").await;
    let part = |range: &'static str| {
        let asked = alice.fetch_request(reqwest::Method::GET, &url);
        alice.send(asked.header("range", range))
    };
    let middle = part("bytes=1048570-1048589").await;
    assert_eq!(middle.status, 206);
    assert_eq!(middle.body, content().slice(1_048_570..1_048_590));
    let end = part("bytes=-7").await;
    assert_eq!((end.status, end.body.len()), (206, 7));
    assert_eq!(part("bytes=99999999-").await.status, 416);
    let all = alice.fetch(&url).await;
    assert_eq!((all.status, hash_of(&all.body)), (200, hash_of(&content())));
    site.assert_healthy().await;

    alice.delete_for_good(&["/docs"]).await.done();
    site.cleared().await;
    assert!(folder.files().await.is_empty());
    assert_eq!(alice.used().await, 0);
}

#[tokio::test]
async fn versions_copies_archives_trash_and_mounts_work_on_it() {
    let site = site().await;
    let (folder, alice) = (&site.folder, &site.alice);
    alice.put("/docs/a.txt", "one").await;
    alice.put("/docs/empty.txt", "").await;
    alice.overwrite("/docs/a.txt", "two").await;
    assert_eq!(alice.get("/docs/a.txt").await, "two");
    assert_eq!(alice.versions("/docs/a.txt").await.len(), 2);
    assert_eq!(folder.files().await.len(), 3);
    let saved = alice.put_content("/docs/a.txt", "three").await;
    saved.ok();
    alice.copy_to(&["/docs/a.txt"], "/").await.done();
    alice.move_to(&["/docs/empty.txt"], "/").await.done();
    assert_eq!(alice.get("/a.txt").await, "three");
    assert_eq!(alice.get("/empty.txt").await, "");

    let archive = alice.fetch(&alice.archive_url(&["/docs"]).await).await;
    assert_eq!(archive.status, 200);
    let mut archive = zip::ZipArchive::new(Cursor::new(archive.body)).unwrap();
    let mut got = String::new();
    let mut entry = archive.by_name("docs/a.txt").unwrap();
    entry.read_to_string(&mut got).unwrap();
    assert_eq!(got, "three");

    alice.delete(&["/a.txt"]).await.done();
    alice.restore(&[alice.in_trash("a.txt").await]).await.done();
    assert_eq!(alice.get("/a.txt").await, "three");

    let admin = site.server.admin();
    let dav = admin.mount().await;
    let large = bytes_of("large", 14 << 20);
    assert_eq!(dav.put("/large.bin", large.clone()).await.status, 201);
    assert_eq!(hash_of(&dav.get("/large.bin").await.body), hash_of(&large));
    site.assert_healthy().await;
    assert_eq!(dav.delete("/large.bin").await.status, 204);
    admin.empty_trash().await;
    let everything = ["/docs", "/a.txt", "/empty.txt"];
    alice.delete_for_good(&everything).await.done();
    site.cleared().await;
    let files = folder.files().await;
    assert!(files.is_empty(), "{files:?}");
}

#[tokio::test]
async fn an_upload_that_is_called_off_leaves_nothing() {
    let site = site().await;
    let alice = &site.alice;
    let session = alice.open_upload("/a.bin", content().len() as u64).await;
    let first = content().slice(..CHUNK);
    alice.send_chunk(&session.id, 0, first).await.done();
    assert_eq!(site.folder.files().await.len(), 1, "one part");
    alice.cancel_upload(&session.id, "/a.bin").await.done();
    assert_eq!(alice.used().await, 0);
    assert!(site.folder.files().await.is_empty());
    // The name is free.
    alice.put("/a.bin", "again").await;
    assert_eq!(site.folder.files().await.len(), 1);
}

#[tokio::test]
async fn what_is_stored_is_proven_and_the_password_is_sealed() {
    let site = site().await;
    let (server, alice) = (&site.server, &site.alice);
    let sealed = "SELECT access_key || ' ' || secret_key AS value FROM storage_policies \
                  WHERE bucket_name <> ''";
    let sealed = server.ask(sealed).await;
    assert!(
        !sealed.contains("alcove") && !sealed.contains("a secret"),
        "{sealed}"
    );
    alice.put("/a.txt", "as it was").await;
    let file = site.folder.files().await.remove(0);
    site.folder.lay(&file, "as it is!").await;
    let proof = |path: &'static str| server.admin().post(path, json!({}));
    proof("/admin/proof/run").await.done();
    server.nothing_left_of("blob_scrub").await;
    assert_eq!(alice.fetch(&alice.url("/a.txt").await).await.status, 502);
    let (_, told) = site.doctor().await;
    assert!(told.contains("are not those that were stored"), "{told}");
    // What nobody knows is told, and stays.
    site.folder.lay("uploads/stray.bin", "x").await;
    let (_, told) = site.doctor().await;
    assert!(told.contains("uploads/stray.bin"), "{told}");
    assert_eq!(site.folder.files().await.len(), 2);
}

/// What is said of a policy, changed in one field.
fn with(policy: &Value, field: &str, value: &str) -> Value {
    let mut policy = policy.clone();
    policy[field] = json!(value);
    policy
}
