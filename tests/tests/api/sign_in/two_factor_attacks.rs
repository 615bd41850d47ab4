//! The second factor, as somebody who has the password attacks it.

use serde_json::json;
use tests::{PASSWORD, TestServer};

use super::{App, first_step, second_step, switch_on};
use crate::code;

/// Six digits that are not among these.
fn wrong(app: &App) -> String {
    let right = [app.code(-1), app.code(0), app.code(1), app.code(2)];
    (0..10)
        .map(|n| format!("{n:06}"))
        .find(|code| !right.contains(code))
        .unwrap()
}

#[tokio::test]
async fn a_code_that_was_seen_is_worth_nothing() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let app = switch_on(&alice).await;
    let stranger = server.stranger();
    let code = app.code(0);
    let session = first_step(&stranger, "alice").await;
    second_step(&stranger, &session, &code).await.ok();
    // Neither with the same session nor with another, nor to switch it off.
    second_step(&stranger, &session, &code)
        .await
        .refused(code::NOT_FOUND);
    let session = first_step(&stranger, "alice").await;
    second_step(&stranger, &session, &code)
        .await
        .refused(code::SECOND_FACTOR_WRONG);
    let off = json!({ "two_fa_enabled": false, "two_fa_code": code });
    alice
        .change_settings(off)
        .await
        .refused(code::SECOND_FACTOR_WRONG);
}

#[tokio::test]
async fn of_many_who_use_a_code_at_once_one_comes_in() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let app = switch_on(&alice).await;
    let stranger = server.stranger();
    let mut sessions = Vec::new();
    for _ in 0..4 {
        sessions.push(first_step(&stranger, "alice").await);
    }
    let code = app.code(0);
    let tries = sessions
        .iter()
        .map(|session| second_step(&stranger, session, &code));
    let replies = futures_util::future::join_all(tries).await;
    let inside = replies.iter().filter(|reply| reply.code() == 0).count();
    assert_eq!(inside, 1);
}

#[tokio::test]
async fn guessing_ends_the_session_and_then_the_patience() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let app = switch_on(&alice).await;
    let stranger = server.stranger();
    let guess = wrong(&app);
    let session = first_step(&stranger, "alice").await;
    for _ in 0..5 {
        second_step(&stranger, &session, &guess)
            .await
            .refused(code::SECOND_FACTOR_WRONG);
    }
    second_step(&stranger, &session, &app.code(0))
        .await
        .refused(code::NOT_FOUND);
    let session = first_step(&stranger, "alice").await;
    let mut refused = 0;
    for _ in 0..5 {
        let reply = second_step(&stranger, &session, &guess).await;
        reply.refused_with_any(&[
            code::SECOND_FACTOR_WRONG,
            code::NO_PERMISSION,
            code::NOT_FOUND,
        ]);
        refused += 1;
    }
    assert_eq!(refused, 5);
    let session = first_step(&stranger, "alice").await;
    second_step(&stranger, &session, &app.code(0))
        .await
        .refused(code::NO_PERMISSION);
    // Those who are inside stay inside, and each failure is in the journal.
    alice.me().await.ok();
    let mut failures = server.journal("sign_in_failed").await;
    failures.retain(|entry| entry["why"] == "wrong code");
    assert_eq!(failures.len(), 10);
    assert_eq!(failures[0]["ip"], "127.0.0.1");
}

#[tokio::test]
async fn a_session_is_for_the_password_it_was_begun_with() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let app = switch_on(&alice).await;
    let stranger = server.stranger();
    let session = first_step(&stranger, "alice").await;
    let change = json!({ "current_password": PASSWORD, "new_password": "another secret" });
    alice.change_settings(change).await.done();
    second_step(&stranger, &session, &app.code(0))
        .await
        .refused(code::NOT_FOUND);
}

#[tokio::test]
async fn sessions_of_other_kinds_and_made_up_ones_open_nothing() {
    let server = TestServer::start_with(&[super::SITE_SETTING]).await;
    let alice = server.user("alice").await;
    let app = switch_on(&alice).await;
    let mut passkey = super::add_passkey(&alice).await;
    let stranger = server.stranger();
    let (options, passkey_session) = super::begin(&stranger).await;
    // One that is under way.
    alice.get_json("/user/setting/2fa", &[]).await.ok();
    let captcha = stranger.get_json("/site/captcha", &[]).await.ok();
    let captcha = captcha["ticket"].as_str().unwrap();
    for session in [
        passkey_session.as_str(),
        captcha,
        "two_factor_setup:2",
        "00000000-0000-0000-0000-000000000000",
        "x",
    ] {
        second_step(&stranger, session, &app.code(0))
            .await
            .refused(code::NOT_FOUND);
    }
    // Nor does a passkey end what waits for a code, or use it up.
    let waiting = first_step(&stranger, "alice").await;
    let answer = passkey.answer(super::SITE, &options);
    let crossed = super::finish(&stranger, &waiting, &answer).await;
    crossed.refused(code::NOT_FOUND);
    second_step(&stranger, &waiting, &app.code(0)).await.ok();
    for body in [
        json!({}),
        json!({ "otp": "123456" }),
        json!({ "session_id": "x" }),
        json!({ "otp": "", "session_id": "x" }),
        json!({ "otp": "1".repeat(65), "session_id": "x" }),
        json!({ "otp": ["123456"], "session_id": "x" }),
    ] {
        let reply = stranger.post("/session/token/2fa", body.clone()).await;
        assert_eq!(reply.code(), code::PARAMETER, "{body}");
    }
}

#[tokio::test]
async fn a_stolen_access_token_cannot_replace_the_second_factor() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let app = switch_on(&alice).await;
    // With a secret of the thief's own choosing.
    let secret = alice.get_json("/user/setting/2fa", &[]).await.ok();
    let thief = App::of(secret.as_str().unwrap());
    let on = json!({ "two_fa_enabled": true, "two_fa_code": thief.code(0) });
    alice.change_settings(on).await.refused(code::PARAMETER);
    let stranger = server.stranger();
    let session = first_step(&stranger, "alice").await;
    second_step(&stranger, &session, &app.code(0)).await.ok();
}

#[tokio::test]
async fn a_recovery_code_is_its_owners_alone() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    let (hers, his) = (switch_on(&alice).await, switch_on(&bob).await);
    let made = json!({ "two_fa_code": his.code(0) });
    let made = bob.post("/user/setting/2fa/recovery", made).await.ok();
    let his_code = made["codes"][0].as_str().unwrap().to_owned();
    let stranger = server.stranger();
    let session = first_step(&stranger, "alice").await;
    second_step(&stranger, &session, &his_code)
        .await
        .refused(code::SECOND_FACTOR_WRONG);
    second_step(&stranger, &session, &hers.code(0)).await.ok();
    // New ones need a code, too.
    let reply = bob
        .post("/user/setting/2fa/recovery", json!({ "two_fa_code": "x" }))
        .await;
    reply.refused(code::SECOND_FACTOR_WRONG);
}

#[tokio::test]
async fn a_blocked_account_does_not_finish_what_it_began() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let app = switch_on(&alice).await;
    let stranger = server.stranger();
    let session = first_step(&stranger, "alice").await;
    server
        .tamper("UPDATE users SET status = 'manual_banned' WHERE email = 'alice@example.com'")
        .await;
    second_step(&stranger, &session, &app.code(0))
        .await
        .refused(code::NOT_FOUND);
    stranger
        .try_sign_in("alice", PASSWORD)
        .await
        .refused(code::USER_BANNED);
}
