//! What has no thumbnail, and says so once.

use image::ImageFormat;
use serde_json::json;
use tests::{Client, TestServer};

use super::{RED, assert_near, photo, picture, seen};
use crate::code;

async fn is_marked(who: &Client, path: &str) -> bool {
    who.metadata(path).await.get("thumb:disabled").is_some()
}

#[tokio::test]
async fn what_is_no_picture_is_tried_once() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/notes.txt", "not a picture").await;
    server.thumbnails_are_made().await;
    assert!(!is_marked(&alice, "/notes.txt").await, "nobody asked");
    let reply = alice.try_thumb("/notes.txt").await;
    reply.refused(code::UNCLASSIFIED);
    assert!(is_marked(&alice, "/notes.txt").await);
    let listed = alice.list("/").await.ok();
    assert_eq!(listed["files"][0]["metadata"]["thumb:disabled"], "");
    alice
        .try_thumb("/notes.txt")
        .await
        .refused(code::ENTITY_NOT_EXIST);
}

#[tokio::test]
async fn broken_pictures_are_marked_until_there_is_reason_to_try_again() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice
        .put("/a.jpg", "<svg xmlns='http://www.w3.org/2000/svg'/>")
        .await;
    server.thumbnails_are_made().await;
    assert!(is_marked(&alice, "/a.jpg").await);
    alice
        .try_thumb("/a.jpg")
        .await
        .refused(code::ENTITY_NOT_EXIST);
    // The owner says so.
    let again = json!([{ "key": "thumb:disabled", "remove": true }]);
    alice.patch_metadata("/a.jpg", again).await.done();
    alice.try_thumb("/a.jpg").await.refused(code::UNCLASSIFIED);
    assert!(is_marked(&alice, "/a.jpg").await);
    // The content says so.
    alice.overwrite("/a.jpg", photo(RED)).await;
    assert_near(seen(&alice, "/a.jpg").await, RED);
    assert!(!is_marked(&alice, "/a.jpg").await);
    // An older version became current again.
    let broken = alice.versions("/a.jpg").await[1]["id"].clone();
    alice
        .set_version("/a.jpg", broken.as_str().unwrap())
        .await
        .done();
    server.thumbnails_are_made().await;
    assert!(is_marked(&alice, "/a.jpg").await);
    // The owner wants none.
    alice.put("/b.jpg", photo(RED)).await;
    alice.try_thumb("/b.jpg").await.ok();
    let never = json!([{ "key": "thumb:disabled", "value": "" }]);
    alice.patch_metadata("/b.jpg", never).await.done();
    alice
        .try_thumb("/b.jpg")
        .await
        .refused(code::ENTITY_NOT_EXIST);
}

#[tokio::test]
async fn hostile_pictures_are_refused_and_the_next_one_is_served() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let whole = photo(RED);
    let frame = whole
        .windows(2)
        .position(|pair| pair == [0xff, 0xc0])
        .unwrap();
    let mut bomb = whole.to_vec();
    bomb[frame + 5..frame + 9].copy_from_slice(&[0xff; 4]);
    let mut huge_gif = picture(2, 2, RED, ImageFormat::Gif).to_vec();
    huge_gif[6..10].copy_from_slice(&[0xff; 4]);
    let mut huge_bmp = picture(2, 2, RED, ImageFormat::Bmp).to_vec();
    huge_bmp[18..26].copy_from_slice(&[0xff, 0xff, 0, 0, 0xff, 0xff, 0, 0]);
    for (name, bytes) in [
        ("/bomb.jpg", bomb),
        ("/cut.jpg", whole[..100].to_vec()),
        ("/huge.gif", huge_gif),
        ("/huge.bmp", huge_bmp),
        ("/magic.png", b"\x89PNG\r\n\x1a\n".to_vec()),
        ("/magic.webp", b"RIFF\xff\xff\xff\xffWEBPVP8X".to_vec()),
        ("/magic.tiff", b"II*\0\xff\xff\xff\xff".to_vec()),
        ("/one.jpg", vec![0xff]),
    ] {
        alice.put(name, bytes).await;
        let reply = alice.try_thumb(name).await;
        reply.refused_with_any(&[code::UNCLASSIFIED, code::ENTITY_NOT_EXIST]);
        assert!(is_marked(&alice, name).await, "{name}");
        assert!(alice.stored(name, 1).await.is_empty());
    }
    alice.put("/good.jpg", whole).await;
    assert_near(seen(&alice, "/good.jpg").await, RED);
}

#[tokio::test]
async fn what_has_no_content_has_none_and_is_not_marked() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.create_folder("/folder.png").await;
    alice.create_file("/empty.png").await;
    alice.open_upload("/coming.png", 100).await;
    for path in ["/folder.png", "/empty.png", "/coming.png"] {
        alice.try_thumb(path).await.refused(code::ENTITY_NOT_EXIST);
        assert!(!is_marked(&alice, path).await, "{path}");
    }
    alice
        .try_thumb("/missing.png")
        .await
        .refused(code::PARENT_NOT_EXIST);
    alice
        .get_json("/file/thumb", &[])
        .await
        .refused(code::PARAMETER);
    let nowhere = alice
        .get_json("/file/thumb", &[("uri", "cloudreve://moon/a.png")])
        .await;
    nowhere.refused(code::UNCLASSIFIED);
}

#[tokio::test]
async fn a_full_drive_has_no_room_for_one_but_is_not_to_blame_for_ever() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/a.txt", "text").await;
    let limit = |bytes: u64| {
        format!("UPDATE groups SET max_storage = {bytes}, updated_at = updated_at + 1 WHERE id = 2")
    };
    let photo = photo(RED);
    server.tamper(&limit(photo.len() as u64 + 4)).await;
    alice.put("/a.jpg", photo).await;
    alice
        .try_thumb("/a.jpg")
        .await
        .refused(code::INSUFFICIENT_CAPACITY);
    server.thumbnails_are_made().await;
    assert!(!is_marked(&alice, "/a.jpg").await);
    server.tamper(&limit(1 << 30)).await;
    assert_near(seen(&alice, "/a.jpg").await, RED);
}
