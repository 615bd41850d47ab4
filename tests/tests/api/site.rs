//! `/site`, and what every answer has in common.

use serde_json::{Value, json};
use tests::TestServer;

#[tokio::test]
async fn ping_tells_a_version_that_desktop_clients_accept() {
    let server = TestServer::start_empty().await;
    let version = server.stranger().get_json("/site/ping", &[]).await.ok();
    let parts: Vec<u32> = version
        .as_str()
        .unwrap()
        .split('.')
        .map(|part| part.parse().unwrap())
        .collect();
    assert!(parts >= vec![4, 14, 0], "{version}");
}

#[tokio::test]
async fn basic_config_carries_what_the_web_client_needs_to_boot() {
    let server = TestServer::start().await;
    let basic = server
        .stranger()
        .get_json("/site/config/basic", &[])
        .await
        .ok();
    assert!(uuid::Uuid::parse_str(basic["instance_id"].as_str().unwrap()).is_ok());
    assert!(!basic["title"].as_str().unwrap().is_empty());
    let themes: Value = serde_json::from_str(basic["themes"].as_str().unwrap()).unwrap();
    assert!(themes.is_object(), "themes is JSON text of an object");
    let default = basic["default_theme"].as_str().unwrap();
    assert!(
        themes.get(default).is_some(),
        "{default} is one of the themes"
    );
    assert!(basic["logo"].is_string() && basic["logo_light"].is_string());
    assert!(basic["custom_html"].is_object());
    assert_eq!(basic["captcha_type"], "normal");
}

#[tokio::test]
async fn basic_config_shows_a_stranger_the_anonymous_user() {
    let server = TestServer::start().await;
    let basic = server
        .stranger()
        .get_json("/site/config/basic", &[])
        .await
        .ok();
    let user = &basic["user"];
    assert_eq!(user["anonymous"], true);
    assert_eq!(user["nickname"], "");
    assert_eq!(user["created_at"], "0001-01-01T00:00:00Z");
    assert_eq!(user["group"]["name"], "Anonymous");
    assert_eq!(user["group"]["permission"], "kg==");
    assert!(user.get("email").is_none());
}

#[tokio::test]
async fn basic_config_shows_a_signed_in_user_themselves() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let basic = alice.get_json("/site/config/basic", &[]).await.ok();
    assert_eq!(basic["user"]["id"], alice.id);
    assert_eq!(basic["user"]["email"], "alice@example.com");
    assert_eq!(basic["user"]["group"]["permission"], "lAg=");
    assert!(basic["user"].get("anonymous").is_none());
}

#[tokio::test]
async fn an_unknown_section_has_the_basic_shape() {
    let server = TestServer::start().await;
    let stranger = server.stranger();
    let basic = stranger.get_json("/site/config/basic", &[]).await.ok();
    assert_eq!(stranger.get_json("/site/config/vas", &[]).await.ok(), basic);
    assert_eq!(
        stranger
            .get_json("/site/config/no_such_section", &[])
            .await
            .ok(),
        basic
    );
}

#[tokio::test]
async fn an_empty_section_is_not_found() {
    let server = TestServer::start_empty().await;
    assert_eq!(
        server
            .stranger()
            .get_json("/site/config/", &[])
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn login_config_says_that_anybody_may_register() {
    let server = TestServer::start_empty().await;
    let login = server
        .stranger()
        .get_json("/site/config/login", &[])
        .await
        .ok();
    assert_eq!(login["register_enabled"], true);
    // A flag that is off is left out.
    for captcha in ["login_captcha", "reg_captcha", "forget_captcha"] {
        assert!(login.get(captcha).is_none(), "{captcha}");
    }
}

#[tokio::test]
async fn explorer_config_carries_what_the_file_list_needs() {
    let server = TestServer::start_empty().await;
    let explorer = server
        .stranger()
        .get_json("/site/config/explorer", &[])
        .await
        .ok();
    assert_eq!(explorer["max_batch_size"], 3000);
    assert_eq!(explorer["thumbnail_width"], 400);
    assert_eq!(explorer["thumbnail_height"], 300);
    assert!(explorer["file_viewers"].is_array());
    let icons: Value = serde_json::from_str(explorer["icons"].as_str().unwrap()).unwrap();
    assert!(icons.is_array(), "icons is JSON text of an array");
    let props: Vec<_> = explorer["custom_props"]
        .as_array()
        .unwrap()
        .iter()
        .map(|prop| &prop["id"])
        .collect();
    assert_eq!(props, ["description", "rating"]);
}

#[tokio::test]
async fn emojis_come_as_json_text() {
    let server = TestServer::start_empty().await;
    let emojis = server
        .stranger()
        .get_json("/site/config/emojis", &[])
        .await
        .ok();
    let preset: Value = serde_json::from_str(emojis["emoji_preset"].as_str().unwrap()).unwrap();
    assert!(preset.as_object().is_some_and(|preset| !preset.is_empty()));
}

#[tokio::test]
async fn no_section_sends_a_null() {
    fn assert_no_null(at: &str, value: &Value) {
        match value {
            Value::Null => panic!("{at} is null"),
            Value::Array(items) => items.iter().for_each(|item| assert_no_null(at, item)),
            Value::Object(map) => {
                map.iter()
                    .for_each(|(key, value)| assert_no_null(&format!("{at}.{key}"), value));
            }
            _ => {}
        }
    }
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    for section in [
        "basic", "login", "explorer", "emojis", "app", "thumb", "vas",
    ] {
        let config = alice
            .get_json(&format!("/site/config/{section}"), &[])
            .await
            .ok();
        assert!(config.is_object(), "{section}");
        assert_no_null(section, &config);
    }
}

#[tokio::test]
async fn every_answer_forbids_caches_and_is_json() {
    let server = TestServer::start_empty().await;
    for path in ["/site/ping", "/user/me", "/file?uri=nonsense"] {
        let reply = server.stranger().get_json(path, &[]).await;
        assert_eq!(reply.status, 200, "{path}");
        assert_eq!(reply.header("cache-control"), "private, no-cache", "{path}");
        assert_eq!(
            reply.header("content-type"),
            "application/json; charset=utf-8",
            "{path}"
        );
    }
}

#[tokio::test]
async fn an_error_repeats_the_correlation_id_of_its_request() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let id = "0b6c2f0e-55f2-4d0b-9a0e-3f1c7f6f2f11";
    let request = alice
        .request(
            reqwest::Method::GET,
            "/file?uri=cloudreve%3A%2F%2Fmy%2Fmissing",
        )
        .header("X-Cr-Correlation-Id", id);
    assert_eq!(alice.send(request).await.json()["correlation_id"], id);

    let without = alice.list("/missing").await.json();
    let made_up = without["correlation_id"].as_str().unwrap();
    assert!(uuid::Uuid::parse_str(made_up).is_ok(), "{made_up}");
}

#[tokio::test]
async fn a_request_that_does_not_parse_has_no_correlation_id() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let reply = alice
        .send_text(reqwest::Method::POST, "/file/create", "{")
        .await;
    let mut json = reply.json();
    assert!(!json["msg"].take().as_str().unwrap().is_empty());
    assert_eq!(json, json!({ "code": 40001, "msg": null }));
}

#[tokio::test]
async fn unknown_routes_and_wrong_methods_are_404_in_plain_text() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    use reqwest::Method;
    for (method, path) in [
        (Method::GET, "/nothing/here"),
        (Method::GET, "/file/create"),
        (Method::POST, "/file"),
        (Method::PATCH, "/site/ping"),
        (Method::GET, "/file/url"),
        (Method::PUT, "/user/me"),
    ] {
        let reply = alice.send(alice.request(method.clone(), path)).await;
        assert_eq!(reply.status, 404, "{method} {path}: {}", reply.text());
        assert_eq!(reply.text().trim(), "404 page not found", "{method} {path}");
    }
    for path in ["/api", "/api/v5/site/ping", "/api/v4x"] {
        let reply = alice.send(alice.request_outside(Method::GET, path)).await;
        assert_eq!(reply.status, 404, "{path}");
    }
}
