//! `/admin/settings`.

use serde_json::{Value, json};
use tests::{App, Client, TestServer};

use super::journalled;
use crate::code;

async fn values(client: &Client, keys: &[&str]) -> Value {
    let reply = client
        .post("/admin/settings", json!({ "keys": keys }))
        .await;
    reply.ok()
}

async fn change(client: &Client, settings: Value) -> tests::Reply {
    client
        .patch("/admin/settings", json!({ "settings": settings }))
        .await
}

async fn site_name(client: &Client) -> Value {
    client.get_json("/site/config/basic", &[]).await.ok()["title"].clone()
}

#[tokio::test]
async fn settings_are_in_force_at_once_and_stay() {
    let mut server = TestServer::start().await;
    let stored = values(server.admin(), &["siteName", "register_enabled", "no_such"]).await;
    assert_eq!(
        stored,
        json!({ "siteName": "Alcove", "register_enabled": "1" })
    );
    assert_eq!(values(server.admin(), &[]).await, json!({}));
    let sent = json!({ "siteName": "Attic", "register_enabled": "0" });
    assert_eq!(change(server.admin(), sent.clone()).await.ok(), sent);
    assert_eq!(site_name(server.admin()).await, "Attic");
    let newcomer = json!({ "email": "new@example.com", "password": "a long secret" });
    let stranger = server.stranger();
    stranger
        .post("/user", newcomer)
        .await
        .refused(code::FEATURE_OFF);
    server.restart().await;
    assert_eq!(site_name(server.admin()).await, "Attic");
}

#[tokio::test]
async fn what_makes_no_sense_changes_nothing() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let long = "x".repeat((1 << 20) + 1);
    for (settings, told) in [
        (json!({ "smtpPort": "many" }), "smtpPort"),
        (json!({ "smtpPort": "70000" }), "smtpPort"),
        (json!({ "register_enabled": "maybe" }), "register_enabled"),
        (json!({ "mime_mapping": "[]" }), "mime_mapping"),
        (json!({ "file_viewers": "" }), "file_viewers"),
        (json!({ "siteURL": "https://a.example,nowhere" }), "siteURL"),
        (json!({ "sitename": "x" }), "siteName"),
        (json!({ "made_up_by_somebody": "x" }), "made_up_by_somebody"),
        (json!({ "encrypt_master_key": "x" }), "encrypt_master_key"),
        (json!({ "siteDes": long }), "siteDes"),
        (json!({ "siteName": "x".repeat(256) }), "siteName"),
        (json!({ "siteDes": "a\u{0}b" }), "siteDes"),
        (
            json!({ "cron_trash_bin_collect": "abc" }),
            "cron_trash_bin_collect",
        ),
        (
            json!({ "cron_trash_bin_collect": "@every 0s" }),
            "@every 30m",
        ),
        // Everything that is wrong is told.
        (
            json!({ "smtpPort": "many", "siteURL": "nowhere" }),
            "siteURL",
        ),
        (
            json!({ "smtpPort": "many", "siteURL": "nowhere" }),
            "smtpPort: wants",
        ),
    ] {
        let mut settings = settings;
        settings["siteTitle"] = "never".into();
        let reply = change(admin, settings).await;
        reply.refused(code::PARAMETER);
        let said = reply.json()["msg"].as_str().unwrap().to_owned();
        assert!(said.contains(told), "{said}");
    }
    for wrong in [
        json!({ "siteTitle": 5 }),
        json!({ "siteTitle": true }),
        json!(null),
    ] {
        change(admin, wrong).await.refused(code::PARAMETER);
    }
    assert_ne!(values(admin, &["siteTitle"]).await["siteTitle"], "never");
    assert!(journalled(&server, "settings_changed").await.is_empty());
}

#[tokio::test]
async fn addresses_of_the_site_are_written_in_one_form() {
    let server = TestServer::start().await;
    let sent = json!({ "siteURL": "https://A.example/ , http://b.example:8080" });
    let stored = change(server.admin(), sent).await.ok();
    assert_eq!(stored["siteURL"], "https://a.example,http://b.example:8080");
}

#[tokio::test]
async fn what_a_setting_names_is_there() {
    let mut server = TestServer::start().await;
    let admin = server.admin();
    let set = |values: Value| admin.patch("/admin/settings", json!({ "settings": values }));
    set(json!({ "default_group": "99" }))
        .await
        .refused(code::PARAMETER);
    // Visitors have no account, and nobody administers the site by registering.
    for group in ["1", "3"] {
        let refused = set(json!({ "default_group": group })).await;
        refused.refused(code::PARAMETER);
    }
    let group = json!({ "id": 0, "name": "Guests", "permissions": "" });
    let group = admin.put_json("/admin/group", json!({ "group": group }));
    let mut group = group.await.ok();
    let id = group["id"].to_string();
    set(json!({ "default_group": id })).await.ok();
    group["permissions"] = json!("AQ==");
    let route = format!("/admin/group/{id}");
    admin
        .put_json(&route, json!({ "group": group }))
        .await
        .refused(code::PARAMETER);
    let misspelt = json!({ "settings": {}, "expected": { "siteNam": "x" } });
    admin
        .patch("/admin/settings", misspelt)
        .await
        .refused(code::PARAMETER);
    let stale = json!({ "settings": {}, "expected": { "siteName": "another" } });
    admin
        .patch("/admin/settings", stale)
        .await
        .refused(code::CONFLICT);
    server
        .tamper("UPDATE settings SET value = '1' WHERE name = 'default_group'")
        .await;
    server.restart().await;
    let newcomer = json!({ "email": "eve@example.com", "password": "a long password" });
    let newcomer = server.stranger().post("/user", newcomer).await;
    assert_ne!(newcomer.code(), 0, "{}", newcomer.text());
}

#[tokio::test]
async fn of_two_who_change_the_same_the_second_is_told() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let change = |name: &str, believed: &str| {
        let body = json!({
            "settings": { "siteName": name }, "expected": { "siteName": believed },
        });
        admin.patch("/admin/settings", body)
    };
    change("Attic", "Alcove").await.ok();
    change("Cellar", "Alcove").await.refused(code::CONFLICT);
    assert_eq!(site_name(admin).await, "Attic");
    change("Cellar", "Attic").await.ok();
}

#[tokio::test]
async fn the_site_keeps_its_keys_for_itself() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let hidden = [
        "secret_key",
        "SECRET_KEY",
        "encrypt_master_key",
        "Encrypt_Master_Key",
    ];
    assert_eq!(values(admin, &hidden).await, json!({}));
    // Whatever is sent, another one is drawn, and everybody signs in again.
    let answer = change(admin, json!({ "secret_key": "known to me" }))
        .await
        .ok();
    assert_eq!(answer, json!({ "secret_key": "" }));
    admin.list("/").await.refused(code::LOGIN_REQUIRED);
    let entries = journalled(&server, "settings_changed").await;
    assert_eq!(entries[0]["changed"], json!({ "secret_key": "changed" }));
}

#[tokio::test]
async fn secrets_are_shown_to_people_and_not_to_apps() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let app = App::registered(
        &server,
        "https://app.example/cb",
        "openid Admin.Read Admin.Write",
    );
    let app = app.let_in(admin, "openid Admin.Read Admin.Write").await;
    change(admin, json!({ "smtpPass": "tell nobody" }))
        .await
        .ok();
    let secret = json!({ "smtpPass": "tell nobody" });
    assert_eq!(values(admin, &["smtpPass"]).await, secret);
    assert_eq!(values(&app, &["smtpPass"]).await, json!({ "smtpPass": "" }));
    // What it was not shown it sends back.
    let sent = json!({ "smtpPass": "", "siteName": "Ours" });
    change(&app, sent).await.ok();
    assert_eq!(values(admin, &["smtpPass"]).await, secret);
    assert_eq!(values(admin, &["siteName"]).await["siteName"], "Ours");
    // Nor does it find out by guessing.
    for guess in ["tell nobody", "tell everybody"] {
        let guess = json!({ "settings": {}, "expected": { "smtpPass": guess } });
        let told = app.patch("/admin/settings", guess).await;
        told.refused(code::PARAMETER);
    }
    let entries = journalled(&server, "settings_changed").await;
    let told = entries.iter().map(ToString::to_string).collect::<String>();
    assert!(!told.contains("tell nobody"), "{told}");
    assert_eq!(
        entries[1]["changed"],
        json!({ "siteName": { "before": "Alcove", "after": "Ours" } })
    );
}

#[tokio::test]
async fn every_setting_says_what_it_takes() {
    let server = TestServer::start().await;
    let all = server
        .admin()
        .get_json("/admin/settings/describe", &[])
        .await
        .ok();
    let all = all.as_array().unwrap();
    let one = |key: &str| all.iter().find(|one| one["key"] == key).unwrap().clone();
    let flag = json!({ "key": "register_enabled", "kind": "flag", "default": "1" });
    assert_eq!(one("register_enabled"), flag);
    assert_eq!(one("smtpPass")["kind"], "secret");
    assert_eq!(one("smtpPort")["kind"], "number");
    let choices = json!(["openstreetmap", "google", "mapbox"]);
    assert_eq!(one("map_provider")["choices"], choices);
    assert!(all.len() > 200 && all.iter().all(|one| one["key"] != "secret_key"));
}
