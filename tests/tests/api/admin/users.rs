//! `/admin/user`.

use serde_json::{Value, json};
use tests::{App, Client, MailServer, Reply, TestServer};

use super::journalled;
use crate::code;

async fn list(client: &Client, more: Value) -> Value {
    let mut body = json!({ "page": 1, "page_size": 10, "order_by": "", "conditions": {} });
    for (key, value) in more.as_object().unwrap() {
        body[key] = value.clone();
    }
    client.post("/admin/user", body).await.ok()
}

fn nicks(page: &Value) -> Vec<&str> {
    let users = page["users"].as_array().unwrap();
    users
        .iter()
        .map(|user| user["nick"].as_str().unwrap())
        .collect()
}

async fn only(client: &Client, condition: &str, value: &str) -> Vec<String> {
    let page = list(client, json!({ "conditions": { condition: value } })).await;
    nicks(&page).into_iter().map(str::to_owned).collect()
}

/// An account as the console has it.
async fn detail(admin: &Client, nick: &str) -> Value {
    let page = list(admin, json!({ "conditions": { "user_nick": nick } })).await;
    let route = format!("/admin/user/{}", page["users"][0]["id"]);
    admin.get_json(&route, &[]).await.ok()
}

async fn save(admin: &Client, user: &Value, more: Value) -> Reply {
    let mut body = json!({ "user": user });
    for (key, value) in more.as_object().unwrap() {
        body[key] = value.clone();
    }
    admin
        .put_json(&format!("/admin/user/{}", user["id"]), body)
        .await
}

async fn sign_in(server: &TestServer, email: &str, password: &str) -> i64 {
    let body = json!({ "email": email, "password": password });
    server.stranger().post("/session/token", body).await.code()
}

#[tokio::test]
async fn accounts_are_listed_filtered_and_ordered() {
    let server = TestServer::start().await;
    let admin = server.admin();
    for name in ["carol", "alice", "bob"] {
        server.user(name).await;
    }
    let page = list(admin, json!({})).await;
    assert_eq!(nicks(&page), ["admin", "carol", "alice", "bob"]);
    assert_eq!(page["pagination"]["total_items"], 4);
    let user = &page["users"][1];
    assert_eq!(user["edges"]["group"]["name"], "User");
    assert!(user.get("capacity").is_none() && user.get("storage").is_none());
    assert_eq!(user["settings"]["version_retention_max"], 10);
    for secret in ["password", "two_factor_secret"] {
        assert!(
            !page.to_string().contains(&format!("\"{secret}\"")),
            "{page}"
        );
    }
    let by = json!({ "order_by": "nick", "order_direction": "desc", "page_size": 2, "page": 2 });
    assert_eq!(nicks(&list(admin, by).await), ["alice", "admin"]);
    let by = json!({ "order_by": "email" });
    assert_eq!(
        nicks(&list(admin, by).await),
        ["admin", "alice", "bob", "carol"]
    );
    server.user("bob%").await;
    assert_eq!(only(admin, "user_nick", "B").await, ["bob", "bob%"]);
    assert_eq!(only(admin, "user_nick", "%").await, ["bob%"]);
    assert_eq!(only(admin, "user_email", "ALICE@").await, ["alice"]);
    assert_eq!(only(admin, "user_group", "1").await, ["admin"]);
    assert_eq!(only(admin, "user_group", "").await.len(), 5);
    assert_eq!(only(admin, "user_status", "manual_banned").await, [""; 0]);
    for (condition, value) in [("user_group", "first"), ("user_status", "asleep")] {
        let body = json!({ "page": 1, "page_size": 1, "conditions": { condition: value } });
        admin
            .post("/admin/user", body)
            .await
            .refused(code::PARAMETER);
    }
}

#[tokio::test]
async fn an_account_is_made_and_may_sign_in() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let form = json!({
        "user": { "id": 0, "email": "New.Person@Example.com", "nick": "", "status": "active",
                  "group_users": 2, "password": "ignored", "settings": {}, "edges": {} },
        "password": "a long secret",
    });
    let made = admin.put_json("/admin/user", form.clone()).await.ok();
    assert_eq!(made["email"], "new.person@example.com");
    let kept = json!({ "version_retention": true, "version_retention_max": 10 });
    assert_eq!(made["settings"], kept, "as of those who sign up");
    assert_eq!(made["capacity"]["used"], 0);
    assert_eq!(
        sign_in(&server, "new.person@example.com", "a long secret").await,
        0
    );
    admin
        .put_json("/admin/user", form.clone())
        .await
        .refused(code::DATABASE);
    let with = |key: &str, value: Value| {
        let mut form = form.clone();
        form["user"]["email"] = json!("another@example.com");
        match key {
            "password" => form[key] = value,
            _ => form["user"][key] = value,
        }
        form
    };
    for (form, why) in [
        (with("password", json!("")), code::PARAMETER),
        (with("password", json!("short")), code::PARAMETER),
        (with("password", json!("x".repeat(129))), code::PARAMETER),
        (with("email", json!("nobody")), code::PARAMETER),
        (with("status", json!("asleep")), code::PARAMETER),
        (with("avatar", json!("/etc/passwd")), code::PARAMETER),
        (with("nick", json!("x".repeat(256))), code::PARAMETER),
        (with("id", json!(7)), code::PARAMETER),
        (with("group_users", json!(4711)), code::DATABASE),
    ] {
        admin.put_json("/admin/user", form).await.refused(why);
    }
    assert_eq!(list(admin, json!({})).await["pagination"]["total_items"], 2);
    let entries = journalled(&server, "account_created").await;
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0]["changed"]["password"], "changed");
}

#[tokio::test]
async fn who_is_banned_is_out_at_once_and_may_come_back() {
    let server = TestServer::start().await;
    let (admin, alice) = (server.admin(), server.user("alice").await);
    let mut user = detail(admin, "alice").await;
    assert_eq!(user["hash_id"], alice.id);
    user["status"] = json!("manual_banned");
    save(admin, &user, json!({})).await.ok();
    assert_ne!(alice.list("/").await.code(), 0);
    let banned = sign_in(&server, "alice@example.com", tests::PASSWORD).await;
    assert_eq!(banned, code::USER_BANNED);
    user["status"] = json!("active");
    save(admin, &user, json!({})).await.ok();
    assert_ne!(alice.list("/").await.code(), 0, "sessions stay ended");
    assert_eq!(
        sign_in(&server, "alice@example.com", tests::PASSWORD).await,
        0
    );
    let entries = journalled(&server, "account_changed").await;
    let status = json!({ "status": { "before": "active", "after": "manual_banned" } });
    assert_eq!(entries[0]["changed"], status);
}

#[tokio::test]
async fn name_address_group_and_password_are_changed() {
    let server = TestServer::start().await;
    let (admin, alice) = (server.admin(), server.user("alice").await);
    server.user("bob").await;
    let mut user = detail(admin, "alice").await;
    user["nick"] = json!("Alice B.");
    user["email"] = json!("alice.b@example.com");
    save(admin, &user, json!({ "two_fa": "clear" })).await.ok();
    assert_eq!(alice.me().await.ok()["nickname"], "Alice B.");
    let sent = json!({ "password": "another secret" });
    save(admin, &user, sent).await.ok();
    assert_ne!(alice.list("/").await.code(), 0, "signed out");
    assert_eq!(
        sign_in(&server, "alice.b@example.com", "another secret").await,
        0
    );
    let taken = json!("bob@example.com");
    let mut other = user.clone();
    other["email"] = taken;
    save(admin, &other, json!({})).await.refused(code::DATABASE);
    let entries = journalled(&server, "account_changed").await;
    assert!(
        !entries
            .iter()
            .any(|entry| entry.to_string().contains("another secret"))
    );
}

#[tokio::test]
async fn nobody_takes_the_administration_from_the_site() {
    let server = TestServer::start().await;
    let (admin, alice) = (server.admin(), server.user("alice").await);
    let mut first = detail(admin, "admin").await;
    for (key, value) in [
        ("status", json!("manual_banned")),
        ("group_users", json!(2)),
    ] {
        let mut changed = first.clone();
        changed[key] = value;
        save(admin, &changed, json!({}))
            .await
            .refused(code::DEFAULT_USER);
    }
    // Another administrator can neither, nor can they take it from themselves.
    let mut second = detail(admin, "alice").await;
    second["group_users"] = json!(1);
    save(admin, &second, json!({})).await.ok();
    first["status"] = json!("inactive");
    save(&alice, &first, json!({}))
        .await
        .refused(code::DEFAULT_USER);
    for (key, value) in [("status", json!("inactive")), ("group_users", json!(2))] {
        let mut changed = second.clone();
        changed[key] = value;
        save(&alice, &changed, json!({}))
            .await
            .refused(code::DEFAULT_USER);
    }
    // The first one takes it from the second.
    second["group_users"] = json!(2);
    save(admin, &second, json!({})).await.ok();
    alice
        .post("/admin/user", json!({}))
        .await
        .refused(code::NO_PERMISSION);
    let other = json!({ "user": { "id": 2, "email": "x@example.com", "status": "active", "group_users": 2 } });
    admin
        .put_json("/admin/user/1", other)
        .await
        .refused(code::PARAMETER);
    admin
        .get_json("/admin/user/4711", &[])
        .await
        .refused(code::DATABASE);
}

#[tokio::test]
async fn what_somebody_holds_is_counted_anew() {
    let server = TestServer::start().await;
    let (admin, alice) = (server.admin(), server.user("alice").await);
    alice.put("/a.txt", "12345").await;
    alice.overwrite("/a.txt", "1234567").await;
    let database = server.database().await;
    use sea_orm::ConnectionTrait;
    let wrong = "UPDATE users SET used_bytes = 999 WHERE nick = 'alice'";
    database.execute_unprepared(wrong).await.unwrap();
    database.close().await.unwrap();
    let route = format!(
        "/admin/user/{}/calibrate",
        detail(admin, "alice").await["id"]
    );
    let counted = admin.post(&route, json!({})).await.ok();
    assert_eq!(counted["storage"], 12);
    assert_eq!(alice.used().await, 12);
    admin
        .post("/admin/user/4711/calibrate", json!({}))
        .await
        .refused(code::DATABASE);
    let entries = journalled(&server, "account_calibrated").await;
    assert_eq!(
        entries[0]["changed"]["storage"],
        json!({ "before": 999, "after": 12 })
    );
}

#[tokio::test]
async fn an_app_does_not_make_itself_an_administrator() {
    let server = TestServer::start().await;
    let (admin, alice) = (server.admin(), server.user("alice").await);
    let app = App::registered(&server, "https://app.example/cb", "openid Admin.Write");
    let app = app.let_in(admin, "openid Admin.Write").await;
    let me = detail(admin, "admin").await;
    for more in [
        json!({}),
        json!({ "password": "a long secret" }),
        json!({ "two_fa": "clear" }),
    ] {
        save(&app, &me, more).await.refused(code::PARAMETER);
    }
    let mut hers = detail(admin, "alice").await;
    hers["group_users"] = json!(1);
    save(&app, &hers, json!({})).await.refused(code::PARAMETER);
    let mut new =
        json!({ "id": 0, "email": "x@example.com", "status": "active", "group_users": 1 });
    let make = |user: &Value| {
        app.put_json(
            "/admin/user",
            json!({ "user": user, "password": "a long secret" }),
        )
    };
    make(&new).await.refused(code::PARAMETER);
    let group = json!({ "id": 0, "name": "Mine", "permissions": "AQ==" });
    let refused = app
        .put_json("/admin/group", json!({ "group": group }))
        .await;
    refused.refused(code::PARAMETER);
    for (key, value) in [
        ("smtpHost", "mail.evil.example"),
        ("siteURL", "https://evil.example"),
        ("default_group", "1"),
        ("ldap_config", "{}"),
        ("oidc_config", "{}"),
        ("mail_reset_template", "[]"),
    ] {
        let change = json!({ "settings": { key: value, "smtpPass": "mine" } });
        app.patch("/admin/settings", change)
            .await
            .refused(code::PARAMETER);
    }
    for settings in [
        json!({ "siteName": "Ours" }),
        json!({ "max_page_size": "500" }),
    ] {
        let change = json!({ "settings": settings });
        app.patch("/admin/settings", change).await.ok();
    }
    let group = admin.get_json("/user/me", &[]).await.ok()["group"]["id"].clone();
    let invited = json!({ "email": "evil@example.com", "group": group });
    let invited = app.post("/admin/user/invite", invited).await;
    invited.refused(code::PARAMETER);
    assert!(invited.text().contains("Apps"), "{}", invited.text());
    // Nor does it take the right from others, or put them away.
    let helpers = json!({ "id": 0, "name": "Helpers", "permissions": "AQ==" });
    let helpers = admin.put_json("/admin/group", json!({ "group": helpers }));
    let mut helpers = helpers.await.ok();
    let bob = server.user("bob").await;
    let mut his = detail(admin, "bob").await;
    his["group_users"] = helpers["id"].clone();
    save(admin, &his, json!({})).await.ok();
    helpers["permissions"] = json!("");
    let route = format!("/admin/group/{}", helpers["id"]);
    let taken = app.put_json(&route, json!({ "group": helpers })).await;
    taken.refused(code::PARAMETER);
    let deleted = app
        .post("/admin/user/batch/delete", json!({ "ids": [his["id"]] }))
        .await;
    assert_ne!(deleted.code(), 0, "{}", deleted.text());
    bob.list("/").await.ok();
    let theirs = json!({ "id": 0, "name": "x", "redirect_uris": ["https://evil.example/cb"], "scopes": ["openid"] });
    let made = app
        .put_json("/admin/oauthClient", json!({ "client": theirs }))
        .await;
    made.refused(code::PARAMETER);
    let by_app = journalled(&server, "settings_changed").await;
    assert!(by_app[0]["app"].is_string(), "{by_app:?}");
    // What is no way to more it may.
    new["group_users"] = json!(2);
    make(&new).await.ok();
    hers["group_users"] = json!(2);
    save(&app, &hers, json!({ "password": "another secret" }))
        .await
        .ok();
    assert_ne!(alice.list("/").await.code(), 0);
    let asked = json!({ "keys": ["hash_id_salt"] });
    assert_eq!(
        app.post("/admin/settings", asked.clone()).await.ok()["hash_id_salt"],
        ""
    );
    assert_ne!(
        admin.post("/admin/settings", asked).await.ok()["hash_id_salt"],
        ""
    );
}

#[tokio::test]
async fn a_letter_to_the_former_address_opens_nothing() {
    let mail = MailServer::start().await;
    let server = TestServer::start_with_mail(&mail, &[]).await;
    let admin = server.admin();
    server.user("alice").await;
    let body = json!({ "email": "alice@example.com" });
    server.stranger().post("/user/reset", body).await.done();
    mail.next().await;
    let count = "SELECT CAST(COUNT(*) AS TEXT) AS value FROM tickets WHERE kind = 'password_reset'";
    assert_eq!(server.ask(count).await, "1");
    let mut user = detail(admin, "alice").await;
    user["email"] = json!("alice@elsewhere.example");
    save(admin, &user, json!({})).await.ok();
    assert_eq!(server.ask(count).await, "0");
}
