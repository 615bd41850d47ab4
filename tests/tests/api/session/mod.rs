//! `/session`: signing in, staying signed in, signing out.

mod forgery;
mod tokens;

use serde_json::{Value, json};
use tests::{PASSWORD, TestServer};

use crate::code;

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
    assert_eq!(user["group"]["permission"], "lAg=");
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
