//! Secrets in settings, as they lie in the database.

use serde_json::json;
use tests::{MailServer, TestServer};

#[tokio::test]
async fn secrets_of_settings_are_sealed_at_rest_and_count_as_before() {
    let provider = json!({
        "issuer": "https://id.example", "client_id": "drive", "client_secret": "s3cret",
    });
    let directory = json!({ "url": "ldap://127.0.0.1:9", "bind_password": "s3cret" });
    let (provider, directory) = (provider.to_string(), directory.to_string());
    // Written in plain text, as by hand or by an earlier version.
    let secrets = [
        ("smtpPass", "s3cret"),
        ("captcha_ReCaptchaSecret", "s3cret"),
        ("captcha_turnstile_site_secret", "s3cret"),
        ("captcha_cap_secret_key", "s3cret"),
        ("fts_meilisearch_api_key", "s3cret"),
        ("oidc_config", provider.as_str()),
        ("logto_config", provider.as_str()),
        ("ldap_config", directory.as_str()),
    ];
    let mut server = TestServer::start_with(&secrets).await;
    server
        .set(&[("siteName", "Attic"), ("oidc_enabled", "1")])
        .await;
    let mut sealed = Vec::new();
    for (name, value) in secrets {
        let stored = server.stored_setting(name).await;
        assert!(stored.starts_with("sealed:v1:"), "{name}: {stored}");
        assert!(!stored.contains("s3cret"), "{name}: {stored}");
        assert_eq!(server.setting(name).await, value, "{name}");
        sealed.push(stored);
    }
    assert_eq!(server.stored_setting("siteName").await, "Attic");
    let login = server.stranger().get_json("/site/config/login", &[]).await;
    assert_eq!(login.ok()["oidc_enabled"], true, "it is read");

    // Sealed once, not at each start.
    server.restart().await;
    for ((name, _), stored) in secrets.into_iter().zip(sealed) {
        assert_eq!(server.stored_setting(name).await, stored, "{name}");
    }
}

#[tokio::test]
async fn the_key_of_tokens_and_links_is_sealed_and_stays_the_same() {
    let mut server = TestServer::start().await;
    let alice = server.user("alice").await;
    let stored = server.stored_setting("secret_key").await;
    assert!(stored.starts_with("sealed:v1:"), "{stored}");
    let key = server.setting("secret_key").await;
    assert_eq!(key.len(), 256);
    server.restart().await;
    assert_eq!(server.setting("secret_key").await, key);
    alice.me().await.ok();
    // An operator who replaces it signs everybody out.
    server.set(&[("secret_key", "another key")]).await;
    alice.me().await.refused(crate::code::LOGIN_REQUIRED);
    let stored = server.stored_setting("secret_key").await;
    assert!(stored.starts_with("sealed:v1:"), "{stored}");
}

#[tokio::test]
async fn who_has_only_the_database_cannot_use_its_secrets() {
    let mail = MailServer::start_with(0, &["--user", "drive", "--password", "s3cret"]).await;
    let settings = [("smtpUser", "drive"), ("smtpPass", "s3cret")];
    let mut server = TestServer::start_with_mail(&mail, &settings).await;
    let alice = server.user("alice").await;
    server.stop();
    std::fs::remove_file(server.data().join("master.key")).unwrap();
    let forgotten = server.run(["doctor", "--forget-sealed"]);
    let said = String::from_utf8_lossy(&forgotten.stdout).into_owned();
    assert!(forgotten.status.success(), "{forgotten:?}");
    assert!(
        said.contains("`secret_key`") && said.contains("`smtpPass`"),
        "{said}"
    );
    server.start_again().await;
    // With another master key the old tokens are worthless, and mail waits for its password.
    alice.me().await.refused(crate::code::LOGIN_REQUIRED);
    let body = json!({ "email": "alice@example.com" });
    server.stranger().post("/user/reset", body).await.done();
    server.set(&[("smtpPass", "s3cret")]).await;
    assert_eq!(mail.next().await.login, "drive");
}
