//! Whoever opens a share with its password is told to its owner, once, whatever way they take.

use super::furnish;
use reqwest::Method;
use serde_json::json;
use tests::TestServer;

/// The ways; each is taken by a program of that name.
const WAYS: [&str; 10] = [
    "info",
    "listing",
    "search",
    "details",
    "download",
    "zip",
    "thumbnail",
    "upload",
    "save",
    "TelegramBot (like TwitterBot)",
];

#[tokio::test]
async fn every_way_with_the_right_password_is_told_once() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    furnish(&alice).await;
    let more = json!({ "is_private": true, "permissions": { "everyone": "BQ==" } });
    let share = alice.share("/docs", more).await;
    let password = share.password.as_deref().unwrap();
    let plan = share.at("/plan.md");
    for round in 0..3 {
        for way in WAYS {
            let who = server.stranger().using(way);
            match way {
                "info" => {
                    let query = [("password", password)];
                    who.share_info(&share.id, &query).await.ok();
                }
                "listing" => drop(who.list(&share.at("/")).await.ok()),
                "search" => {
                    let found = format!("{}?name=plan", share.at("/"));
                    who.list(&found).await.ok();
                }
                "details" => drop(who.info(&plan).await.ok()),
                "download" => drop(who.url(&plan).await),
                "zip" => {
                    let who = server.admin().using(way);
                    who.archive_url(&[share.at("/")]).await;
                }
                "thumbnail" => drop(who.get_json("/file/thumb", &[("uri", plan.as_str())]).await),
                "upload" => {
                    let at = share.at(&format!("/brought {round}.txt"));
                    who.put(&at, "x").await;
                }
                "save" => {
                    let folder = format!("/saved {round}");
                    bob.create_folder(&folder).await;
                    let bob = bob.using(way);
                    bob.copy_to(&[&plan], &folder).await.done();
                }
                _ => {
                    let path = format!("/s/{}/{password}", share.id);
                    let request = who.request_outside(Method::GET, &path);
                    assert_eq!(who.send(request).await.status, 200);
                }
            }
        }
    }
    // What is noted is written in turn: behind this one there is none of the others.
    server
        .stranger()
        .using("the last")
        .list(&share.at("/"))
        .await
        .ok();
    server.told("share_opened", "the last").await;
    for way in WAYS {
        let told = server.told("share_opened", way).await;
        assert_eq!(told.len(), 1, "{way}: {told:?}");
        assert_eq!(told[0]["ip"], "127.0.0.1", "{way}");
        assert!(!told[0].to_string().contains(password), "{way}");
    }
    let all = server.journal("share_opened").await;
    assert_eq!(all.len(), WAYS.len() + 1);
    assert!(server.journal("proof_failed").await.is_empty());
    // The owner's own visits are no news to her.
    alice.list(&share.at("/")).await.ok();
    let owner = server
        .ask("SELECT DISTINCT users.email AS value FROM journal JOIN users ON users.id = owner_id WHERE op = 'share_opened'")
        .await;
    assert_eq!(owner, "alice@example.com");
}

#[tokio::test]
async fn a_known_visitor_does_not_help_who_guesses_beside_them() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    furnish(&alice).await;
    let share = alice.share("/docs", json!({ "is_private": true })).await;
    let visitor = server.stranger();
    visitor.list(&share.at("/")).await.ok();
    let guess = share.with_password(Some("guess"));
    let mut codes = Vec::new();
    for _ in 0..30 {
        codes.push(visitor.list(&guess.at("/")).await.code());
    }
    assert!(codes.contains(&crate::code::NO_PERMISSION), "{codes:?}");
    // Being let in now would tell the guesser that this one is right.
    visitor
        .list(&share.at("/"))
        .await
        .refused(crate::code::NO_PERMISSION);
}

#[tokio::test]
async fn a_new_password_holds_for_known_visitors_at_once() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    furnish(&alice).await;
    let share = alice.share("/docs", json!({ "is_private": true })).await;
    let visitor = server.stranger();
    for _ in 0..3 {
        visitor.list(&share.at("/")).await.ok();
    }
    let hash = "UPDATE shares SET password_hash = 'another', updated_at = updated_at + 1";
    server.tamper(hash).await;
    visitor
        .list(&share.at("/"))
        .await
        .refused(crate::code::INCORRECT_PASSWORD);
}
