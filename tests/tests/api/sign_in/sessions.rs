//! Where one is signed in, and ending that.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Client, PASSWORD, Reply, TestServer};

use crate::code;

async fn sessions(who: &Client) -> Vec<Value> {
    let listed = who.get_json("/user/setting/sessions", &[]).await.ok();
    listed.as_array().unwrap().clone()
}

async fn end(who: &Client, what: &str) -> Reply {
    let path = format!("/user/setting/sessions{what}");
    who.send(who.request(Method::DELETE, &path)).await
}

/// The same person elsewhere, with a browser of this name.
async fn elsewhere(server: &TestServer, agent: &str) -> Client {
    let stranger = server.stranger();
    let request = stranger
        .request(Method::POST, "/session/token")
        .header("User-Agent", agent)
        .json(&json!({ "email": "alice@example.com", "password": PASSWORD }));
    super::signed_in(&stranger, &stranger.send(request).await)
}

#[tokio::test]
async fn people_see_where_they_are_signed_in() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let phone = elsewhere(&server, super::UA).await;
    let listed = sessions(&phone).await;
    assert_eq!(listed.len(), 2);
    let (current, others): (Vec<_>, Vec<_>) = listed
        .iter()
        .partition(|session| session["current"] == true);
    assert_eq!((current.len(), others.len()), (1, 1));
    assert_eq!(current[0]["browser"], "Firefox");
    assert_eq!(current[0]["os"], "Linux");
    assert_eq!(current[0]["user_agent"], super::UA);
    assert_eq!(current[0]["ip"], "127.0.0.1");
    // Somebody else's are not among them.
    let bob = server.user("bob").await;
    assert_eq!(sessions(&bob).await.len(), 1);
    assert_eq!(sessions(&alice).await.len(), 2);
}

#[tokio::test]
async fn an_ended_session_opens_nothing_from_the_next_request_on() {
    let mut server = TestServer::start().await;
    let alice = server.user("alice").await;
    let phone = elsewhere(&server, "phone").await;
    let listed = sessions(&alice).await;
    let id = listed
        .iter()
        .find(|session| session["current"] == false)
        .unwrap()["id"]
        .clone();
    let id = format!("/{}", id.as_str().unwrap());
    let bob = server.user("bob").await;
    end(&bob, &id).await.refused(code::NOT_FOUND);
    phone.me().await.ok();
    end(&alice, &id).await.done();
    phone.me().await.refused(code::LOGIN_REQUIRED);
    phone.refresh().await.refused(code::CREDENTIAL_INVALID);
    alice.me().await.ok();
    alice.refresh().await.ok();
    end(&alice, &id).await.refused(code::NOT_FOUND);
    end(&alice, "/nonsense").await.refused(code::NOT_FOUND);
    server.restart().await;
    phone.me().await.refused(code::LOGIN_REQUIRED);
}

#[tokio::test]
async fn signing_out_everywhere_ends_all_of_them() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    let phone = elsewhere(&server, "phone").await;
    end(&alice, "?keep_current=true").await.done();
    phone.me().await.refused(code::LOGIN_REQUIRED);
    alice.me().await.ok();
    let phone = elsewhere(&server, "phone").await;
    end(&alice, "").await.done();
    for client in [&alice, &phone] {
        client.me().await.refused(code::LOGIN_REQUIRED);
        client.refresh().await.refused(code::CREDENTIAL_INVALID);
    }
    bob.me().await.ok();
    elsewhere(&server, "again").await.me().await.ok();
    assert_eq!(server.journal("sign_out_others").await.len(), 2);
}

#[tokio::test]
async fn signing_out_ends_the_access_token_too() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let phone = elsewhere(&server, "phone").await;
    alice.sign_out().await.ok();
    alice.me().await.refused(code::LOGIN_REQUIRED);
    // A refreshed token belongs to the same sign-in.
    let mut fresh = phone.clone();
    fresh.access_token = phone.refresh().await.ok()["access_token"]
        .as_str()
        .map(str::to_owned);
    fresh.me().await.ok();
    phone.sign_out().await.ok();
    fresh.me().await.refused(code::LOGIN_REQUIRED);
}

#[tokio::test]
async fn a_new_password_ends_every_other_session() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let thief = elsewhere(&server, "thief").await;
    let change = json!({ "current_password": PASSWORD, "new_password": "another secret" });
    alice.change_settings(change).await.done();
    alice.me().await.ok();
    thief.me().await.refused(code::LOGIN_REQUIRED);
    thief.refresh().await.refused(code::CREDENTIAL_INVALID);
}

/// Long enough for a sign of life or the debounce of one second.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(20);

#[tokio::test]
async fn who_was_signed_out_or_blocked_hears_of_nothing_more() {
    let server = TestServer::start_with(&[("fs_event_push_debounce", "1")]).await;
    let alice = server.user("alice").await;
    let phone = elsewhere(&server, "phone").await;
    let mut stream = phone.synchronising().events("/").await;
    stream.next(PATIENCE).await.expect("it is open");
    end(&alice, "?keep_current=true").await.done();
    alice.put("/secret plan.txt", "x").await;
    let told = stream.rest(PATIENCE).await;
    assert!(!told.contains("secret plan"), "{told}");

    let mut stream = alice.synchronising().events("/").await;
    stream.next(PATIENCE).await.expect("it is open");
    server
        .tamper("UPDATE users SET status = 'manual_banned' WHERE email = 'alice@example.com'")
        .await;
    server
        .tamper(
            "INSERT INTO journal (at, owner_id, op, file_id, is_folder, path_after) \
                 SELECT at, owner_id, op, 4711, is_folder, '/new plan.txt' FROM journal \
                 WHERE path_after LIKE '%secret plan%' AND op = 'create'",
        )
        .await;
    let told = stream.rest(PATIENCE).await;
    assert!(!told.contains("plan"), "{told}");
}

#[tokio::test]
async fn a_ban_ends_everything_at_once() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    server
        .tamper("UPDATE users SET status = 'manual_banned' WHERE email = 'alice@example.com'")
        .await;
    alice.me().await.refused(code::DATABASE);
    let mut bare = alice.clone();
    bare.access_token = None;
    bare.refresh().await.refused(code::CREDENTIAL_INVALID);
}
