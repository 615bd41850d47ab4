//! Every door tells the journal who came in and who did not, from where and with what.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tests::{App, MailServer, PASSWORD, TestServer, ask_for_tokens};

use super::{SITE, SITE_SETTING, add_passkey, begin, finish, first_step, second_step, switch_on};
use crate::code;

/// Names of the program in front of each door.
const RIGHT: &str = "a guest";
const WRONG: &str = "a burglar";

/// Each of these doings by the program is told once, with the address and these details.
async fn tells(server: &TestServer, op: &str, agent: &str, details: &[(&str, &str)]) {
    let told = server.told(op, agent).await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0]["ip"], "127.0.0.1", "{told:?}");
    for (name, value) in details {
        assert_eq!(told[0][name], Value::from(*value), "{told:?}");
    }
}

/// Whose journal tells what a program failed at.
async fn owner_of(server: &TestServer, agent: &str) -> String {
    let sql = format!(
        "SELECT users.email AS value FROM journal JOIN users ON users.id = journal.owner_id \
         WHERE op = 'sign_in_failed' AND detail LIKE '%{agent}%'"
    );
    server.ask(&sql).await
}

#[tokio::test]
async fn second_factors() {
    let server = TestServer::start().await;
    let app = switch_on(&server.user("alice").await).await;
    let stranger = server.stranger();
    for (agent, code) in [(WRONG, "x".to_owned()), (RIGHT, app.code(0))] {
        let session = first_step(&stranger, "alice").await;
        second_step(&stranger.using(agent), &session, &code)
            .await
            .json();
    }
    tells(&server, "sign_in_failed", WRONG, &[("why", "wrong code")]).await;
    let method = [("method", "password and code")];
    tells(&server, "sign_in", RIGHT, &method).await;
}

#[tokio::test]
async fn passkeys() {
    let server = TestServer::start_with(&[SITE_SETTING]).await;
    let mut passkey = add_passkey(&server.user("alice").await).await;
    let stranger = server.stranger();
    for (agent, site) in [(WRONG, "https://evil.example"), (RIGHT, SITE)] {
        let (options, session) = begin(&stranger).await;
        let answer = passkey.answer(site, &options);
        finish(&stranger.using(agent), &session, &answer)
            .await
            .json();
    }
    let why = [("why", "wrong passkey")];
    tells(&server, "sign_in_failed", WRONG, &why).await;
    tells(&server, "sign_in", RIGHT, &[("method", "passkey")]).await;
}

#[tokio::test]
async fn passkeys_of_nobody_and_for_no_sign_in() {
    let server = TestServer::start_with(&[SITE_SETTING]).await;
    let alice = server.user("alice").await;
    let mut passkey = add_passkey(&alice).await;
    let stranger = server.stranger();
    // Of an account that is not there, and of one that does not know it.
    for (agent, handle, why) in [
        (WRONG, "AAAA".to_owned(), "passkey of nobody"),
        (
            "another burglar",
            URL_SAFE_NO_PAD.encode(&server.admin().id),
            "unknown passkey, or account not active",
        ),
    ] {
        let (options, session) = begin(&stranger).await;
        let mut answer = passkey.answer(SITE, &options);
        answer["response"]["userHandle"] = handle.into();
        let refused = finish(&stranger.using(agent), &session, &answer).await;
        refused.refused(code::PASSKEY_REFUSED);
        tells(&server, "sign_in_failed", agent, &[("why", why)]).await;
    }
    // For a sign-in that was never begun, and for one that is over.
    let (options, session) = begin(&stranger).await;
    let answer = passkey.answer(SITE, &options);
    finish(&stranger, &session, &answer).await.ok();
    for (agent, session) in [("a third", "made up"), ("a fourth", session.as_str())] {
        let refused = finish(&stranger.using(agent), session, &answer).await;
        refused.refused(code::NOT_FOUND);
        let details = [
            ("method", "passkey"),
            ("why", "no such sign-in with a passkey"),
        ];
        tells(&server, "sign_in_failed", agent, &details).await;
    }
}

#[tokio::test]
async fn codes_for_sign_ins_that_wait_for_none() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let app = switch_on(&alice).await;
    let stranger = server.stranger();
    let expired = first_step(&stranger, "alice").await;
    server
        .tamper("UPDATE tickets SET expires_at = 1 WHERE kind = 'two_factor_sign_in'")
        .await;
    // Begun with a password that was changed since.
    let outdated = first_step(&stranger, "alice").await;
    let change = json!({ "current_password": PASSWORD, "new_password": "another secret" });
    alice.change_settings(change).await.done();
    let details = [
        ("method", "code"),
        ("why", "no such sign-in waits for a code"),
    ];
    for (agent, session) in [
        (WRONG, "made up"),
        ("another burglar", expired.as_str()),
        ("a third", outdated.as_str()),
    ] {
        let refused = second_step(&stranger.using(agent), session, &app.code(0)).await;
        refused.refused(code::NOT_FOUND);
        tells(&server, "sign_in_failed", agent, &details).await;
    }
}

#[tokio::test]
async fn resets() {
    let mail = MailServer::start().await;
    let server = TestServer::start_with_mail(&mail, &[]).await;
    server.user("alice").await;
    let stranger = server.stranger();
    let body = json!({ "email": "alice@example.com" });
    let asks = stranger.using("a forgetful one");
    asks.post("/user/reset", body).await.done();
    let letter = mail.next().await;
    let path = format!("/user/reset/{}", letter.parameter("id"));
    for (agent, secret) in [(WRONG, "x".to_owned()), (RIGHT, letter.parameter("secret"))] {
        let body = json!({ "password": "another secret", "secret": secret });
        stranger.using(agent).patch(&path, body).await.json();
    }
    tells(&server, "reset_asked", "a forgetful one", &[]).await;
    let why = [("why", "wrong secret of a mail")];
    tells(&server, "proof_failed", WRONG, &why).await;
    tells(&server, "password", RIGHT, &[]).await;
}

#[tokio::test]
async fn refreshing() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let mut forger = alice.using(WRONG);
    forger.refresh_token = alice.access_token.clone();
    forger.refresh().await.refused(code::CREDENTIAL_INVALID);
    alice.using(RIGHT).refresh().await.ok();
    let method = [("method", "refresh")];
    tells(&server, "sign_in_failed", WRONG, &method).await;
    tells(&server, "refresh", RIGHT, &method).await;
    // A token of ours that is worth nothing any more is told to its owner's journal.
    alice.sign_out().await.ok();
    let late = alice.using("a thief");
    late.refresh().await.refused(code::CREDENTIAL_INVALID);
    tells(&server, "sign_in_failed", "a thief", &method).await;
    assert_eq!(owner_of(&server, "a thief").await, "alice@example.com");
}

#[tokio::test]
async fn apps() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let app = App::desktop();
    let scopes = "openid offline_access Files.Write";
    let mut impostor = App::desktop();
    impostor.secret = "wrong".to_owned();
    let code = app.code(&alice, scopes).await;
    let burglar = server.stranger().using(WRONG);
    let refused = impostor.exchange(&burglar, &code).await;
    refused.refused_tokens("invalid_client", code::CREDENTIAL_INVALID);
    let code = app.code(&alice, scopes).await;
    let guest = server.stranger().using(RIGHT);
    let tokens = app.exchange(&guest, &code).await.bare();
    let details = [("method", "app"), ("app", app.id.as_str())];
    tells(&server, "sign_in_failed", WRONG, &details).await;
    tells(&server, "sign_in", RIGHT, &details).await;

    let token = tokens["refresh_token"].as_str().unwrap();
    for (agent, secret) in [
        ("a second burglar", "wrong"),
        ("a second guest", app.secret.as_str()),
    ] {
        let form = [
            ("grant_type", "refresh_token"),
            ("client_id", app.id.as_str()),
            ("client_secret", secret),
            ("refresh_token", token),
        ];
        ask_for_tokens(&server.stranger().using(agent), &form).await;
    }
    tells(&server, "sign_in_failed", "a second burglar", &details).await;
    tells(&server, "refresh", "a second guest", &details[1..]).await;
    // A code that comes again, and one that never was.
    for (agent, code) in [("a third burglar", code.as_str()), ("a fourth", "made up")] {
        app.exchange(&server.stranger().using(agent), code).await;
        tells(&server, "sign_in_failed", agent, &details).await;
    }
    // One that was traded in time, of an app that was shut out since.
    let code = app.code(&alice, scopes).await;
    let grant = format!("/session/oauth/grant/{}", app.id);
    alice.delete_json(&grant, json!({})).await.done();
    let refused = app
        .exchange(&server.stranger().using("a fifth"), &code)
        .await;
    refused.refused_tokens("invalid_grant", code::CREDENTIAL_INVALID);
    tells(&server, "sign_in_failed", "a fifth", &details).await;
    assert_eq!(owner_of(&server, "a fifth").await, "alice@example.com");
}

#[tokio::test]
async fn passwords_and_what_keeps_their_owners_outside() {
    let server = TestServer::start().await;
    server.user("alice").await;
    let ban = "UPDATE users SET status = 'manual_banned', updated_at = updated_at + 1 \
               WHERE email = 'alice@example.com'";
    server.tamper(ban).await;
    let banned = server.stranger().using("a banned one");
    banned
        .try_sign_in("alice", PASSWORD)
        .await
        .refused(code::USER_BANNED);
    let why = [("why", "blocked")];
    tells(&server, "sign_in_failed", "a banned one", &why).await;
}
