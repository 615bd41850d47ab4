//! Upload-only links: locks, sizes, versions, events, room. What tells of the inside is either the
//! same for every name, or not told.

use super::furnish;
use crate::code;
use serde_json::{Value, json};
use tests::{Client, Share, TestServer, uri};

async fn upload_only_share(alice: &Client) -> Share {
    furnish(alice).await;
    let everyone = json!({ "permissions": { "everyone": "BA==" } });
    alice.share("/docs", everyone).await
}

#[tokio::test]
async fn locks_inside_do_not_show() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let share = upload_only_share(admin).await;
    let dav = admin.mount().await;
    for locked in ["/docs/plan.md", "/docs/sub", "/docs/nothing yet.md"] {
        let (reply, _) = dav.lock(locked, &[], "Alice at her desk").await;
        assert!([200, 201].contains(&reply.status), "{locked}: {reply:?}");
    }
    // A lock may outlive what it was for.
    server
        .tamper("UPDATE locks SET path = '/docs/ghost/x.md' WHERE path = '/docs/nothing yet.md'")
        .await;
    let stranger = server.stranger();
    let mut seen = Vec::new();
    for name in ["plan.md", "sub", "ghost", "free.md"] {
        seen.push(super::upload_only::fare(&stranger, &share, name).await);
    }
    for (n, one) in seen.iter().enumerate() {
        assert_eq!(*one, seen[3], "{n}");
    }
    // On the way of a path, too.
    let (below, free) = ("/sub/new/a.txt", "/other/new/a.txt");
    for path in [below, free] {
        stranger.put(&share.at(path), "a").await;
    }
    // What is locked is as it was, and nothing that came is lost.
    assert_eq!(admin.get("/docs/plan.md").await, "the plan");
    assert_eq!(admin.names("/docs/sub").await, ["deep file.txt"]);
    assert_eq!(admin.get("/docs/other/new/a.txt").await, "a");
}

#[tokio::test]
async fn a_lock_on_all_of_it_is_told_without_whose_it_is() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let share = upload_only_share(admin).await;
    let dav = admin.mount().await;
    let (reply, token) = dav.lock("/docs", &[], "Alice at her desk").await;
    assert_eq!(reply.status, 200);
    let stranger = server.stranger();
    for name in ["plan.md", "sub", "free.md", "sub/deep file.txt"] {
        let at = share.at(&format!("/{name}"));
        for refused in [
            stranger.try_open_upload(&at, 1, json!({})).await,
            stranger.create("folder", &at).await,
            stranger.put_content(&at, "x").await,
        ] {
            let told = refused.json();
            assert_eq!(told["code"], code::LOCK_CONFLICT, "{name}: {told}");
            assert_eq!(told["data"], json!([]), "{name}");
        }
    }
    admin.unlock(&[&token]).await.done();
    server
        .stranger()
        .put(&share.at("/free.md"), "brought")
        .await;
    assert_eq!(admin.get("/docs/free.md").await, "brought");
}

/// Everything that asks about a place or changes it, other than bringing files.
async fn ask_everything(who: &Client, share: &Share, version: &str, name: &str) -> Vec<String> {
    let at = &share.at(&format!("/{name}"));
    let below = &share.at(&format!("/{name}/deep file.txt"));
    let tag = json!([{ "key": "tag:x", "value": "" }]);
    let view = json!({ "page_size": 60 });
    let mut answers = Vec::new();
    for at in [at, below] {
        let replies = [
            who.list(at).await,
            who.info(at).await,
            who.try_urls(&[at], json!({})).await,
            who.try_urls(&[at], json!({ "archive": true })).await,
            who.try_urls(&[at], json!({ "entity": version })).await,
            who.get_json("/file/thumb", &[("uri", at.as_str())]).await,
            who.get_json("/file/events", &[("uri", at.as_str())]).await,
            who.rename(at, "x").await,
            who.delete(&[at]).await,
            who.delete_for_good(&[at]).await,
            who.move_to(&[at], &share.at("/elsewhere")).await,
            who.copy_to(&[at], &share.at("/elsewhere")).await,
            who.copy_to(&[at], "/").await,
            who.patch_metadata(at, tag.clone()).await,
            who.set_view(at, view.clone()).await,
            who.set_version(at, version).await,
            who.delete_version(at, version).await,
            who.try_share(at, json!({})).await,
            who.put_json("/file/source", json!({ "uris": [at] })).await,
            who.post("/file/restore", json!({ "uris": [at] })).await,
            who.list(&format!("{at}?name=deep")).await,
        ];
        for reply in replies {
            let text = reply.text().replace(name, "NAME");
            let text = text.replace(&tests::escape(name), "NAME");
            let mut told: Value = serde_json::from_str(&text).expect("JSON");
            let fields = told.as_object_mut().expect("an envelope");
            fields.remove("correlation_id");
            let failed = fields.get_mut("aggregated_error");
            for one in failed.and_then(Value::as_object_mut).into_iter().flatten() {
                let one = one.1.as_object_mut().expect("an envelope");
                one.remove("correlation_id");
            }
            assert_ne!(told["code"], 0, "{}: {told}", reply.asked);
            answers.push(format!("{} {told}", reply.asked.split('?').next().unwrap()));
        }
    }
    answers
}

#[tokio::test]
async fn whatever_is_asked_the_answer_does_not_depend_on_what_is_there() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    let share = upload_only_share(&alice).await;
    let before = alice.everything().await;
    let plan = alice.info("/docs/plan.md").await.ok();
    let version = plan["primary_entity"].as_str().unwrap();
    for who in [bob.synchronising(), server.stranger()] {
        let free = ask_everything(&who, &share, version, "free.md").await;
        for taken in ["plan.md", "sub"] {
            let told = ask_everything(&who, &share, version, taken).await;
            assert_eq!(told, free, "{taken}");
        }
    }
    assert_eq!(alice.everything().await, before);
}

#[tokio::test]
async fn the_link_itself_tells_neither_sizes_nor_how_much_was_fetched() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    furnish(&alice).await;
    let everyone = json!({ "permissions": { "everyone": "BA==" }, "show_readme": true });
    for path in ["/docs", "/docs/plan.md"] {
        let share = alice.share(path, everyone.clone()).await;
        server
            .tamper("UPDATE shares SET downloads = 7, updated_at = updated_at + 1")
            .await;
        let hers = alice.share_info(&share.id, &[]).await.ok();
        assert_eq!(hers["downloaded"], 7);
        let told = server.stranger().share_info(&share.id, &[]).await.ok();
        assert_eq!(told["size"], 0, "{told}");
        for field in ["downloaded", "show_readme", "source_uri", "share_view"] {
            assert!(told.get(field).is_none(), "{field}: {told}");
        }
    }
}

#[tokio::test]
async fn how_much_room_is_left_is_told_only_by_what_does_not_fit() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let share = upload_only_share(&alice).await;
    let used = alice.used().await;
    server
        .tamper(&format!(
            "UPDATE groups SET max_storage = {}, updated_at = updated_at + 1 WHERE id = 2",
            used + 10
        ))
        .await;
    let stranger = server.stranger();
    let mut told = Vec::new();
    for name in ["plan.md", "sub", "free.md"] {
        let at = share.at(&format!("/{name}"));
        let reply = stranger.try_open_upload(&at, 11, json!({})).await;
        let mut reply = reply.json();
        reply.as_object_mut().unwrap().remove("correlation_id");
        told.push(reply);
    }
    assert_eq!(told[0]["code"], code::INSUFFICIENT_CAPACITY);
    assert_eq!(told[0], told[2]);
    assert_eq!(told[1], told[2]);
    assert!(!told[0].to_string().contains(&uri("/docs")), "{}", told[0]);
    stranger.put(&share.at("/fits"), "0123456789").await;
}
