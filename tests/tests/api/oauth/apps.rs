//! Who may ask, and what was granted.

use serde_json::json;
use tests::{App, TestServer};

use super::ALL;
use crate::code;

#[tokio::test]
async fn the_two_official_apps_are_known_from_the_start() {
    let server = TestServer::start().await;
    let desktop = "/session/oauth/app/393a1839-f52e-498e-9972-e77cc2241eee";
    let desktop = server.stranger().get_json(desktop, &[]).await.ok();
    let expected = json!({
        "id": "393a1839-f52e-498e-9972-e77cc2241eee", "name": "application:oauth.desktop",
        "icon": "/static/img/cloudreve.svg",
    });
    assert_eq!(desktop, expected);
    let ios = "/session/oauth/app/220db97a-44a3-44f7-99b6-d767262b4daa";
    let ios = server.stranger().get_json(ios, &[]).await.ok();
    assert_eq!(ios["name"], "application:setting.iOSApp");
    for unknown in ["nonsense", "393a1839-f52e-498e-9972-e77cc2241eef"] {
        let path = format!("/session/oauth/app/{unknown}");
        let reply = server.stranger().get_json(&path, &[]).await;
        reply.refused(code::NOT_FOUND);
    }
}

#[tokio::test]
async fn the_official_apps_stay_as_an_operator_left_them() {
    let mut server = TestServer::start().await;
    let path = format!("/session/oauth/app/{}", App::desktop().id);
    server
        .tamper(
            "UPDATE oauth_clients SET name = 'Renamed' WHERE name = 'application:oauth.desktop'",
        )
        .await;
    server.restart().await;
    let app = server.stranger().get_json(&path, &[]).await.ok();
    assert_eq!(app["name"], "Renamed");
    assert_eq!(
        server
            .ask("SELECT CAST(COUNT(*) AS TEXT) AS value FROM oauth_clients")
            .await,
        "2"
    );
}

#[tokio::test]
async fn what_one_granted_before_is_told_to_oneself_alone() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    App::desktop().code(&alice, "openid Files.Write").await;
    let path = format!("/session/oauth/app/{}", App::desktop().id);
    let hers = alice.get_json(&path, &[]).await.ok();
    assert_eq!(hers["consented_scopes"], json!(["openid", "Files.Write"]));
    for other in [&bob, &server.stranger()] {
        let app = other.get_json(&path, &[]).await.ok();
        assert!(app.get("consented_scopes").is_none());
    }
    // A later consent replaces the earlier one.
    App::desktop().code(&alice, "openid profile").await;
    let hers = alice.get_json(&path, &[]).await.ok();
    assert_eq!(hers["consented_scopes"], json!(["openid", "profile"]));
}

#[tokio::test]
async fn grants_are_listed_and_taken_back() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    assert!(
        alice
            .get_json("/user/setting", &[])
            .await
            .ok()
            .get("oauth_grants")
            .is_none()
    );
    let code = App::desktop().code(&alice, ALL).await;
    let grants = alice.get_json("/user/setting", &[]).await.ok()["oauth_grants"].clone();
    let expected = json!([{
        "client_id": App::desktop().id, "client_name": "application:oauth.desktop",
        "client_logo": "/static/img/cloudreve.svg",
        "scopes": ["openid", "profile", "email", "offline_access", "Files.Write"],
        "last_used_at": null,
    }]);
    assert_eq!(grants, expected);
    App::desktop()
        .exchange(&server.stranger(), &code)
        .await
        .bare();
    let grants = alice.get_json("/user/setting", &[]).await.ok()["oauth_grants"].clone();
    assert!(grants[0]["last_used_at"].is_string());

    let grant = format!("/session/oauth/grant/{}", App::desktop().id);
    bob.delete_json(&grant, json!({}))
        .await
        .refused(code::NOT_FOUND);
    alice.delete_json(&grant, json!({})).await.done();
    alice
        .delete_json(&grant, json!({}))
        .await
        .refused(code::NOT_FOUND);
    assert!(
        alice
            .get_json("/user/setting", &[])
            .await
            .ok()
            .get("oauth_grants")
            .is_none()
    );
}

#[tokio::test]
async fn an_operator_registers_and_removes_apps() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let app = App::registered(&server, "https://app.example/cb", "openid Files.Read");
    let client = app.let_in(&alice, "openid Files.Read").await;
    assert!(client.names("/").await.is_empty());

    let listed = server.run(["app", "list"]);
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert!(
        listed.contains(&app.id) && !listed.contains(&app.secret),
        "{listed}"
    );
    assert!(server.run(["app", "remove", &app.id]).status.success());
    client.list("/").await.refused(code::CREDENTIAL_INVALID);
    assert!(!server.run(["app", "remove", &app.id]).status.success());
    assert!(
        !server
            .run(["app", "remove", &App::desktop().id])
            .status
            .success()
    );
}

#[tokio::test]
async fn an_app_whose_answers_would_run_or_lead_astray_is_not_registered() {
    let server = TestServer::start().await;
    for address in [
        "javascript:alert(1)",
        "//evil.example/cb",
        "/\\evil.example",
        "https://app.example/cb#fragment",
        "https://app.example@evil.example/",
        "nonsense",
    ] {
        let output = server.run(["app", "add", "Evil", "--redirect", address]);
        assert!(!output.status.success(), "{address}");
    }
    let without = [
        "app",
        "add",
        "x",
        "--redirect",
        "/cb",
        "--scope",
        "Files.Read",
    ];
    assert!(!server.run(without).status.success(), "openid is missing");
    let unknown = [
        "app",
        "add",
        "x",
        "--redirect",
        "/cb",
        "--scope",
        "openid Everything",
    ];
    assert!(!server.run(unknown).status.success());
}
