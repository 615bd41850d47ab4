//! Everything a drive does with its files, where a bucket keeps the bytes.

use super::{content, relay, site};
use crate::code;
use serde_json::json;
use std::io::{Cursor, Read as _};
use tests::{Bucket, TestServer, bytes_of, hash_of};

#[tokio::test]
async fn bytes_go_through_the_server_in_both_directions() {
    let site = site(relay()).await;
    let (alice, bucket) = (&site.alice, &site.bucket);
    let session = alice.open_upload("/a.bin", content().len() as u64).await;
    assert!(session.part_urls().is_empty());
    assert_eq!(session.data["storage_policy"]["relay"], true);
    alice.finish_upload(&session, &content()).await;
    assert_eq!(hash_of(&alice.get("/a.bin").await), hash_of(&content()));
    assert_eq!(
        hash_of(&bucket.content(&bucket.keys()[0])),
        hash_of(&content())
    );
    let hashed = "SELECT CAST(COUNT(*) AS TEXT) AS value FROM blobs WHERE blake3 IS NOT NULL";
    assert_eq!(site.server.ask(hashed).await, "1");

    let url = alice.url("/a.bin").await;
    let part = |range: &'static str| {
        let asked = alice
            .fetch_request(reqwest::Method::GET, &url)
            .header("range", range);
        alice.send(asked)
    };
    let middle = part("bytes=5242870-5242889").await;
    assert_eq!(middle.status, 206);
    assert_eq!(middle.body, content().slice(5_242_870..5_242_890));
    let end = part("bytes=-10").await;
    assert_eq!(end.body, content().slice(content().len() - 10..));
    assert_eq!(part("bytes=99999999-").await.status, 416);
    let several = part("bytes=0-1,10485760-10485769").await;
    assert_eq!(several.status, 206);
    assert!(
        several
            .header("content-type")
            .starts_with("multipart/byteranges")
    );
}

#[tokio::test]
async fn a_mount_reads_and_writes() {
    let site = site(relay()).await;
    let (admin, bucket) = (site.server.admin(), &site.bucket);
    let dav = admin.mount().await;
    for (name, bytes) in [
        ("/large.bin", content()),
        ("/empty", "".into()),
        ("/a.txt", "one".into()),
    ] {
        assert_eq!(dav.put(name, bytes.clone()).await.status, 201, "{name}");
        assert_eq!(
            hash_of(&dav.get(name).await.body),
            hash_of(&bytes),
            "{name}"
        );
    }
    assert_eq!(dav.put("/a.txt", "two").await.status, 204);
    assert_eq!(dav.get("/a.txt").await.body, "two");
    assert_eq!(
        dav.transfer("MOVE", "/a.txt", "/b.txt", &[]).await.status,
        201
    );
    assert_eq!(
        dav.transfer("COPY", "/b.txt", "/c.txt", &[]).await.status,
        201
    );
    assert_eq!(dav.get("/c.txt").await.body, "two");
    for name in ["/large.bin", "/empty", "/b.txt", "/c.txt"] {
        assert_eq!(dav.delete(name).await.status, 204, "{name}");
    }
    admin.empty_trash().await;
    site.server.nothing_left_of("collect_trash").await;
    site.server.nothing_left_of("recycle_blobs").await;
    assert!(bucket.keys().is_empty(), "{:?}", bucket.keys());
}

#[tokio::test]
async fn text_is_edited_and_pictures_have_thumbnails() {
    let mut more = relay();
    more["thumb_generator_proxy"] = json!(true);
    let site = site(more).await;
    let alice = &site.alice;
    alice.create_file("/notes.md").await;
    alice.put_content("/notes.md", "# a page").await.ok();
    assert_eq!(alice.get("/notes.md").await, "# a page");
    alice.put("/picture.png", picture()).await;
    let thumb = alice.thumb("/picture.png").await;
    assert_eq!(thumb.status, 200);
    assert!(image::load_from_memory(&thumb.body).is_ok());
}

#[tokio::test]
async fn nothing_is_fetched_for_thumbnails_that_nobody_wished_for() {
    let site = site(relay()).await;
    site.alice.put("/picture.png", picture()).await;
    site.server.nothing_left_of("make_thumbnail").await;
    assert_ne!(site.alice.try_thumb("/picture.png").await.code(), 0);
    assert_eq!(site.bucket.keys().len(), 1);
}

fn picture() -> Vec<u8> {
    let picture = image::RgbImage::from_fn(640, 480, |x, y| image::Rgb([x as u8, y as u8, 7]));
    let mut bytes = Cursor::new(Vec::new());
    picture
        .write_to(&mut bytes, image::ImageFormat::Png)
        .unwrap();
    bytes.into_inner()
}

#[tokio::test]
async fn an_archive_holds_files_of_a_disk_and_of_a_bucket() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/docs/disk.bin", bytes_of("disk", 100_000)).await;
    let bucket = Bucket::fresh();
    server.use_bucket(&bucket, &relay()).await;
    alice
        .put("/docs/bucket.bin", bytes_of("bucket", 100_000))
        .await;
    assert_eq!(bucket.keys().len(), 1);
    assert_eq!(alice.get("/docs/disk.bin").await, bytes_of("disk", 100_000));
    let url = alice.archive_url(&["/docs"]).await;
    let archive = alice.fetch(&url).await;
    assert_eq!(archive.status, 200);
    let mut archive = zip::ZipArchive::new(Cursor::new(archive.body)).unwrap();
    for name in ["disk", "bucket"] {
        let mut bytes = Vec::new();
        let mut entry = archive.by_name(&format!("docs/{name}.bin")).unwrap();
        entry.read_to_end(&mut bytes).unwrap();
        assert_eq!(bytes, bytes_of(name, 100_000), "{name}");
    }
    // A new version goes where new files go now, and the old one stays where it is.
    alice.overwrite("/docs/disk.bin", "moved").await;
    assert_eq!(bucket.keys().len(), 2);
    let versions = alice.versions("/docs/disk.bin").await;
    assert_eq!(versions.len(), 2);
    let old = versions
        .iter()
        .find(|version| version["size"] == 100_000)
        .unwrap();
    alice
        .set_version("/docs/disk.bin", old["id"].as_str().unwrap())
        .await
        .done();
    assert_eq!(alice.get("/docs/disk.bin").await, bytes_of("disk", 100_000));
}

#[tokio::test]
async fn quotas_and_rules_of_the_policy_hold() {
    let site =
        site(json!({ "relay": true, "file_type": ["exe"], "is_file_type_deny_list": true })).await;
    let alice = &site.alice;
    let refused = alice.try_open_upload("/a.exe", 1, json!({})).await;
    refused.refused(code::ILLEGAL_NAME);
    alice.put("/a.txt", "12345").await;
    assert_eq!(alice.used().await, 5);
    let much = alice.try_open_upload("/b.txt", 1 << 40, json!({})).await;
    much.refused(code::INSUFFICIENT_CAPACITY);
    assert_eq!(site.bucket.keys().len(), 1);
}

#[tokio::test]
async fn a_relayed_link_is_good_as_long_as_what_it_rests_on_and_harmless() {
    let site = site(relay()).await;
    let alice = &site.alice;
    alice
        .put("/docs/page.html", "<script>alert(1)</script>")
        .await;
    let share = alice.share("/docs", json!({})).await;
    let stranger = site.server.stranger();
    let url = stranger.url(&share.at("/page.html")).await;
    let got = stranger.fetch(&url).await;
    assert_eq!((got.status, got.text()), (200, "<script>alert(1)</script>"));
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "sandbox"),
        ("cache-control", "private, no-cache"),
    ] {
        assert_eq!(got.header(name), value, "{name}");
    }
    assert!(got.header("content-disposition").starts_with("inline"));
    alice.delete_share(&share.id).await.done();
    let refused = stranger.fetch(&url).await;
    assert_eq!(refused.code(), code::NOT_FOUND, "{}", refused.text());
}
