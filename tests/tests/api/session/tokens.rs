//! Staying signed in, signing out, and what a token is.

use serde_json::{Value, json};
use tests::{PASSWORD, TestServer};

use super::decode_base64url;
use crate::code;

#[tokio::test]
async fn tokens_are_jwts_that_clients_can_read() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let claims = |token: &Option<String>| -> Value {
        let token = token.as_deref().unwrap();
        let parts: Vec<_> = token.split('.').collect();
        assert_eq!(parts.len(), 3, "{token}");
        serde_json::from_slice(&decode_base64url(parts[1])).unwrap()
    };
    let access = claims(&alice.access_token);
    assert_eq!(access["token_type"], "access");
    assert_eq!(access["sub"], alice.id);
    let lifetime = access["exp"].as_i64().unwrap() - access["nbf"].as_i64().unwrap();
    assert_eq!(lifetime, 3600);

    let refresh = claims(&alice.refresh_token);
    assert_eq!(refresh["token_type"], "refresh");
    assert_eq!(refresh["sub"], alice.id);
    assert!(refresh["state_hash"].is_string());
    assert!(uuid::Uuid::parse_str(refresh["root_token_id"].as_str().unwrap()).is_ok());
    let lifetime = refresh["exp"].as_i64().unwrap() - refresh["nbf"].as_i64().unwrap();
    assert_eq!(lifetime, 1_209_600);
}

#[tokio::test]
async fn refreshing_answers_new_tokens_and_the_old_refresh_token_still_works() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    // The web client fires several refreshes with the same token.
    let (one, two) = tokio::join!(alice.refresh(), alice.refresh());
    one.ok();
    let mut again = alice.clone();
    again.access_token = two.ok()["access_token"].as_str().map(str::to_owned);
    assert_eq!(again.me().await.ok()["id"], alice.id);
    alice.refresh().await.ok();
}

#[tokio::test]
async fn a_refresh_that_is_not_one_is_refused() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let access = alice.access_token.clone().unwrap();
    let tampered = tamper(alice.refresh_token.as_deref().unwrap());
    for token in [access.as_str(), &tampered, "a.b.c", "nonsense"] {
        let body = json!({ "refresh_token": token });
        let reply = server.stranger().post("/session/token/refresh", body).await;
        reply.refused(code::CREDENTIAL_INVALID);
    }
    let empty = server
        .stranger()
        .post("/session/token/refresh", json!({}))
        .await;
    empty.refused_with_any(&[code::PARAMETER, code::CREDENTIAL_INVALID]);
}

/// Changes one character of the signature.
fn tamper(token: &str) -> String {
    let (body, signature) = token.rsplit_once('.').unwrap();
    let first = if signature.starts_with('A') { 'B' } else { 'A' };
    format!("{body}.{first}{}", &signature[1..])
}

#[tokio::test]
async fn after_signing_out_nobody_refreshes_with_that_sign_in() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let elsewhere = server.stranger().sign_in("alice", PASSWORD).await;
    let descendant = alice.refresh().await.ok()["refresh_token"].clone();

    assert_eq!(
        alice.sign_out().await.json(),
        json!({ "code": 0, "data": "", "msg": "" })
    );

    alice.refresh().await.refused(code::CREDENTIAL_INVALID);
    let body = json!({ "refresh_token": descendant });
    server
        .stranger()
        .post("/session/token/refresh", body)
        .await
        .refused(code::CREDENTIAL_INVALID);
    elsewhere.refresh().await.ok();
}

#[tokio::test]
async fn a_sign_out_survives_a_restart() {
    let mut server = TestServer::start().await;
    let alice = server.user("alice").await;
    let elsewhere = server.stranger().sign_in("alice", PASSWORD).await;
    alice.sign_out().await.ok();
    server.restart().await;
    alice.refresh().await.refused(code::CREDENTIAL_INVALID);
    elsewhere.refresh().await.ok();
}

#[tokio::test]
async fn signing_out_with_nonsense_is_refused() {
    let server = TestServer::start().await;
    let body = json!({ "refresh_token": "nonsense" });
    server
        .stranger()
        .delete_json("/session/token", body)
        .await
        .refused(code::CREDENTIAL_INVALID);
}

#[tokio::test]
async fn a_bad_access_token_is_no_token() {
    let server = TestServer::start().await;
    let mut alice = server.user("alice").await;
    let good = alice.access_token.clone().unwrap();
    for bad in [tamper(&good), "nonsense".to_owned(), "a.b.c".to_owned()] {
        alice.access_token = Some(bad);
        alice.me().await.refused(code::LOGIN_REQUIRED);
        // Public routes go on working.
        let basic = alice.get_json("/site/config/basic", &[]).await.ok();
        assert_eq!(basic["user"]["anonymous"], true);
    }
}

#[tokio::test]
async fn an_unsigned_token_is_no_token() {
    let server = TestServer::start().await;
    let mut alice = server.user("alice").await;
    let token = alice.access_token.clone().unwrap();
    let claims = token.split('.').nth(1).unwrap();
    // {"alg":"none","typ":"JWT"}
    alice.access_token = Some(format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{claims}."));
    alice.me().await.refused(code::LOGIN_REQUIRED);
}

#[tokio::test]
async fn a_refresh_token_does_not_open_doors() {
    let server = TestServer::start().await;
    let mut alice = server.user("alice").await;
    alice.access_token.clone_from(&alice.refresh_token);
    alice.me().await.refused(code::CREDENTIAL_INVALID);
}

#[tokio::test]
async fn the_bare_token_without_bearer_is_accepted() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let token = alice.access_token.clone().unwrap();
    let stranger = server.stranger();
    let request = stranger.request(reqwest::Method::GET, "/user/me");
    let reply = stranger.send(request.header("Authorization", token)).await;
    assert_eq!(reply.ok()["id"], alice.id);
}

#[tokio::test]
async fn tokens_survive_a_restart() {
    let mut server = TestServer::start().await;
    let alice = server.user("alice").await;
    server.restart().await;
    assert_eq!(alice.me().await.ok()["id"], alice.id);
    alice.refresh().await.ok();
}

#[tokio::test]
async fn a_new_password_ends_every_refresh_and_the_old_password() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let change = json!({ "current_password": PASSWORD, "new_password": "another secret" });
    alice.change_settings(change).await.done();

    alice.me().await.ok();
    alice.refresh().await.refused(code::CREDENTIAL_INVALID);
    let stranger = server.stranger();
    stranger
        .try_sign_in("alice", PASSWORD)
        .await
        .refused(code::PASSWORD_WRONG);
    stranger.try_sign_in("alice", "another secret").await.ok();
}

#[tokio::test]
async fn an_access_token_runs_out_and_a_refresh_renews_it() {
    let server = TestServer::start_with(&[("access_token_ttl", "2")]).await;
    let mut alice = server.user("alice").await;
    alice.me().await.ok();
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    alice.me().await.refused(code::LOGIN_REQUIRED);
    alice.access_token = alice.refresh().await.ok()["access_token"]
        .as_str()
        .map(str::to_owned);
    assert_eq!(alice.me().await.ok()["id"], alice.id);
}

#[tokio::test]
async fn a_refresh_token_runs_out() {
    let server = TestServer::start_with(&[("refresh_token_ttl", "2")]).await;
    let alice = server.user("alice").await;
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    alice.refresh().await.refused(code::CREDENTIAL_INVALID);
}
