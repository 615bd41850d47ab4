//! `/admin/oauthClient`.

use serde_json::{Value, json};
use tests::{App, Client, Reply, TestServer};

use super::journalled;
use super::lists::{list, only, texts};
use crate::code;

fn form(name: &str) -> Value {
    json!({
        "id": 0, "guid": "", "secret": "a very long secret", "name": name,
        "homepage_url": "https://app.example", "redirect_uris": ["https://app.example/cb"],
        "scopes": ["openid", "Files.Read"], "props": { "description": "An app", "refresh_token_ttl": -1 },
        "is_enabled": true, "is_system": true, "total_grants": 9,
    })
}

async fn save(admin: &Client, route: &str, app: &Value) -> Reply {
    admin.put_json(route, json!({ "client": app })).await
}

#[tokio::test]
async fn apps_are_made_changed_and_removed() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let page = list(admin, "oauthClient", json!({})).await;
    assert!(
        page["clients"]
            .as_array()
            .unwrap()
            .iter()
            .all(|app| app["is_system"] == true)
    );
    let system = page["clients"][0].clone();
    let mut wrong = form("Mine");
    wrong["props"]["refresh_token_ttl"] = json!(0);
    let made = save(admin, "/admin/oauthClient", &wrong).await.ok();
    assert_eq!(
        (&made["is_system"], &made["total_grants"]),
        (&json!(false), &json!(0))
    );
    assert_eq!(made["props"]["refresh_token_ttl"], 2_592_000);
    assert!(!made.to_string().contains("a very long secret"));
    assert_eq!(
        texts(
            &list(
                admin,
                "oauthClient",
                json!({ "searches": { "name": "mINE" } })
            )
            .await,
            "clients",
            "name"
        ),
        ["Mine"]
    );
    assert_eq!(
        only(admin, "oauthClient", "is_enabled", "false").await["clients"],
        json!([])
    );

    let route = format!("/admin/oauthClient/{}", made["id"]);
    let mut changed = made.clone();
    changed["name"] = json!("Yours");
    changed["guid"] = json!("393a1839-f52e-498e-9972-e77cc2241eee");
    changed["is_enabled"] = json!(false);
    let changed = save(admin, &route, &changed).await.ok();
    assert_eq!(
        (&changed["name"], &changed["guid"]),
        (&json!("Yours"), &made["guid"])
    );
    assert!(changed.get("is_enabled").is_none());

    for (field, value) in [
        ("name", json!("")),
        ("redirect_uris", json!([])),
        ("redirect_uris", json!(["javascript:alert(1)"])),
        ("scopes", json!(["Files.Read"])),
        ("scopes", json!(["openid", "Everything"])),
        ("homepage_url", json!("javascript:alert(1)")),
        ("guid", json!("mine")),
    ] {
        let mut app = form("Wrong");
        app[field] = value.clone();
        let refused = save(admin, "/admin/oauthClient", &app).await;
        refused.refused(code::PARAMETER);
    }
    let mut twin = form("Twin");
    twin["guid"] = made["guid"].clone();
    save(admin, "/admin/oauthClient", &twin)
        .await
        .refused(code::PARAMETER);
    save(admin, &route, &form("0"))
        .await
        .refused(code::PARAMETER);
    admin
        .get_json("/admin/oauthClient/4711", &[])
        .await
        .refused(code::NOT_FOUND);

    let system_route = format!("/admin/oauthClient/{}", system["id"]);
    admin
        .delete_json(&system_route, json!({}))
        .await
        .refused(code::SYSTEM_GROUP);
    let body = json!({ "ids": [system["id"], made["id"], 4711] });
    admin
        .post("/admin/oauthClient/batch/delete", body)
        .await
        .done();
    admin.get_json(&route, &[]).await.refused(code::NOT_FOUND);
    admin.get_json(&system_route, &[]).await.ok();
    let told = journalled(&server, "app_created").await;
    assert_eq!(told[0]["changed"]["secret"], "changed");
    assert_eq!(journalled(&server, "app_deleted").await.len(), 1);
}

#[tokio::test]
async fn what_an_app_may_no_longer_ask_for_it_may_no_longer_do() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let scope = "openid Files.Read Admin.Read";
    let registered = App::registered(&server, "https://app.example/cb", scope);
    let app = registered.let_in(admin, scope).await;
    let page = list(
        &app,
        "oauthClient",
        json!({ "searches": { "name": "Test app" } }),
    )
    .await;
    app.list("/").await.ok();
    let mut narrower = page["clients"][0].clone();
    narrower["scopes"] = json!(["openid", "Files.Read"]);
    let route = format!("/admin/oauthClient/{}", narrower["id"]);
    save(admin, &route, &narrower).await.ok();
    app.list("/").await.ok();
    let shut_out = app.get_json("/admin/summary", &[]).await;
    assert_ne!(shut_out.code(), 0, "{}", shut_out.text());
}
