//! Passkeys, as they are attacked.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tests::{Passkey, TestServer};

use super::{SITE, SITE_SETTING, add_passkey, begin, finish};
use crate::code;

#[tokio::test]
async fn an_answer_counts_once_and_for_its_own_ceremony() {
    let server = TestServer::start_with(&[SITE_SETTING]).await;
    let alice = server.user("alice").await;
    let mut passkey = add_passkey(&alice).await;
    let stranger = server.stranger();
    let (options, session) = begin(&stranger).await;
    let (_, other) = begin(&stranger).await;
    let answer = passkey.answer(SITE, &options);
    // Crossed: the challenge is not that of the other ceremony, which is used up by this.
    finish(&stranger, &other, &answer)
        .await
        .refused(code::PASSKEY_REFUSED);
    finish(&stranger, &other, &answer)
        .await
        .refused(code::NOT_FOUND);
    finish(&stranger, &session, &answer).await.ok();
    // Replayed.
    finish(&stranger, &session, &answer)
        .await
        .refused(code::NOT_FOUND);
}

#[tokio::test]
async fn a_failed_answer_uses_the_ceremony_up() {
    let server = TestServer::start_with(&[SITE_SETTING]).await;
    let alice = server.user("alice").await;
    let mut passkey = add_passkey(&alice).await;
    let stranger = server.stranger();
    let (options, session) = begin(&stranger).await;
    let good = passkey.answer(SITE, &options);
    let mut bad = good.clone();
    bad["response"]["signature"] = "AAAA".into();
    finish(&stranger, &session, &bad)
        .await
        .refused(code::PASSKEY_REFUSED);
    finish(&stranger, &session, &good)
        .await
        .refused(code::NOT_FOUND);
    let failures = server.journal("sign_in_failed").await;
    assert_eq!(failures[0]["why"], "wrong passkey");
}

#[tokio::test]
async fn pages_of_other_sites_get_nobody_in() {
    let server = TestServer::start_with(&[SITE_SETTING]).await;
    let alice = server.user("alice").await;
    let mut passkey = add_passkey(&alice).await;
    let stranger = server.stranger();
    for origin in [
        "https://evil.example",
        "http://drive.example",
        "https://drive.example:8443",
        "https://drive.example.evil.example",
        "https://sub.drive.example",
    ] {
        let (options, session) = begin(&stranger).await;
        let answer = passkey.answer(origin, &options);
        finish(&stranger, &session, &answer)
            .await
            .refused(code::PASSKEY_REFUSED);
    }
    // Nor does a forwarded host of their choosing.
    let request = stranger
        .request(reqwest::Method::PUT, "/session/authn")
        .header("Host", "evil.example")
        .header("X-Forwarded-Host", "evil.example");
    let begun = stranger.send(request).await.ok();
    assert_eq!(begun["options"]["publicKey"]["rpId"], "drive.example");
}

#[tokio::test]
async fn a_passkey_signs_in_as_its_owner_only() {
    let server = TestServer::start_with(&[SITE_SETTING]).await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    let hers = add_passkey(&alice).await;
    let mut his = add_passkey(&bob).await;
    let stranger = server.stranger();
    let admin = URL_SAFE_NO_PAD.encode(&server.admin().id);
    for handle in [
        hers.handle,
        admin.into(),
        "".into(),
        "AAAA".into(),
        Value::Null,
    ] {
        let (options, session) = begin(&stranger).await;
        let mut answer = his.answer(SITE, &options);
        answer["response"]["userHandle"] = handle.clone();
        let reply = finish(&stranger, &session, &answer).await;
        assert_eq!(reply.code(), code::PASSKEY_REFUSED, "{handle}");
    }
}

#[tokio::test]
async fn registration_and_sign_in_are_not_the_same() {
    let server = TestServer::start_with(&[SITE_SETTING]).await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    let options = alice.put_json("/user/authn", json!({})).await.ok();
    let (mut passkey, answer) = Passkey::create(SITE, &options);
    let body = json!({ "response": answer.to_string(), "name": "x", "ua": "" });
    // Bob has begun nothing; Alice's ceremony is not his.
    bob.post("/user/authn", body.clone())
        .await
        .refused(code::NOT_FOUND);
    bob.put_json("/user/authn", json!({})).await.ok();
    bob.post("/user/authn", body.clone())
        .await
        .refused(code::PASSKEY_REFUSED);
    alice.post("/user/authn", body.clone()).await.ok();
    alice
        .post("/user/authn", body)
        .await
        .refused(code::NOT_FOUND);
    // The id of a registration is no session, also while that goes on.
    let options = alice.put_json("/user/authn", json!({})).await.ok();
    let (begun, _) = begin(&alice).await;
    let answer = passkey.answer(SITE, &begun);
    for session in ["passkey_register:2", "passkey_register:1"] {
        finish(&alice, session, &answer)
            .await
            .refused(code::NOT_FOUND);
    }
    // Nor was it used up by that.
    let (_, answer) = Passkey::create(SITE, &options);
    let body = json!({ "response": answer.to_string(), "name": "x", "ua": "" });
    alice.post("/user/authn", body).await.ok();
}

#[tokio::test]
async fn a_credential_that_somebody_has_is_refused() {
    let server = TestServer::start_with(&[SITE_SETTING]).await;
    let alice = server.user("alice").await;
    let options = alice.put_json("/user/authn", json!({})).await.ok();
    let (_, answer) = Passkey::create(SITE, &options);
    let body = json!({ "response": answer.to_string(), "name": "x", "ua": "" });
    alice.post("/user/authn", body).await.ok();
    // The database keeps credential ids unique, whatever an authenticator says.
    let sql = "INSERT INTO passkeys (user_id, credential_id, name, credential, created_at) \
               SELECT 1, credential_id, name, credential, created_at FROM passkeys";
    use sea_orm::ConnectionTrait as _;
    let database = server.database().await;
    assert!(database.execute_unprepared(sql).await.is_err());
    database.close().await.unwrap();
}

#[tokio::test]
async fn a_counter_that_goes_back_betrays_a_copy() {
    let server = TestServer::start_with(&[SITE_SETTING]).await;
    let alice = server.user("alice").await;
    let mut passkey = add_passkey(&alice).await;
    let stranger = server.stranger();
    let (first, first_session) = begin(&stranger).await;
    let (second, second_session) = begin(&stranger).await;
    let earlier = passkey.answer(SITE, &first);
    let later = passkey.answer(SITE, &second);
    finish(&stranger, &second_session, &later).await.ok();
    finish(&stranger, &first_session, &earlier)
        .await
        .refused(code::PASSKEY_REFUSED);
}

#[tokio::test]
async fn blocked_accounts_have_no_passkeys() {
    let server = TestServer::start_with(&[SITE_SETTING]).await;
    let alice = server.user("alice").await;
    let mut passkey = add_passkey(&alice).await;
    for status in ["manual_banned", "sys_banned", "inactive"] {
        server
            .tamper(&format!(
                "UPDATE users SET status = '{status}' WHERE email = 'alice@example.com'"
            ))
            .await;
        let (options, session) = begin(&server.stranger()).await;
        let answer = passkey.answer(SITE, &options);
        finish(&server.stranger(), &session, &answer)
            .await
            .refused(code::PASSKEY_REFUSED);
    }
}

#[tokio::test]
async fn unreadable_answers_are_refused() {
    let server = TestServer::start_with(&[SITE_SETTING]).await;
    let alice = server.user("alice").await;
    let (_, session) = begin(&alice).await;
    alice.put_json("/user/authn", json!({})).await.ok();
    let huge = format!("\"{}\"", "x".repeat(100_000));
    for response in ["{", "null", "[]", "{}", "\"x\"", &huge] {
        let body = json!({ "response": response, "session_id": session });
        alice
            .post("/session/authn", body)
            .await
            .refused(code::PARAMETER);
        let body = json!({ "response": response, "name": "x", "ua": "" });
        alice
            .post("/user/authn", body)
            .await
            .refused(code::PARAMETER);
    }
}

#[tokio::test]
async fn at_a_bare_address_passkeys_are_refused_with_a_reason() {
    // Links carry the address that was asked, which has no name here.
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let none = serde_json::json!({});
    for reply in [
        alice.put_json("/user/authn", none.clone()).await,
        server.stranger().put_json("/session/authn", none).await,
    ] {
        reply.refused(code::PASSKEY_BEGIN);
        assert!(reply.text().contains("bare address"), "{}", reply.text());
    }
}
