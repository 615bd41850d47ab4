//! Batches that name shares beside one's own files.

use super::furnish;
use crate::code;
use serde_json::json;
use std::time::{Duration, Instant};
use tests::{TestServer, uri};

/// What a batch may take, with other tests beside it.
const PATIENCE: Duration = Duration::from_secs(9);

#[tokio::test]
async fn a_batch_of_wrong_passwords_is_one_guess_and_holds_nobody_up() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    furnish(&alice).await;
    let share = alice.share("/docs", json!({ "is_private": true })).await;
    let guess = |n: u32| share.with_password(Some(&format!("guess{n}")));
    let guesses: Vec<String> = (0..60).map(|n| guess(n).at("/plan.md")).collect();
    let began = Instant::now();
    let copied = tokio::spawn({
        let bob = bob.another_window();
        let guesses = guesses.clone();
        async move { bob.copy_to(&guesses, "/").await }
    });
    alice.create_folder("/meanwhile").await;
    let copied = copied.await.unwrap().json();
    assert!(began.elapsed() < PATIENCE, "{:?}", began.elapsed());
    let errors = copied["aggregated_error"].as_object().unwrap();
    let codes: Vec<_> = errors.values().map(|error| &error["code"]).collect();
    assert_eq!(codes, [code::INCORRECT_PASSWORD], "{copied}");
    // One guess was counted, so the right password still opens.
    bob.copy_to(&[share.at("/plan.md")], "/").await.done();
    assert_eq!(bob.get("/plan.md").await, "the plan");
}

#[tokio::test]
async fn passwords_are_not_guessed_by_deleting_restoring_or_describing() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    furnish(&alice).await;
    let open = alice.share("/docs", json!({})).await;
    let share = alice.share("/docs", json!({ "is_private": true })).await;
    let guess = |n: u32| share.with_password(Some(&format!("guess{n}")));
    let mut uris = vec![open.at("/plan.md")];
    uris.extend((0..30).map(|n| guess(n).at("/plan.md")));
    uris.push(share.at("/plan.md"));
    let before = alice.everything().await;
    let began = Instant::now();
    for who in [&bob, &server.stranger()] {
        let patches = json!([{ "key": "tag:x", "value": "", "remove": false }]);
        let body = json!({ "uris": uris, "patches": patches });
        for reply in [
            who.delete_json("/file", json!({ "uris": uris })).await,
            who.post("/file/restore", json!({ "uris": uris })).await,
            who.patch("/file/metadata", body).await,
        ] {
            let json = reply.json();
            if json["code"] == code::LOGIN_REQUIRED {
                continue;
            }
            let errors = json["aggregated_error"].as_object().unwrap();
            // The right password is answered like the wrong ones.
            assert_eq!(errors.len(), uris.len(), "{}: {json}", reply.asked);
            for error in errors.values() {
                assert_eq!(error["code"], code::NO_PERMISSION, "{json}");
            }
        }
    }
    assert!(began.elapsed() < PATIENCE, "{:?}", began.elapsed());
    assert_eq!(alice.everything().await, before);
    // None of it was a guess.
    bob.list(&share.at("/")).await.ok();
}

#[tokio::test]
async fn a_share_in_front_does_not_lead_past_ones_own_locks() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    furnish(&alice).await;
    let share = alice.share("/docs", json!({})).await;
    bob.open_upload("/big.bin", 10).await;
    let uris = [share.at("/plan.md"), uri("/big.bin")];
    bob.delete_json("/file", json!({ "uris": uris }))
        .await
        .refused_with_any(&[code::LOCK_CONFLICT]);
    let patches = json!([{ "key": "tag:x", "value": "", "remove": false }]);
    bob.patch(
        "/file/metadata",
        json!({ "uris": uris, "patches": patches }),
    )
    .await
    .refused_with_any(&[code::LOCK_CONFLICT]);
    assert_eq!(bob.names("/").await, ["big.bin"]);
}

#[tokio::test]
async fn what_a_mixed_batch_changes_is_seen_at_once() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    furnish(&alice).await;
    bob.put("/mine.txt", "mine").await;
    let share = alice.share("/docs", json!({})).await;
    // What is kept of answers is of before.
    assert_eq!(bob.names("/").await, ["mine.txt"]);
    let uris = [share.at("/plan.md"), uri("/mine.txt")];
    let reply = bob.delete_json("/file", json!({ "uris": uris })).await;
    assert_eq!(reply.inner_code(), code::NO_PERMISSION);
    assert_eq!(bob.names("/").await, [""; 0]);
    assert_eq!(alice.names("/docs").await, ["plan.md", "sub"]);
}
