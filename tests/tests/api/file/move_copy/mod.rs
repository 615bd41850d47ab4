//! `POST /file/move`, which also copies.

mod beside;
mod copies;

use serde_json::json;
use tests::{TestServer, uri};

use crate::code;

#[tokio::test]
async fn move_takes_files_and_folders_along_with_what_is_inside() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/from/a.txt", "a").await;
    alice.put("/from/sub/b.txt", "b").await;
    alice.create_folder("/to").await;
    let id = alice.info("/from/sub").await.ok()["id"].clone();
    alice
        .move_to(&["/from/a.txt", "/from/sub"], "/to")
        .await
        .done();
    let tree: Vec<_> = alice.sizes_below("/").await.into_keys().collect();
    assert_eq!(
        tree,
        ["/from", "/to", "/to/a.txt", "/to/sub", "/to/sub/b.txt"]
    );
    assert_eq!(alice.info("/to/sub").await.ok()["id"], id);
    assert_eq!(alice.get("/to/sub/b.txt").await, "b");
    assert_eq!(alice.used().await, 2);
}

#[tokio::test]
async fn a_name_taken_at_the_destination_stops_the_whole_batch() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    for path in ["/a.txt", "/b.txt", "/c.txt", "/to/b.txt"] {
        alice.put(path, path.to_owned()).await;
    }
    let before = alice.everything().await;
    let batch = ["/a.txt", "/b.txt", "/c.txt"];
    alice
        .move_to(&batch, "/to")
        .await
        .refused(code::OBJECT_EXISTS);
    assert_eq!(alice.everything().await, before);
    alice
        .copy_to(&batch, "/to")
        .await
        .refused(code::OBJECT_EXISTS);
    assert_eq!(alice.everything().await, before);
    assert_eq!(alice.get("/to/b.txt").await, "/to/b.txt");
}

#[tokio::test]
async fn two_of_one_name_in_a_batch_are_a_conflict() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/one/same", "1").await;
    alice.put("/two/same", "2").await;
    alice.create_folder("/to").await;
    let before = alice.everything().await;
    let batch = ["/one/same", "/two/same"];
    let codes = [code::OBJECT_EXISTS, code::LOCK_CONFLICT];
    assert!(codes.contains(&alice.move_to(&batch, "/to").await.code()));
    assert_eq!(alice.everything().await, before);
}

#[tokio::test]
async fn moving_into_the_folder_it_is_in_is_a_conflict() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/a.txt", "a").await;
    alice
        .move_to(&["/a.txt"], "/")
        .await
        .refused(code::OBJECT_EXISTS);
    alice
        .copy_to(&["/a.txt"], "/")
        .await
        .refused(code::OBJECT_EXISTS);
    assert_eq!(alice.names("/").await, ["a.txt"]);
}

#[tokio::test]
async fn a_folder_does_not_go_into_itself() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/a/b/c/file", "x").await;
    let before = alice.everything().await;
    for (source, dst) in [
        ("/a", "/a"),
        ("/a", "/a/b"),
        ("/a", "/a/b/c"),
        ("/a/b", "/a/b/c"),
    ] {
        let moved = alice.move_to(&[source], dst).await;
        assert_eq!(
            moved.inner_code(),
            code::NO_PERMISSION,
            "{source} → {dst}: {}",
            moved.text()
        );
        let copied = alice.copy_to(&[source], dst).await;
        assert_eq!(
            copied.inner_code(),
            code::NO_PERMISSION,
            "copy {source} → {dst}"
        );
    }
    assert_eq!(alice.everything().await, before);
}

#[tokio::test]
async fn what_cannot_be_moved_is_listed_and_the_rest_moves() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/a.txt", "a").await;
    alice.put("/to/x", "x").await;
    let reply = alice
        .move_to(&["/missing", "/", "/to", "/a.txt"], "/to")
        .await;
    reply.refused_items(&[
        ("/missing", code::PARENT_NOT_EXIST),
        ("/", code::NO_PERMISSION),
        ("/to", code::NO_PERMISSION),
    ]);
    assert_eq!(alice.names("/").await, ["to"]);
    assert_eq!(alice.names("/to").await, ["a.txt", "x"]);
}

#[tokio::test]
async fn the_destination_must_be_a_folder_of_ones_own() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    alice.put("/a.txt", "a").await;
    alice.put("/file", "x").await;
    bob.create_folder("/his").await;
    let before = alice.everything().await;
    let his = format!("cloudreve://{}@my/his", bob.id);
    for dst in [
        "/missing",
        "/file",
        "cloudreve://trash/",
        "cloudreve://shared_with_me",
        &his,
    ] {
        assert_ne!(alice.move_to(&["/a.txt"], dst).await.code(), 0, "{dst}");
        assert_ne!(alice.copy_to(&["/a.txt"], dst).await.code(), 0, "{dst}");
    }
    assert_eq!(alice.everything().await, before);
    assert_eq!(bob.names("/his").await, [""; 0]);
}

#[tokio::test]
async fn nobody_moves_what_is_not_theirs() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    alice.put("/a.txt", "a").await;
    bob.create_folder("/his").await;
    let hers = format!("cloudreve://{}@my/a.txt", alice.id);
    for reply in [
        bob.move_to(&[&hers], "/his").await,
        bob.copy_to(&[&hers], "/his").await,
    ] {
        let code = reply.inner_code();
        assert!(
            [code::NO_PERMISSION, code::OWNER_ONLY].contains(&code),
            "{}",
            reply.text()
        );
    }
    assert_eq!(alice.names("/").await, ["a.txt"]);
    assert_eq!(bob.names("/his").await, [""; 0]);
    assert_eq!(bob.used().await, 0);
}

#[tokio::test]
async fn malformed_moves_are_refused() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/a.txt", "a").await;
    alice.create_folder("/to").await;
    for body in [
        json!({}),
        json!({ "uris": [], "dst": uri("/to") }),
        json!({ "dst": uri("/to") }),
        json!({ "uris": [uri("/a.txt")] }),
        json!({ "uris": uri("/a.txt"), "dst": uri("/to") }),
        json!({ "uris": [1], "dst": { } }),
        json!({ "uris": [uri("/a.txt")], "dst": "/to" }),
        json!({ "uris": [uri("/a.txt")], "dst": uri("/to"), "copy": "perhaps" }),
    ] {
        let reply = alice.post("/file/move", body.clone()).await;
        assert_eq!(reply.code(), code::PARAMETER, "{body}: {}", reply.text());
    }
    assert_eq!(alice.names("/").await, ["a.txt", "to"]);
}

#[tokio::test]
async fn moving_sets_the_time_of_what_moved() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/a.txt", "a").await;
    alice.create_folder("/to").await;
    let time = |text: serde_json::Value| {
        chrono::DateTime::parse_from_rfc3339(text.as_str().unwrap()).unwrap()
    };
    let before = time(alice.info("/a.txt").await.ok()["updated_at"].clone());
    alice.move_to(&["/a.txt"], "/to").await.done();
    assert!(time(alice.info("/to/a.txt").await.ok()["updated_at"].clone()) > before);
}

#[tokio::test]
async fn opposite_moves_at_once_never_make_a_circle() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    for round in 0..10 {
        let (a, b) = (format!("/a{round}"), format!("/b{round}"));
        alice.create_folder(&a).await;
        alice.create_folder(&b).await;
        let other = alice.another_window();
        let (into_b, into_a) = ([&a], [&b]);
        let (one, two) = tokio::join!(alice.move_to(&into_b, &b), other.move_to(&into_a, &a));
        let codes = [one.code(), two.code()];
        assert!(
            codes.iter().filter(|code| **code == 0).count() <= 1,
            "{codes:?}"
        );
        let names = alice.sizes_below("/").await;
        let found = names
            .keys()
            .filter(|path| path.ends_with(&round.to_string()))
            .count();
        assert!(found >= 2, "{names:?}");
    }
    assert_eq!(alice.sizes_below("/").await.len(), 20);
}
