//! What becomes of thumbnails when something becomes of their files.

use serde_json::json;
use tests::TestServer;

use super::{BLUE, RED, assert_near, photo, seen, used};
use crate::code;

#[tokio::test]
async fn new_content_has_a_new_one_and_the_old_one_is_gone() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/a.jpg", photo(RED)).await;
    let old = alice.try_thumb("/a.jpg").await.ok();
    let old = old["url"].as_str().unwrap();
    assert_near(seen(&alice, "/a.jpg").await, RED);
    let first = alice.versions("/a.jpg").await[0]["id"].clone();

    alice.overwrite("/a.jpg", photo(BLUE)).await;
    assert_near(seen(&alice, "/a.jpg").await, BLUE);
    assert_eq!(alice.stored("/a.jpg", 1).await.len(), 1);
    server.nothing_left_of("recycle_blobs").await;
    let after = alice.another_window().fetch(old).await;
    assert_eq!(after.status, 404);

    alice
        .set_version("/a.jpg", first.as_str().unwrap())
        .await
        .done();
    assert_near(seen(&alice, "/a.jpg").await, RED);
    assert_eq!(alice.stored("/a.jpg", 1).await.len(), 1);
}

#[tokio::test]
async fn deleting_a_thumbnail_frees_its_space_until_somebody_asks() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let photo = photo(RED);
    let size = photo.len() as i64;
    alice.put("/a.jpg", photo).await;
    server.thumbnails_are_made().await;
    let thumbnail = alice.stored("/a.jpg", 1).await[0]["id"].clone();
    let thumbnail = thumbnail.as_str().unwrap();
    alice
        .set_version("/a.jpg", thumbnail)
        .await
        .refused(code::ENTITY_NOT_EXIST);
    alice.delete_version("/a.jpg", thumbnail).await.done();
    assert_eq!(used(&alice).await, size);
    assert!(alice.stored("/a.jpg", 1).await.is_empty());
    assert_near(seen(&alice, "/a.jpg").await, RED);
    assert!(used(&alice).await > size);
}

#[tokio::test]
async fn copies_have_the_same_and_the_last_one_takes_it_away() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/a.jpg", photo(RED)).await;
    server.thumbnails_are_made().await;
    alice.create_folder("/copies").await;
    alice.copy_to(&["/a.jpg"], "/copies").await.done();
    let ids = |stored: Vec<serde_json::Value>| stored[0]["id"].clone();
    assert_eq!(
        ids(alice.stored("/a.jpg", 1).await),
        ids(alice.stored("/copies/a.jpg", 1).await)
    );
    // Another name is no other content.
    alice.rename("/copies/a.jpg", "b.png").await.ok();
    assert_near(seen(&alice, "/copies/b.png").await, RED);

    alice.delete_for_good(&["/a.jpg"]).await.done();
    assert_near(seen(&alice, "/copies/b.png").await, RED);
    assert_eq!(server.stored_files().len(), 2);
    alice.delete_for_good(&["/copies"]).await.done();
    assert_eq!(used(&alice).await, 0);
    server.nothing_left_of("recycle_blobs").await;
    assert_eq!(server.stored_files(), Vec::<std::path::PathBuf>::new());
}

#[tokio::test]
async fn in_the_trash_those_that_are_there_are_shown() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/with.jpg", photo(RED)).await;
    server.thumbnails_are_made().await;
    alice.put("/without.txt", "text").await;
    alice.delete(&["/with.jpg", "/without.txt"]).await.done();
    let with = alice.in_trash("with.jpg").await;
    assert_near(seen(&alice, &with).await, RED);
    let without = alice.in_trash("without.txt").await;
    alice
        .try_thumb(&without)
        .await
        .refused(code::ENTITY_NOT_EXIST);
    let bob = server.user("bob").await;
    let reply = bob.try_thumb(&with).await;
    assert_ne!(reply.code(), 0, "{}", reply.text());
}

#[tokio::test]
async fn rows_and_bytes_agree_whatever_happened() {
    let mut server = TestServer::start().await;
    let alice = server.user("alice").await;
    for name in ["/a.jpg", "/b.jpg", "/c.jpg"] {
        alice.put(name, photo(RED)).await;
    }
    alice.put("/broken.png", "not a picture").await;
    server.thumbnails_are_made().await;
    alice.overwrite("/a.jpg", photo(BLUE)).await;
    alice.delete_for_good(&["/b.jpg"]).await.done();
    alice.try_thumb("/a.jpg").await.ok();
    server.thumbnails_are_made().await;
    server.nothing_left_of("recycle_blobs").await;
    server.stop();
    let doctor = server.run(["doctor", "--hash"]);
    let said = String::from_utf8_lossy(&doctor.stdout).into_owned();
    assert!(doctor.status.success(), "{said}");
    server.start_again().await;
    assert_near(seen(&alice, "/a.jpg").await, BLUE);
}

#[tokio::test]
async fn one_that_was_not_made_yet_is_made_after_a_restart() {
    let mut server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/a.jpg", photo(RED)).await;
    server.restart().await;
    server.thumbnails_are_made().await;
    assert_eq!(alice.stored("/a.jpg", 1).await.len(), 1);
}

#[tokio::test]
async fn a_damaged_one_is_made_anew_for_all_who_have_it() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/a.jpg", photo(RED)).await;
    server.thumbnails_are_made().await;
    alice.create_folder("/copies").await;
    alice.copy_to(&["/a.jpg"], "/copies").await.done();
    let before = used(&alice).await;
    for wrong in [Some("rot"), None] {
        let all = server.stored_files().into_iter();
        let small = all.min_by_key(|path| std::fs::metadata(path).unwrap().len());
        match (small.unwrap(), wrong) {
            (small, Some(wrong)) => std::fs::write(small, wrong).unwrap(),
            (small, None) => std::fs::remove_file(small).unwrap(),
        }
        server
            .admin()
            .post("/admin/proof/run", json!({}))
            .await
            .done();
        server.nothing_left_of("blob_scrub").await;
        server.nothing_left_of("recycle_blobs").await;
        server.thumbnails_are_made().await;
        for path in ["/a.jpg", "/copies/a.jpg"] {
            assert_near(seen(&alice, path).await, RED);
        }
    }
    assert_eq!(server.journal("blob_damaged").await.len(), 0);
    assert!(used(&alice).await >= before);
    alice.delete_for_good(&["/a.jpg", "/copies"]).await.done();
    assert_eq!(used(&alice).await, 0);
    server.nothing_left_of("recycle_blobs").await;
    assert_eq!(server.stored_files(), Vec::<std::path::PathBuf>::new());
}
