//! `/session`: signing in, staying signed in, signing out.

use serde_json::{Value, json};
use tests::{PASSWORD, TestServer};

use crate::code;

#[tokio::test]
async fn signing_in_answers_the_user_and_two_tokens() {
    let server = TestServer::start().await;
    server.user("alice").await;
    let reply = server.stranger().try_sign_in("alice", PASSWORD).await;
    let shape = reply.shape();
    let user = &shape["data"]["user"];
    assert_eq!(user["email"], "alice@example.com");
    assert_eq!(user["nickname"], "alice");
    assert_eq!(user["status"], "active");
    assert_eq!(user["created_at"], "[time]");
    assert_eq!(user["group"]["name"], "User");
    assert_eq!(user["group"]["permission"], "hAg=");
    assert!(user.get("avatar").is_none());
    assert!(user.get("anonymous").is_none());
    assert_eq!(
        shape["data"]["token"],
        json!({
            "access_token": "[token]",
            "refresh_token": "[token]",
            "access_expires": "[time]",
            "refresh_expires": "[time]",
        })
    );
}

#[tokio::test]
async fn the_first_to_register_becomes_administrator_and_the_second_does_not() {
    let server = TestServer::start_empty().await;
    let first = server.user("first").await;
    let second = server.user("second").await;
    assert_eq!(first.me().await.ok()["group"]["name"], "Admin");
    assert_eq!(first.me().await.ok()["group"]["permission"], "/RoB");
    assert_eq!(second.me().await.ok()["group"]["name"], "User");
}

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

pub(crate) fn decode_base64url(text: &str) -> Vec<u8> {
    let value = |byte: u8| match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'-' => 62,
        b'_' => 63,
        _ => panic!("{text} is not base64url"),
    };
    let mut bytes = Vec::new();
    let (mut bits, mut filled) = (0_u32, 0);
    for byte in text.bytes() {
        bits = bits << 6 | u32::from(value(byte));
        filled += 6;
        if filled >= 8 {
            filled -= 8;
            bytes.push((bits >> filled) as u8);
        }
    }
    bytes
}

#[tokio::test]
async fn mail_addresses_are_the_same_in_any_case() {
    let server = TestServer::start().await;
    server.user("alice").await;
    let body = json!({ "email": "ALICE@Example.com", "password": PASSWORD });
    server
        .stranger()
        .post("/session/token", body.clone())
        .await
        .ok();
    server
        .stranger()
        .post("/user", body)
        .await
        .refused(code::EMAIL_EXISTS);
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_answer_alike() {
    let server = TestServer::start().await;
    server.user("alice").await;
    let stranger = server.stranger();
    let wrong = stranger.try_sign_in("alice", "not the password").await;
    let unknown = stranger.try_sign_in("nobody", "not the password").await;
    wrong.refused(code::PASSWORD_WRONG);
    assert_eq!(wrong.shape(), unknown.shape());
}

#[tokio::test]
async fn prepare_tells_how_one_may_sign_in() {
    let server = TestServer::start().await;
    server.user("alice").await;
    let stranger = server.stranger();
    let prepared = stranger
        .get_json("/session/prepare", &[("email", "alice@example.com")])
        .await;
    assert_eq!(
        prepared.ok(),
        json!({ "webauthn_enabled": false, "password_enabled": true })
    );
    let unknown = stranger
        .get_json("/session/prepare", &[("email", "nobody@example.com")])
        .await;
    unknown.refused(code::NOT_FOUND);
    for bad in ["", "not an address"] {
        stranger
            .get_json("/session/prepare", &[("email", bad)])
            .await
            .refused(code::PARAMETER);
    }
    stranger
        .get_json("/session/prepare", &[])
        .await
        .refused(code::PARAMETER);
}

#[tokio::test]
async fn malformed_sign_ins_are_refused() {
    let server = TestServer::start().await;
    let stranger = server.stranger();
    for body in [
        json!({}),
        json!({ "email": "alice@example.com" }),
        json!({ "password": PASSWORD }),
        json!({ "email": "alice", "password": PASSWORD }),
        json!({ "email": "alice@example.com", "password": "abc" }),
        json!({ "email": "alice@example.com", "password": "x".repeat(129) }),
        json!({ "email": ["alice@example.com"], "password": PASSWORD }),
        json!({ "email": "alice@example.com", "password": { "$ne": "" } }),
        json!([]),
        json!("text"),
        Value::Null,
    ] {
        let reply = stranger.post("/session/token", body.clone()).await;
        assert_eq!(reply.code(), code::PARAMETER, "{body}");
    }
    for text in ["", "{", "{\"email\":", "\u{0}", "[[[[[["] {
        let reply = stranger
            .send_text(reqwest::Method::POST, "/session/token", text)
            .await;
        assert_eq!(reply.code(), code::PARAMETER, "{text:?}");
    }
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

#[tokio::test]
async fn a_captcha_guards_the_door_where_the_site_wants_one() {
    let server = TestServer::start_with(&[("login_captcha", "1")]).await;
    let stranger = server.stranger();
    let login = stranger.get_json("/site/config/login", &[]).await.ok();
    assert_eq!(login["login_captcha"], true);
    stranger
        .try_sign_in("admin", PASSWORD)
        .await
        .refused(code::CAPTCHA);

    let captcha = stranger.get_json("/site/captcha", &[]).await.ok();
    assert!(
        captcha["image"]
            .as_str()
            .unwrap()
            .starts_with("data:image/png;base64,")
    );
    let body = json!({
        "email": "admin@example.com",
        "password": PASSWORD,
        "captcha": "certainly wrong",
        "ticket": captcha["ticket"],
    });
    stranger
        .post("/session/token", body)
        .await
        .refused(code::CAPTCHA);
}
