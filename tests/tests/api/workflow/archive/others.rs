//! What belongs to others: sources in shares, and archives that go into them.

use super::{Site, assert_whole, files, left_out, pack, pairs, site, told, try_pack, unzip};
use crate::code;
use serde_json::json;

#[tokio::test]
async fn what_is_shared_is_packed_with_ones_own() {
    let Site { server, alice } = site().await;
    let bob = server.user("bob").await;
    bob.put("/album/sub/p.txt", "p").await;
    bob.put("/album/q.txt", "q").await;
    bob.put("/one.txt", "one").await;
    alice.put("/deep/q.txt", "own q").await;
    let album = bob.share("/album", json!({})).await;
    let one = bob
        .share(
            "/one.txt",
            json!({ "is_private": true, "password": "sesame" }),
        )
        .await;
    let sources = [
        album.at("sub"),
        album.at("q.txt"),
        one.at("/"),
        tests::uri("/deep/q.txt"),
    ];
    let task = pack(&alice, &sources, "/a.zip", json!({})).await;
    assert_whole(&task);
    // Of several file systems only the names count, each once.
    let expected = [
        ("sub/p.txt", "p"),
        ("q.txt", "q"),
        ("one.txt", "one"),
        ("q (1).txt", "own q"),
    ];
    assert_eq!(unzip(&alice.get("/a.zip").await), files(&expected));
    // Nobody is told the password of a share, nor is it in the rows.
    assert!(!task.to_string().contains("sesame"), "{task}");
    let rows = server
        .ask(
            "SELECT CAST(COUNT(*) AS TEXT) AS value FROM tasks WHERE private_state LIKE '%sesame%'",
        )
        .await;
    assert_eq!(rows, "0");
}

#[tokio::test]
async fn a_wrong_password_opens_nothing_and_is_one_guess() {
    let Site { server, alice } = site().await;
    let bob = server.user("bob").await;
    for number in 0..20 {
        bob.put(&format!("/s/{number}.txt"), "x").await;
    }
    alice.put("/own.txt", "own").await;
    let share = bob
        .share("/s", json!({ "is_private": true, "password": "sesame" }))
        .await;
    let wrong = share.with_password(Some("wrong"));
    let mut sources: Vec<String> = (0..20)
        .map(|number| wrong.at(&format!("{number}.txt")))
        .collect();
    sources.push(tests::uri("/own.txt"));
    let task = pack(&alice, &sources, "/a.zip", json!({})).await;
    assert_eq!(task["summary"]["props"]["failed"], 20, "{task}");
    assert!(left_out(&task).iter().all(|(_, reason)| reason == "denied"));
    // The right one still opens it: the tries are not used up.
    assert_whole(&pack(&alice, &[share.at("3.txt")], "/b.zip", json!({})).await);
}

#[tokio::test]
async fn what_one_may_not_have_is_left_out() {
    let Site { server, alice } = site().await;
    let bob = server.user("bob").await;
    bob.put("/private.txt", "private").await;
    let private = format!("cloudreve://{}@my/private.txt", bob.id);
    alice.put("/own.txt", "own").await;
    let sources = [private, tests::uri("/own.txt")];
    let task = pack(&alice, &sources, "/a.zip", json!({})).await;
    assert_eq!(left_out(&task), pairs(&[("private.txt", "denied")]));
    assert_eq!(
        unzip(&alice.get("/a.zip").await),
        files(&[("own.txt", "own")])
    );
}

#[tokio::test]
async fn tasks_are_ones_own() {
    let Site { server, alice } = site().await;
    let bob = server.user("bob").await;
    alice.put("/own.txt", "own").await;
    let task = pack(&alice, &["/own.txt"], "/a.zip", json!({})).await;
    let all = [("page_size", "10"), ("category", "general")];
    assert_eq!(
        bob.get_json("/workflow", &all).await.ok()["tasks"],
        json!([])
    );
    assert_eq!(told(&alice, task["id"].as_str().unwrap()).await, task);
}

#[tokio::test]
async fn an_archive_goes_where_uploads_may_go() {
    let Site { server, alice } = site().await;
    let bob = server.user("bob").await;
    for folder in ["/inbox", "/drop", "/read"] {
        bob.create_folder(folder).await;
    }
    alice.put("/own.txt", "own").await;
    let read = bob.share("/read", json!({})).await;
    let both = json!({ "permissions": { "everyone": "BQ==" } });
    let inbox = bob.share("/inbox", both).await;
    let bring = json!({ "permissions": { "everyone": "BA==" } });
    let drop = bob.share("/drop", bring).await;
    for (share, folder) in [(&inbox, "/inbox"), (&drop, "/drop")] {
        let dst = share.at("a.zip");
        assert_whole(&pack(&alice, &["/own.txt"], &dst, json!({})).await);
        let packed = unzip(&bob.get(&format!("{folder}/a.zip")).await);
        assert_eq!(packed, files(&[("own.txt", "own")]));
    }
    assert_eq!(alice.used().await, 3);
    let refused = try_pack(&alice, &["/own.txt"], &read.at("a.zip"), json!({})).await;
    assert_eq!(refused.code(), code::NO_PERMISSION, "{}", refused.text());
    let bobs = format!("cloudreve://{}@my/a.zip", bob.id);
    let refused = try_pack(&alice, &["/own.txt"], &bobs, json!({})).await;
    assert_eq!(refused.code(), code::NO_PERMISSION);
}
