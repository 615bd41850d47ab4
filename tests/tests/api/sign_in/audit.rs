//! Every door tells the journal who came in and who did not, from where and with what.

use serde_json::{Value, json};
use tests::{App, MailServer, PASSWORD, TestServer, ask_for_tokens};

use super::{SITE, SITE_SETTING, add_passkey, begin, finish, first_step, second_step, switch_on};
use crate::code;

/// Names of the program in front of each door.
const RIGHT: &str = "a guest";
const WRONG: &str = "a burglar";

/// Each of these doings by the program is told once, with the address and these facts.
async fn tells(server: &TestServer, op: &str, agent: &str, facts: &[(&str, &str)]) {
    let told = server.told(op, agent).await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0]["ip"], "127.0.0.1", "{told:?}");
    for (name, value) in facts {
        assert_eq!(told[0][name], Value::from(*value), "{told:?}");
    }
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
    let owner = server
        .ask(
            "SELECT users.email AS value FROM journal JOIN users ON users.id = journal.owner_id \
             WHERE op = 'sign_in_failed' AND detail LIKE '%a thief%'",
        )
        .await;
    assert_eq!(owner, "alice@example.com");
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
    let facts = [("method", "app"), ("app", app.id.as_str())];
    tells(&server, "sign_in_failed", WRONG, &facts).await;
    tells(&server, "sign_in", RIGHT, &facts).await;

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
    tells(&server, "sign_in_failed", "a second burglar", &facts).await;
    tells(&server, "refresh", "a second guest", &facts[1..]).await;
    // A code that comes again, and one that never was.
    for (agent, code) in [("a third burglar", code.as_str()), ("a fourth", "made up")] {
        app.exchange(&server.stranger().using(agent), code).await;
        tells(&server, "sign_in_failed", agent, &facts).await;
    }
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

#[tokio::test]
async fn who_comes_again_and_again_does_not_fill_the_journal() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let mut forger = alice.using(WRONG);
    for n in 0..40 {
        forger.refresh_token = Some(format!("garbage {n}"));
        forger.refresh().await.refused(code::CREDENTIAL_INVALID);
    }
    alice.using(RIGHT).refresh().await.ok();
    server.told("refresh", RIGHT).await;
    let told = server.told("sign_in_failed", WRONG).await.len();
    // Twenty a minute, and a minute may pass in between.
    assert!((20..40).contains(&told), "{told}");
}
