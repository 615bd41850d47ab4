//! The second factor, as its owner uses it.

use serde_json::json;
use tests::{PASSWORD, TestServer};

use super::{App, first_step, second_step, signed_in, switch_on};
use crate::code;

#[tokio::test]
async fn a_secret_is_32_characters_of_base32() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let secret = alice.get_json("/user/setting/2fa", &[]).await.ok();
    let secret = secret.as_str().unwrap();
    assert_eq!(secret.len(), 32);
    assert!(
        secret
            .bytes()
            .all(|c| matches!(c, b'A'..=b'Z' | b'2'..=b'7'))
    );
}

#[tokio::test]
async fn switched_on_it_asks_for_a_code_after_the_password() {
    let mut server = TestServer::start().await;
    let alice = server.user("alice").await;
    let app = switch_on(&alice).await;
    let settings = alice.get_json("/user/setting", &[]).await.ok();
    assert_eq!(settings["two_fa_enabled"], true);

    let stranger = server.stranger();
    let reply = stranger.try_sign_in("alice", PASSWORD).await;
    let session = reply.json()["data"].as_str().unwrap().to_owned();
    assert_eq!(
        reply.json(),
        json!({ "code": 203, "data": session, "msg": "" })
    );
    assert!(uuid::Uuid::parse_str(&session).is_ok());
    // It is in the database, not in the process.
    server.restart().await;
    let reply = second_step(&stranger, &session, &app.code(0)).await;
    let again = signed_in(&stranger, &reply);
    assert_eq!(again.me().await.ok()["id"], alice.id);
    again.refresh().await.ok();
}

#[tokio::test]
async fn nothing_is_switched_on_without_a_secret_and_its_code() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let on = |code: &str| json!({ "two_fa_enabled": true, "two_fa_code": code });
    alice
        .change_settings(on("123456"))
        .await
        .refused(code::INTERNAL_SETTING);
    let secret = alice.get_json("/user/setting/2fa", &[]).await.ok();
    let app = App::of(secret.as_str().unwrap());
    let right = app.code(0);
    let wrong = if right == "000000" {
        "000001"
    } else {
        "000000"
    };
    for bad in [
        json!({ "two_fa_enabled": true }),
        on(""),
        on("12345"),
        on(wrong),
        on("abcdef"),
    ] {
        let reply = alice.change_settings(bad.clone()).await;
        assert_eq!(reply.code(), code::SECOND_FACTOR_WRONG, "{bad}");
    }
    // Other changes of the same request are not made either.
    let both = json!({ "nick": "Mallory", "two_fa_enabled": true, "two_fa_code": wrong });
    alice
        .change_settings(both)
        .await
        .refused(code::SECOND_FACTOR_WRONG);
    assert_eq!(alice.me().await.ok()["nickname"], "alice");
    server.stranger().try_sign_in("alice", PASSWORD).await.ok();
    alice.change_settings(on(&app.code(0))).await.done();
}

#[tokio::test]
async fn a_code_switches_it_off() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let app = switch_on(&alice).await;
    let off = |code: &str| json!({ "two_fa_enabled": false, "two_fa_code": code });
    alice
        .change_settings(off(""))
        .await
        .refused(code::SECOND_FACTOR_WRONG);
    alice.change_settings(off(&app.code(0))).await.done();
    server.stranger().try_sign_in("alice", PASSWORD).await.ok();
    let settings = alice.get_json("/user/setting", &[]).await.ok();
    assert_eq!(settings["two_fa_enabled"], false);
}

#[tokio::test]
async fn a_recovery_code_opens_once_instead_of_a_lost_phone() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let app = switch_on(&alice).await;
    let body = json!({ "two_fa_code": app.code(0) });
    let made = alice.post("/user/setting/2fa/recovery", body).await.ok();
    let codes: Vec<String> = serde_json::from_value(made["codes"].clone()).unwrap();
    assert_eq!(codes.len(), 10);
    let left =
        async || alice.get_json("/user/setting/2fa/recovery", &[]).await.ok()["left"].clone();
    assert_eq!(left().await, 10);

    let stranger = server.stranger();
    let session = first_step(&stranger, "alice").await;
    // As people type it.
    let typed = codes[3].to_uppercase().replace('-', " ");
    second_step(&stranger, &session, &typed).await.ok();
    assert_eq!(left().await, 9);
    let session = first_step(&stranger, "alice").await;
    second_step(&stranger, &session, &codes[3])
        .await
        .refused(code::SECOND_FACTOR_WRONG);
    // Another one switches it off, and the rest goes with it.
    let off = json!({ "two_fa_enabled": false, "two_fa_code": codes[5] });
    alice.change_settings(off).await.done();
    assert_eq!(left().await, 0);
}

#[tokio::test]
async fn secrets_and_codes_are_not_stored_as_they_are() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let secret = alice.get_json("/user/setting/2fa", &[]).await.ok();
    let secret = secret.as_str().unwrap();
    let pending = server
        .ask("SELECT value FROM tickets WHERE kind = 'two_factor_setup'")
        .await;
    assert!(
        pending.starts_with("v1:") && !pending.contains(secret),
        "{pending}"
    );
    let app = App::of(secret);
    let on = json!({ "two_fa_enabled": true, "two_fa_code": app.code(-1) });
    alice.change_settings(on).await.done();
    let stored = server
        .ask("SELECT two_factor_secret AS value FROM users WHERE email = 'alice@example.com'")
        .await;
    assert!(
        stored.starts_with("v1:") && !stored.contains(secret),
        "{stored}"
    );
    let body = json!({ "two_fa_code": app.code(0) });
    let made = alice.post("/user/setting/2fa/recovery", body).await.ok();
    let hashes = server
        .ask("SELECT MAX(code_hash) AS value FROM recovery_codes")
        .await;
    assert_eq!(hashes.len(), 64);
    assert!(!made.to_string().contains(&hashes));
}

#[tokio::test]
async fn an_imported_secret_in_plain_base32_works() {
    let server = TestServer::start().await;
    server.user("alice").await;
    let secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
    server
        .tamper(&format!(
            "UPDATE users SET two_factor_secret = '{secret}' WHERE email = 'alice@example.com'"
        ))
        .await;
    let stranger = server.stranger();
    let session = first_step(&stranger, "alice").await;
    let code = App::of(secret).code(0);
    second_step(&stranger, &session, &code).await.ok();
}
