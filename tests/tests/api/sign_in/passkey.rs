//! Passkeys, as their owner uses them.

use serde_json::json;
use tests::{Passkey, TestServer};

use super::{SITE, SITE_SETTING, UA, add_passkey, begin, finish, signed_in};
use crate::code;

#[tokio::test]
async fn what_a_browser_is_asked_to_make() {
    let server = TestServer::start_with(&[SITE_SETTING]).await;
    let alice = server.user("alice").await;
    let options = alice.put_json("/user/authn", json!({})).await.ok();
    let key = &options["publicKey"];
    assert_eq!(
        key["rp"],
        json!({ "id": "drive.example", "name": "Alcove" })
    );
    assert_eq!(key["user"]["name"], "alice@example.com");
    assert_eq!(key["user"]["displayName"], "alice");
    assert_eq!(key["timeout"], 300_000);
    assert_eq!(key["authenticatorSelection"]["requireResidentKey"], true);
    assert_eq!(
        key["authenticatorSelection"]["userVerification"],
        "preferred"
    );
    assert!(key.get("excludeCredentials").is_none());
    let algorithms = key["pubKeyCredParams"].as_array().unwrap();
    assert!(algorithms.contains(&json!({ "type": "public-key", "alg": -7 })));
    // 32 bytes in base64url.
    assert_eq!(key["challenge"].as_str().unwrap().len(), 43);

    let begun = server
        .stranger()
        .put_json("/session/authn", json!({}))
        .await
        .ok();
    let key = &begun["options"]["publicKey"];
    assert_eq!(key["rpId"], "drive.example");
    assert_eq!(key["timeout"], 300_000);
    assert!(key.get("allowCredentials").is_none());
    assert!(uuid::Uuid::parse_str(begun["session_id"].as_str().unwrap()).is_ok());
}

#[tokio::test]
async fn a_passkey_signs_in_without_a_password() {
    let mut server = TestServer::start_with(&[SITE_SETTING]).await;
    let alice = server.user("alice").await;
    let mut passkey = add_passkey(&alice).await;
    let stranger = server.stranger();
    for _ in 0..2 {
        let (options, session) = begin(&stranger).await;
        // Ceremonies are in the database, so another replica may finish them.
        server.restart().await;
        let answer = passkey.answer(SITE, &options);
        let reply = finish(&stranger, &session, &answer).await;
        assert_eq!(reply.shape()["data"]["token"]["access_token"], "[token]");
        let again = signed_in(&stranger, &reply);
        assert_eq!(again.me().await.ok()["id"], alice.id);
    }
    let entries = server.journal("sign_in").await;
    assert_eq!(entries.last().unwrap()["method"], "passkey");
}

#[tokio::test]
async fn a_page_at_another_address_of_the_site_may_ask() {
    let server = TestServer::start_with(&[SITE_SETTING]).await;
    let alice = server.user("alice").await;
    let named = |path: &str, method: reqwest::Method| {
        alice
            .request(method, path)
            .header("Host", "other.example")
            .json(&json!({}))
    };
    let options = alice
        .send(named("/user/authn", reqwest::Method::PUT))
        .await
        .ok();
    assert_eq!(options["publicKey"]["rp"]["id"], "other.example");
    let (_, answer) = Passkey::create("https://other.example", &options);
    let request = named("/user/authn", reqwest::Method::POST)
        .json(&json!({ "response": answer.to_string(), "name": "x", "ua": "" }));
    alice.send(request).await.ok();
}

#[tokio::test]
async fn passkeys_are_listed_named_and_removed() {
    let server = TestServer::start_with(&[SITE_SETTING]).await;
    let alice = server.user("alice").await;
    let prepared = async || {
        let query = [("email", "alice@example.com")];
        alice.get_json("/session/prepare", &query).await.ok()["webauthn_enabled"].clone()
    };
    let listed = async || alice.get_json("/user/setting", &[]).await.ok()["passkeys"].clone();
    assert_eq!(listed().await, serde_json::Value::Null);
    assert_eq!(prepared().await, false);

    let options = alice.put_json("/user/authn", json!({})).await.ok();
    let (mut passkey, answer) = Passkey::create(SITE, &options);
    let body = json!({ "response": answer.to_string(), "name": "{browser} on {os}", "ua": UA });
    let added = alice.post("/user/authn", body).await.ok();
    assert_eq!(added["name"], "Firefox on Linux");
    assert!(added.get("used_at").is_none());
    assert_eq!(listed().await, json!([added]));
    assert_eq!(prepared().await, true);

    let (options, session) = begin(&server.stranger()).await;
    let answer = passkey.answer(SITE, &options);
    finish(&server.stranger(), &session, &answer).await.ok();
    assert!(listed().await[0]["used_at"].is_string());
    // A second one must not be made on the same device.
    let options = alice.put_json("/user/authn", json!({})).await.ok();
    let excluded = &options["publicKey"]["excludeCredentials"];
    assert_eq!(
        excluded,
        &json!([{ "type": "public-key", "id": passkey.id }])
    );

    let bob = server.user("bob").await;
    let path = format!(
        "/user/authn?id={}",
        tests::escape(added["id"].as_str().unwrap())
    );
    let remove = |who: &tests::Client| who.request(reqwest::Method::DELETE, &path);
    bob.send(remove(&bob)).await.refused(code::NOT_FOUND);
    alice.send(remove(&alice)).await.done();
    alice.send(remove(&alice)).await.refused(code::NOT_FOUND);
    let (options, session) = begin(&server.stranger()).await;
    let answer = passkey.answer(SITE, &options);
    finish(&server.stranger(), &session, &answer)
        .await
        .refused(code::PASSKEY_REFUSED);
}

#[tokio::test]
async fn a_passkey_needs_no_second_factor() {
    let server = TestServer::start_with(&[SITE_SETTING]).await;
    let alice = server.user("alice").await;
    let mut passkey = add_passkey(&alice).await;
    super::switch_on(&alice).await;
    let (options, session) = begin(&server.stranger()).await;
    let answer = passkey.answer(SITE, &options);
    finish(&server.stranger(), &session, &answer).await.ok();
}

#[tokio::test]
async fn a_site_without_passkeys_begins_none() {
    let server = TestServer::start_with(&[SITE_SETTING, ("authn_enabled", "0")]).await;
    let alice = server.user("alice").await;
    for path in ["/user/authn", "/session/authn"] {
        alice
            .put_json(path, json!({}))
            .await
            .refused(code::FEATURE_OFF);
    }
}
