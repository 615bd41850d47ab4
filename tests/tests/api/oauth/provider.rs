//! The drive as provider of identities: discovery, keys, identity tokens, user info.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{App, Client, Reply, TestServer};

use super::{ALL, payload};
use crate::code;
use crate::session::decode_base64url;

async fn fetch(via: &Client, path: &str, host: Option<&str>) -> Reply {
    let mut request = via.request_outside(Method::GET, path);
    if let Some(host) = host {
        request = request.header("Host", host);
    }
    via.send(request).await
}

async fn discovery(server: &TestServer) -> Value {
    let reply = fetch(
        &server.stranger(),
        "/.well-known/openid-configuration",
        None,
    )
    .await;
    assert_eq!(reply.header("access-control-allow-origin"), "*");
    reply.json()
}

async fn keys(server: &TestServer) -> Value {
    fetch(&server.stranger(), "/.well-known/jwks.json", None)
        .await
        .json()
}

async fn id_token(server: &TestServer, who: &Client, scope: &str) -> String {
    let mut consent = App::desktop().consent(scope);
    consent["nonce"] = json!("n-0S6_WzA2Mj");
    let answer = who.post("/session/oauth/consent", consent).await.ok();
    let code = answer["code"].as_str().unwrap();
    let tokens = App::desktop()
        .exchange(&server.stranger(), code)
        .await
        .bare();
    tokens["id_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn software_finds_its_way() {
    let server = TestServer::start().await;
    let found = discovery(&server).await;
    let site = server.address();
    assert_eq!(found["issuer"], site);
    assert_eq!(
        found["authorization_endpoint"],
        format!("{site}/session/authorize")
    );
    assert_eq!(
        found["token_endpoint"],
        format!("{site}/api/v4/session/oauth/token")
    );
    assert_eq!(
        found["userinfo_endpoint"],
        format!("{site}/api/v4/session/oauth/userinfo")
    );
    assert_eq!(found["jwks_uri"], format!("{site}/.well-known/jwks.json"));
    assert_eq!(found["response_types_supported"], json!(["code"]));
    assert_eq!(found["code_challenge_methods_supported"], json!(["S256"]));
    assert_eq!(
        found["id_token_signing_alg_values_supported"],
        json!(["RS256"])
    );
    assert_eq!(found["scopes_supported"].as_array().unwrap().len(), 20);
}

#[tokio::test]
async fn a_forged_host_does_not_move_a_site_that_says_where_it_is() {
    let server = TestServer::start_with(&[("siteURL", "https://drive.example")]).await;
    let path = "/.well-known/openid-configuration";
    let reply = fetch(&server.stranger(), path, Some("evil.example")).await;
    assert!(!reply.text().contains("evil.example"));
    assert_eq!(reply.json()["issuer"], "https://drive.example");
}

#[tokio::test]
async fn published_keys_are_public_halves() {
    let server = TestServer::start().await;
    let published = keys(&server).await;
    let key = &published["keys"][0];
    let mut members: Vec<_> = key.as_object().unwrap().keys().collect();
    members.sort();
    assert_eq!(members, ["alg", "e", "kid", "kty", "n", "use"]);
    assert_eq!(
        (&key["kty"], &key["alg"], &key["use"]),
        (&json!("RSA"), &json!("RS256"), &json!("sig"))
    );
    assert_eq!(decode_base64url(key["n"].as_str().unwrap()).len(), 256);
    assert_eq!(keys(&server).await, published, "there is one");
}

#[tokio::test]
async fn identity_tokens_say_who_where_for_whom_and_when() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let token = id_token(&server, &alice, ALL).await;
    let header: Value =
        serde_json::from_slice(&decode_base64url(token.split('.').next().unwrap())).unwrap();
    assert_eq!(header["alg"], "RS256");
    assert_eq!(header["kid"], keys(&server).await["keys"][0]["kid"]);
    let claims = payload(&token);
    assert_eq!(claims["iss"], server.address());
    assert_eq!(claims["aud"], App::desktop().id);
    assert_eq!(claims["sub"], alice.id);
    assert_eq!(claims["nonce"], "n-0S6_WzA2Mj");
    assert_eq!(claims["name"], "alice");
    assert_eq!(claims["email"], "alice@example.com");
    assert_eq!(claims["groups"], json!(["User"]));
    let now = chrono::Utc::now().timestamp();
    assert!((now - 60..=now).contains(&claims["iat"].as_i64().unwrap()));
    assert_eq!(
        claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(),
        3600
    );

    let claims = payload(&id_token(&server, &alice, "openid").await);
    for hidden in [
        "name",
        "email",
        "email_verified",
        "groups",
        "picture",
        "updated_at",
    ] {
        assert!(claims.get(hidden).is_none(), "{hidden}");
    }
}

#[tokio::test]
async fn a_new_key_signs_and_the_old_one_is_believed_for_a_while() {
    let mut server = TestServer::start().await;
    let alice = server.user("alice").await;
    id_token(&server, &alice, "openid").await;
    let old = keys(&server).await["keys"][0].clone();
    assert!(server.run(["app", "rotate-key"]).status.success());
    server.restart().await;
    let published = keys(&server).await;
    let published = published["keys"].as_array().unwrap();
    assert_eq!(published.len(), 2);
    assert!(published.contains(&old));
    let token = id_token(&server, &alice, "openid").await;
    let header: Value =
        serde_json::from_slice(&decode_base64url(token.split('.').next().unwrap())).unwrap();
    assert_eq!(header["kid"], published[0]["kid"]);
    assert_ne!(header["kid"], old["kid"]);
    server
        .tamper("UPDATE signing_keys SET retired_at = 1 WHERE retired_at IS NOT NULL")
        .await;
    let left = keys(&server).await;
    assert_eq!(left["keys"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn user_info_shows_what_the_scopes_show() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let info = async |who: &Client| who.get_json("/session/oauth/userinfo", &[]).await;
    let app = async |scope: &str| App::desktop().let_in(&alice, scope).await;

    assert_eq!(
        info(&app("openid").await).await.bare(),
        json!({ "sub": alice.id })
    );
    let profile = info(&app("openid profile").await).await.bare();
    assert_eq!(profile["name"], "alice");
    assert_eq!(profile["preferred_username"], "alice");
    assert!(profile["updated_at"].is_i64() && profile.get("email").is_none());
    let email = info(&app("openid email").await).await.bare();
    assert_eq!(email["email"], "alice@example.com");
    assert!(email.get("name").is_none());
    // Somebody who signed in themselves sees all.
    let all = info(&alice).await.bare();
    assert_eq!(
        (&all["name"], &all["email"]),
        (&json!("alice"), &json!("alice@example.com"))
    );
    info(&server.stranger()).await.refused(code::LOGIN_REQUIRED);
    let posted = alice
        .post("/session/oauth/userinfo", json!({}))
        .await
        .bare();
    assert_eq!(posted, all);
}

#[tokio::test]
async fn faces_are_told_by_their_whole_address() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice
        .send_bytes(Method::PUT, "/user/setting/avatar", "".into())
        .await
        .done();
    let info = alice.get_json("/session/oauth/userinfo", &[]).await.bare();
    let face = format!("{}/api/v4/user/avatar/{}", server.address(), alice.id);
    assert_eq!(info["picture"], face);
}

#[tokio::test]
async fn addresses_nobody_confirmed_are_not_vouched_for() {
    let mut server = TestServer::start().await;
    let alice = server.user("alice").await;
    let verified = async |server: &TestServer| {
        payload(&id_token(server, &alice, ALL).await)["email_verified"].clone()
    };
    assert_eq!(
        verified(&server).await,
        false,
        "anybody may register with any address"
    );
    server
        .tamper("UPDATE settings SET value = '0' WHERE name = 'register_enabled'")
        .await;
    server.restart().await;
    assert_eq!(
        verified(&server).await,
        true,
        "who has an account got it from the operator"
    );
}
