//! `POST /session/oauth/token` and what its tokens are good for.

use reqwest::Method;
use serde_json::json;
use tests::{App, TestServer, ask_for_tokens};

use super::{ALL, payload};
use crate::code;

#[tokio::test]
async fn a_code_becomes_tokens() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let code = App::desktop().code(&alice, ALL).await;
    let reply = App::desktop().exchange(&server.stranger(), &code).await;
    assert_eq!(reply.header("cache-control"), "no-store");
    let tokens = reply.bare();
    assert_eq!(tokens["token_type"], "Bearer");
    assert_eq!(tokens["expires_in"], 3600);
    assert_eq!(tokens["refresh_token_expires_in"], 7_776_000);
    assert_eq!(tokens["scope"], ALL);
    let access = payload(tokens["access_token"].as_str().unwrap());
    assert_eq!(access["token_type"], "access");
    assert_eq!(access["sub"], alice.id);
    assert_eq!(access["client_id"], App::desktop().id);
    let scopes = json!([
        "openid",
        "profile",
        "email",
        "offline_access",
        "Files.Write"
    ]);
    assert_eq!(access["scopes"], scopes, "the desktop client reads them");
    let refresh = payload(tokens["refresh_token"].as_str().unwrap());
    assert_eq!(refresh["scopes"], scopes);
    let lifetime = refresh["exp"].as_i64().unwrap() - refresh["nbf"].as_i64().unwrap();
    assert_eq!(lifetime, 7_776_000);
}

#[tokio::test]
async fn there_is_no_refresh_token_without_offline_access() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let code = App::desktop().code(&alice, "openid Files.Write").await;
    let tokens = App::desktop()
        .exchange(&server.stranger(), &code)
        .await
        .bare();
    assert!(tokens.get("refresh_token").is_none());
    assert!(tokens["refresh_token_expires_in"].is_i64());
}

#[tokio::test]
async fn apps_may_name_themselves_by_http_basic() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let app = App::desktop();
    let send = async |form: Vec<(&str, &str)>, secret: &str| {
        let request = server
            .stranger()
            .request(Method::POST, "/session/oauth/token");
        let request = request.basic_auth(&app.id, Some(secret)).form(&form);
        server.stranger().send(request).await
    };
    let code = app.code(&alice, ALL).await;
    let form = app.form(&code);
    send(form[2..].to_vec(), &app.secret).await.bare();
    let code = app.code(&alice, ALL).await;
    let wrong = send(app.form(&code)[2..].to_vec(), "wrong").await;
    wrong.refused_tokens("invalid_client", code::CREDENTIAL_INVALID);
    let code = app.code(&alice, ALL).await;
    send(app.form(&code), &app.secret)
        .await
        .refused(code::PARAMETER);
}

#[tokio::test]
async fn forms_that_lack_something_get_an_envelope() {
    let server = TestServer::start().await;
    let app = App::desktop();
    let form = app.form("code");
    for missing in 0..4 {
        let mut form = form.clone();
        form.remove(missing);
        ask_for_tokens(&server.stranger(), &form)
            .await
            .refused(code::PARAMETER);
    }
    let mut twice = form.clone();
    twice.push(("code", "another"));
    ask_for_tokens(&server.stranger(), &twice)
        .await
        .refused(code::PARAMETER);
    let json = server
        .stranger()
        .post("/session/oauth/token", json!({}))
        .await;
    json.refused(code::PARAMETER);
    let mut other = form;
    other[2].1 = "password";
    let reply = ask_for_tokens(&server.stranger(), &other).await;
    reply.refused_tokens("unsupported_grant_type", code::PARAMETER);
}

#[tokio::test]
async fn apps_refresh_in_both_ways_and_keep_their_scopes() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let app = App::desktop().let_in(&alice, ALL).await;
    // As the official apps do: the old token stays good.
    for _ in 0..2 {
        let tokens = app.refresh().await.ok();
        let access = tokens["access_token"].as_str().unwrap();
        assert_eq!(payload(access)["client_id"], App::desktop().id);
        let mut again = app.clone();
        again.access_token = Some(access.to_owned());
        assert!(again.names("/").await.is_empty());
        again.me().await.refused(code::INSUFFICIENT_SCOPE);
        let expires = tokens["refresh_expires"].as_str().unwrap();
        let expires = chrono::DateTime::parse_from_rfc3339(expires).unwrap();
        let ttl = expires.timestamp() - chrono::Utc::now().timestamp();
        assert!((7_775_900..=7_776_000).contains(&ttl), "{ttl}");
    }
    // As libraries do.
    let (id, secret) = (App::desktop().id, App::desktop().secret);
    let refresh = app.refresh_token.clone().unwrap();
    let mut form = vec![
        ("client_id", id.as_str()),
        ("client_secret", secret.as_str()),
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh.as_str()),
    ];
    let tokens = ask_for_tokens(&server.stranger(), &form).await.bare();
    assert_eq!(tokens["scope"], ALL);
    assert!(tokens["refresh_token"].is_string() && tokens.get("id_token").is_none());
    form[1].1 = "wrong";
    let wrong = ask_for_tokens(&server.stranger(), &form).await;
    wrong.refused_tokens("invalid_client", code::CREDENTIAL_INVALID);
}

#[tokio::test]
async fn codes_and_sign_ins_of_apps_survive_a_restart() {
    let mut server = TestServer::start().await;
    let alice = server.user("alice").await;
    let app = App::desktop().let_in(&alice, ALL).await;
    let code = App::desktop().code(&alice, ALL).await;
    server.restart().await;
    App::desktop()
        .exchange(&server.stranger(), &code)
        .await
        .bare();
    app.refresh().await.ok();
    assert!(app.names("/").await.is_empty());
}

#[tokio::test]
async fn signing_an_app_out_ends_it() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let app = App::desktop().let_in(&alice, ALL).await;
    let other = App::desktop().let_in(&alice, ALL).await;
    app.sign_out().await.ok();
    app.refresh().await.refused(code::CREDENTIAL_INVALID);
    other.refresh().await.ok();
    alice.refresh().await.ok();
}
