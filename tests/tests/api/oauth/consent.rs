//! `POST /session/oauth/consent`.

use serde_json::{Value, json};
use tests::{App, Client, Reply, TestServer};

use super::ALL;
use crate::code;

async fn consent(who: &Client, change: Value) -> Reply {
    let mut consent = App::desktop().consent(ALL);
    for (name, value) in change.as_object().unwrap() {
        consent[name] = value.clone();
    }
    who.post("/session/oauth/consent", consent).await
}

#[tokio::test]
async fn consent_answers_a_code_and_the_state() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let answer = consent(&alice, json!({ "state": "ünïque &?#" })).await.ok();
    let code = answer["code"].as_str().unwrap();
    assert_eq!(code.len(), 128);
    assert!(code.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    assert_eq!(answer["state"], "ünïque &?#");
    let without = json!({ "state": null, "code_challenge_method": null });
    assert_eq!(consent(&alice, without).await.ok()["state"], "");
}

#[tokio::test]
async fn an_app_whose_secret_everybody_knows_needs_a_challenge() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    for none in [json!(null), json!("")] {
        let without = json!({ "code_challenge": none, "code_challenge_method": null });
        consent(&alice, without).await.refused(code::PARAMETER);
    }
    // A secret of its own is as good.
    let app = App::registered(&server, "https://app.example/cb", "openid");
    let mut without = app.consent("openid");
    without["code_challenge"] = json!("");
    alice.post("/session/oauth/consent", without).await.ok();
}

#[tokio::test]
async fn nobody_consents_for_somebody_else() {
    let server = TestServer::start().await;
    consent(&server.stranger(), json!({}))
        .await
        .refused(code::LOGIN_REQUIRED);
}

#[tokio::test]
async fn addresses_match_to_the_letter() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let app = App::registered(&server, "https://app.example/cb?x=1", "openid");
    for wrong in [
        "",
        "https://app.example/cb",
        "https://app.example/cb?x=1&y=2",
        "https://app.example/cb?x=1#f",
        "https://app.example/cb/?x=1",
        "https://app.example/cb?x=1 ",
        "https://APP.example/cb?x=1",
        "http://app.example/cb?x=1",
        "https://app.example:443/cb?x=1",
        "https://app.example.evil.example/cb?x=1",
        "https://app.example@evil.example/cb?x=1",
        "https://evil.example/https://app.example/cb?x=1",
        "https://app.example/cb/../cb?x=1",
        "https://app.example/%63b?x=1",
        "//app.example/cb?x=1",
        "javascript:alert(1)",
        "/callback/desktop",
    ] {
        let mut consent = app.consent("openid");
        consent["redirect_uri"] = wrong.into();
        let reply = alice.post("/session/oauth/consent", consent).await;
        reply.refused(code::PARAMETER);
    }
    app.code(&alice, "openid").await;
    for wrong in ["/callback/ios", "/callback/desktop/", "//callback/desktop"] {
        let reply = consent(&alice, json!({ "redirect_uri": wrong })).await;
        reply.refused(code::PARAMETER);
    }
}

#[tokio::test]
async fn only_what_the_app_offers_can_be_granted() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    for wrong in [
        "",
        "profile",
        "Files.Write",
        "openid Admin.Read",
        "openid UserSecurityInfo.Write",
        // Listed is `Files.Write`; what it implies is not.
        "openid Files.Read",
        "openid  profile",
        " openid",
        "openid ",
        "openid\tprofile",
        "OPENID",
        "openid nonsense",
    ] {
        let reply = consent(&alice, json!({ "scope": wrong })).await;
        reply.refused(code::PARAMETER);
    }
    let settings = alice.get_json("/user/setting", &[]).await.ok();
    assert!(
        settings.get("oauth_grants").is_none(),
        "nothing was granted"
    );
}

#[tokio::test]
async fn other_requests_of_the_wrong_form_are_refused() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    for wrong in [
        json!({ "response_type": "token" }),
        json!({ "response_type": "code token" }),
        json!({ "response_type": null }),
        json!({ "client_id": null }),
        json!({ "code_challenge_method": "plain" }),
        json!({ "code_challenge_method": "s256" }),
        json!({ "code_challenge": "x".repeat(256) }),
        json!({ "code_challenge": "with space" }),
        json!({ "state": "x".repeat(4097) }),
        json!({ "nonce": "x".repeat(513) }),
    ] {
        consent(&alice, wrong).await.refused(code::PARAMETER);
    }
    let unknown = json!({ "client_id": "5f0c2a34-9b1e-4c7a-8a55-0d7b6f1e2c33" });
    consent(&alice, unknown).await.refused(code::NOT_FOUND);
}

#[tokio::test]
async fn an_app_that_is_switched_off_is_unknown() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let app = App::desktop().let_in(&alice, ALL).await;
    let code = App::desktop().code(&alice, ALL).await;
    server
        .tamper("UPDATE oauth_clients SET is_enabled = FALSE")
        .await;
    consent(&alice, json!({})).await.refused(code::NOT_FOUND);
    let path = format!("/session/oauth/app/{}", App::desktop().id);
    alice.get_json(&path, &[]).await.refused(code::NOT_FOUND);
    let reply = App::desktop().exchange(&server.stranger(), &code).await;
    reply.refused_tokens("invalid_client", code::NOT_FOUND);
    app.list("/").await.refused(code::CREDENTIAL_INVALID);
    app.refresh().await.refused(code::CREDENTIAL_INVALID);
}
