//! `/session/openid`: the ways that must not lead in.

use reqwest::Method;
use serde_json::{Value, json};
use tests::TestServer;

use super::{SITE, Two, query};
use crate::code;

#[tokio::test]
async fn without_a_provider_there_is_no_way() {
    let server = TestServer::start().await;
    let stranger = server.stranger();
    for provider in [0, 1, 2, 3, -1, 99] {
        let body = json!({ "provider": provider });
        stranger
            .put_json("/session/openid", body)
            .await
            .refused(code::FEATURE_OFF);
    }
    let body = json!({ "provider": "x" });
    stranger
        .put_json("/session/openid", body)
        .await
        .refused(code::PARAMETER);
}

#[tokio::test]
async fn sessions_are_good_once_and_only_for_what_they_were_begun() {
    let two = Two::with(json!({ "create_accounts": true })).await;
    let stranger = two.drive.stranger();
    let asked = two.begin(&stranger, false).await;
    let carol = two.there("carol").await;
    let code = two.consent(&carol, &asked).await;
    two.finish(&stranger, &asked, &code).await.ok();
    two.finish(&stranger, &asked, &code)
        .await
        .refused(code::LOGIN_SESSION);

    // A code of one sign-in does not end another: nonce and challenge differ.
    let (one, other) = (
        two.begin(&stranger, false).await,
        two.begin(&stranger, false).await,
    );
    let code = two.consent(&carol, &one).await;
    two.finish(&stranger, &other, &code)
        .await
        .refused(code::NO_PERMISSION);

    // A wrong code uses the session up.
    let asked = two.begin(&stranger, false).await;
    two.finish(&stranger, &asked, "nonsense")
        .await
        .refused(code::NO_PERMISSION);
    let code = two.consent(&carol, &asked).await;
    two.finish(&stranger, &asked, &code)
        .await
        .refused(code::LOGIN_SESSION);

    // Late.
    let asked = two.begin(&stranger, false).await;
    let code = two.consent(&carol, &asked).await;
    two.drive
        .tamper("UPDATE tickets SET expires_at = 1 WHERE kind = 'openid_session'")
        .await;
    two.finish(&stranger, &asked, &code)
        .await
        .refused(code::LOGIN_SESSION);
}

#[tokio::test]
async fn the_provider_must_be_the_one_that_was_asked() {
    let two = Two::with(json!({})).await;
    let stranger = two.drive.stranger();
    let asked = two.begin(&stranger, false).await;
    let session = query(&asked)["state"].clone();
    let body = json!({ "code": "x", "session_id": session, "provider_id": 0 });
    stranger
        .post("/session/openid", body)
        .await
        .refused(code::LOGIN_SESSION);
    let body = json!({ "code": "x", "session_id": "x", "provider_id": 1 });
    stranger
        .post("/session/openid", body)
        .await
        .refused(code::FEATURE_OFF);
}

#[tokio::test]
async fn nobody_links_their_identity_to_somebody_elses_account() {
    let two = Two::with(json!({})).await;
    let (alice, bob) = (two.drive.user("alice").await, two.drive.user("bob").await);
    let stranger = two.drive.stranger();
    let body = json!({ "provider": 2, "linking": true });
    stranger
        .put_json("/session/openid", body)
        .await
        .refused(code::LOGIN_REQUIRED);
    for victim in [&bob, &stranger] {
        let asked = two.begin(&alice, true).await;
        let code = two.consent(&two.there("carol").await, &asked).await;
        two.finish(victim, &asked, &code)
            .await
            .refused(code::LOGIN_SESSION);
    }
    for one in [&alice, &bob] {
        let settings = one.get_json("/user/setting", &[]).await.ok();
        assert!(settings.get("open_id").is_none());
    }
}

#[tokio::test]
async fn another_browser_does_not_end_what_this_one_began() {
    let two = Two::with(json!({ "create_accounts": true })).await;
    let stranger = two.drive.stranger();
    let come = async |cookie: Option<&str>, body: &Value| {
        let request = stranger.request(Method::POST, "/session/openid").json(body);
        let mut request = request.header("Origin", SITE);
        if let Some(cookie) = cookie {
            request = request.header("Cookie", cookie);
        }
        stranger.send(request).await
    };
    let mut own = String::new();
    for cookie in [None, Some("alcove_openid=x"), Some("own")] {
        let reply = stranger
            .put_json("/session/openid", json!({ "provider": 2 }))
            .await;
        own = reply
            .header("set-cookie")
            .split(';')
            .next()
            .unwrap()
            .to_owned();
        let asked = url::Url::parse(reply.ok().as_str().unwrap()).unwrap();
        let code = two.consent(&two.there("carol").await, &asked).await;
        let body = json!({ "code": code, "session_id": query(&asked)["state"], "provider_id": 2 });
        if cookie == Some("own") {
            come(Some(&own), &body).await.ok();
        } else {
            come(cookie, &body).await.refused(code::LOGIN_SESSION);
        }
    }
    assert!(own.starts_with("alcove_openid="));
}

#[tokio::test]
async fn a_provider_that_is_away_or_another_one_lets_nobody_in() {
    let mut two = Two::with(json!({ "create_accounts": true })).await;
    let stranger = two.drive.stranger();
    let asked = two.begin(&stranger, false).await;
    let code = two.consent(&two.there("carol").await, &asked).await;
    two.provider.stop();
    let away = two.finish(&stranger, &asked, &code).await;
    away.refused(code::CALLBACK);
    // At another address now, so it does not name itself as configured.
    let fresh = TestServer::start().await;
    let config = json!({
        "issuer": format!("{}/", fresh.address()), "client_id": "x", "client_secret": "x",
    });
    for issuer in [
        config.to_string(),
        config.to_string().replace("127.0.0.1", "localhost"),
    ] {
        let drive =
            TestServer::start_with(&[("oidc_enabled", "1"), ("oidc_config", &issuer)]).await;
        let begun = drive
            .stranger()
            .put_json("/session/openid", json!({ "provider": 2 }))
            .await;
        begun.refused(code::CALLBACK);
        assert!(!begun.text().contains("127.0.0.1"), "{}", begun.text());
    }
}

#[tokio::test]
async fn keys_are_looked_up_again_but_a_signature_by_no_published_key_is_worth_nothing() {
    let mut two = Two::with(json!({ "create_accounts": true })).await;
    let stranger = two.drive.stranger();
    two.go(&stranger, "carol", false).await.ok();

    // Rotated while the drive remembers the old keys.
    assert!(two.provider.run(["app", "rotate-key"]).status.success());
    let asked = two.begin(&stranger, false).await;
    let code = two.consent(&two.there("carol").await, &asked).await;
    two.finish(&stranger, &asked, &code).await.ok();

    // Published is another key than the one that signs.
    let stolen = "UPDATE signing_keys SET public_jwk = '{\"kty\":\"RSA\",\"use\":\"sig\",\
                  \"alg\":\"RS256\",\"kid\":\"other\",\"n\":\"sXch\",\"e\":\"AQAB\"}'";
    two.provider.tamper(stolen).await;
    two.drive.restart().await;
    two.go(&stranger, "carol", false)
        .await
        .refused(code::NO_PERMISSION);
}
