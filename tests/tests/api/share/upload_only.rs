//! Upload-only links: what is there does not show, however one asks.

use super::furnish;
use crate::code;
use serde_json::{Value, json};
use tests::{Client, Share, TestServer, bytes_of};

async fn upload_only_share(alice: &Client) -> Share {
    furnish(alice).await;
    let everyone = json!({ "permissions": { "everyone": "BA==" } });
    alice.share("/docs", everyone).await
}

/// An answer without what differs between any two new files.
fn plain(mut answer: Value) -> Value {
    let fields = answer.as_object_mut().unwrap();
    for own in [
        "id",
        "created_at",
        "updated_at",
        "primary_entity",
        "session_id",
        "callback_secret",
        "expires",
    ] {
        fields.remove(own);
    }
    answer
}

/// What a visitor is told who brings things by a name, without what differs anyway.
pub(super) async fn fare(stranger: &Client, share: &Share, name: &str) -> Vec<String> {
    let without = |answer: Value| {
        let text = plain(answer).to_string().replace(name, "NAME");
        text.replace(&tests::escape(name), "NAME")
    };
    let at = share.at(&format!("/{name}"));
    let mut answers = Vec::new();
    let session = stranger.open_upload(&at, 3).await;
    assert_eq!(session.uri, at);
    stranger.send_chunk(&session.id, 0, "new").await.done();
    answers.push(without(session.data));
    for kind in ["file", "folder"] {
        answers.push(without(stranger.create(kind, &at).await.ok()));
    }
    let body = json!({ "uri": at, "type": "folder", "err_on_conflict": true });
    answers.push(without(stranger.post("/file/create", body).await.ok()));
    answers.push(without(stranger.put_content(&at, "more").await.ok()));
    let version = json!({ "entity_type": "version", "previous": "garbled" });
    let photo = json!({ "entity_type": "live_photo" });
    for odd in [version, photo] {
        let reply = stranger.try_open_upload(&at, 1, odd).await;
        answers.push(reply.code().to_string());
    }
    for below in ["deep file.txt", "other.txt"] {
        let below = share.at(&format!("/{name}/{below}"));
        stranger.put(&below, "below").await;
    }
    for hidden in [stranger.list(&at).await, stranger.info(&at).await] {
        hidden.refused(code::NO_PERMISSION);
    }
    answers
}

#[tokio::test]
async fn a_taken_name_fares_like_a_free_one() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let share = upload_only_share(&alice).await;
    let stranger = server.stranger();
    let mut seen = Vec::new();
    // A file that is there, a folder that is there, and neither.
    for name in ["plan.md", "sub", "free.md"] {
        seen.push(fare(&stranger, &share, name).await);
    }
    assert_eq!(seen[0], seen[2]);
    assert_eq!(seen[1], seen[2]);
    // What was there is untouched, and nothing that came is lost.
    assert_eq!(alice.get("/docs/plan.md").await, "the plan");
    assert_eq!(alice.get("/docs/sub/deep file.txt").await, "deep");
    assert_eq!(alice.get("/docs/sub/deep file (1).txt").await, "below");
    assert_eq!(alice.get("/docs/plan (1).md").await, "new");
    assert_eq!(alice.get("/docs/free.md").await, "new");
    assert_eq!(alice.get("/docs/sub (1)").await, "new");
}

#[tokio::test]
async fn the_same_name_at_once_keeps_everything() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let share = upload_only_share(&alice).await;
    let puts = (0..25).map(|n| {
        let (stranger, at) = (server.stranger(), share.at("/plan.md"));
        async move { stranger.put(&at, bytes_of(&n.to_string(), 50)).await }
    });
    futures_util::future::join_all(puts).await;
    let brought = alice.names("/docs").await;
    assert_eq!(brought.len(), 2 + 25, "{brought:?}");
    let mut contents = Vec::new();
    for name in brought.iter().filter(|name| name.starts_with("plan (")) {
        contents.push(alice.get(&format!("/docs/{name}")).await);
    }
    contents.sort();
    contents.dedup();
    assert_eq!(contents.len(), 25, "nothing replaced anything");
}

#[tokio::test]
async fn who_brought_something_may_still_break_off() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    let share = upload_only_share(&alice).await;
    let plan = share.at("/plan.md");
    let session = bob.open_upload(&plan, 4).await;
    assert_eq!(
        alice.names("/docs").await,
        ["plan (1).md", "plan.md", "sub"]
    );
    for who in [&server.stranger(), &server.user("carol").await] {
        who.cancel_upload(&session.id, &plan)
            .await
            .refused(code::NOT_FOUND);
    }
    // Neither by another name, nor for nobody's session.
    bob.cancel_upload(&session.id, &share.at("/other.md"))
        .await
        .refused(code::NOT_FOUND);
    let nobodys = "5f0c2a34-9b1e-4c7a-8a55-0d7b6f1e2c33";
    for uri in [&plan, &share.at("/other.md")] {
        bob.cancel_upload(nobodys, uri)
            .await
            .refused(code::NOT_FOUND);
    }
    bob.cancel_upload(&session.id, &plan).await.done();
    assert_eq!(alice.names("/docs").await, ["plan.md", "sub"]);
    assert_eq!(alice.get("/docs/plan.md").await, "the plan");
}
