//! Attacks on the way between people, apps and the drive. Each must fail.

use serde_json::json;
use tests::{App, CHALLENGE, Client, PASSWORD, Reply, TestServer, VERIFIER, ask_for_tokens};

use super::ALL;
use crate::code;

/// The token endpoint, with some fields of the form replaced; an empty value leaves one out.
async fn exchange_with(via: &Client, app: &App, code: &str, change: &[(&str, &str)]) -> Reply {
    let mut form = app.form(code);
    form.retain(|(name, _)| change.iter().all(|(changed, _)| changed != name));
    form.extend(change.iter().filter(|(_, value)| !value.is_empty()));
    ask_for_tokens(via, &form).await
}

#[track_caller]
fn refused(reply: &Reply) {
    reply.refused_tokens("invalid_grant", code::CREDENTIAL_INVALID);
}

#[tokio::test]
async fn a_code_used_twice_ends_what_its_first_use_began() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let untouched = App::desktop().let_in(&alice, ALL).await;
    let code = App::desktop().code(&alice, ALL).await;
    let tokens = App::desktop()
        .exchange(&server.stranger(), &code)
        .await
        .bare();
    let mut app = server.stranger();
    app.id.clone_from(&alice.id);
    app.access_token = tokens["access_token"].as_str().map(str::to_owned);
    app.refresh_token = tokens["refresh_token"].as_str().map(str::to_owned);
    assert!(app.names("/").await.is_empty());

    refused(&App::desktop().exchange(&server.stranger(), &code).await);
    app.list("/").await.refused(code::CREDENTIAL_INVALID);
    app.access_token = None;
    app.refresh().await.refused(code::CREDENTIAL_INVALID);
    refused(&App::desktop().exchange(&server.stranger(), &code).await);
    // Nothing else ends.
    assert!(untouched.names("/").await.is_empty());
    assert!(alice.names("/").await.is_empty());
}

#[tokio::test]
async fn of_many_uses_at_once_one_at_most_succeeds_and_that_is_ended() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let code = App::desktop().code(&alice, ALL).await;
    let app = App::desktop();
    let stranger = server.stranger();
    let tries = (0..8).map(|_| app.exchange(&stranger, &code));
    let replies = futures_util::future::join_all(tries).await;
    let mut good = replies.iter().filter(|reply| reply.status == 200);
    let tokens = good.next().expect("the first one succeeds").bare();
    assert_eq!(good.count(), 0);
    let mut thief = server.stranger();
    thief.refresh_token = tokens["refresh_token"].as_str().map(str::to_owned);
    thief.refresh().await.refused(code::CREDENTIAL_INVALID);
}

#[tokio::test]
async fn a_failed_attempt_uses_the_code_up() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let stranger = server.stranger();
    let ios = identity::oauth::IOS;
    let other = App::registered(&server, "https://app.example/cb", "openid");
    for change in [
        vec![("code_verifier", "wrong")],
        vec![("code_verifier", "")],
        vec![("code_verifier", CHALLENGE)],
        vec![("redirect_uri", "/callback/ios")],
        vec![("client_id", ios.guid), ("client_secret", ios.secret)],
        vec![("client_id", &*other.id), ("client_secret", &*other.secret)],
    ] {
        let code = App::desktop().code(&alice, "openid").await;
        refused(&exchange_with(&stranger, &App::desktop(), &code, &change).await);
        refused(&App::desktop().exchange(&stranger, &code).await);
    }
    let code = App::desktop().code(&alice, "openid").await;
    let wrong = [("client_secret", "wrong")];
    let reply = exchange_with(&stranger, &App::desktop(), &code, &wrong).await;
    reply.refused_tokens("invalid_client", code::CREDENTIAL_INVALID);
    refused(&App::desktop().exchange(&stranger, &code).await);
    // The right address is no obstacle.
    let code = App::desktop().code(&alice, "openid").await;
    let right = [("redirect_uri", "/callback/desktop")];
    exchange_with(&stranger, &App::desktop(), &code, &right)
        .await
        .bare();
}

#[tokio::test]
async fn taking_the_challenge_away_does_not_help() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let app = App::registered(&server, "https://app.example/cb", "openid");
    let mut consent = app.consent("openid");
    consent["code_challenge"] = json!("");
    let answer = alice.post("/session/oauth/consent", consent).await.ok();
    let code = answer["code"].as_str().unwrap();
    // The app that began sends its verifier, and so notices.
    refused(&app.exchange(&server.stranger(), code).await);

    let mut consent = App::desktop().consent("openid");
    consent["code_challenge"] = json!(VERIFIER);
    consent["code_challenge_method"] = json!("plain");
    alice
        .post("/session/oauth/consent", consent)
        .await
        .refused(code::PARAMETER);
}

#[tokio::test]
async fn codes_expire_and_stand_for_one_person() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let code = App::desktop().code(&alice, "openid").await;
    server
        .tamper("UPDATE tickets SET expires_at = 1 WHERE kind = 'oauth_code'")
        .await;
    refused(&App::desktop().exchange(&server.stranger(), &code).await);
    let code = App::desktop().code(&alice, "openid").await;
    server
        .tamper("UPDATE users SET status = 'manual_banned' WHERE email = 'alice@example.com'")
        .await;
    let reply = App::desktop().exchange(&server.stranger(), &code).await;
    reply.refused_tokens("invalid_grant", code::USER_NOT_FOUND);
    for nonsense in ["x", "' OR 1=1 --", &"a".repeat(128)] {
        refused(&App::desktop().exchange(&server.stranger(), nonsense).await);
    }
}

#[tokio::test]
async fn an_app_widens_its_rights_in_no_way() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let app = App::desktop().let_in(&alice, "openid Files.Write").await;
    // By consenting for its person, to itself or to another app.
    for (guid, address) in [
        (App::desktop().id, "/callback/desktop"),
        (identity::oauth::IOS.guid.to_owned(), "/callback/ios"),
    ] {
        let mut consent = App::desktop().consent(identity::oauth::DESKTOP.scopes);
        consent["client_id"] = guid.into();
        consent["redirect_uri"] = address.into();
        let reply = app.post("/session/oauth/consent", consent).await;
        reply.refused(code::INSUFFICIENT_SCOPE);
    }
    // By linking another identity, which would let it in as the person.
    let linking = json!({ "provider": 2, "linking": true });
    app.put_json("/session/openid", linking)
        .await
        .refused(code::INSUFFICIENT_SCOPE);
    // By asking for more where it trades the code.
    let code = App::desktop().code(&alice, "openid").await;
    let more = [("scope", "openid Admin.Write")];
    let tokens = exchange_with(&server.stranger(), &App::desktop(), &code, &more)
        .await
        .bare();
    assert_eq!(tokens["scope"], "openid");
    // Or where it renews its tokens.
    let app = App::desktop().let_in(&alice, ALL).await;
    let (id, secret) = (App::desktop().id, App::desktop().secret);
    let refresh = app.refresh_token.as_deref().unwrap();
    let form = [
        ("client_id", id.as_str()),
        ("client_secret", secret.as_str()),
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh),
        ("scope", "openid Admin.Write UserSecurityInfo.Write"),
    ];
    let renewed = ask_for_tokens(&server.stranger(), &form).await;
    if renewed.status == 200 {
        assert_eq!(renewed.bare()["scope"], ALL);
    }
}

#[tokio::test]
async fn a_narrower_consent_narrows_tokens_that_are_out() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let app = App::desktop().let_in(&alice, ALL).await;
    let code = App::desktop().code(&alice, ALL).await;
    App::desktop().code(&alice, "openid offline_access").await;
    app.list("/").await.refused(code::INSUFFICIENT_SCOPE);
    app.refresh().await.refused(code::CREDENTIAL_INVALID);
    refused(&App::desktop().exchange(&server.stranger(), &code).await);
}

#[tokio::test]
async fn a_grant_that_was_taken_back_does_not_come_back_with_the_next_one() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let mut app = App::desktop().let_in(&alice, ALL).await;
    let code = App::desktop().code(&alice, ALL).await;
    let grant = format!("/session/oauth/grant/{}", App::desktop().id);
    alice.delete_json(&grant, json!({})).await.done();
    refused(&App::desktop().exchange(&server.stranger(), &code).await);
    App::desktop().let_in(&alice, ALL).await;
    app.list("/").await.refused(code::CREDENTIAL_INVALID);
    app.access_token = None;
    app.refresh().await.refused(code::CREDENTIAL_INVALID);
}

#[tokio::test]
async fn tokens_of_apps_end_with_the_password_and_with_the_account() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let mut app = App::desktop().let_in(&alice, ALL).await;
    let change = json!({ "current_password": PASSWORD, "new_password": "another secret" });
    alice.change_settings(change).await.done();
    app.refresh().await.refused(code::CREDENTIAL_INVALID);

    app = App::desktop().let_in(&alice, ALL).await;
    assert!(app.names("/").await.is_empty());
    server
        .tamper("UPDATE users SET status = 'manual_banned' WHERE email = 'alice@example.com'")
        .await;
    app.list("/").await.refused(code::DATABASE);
    app.access_token = None;
    app.refresh().await.refused(code::CREDENTIAL_INVALID);
}

#[tokio::test]
async fn no_token_passes_for_one_of_another_kind() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let code = App::desktop().code(&alice, ALL).await;
    let tokens = App::desktop()
        .exchange(&server.stranger(), &code)
        .await
        .bare();
    let text = |name: &str| tokens[name].as_str().unwrap().to_owned();
    let mut forger = server.stranger();
    forger.access_token = Some(text("refresh_token"));
    forger.me().await.refused(code::CREDENTIAL_INVALID);
    forger.access_token = Some(text("id_token"));
    forger.me().await.refused(code::LOGIN_REQUIRED);
    forger.access_token = None;
    for wrong in ["access_token", "id_token"] {
        forger.refresh_token = Some(text(wrong));
        forger.refresh().await.refused(code::CREDENTIAL_INVALID);
    }
    // A person's refresh token is no app's.
    let id = App::desktop().id;
    let secret = App::desktop().secret;
    let hers = alice.refresh_token.clone().unwrap();
    let form = [
        ("client_id", id.as_str()),
        ("client_secret", secret.as_str()),
        ("grant_type", "refresh_token"),
        ("refresh_token", hers.as_str()),
    ];
    refused(&ask_for_tokens(&server.stranger(), &form).await);
    // Nor another app's.
    let other = App::registered(&server, "https://app.example/cb", ALL);
    let refresh = text("refresh_token");
    let form = [
        ("client_id", other.id.as_str()),
        ("client_secret", other.secret.as_str()),
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh.as_str()),
    ];
    refused(&ask_for_tokens(&server.stranger(), &form).await);
}

#[tokio::test]
async fn nothing_that_opens_doors_lies_open_in_the_database() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let app = App::registered(&server, "https://app.example/cb", ALL);
    let code = app.code(&alice, ALL).await;
    let ticket = "SELECT id AS value FROM tickets WHERE kind = 'oauth_code'";
    assert_ne!(server.ask(ticket).await, code);
    let hash = "SELECT secret_hash AS value FROM oauth_clients WHERE name = 'Test app'";
    let hash = server.ask(hash).await;
    assert!(hash.starts_with("sha256:") && !hash.contains(&app.secret));
    app.exchange(&server.stranger(), &code).await.bare();
    let key = server.ask("SELECT sealed AS value FROM signing_keys").await;
    assert!(key.starts_with("v1:"));
}

#[tokio::test]
async fn a_code_ends_with_the_sign_ins_of_its_person() {
    let server = TestServer::start().await;
    let mut alice = server.user("alice").await;
    let changes = json!({ "current_password": PASSWORD, "new_password": "another secret" });
    for way in ["setting", "sessions", "operator"] {
        let code = App::desktop().code(&alice, ALL).await;
        match way {
            "setting" => alice.change_settings(changes.clone()).await.done(),
            "sessions" => {
                let all = alice.delete_json("/user/setting/sessions", json!({})).await;
                all.ok();
            }
            _ => {
                let set = [
                    "user",
                    "password",
                    "alice@example.com",
                    "--password",
                    "a third one",
                ];
                assert!(server.run(set).status.success());
            }
        }
        refused(&App::desktop().exchange(&server.stranger(), &code).await);
        let password = if way == "operator" {
            "a third one"
        } else {
            "another secret"
        };
        alice = server.stranger().sign_in("alice", password).await;
    }
    App::desktop().let_in(&alice, ALL).await.names("/").await;
}

#[tokio::test]
async fn the_secret_of_an_app_cannot_be_guessed() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let scope = "openid offline_access";
    let app = App::registered(&server, "https://app.example/cb", scope);
    let let_in = app.let_in(&alice, scope).await;
    let refresh = let_in.refresh_token.clone().unwrap();
    let ask = async |secret: &str| {
        let form = [
            ("client_id", app.id.as_str()),
            ("client_secret", secret),
            ("grant_type", "refresh_token"),
            ("refresh_token", &refresh),
        ];
        ask_for_tokens(&server.stranger(), &form).await
    };
    assert_eq!(ask(&app.secret).await.status, 200);
    let mut looked_at = 0;
    loop {
        let reply = ask("a guess").await;
        if reply.text().contains("temporarily_unavailable") {
            break;
        }
        reply.refused_tokens("invalid_client", code::CREDENTIAL_INVALID);
        looked_at += 1;
        assert!(looked_at < 60, "there is no end to it");
    }
    assert!(looked_at >= 20, "{looked_at}");
    // Nor with a code of one's own, which is not looked at, and not used up.
    let code = app.code(&alice, scope).await;
    let change = [("client_secret", "a guess")];
    let reply = exchange_with(&server.stranger(), &app, &code, &change).await;
    reply.refused_tokens("temporarily_unavailable", code::NO_PERMISSION);
    // Everybody knows that of the desktop client, and nobody can shut it out.
    for _ in 0..30 {
        let code = App::desktop().code(&alice, ALL).await;
        let reply = exchange_with(&server.stranger(), &App::desktop(), &code, &change).await;
        reply.refused_tokens("invalid_client", code::CREDENTIAL_INVALID);
    }
    App::desktop().let_in(&alice, ALL).await.names("/").await;
}
