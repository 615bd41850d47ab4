//! `/admin/policy`.

use serde_json::{Value, json};
use tests::{App, Client, Reply, TestServer};

use super::journalled;
use super::lists::{list, only, texts};
use crate::code;

/// What the form of a bucket sends, of a vendor for whom there is no driver.
fn bucket(name: &str) -> Value {
    json!({
        "id": 0, "name": name, "type": "upyun", "server": "https://upyun.example", "bucket_name": "b",
        "is_private": true, "access_key": "AK1", "secret_key": "S3CRET",
        "dir_name_rule": "uploads/{uid}/{path}", "file_name_rule": "{uuid}_{originname}",
        "settings": { "chunk_size": 26_214_400, "token": "T0KEN", "region": "eu", "file_type": null,
            "s3_path_style": true, "native_media_processing": false },
        "edges": {},
    })
}

async fn save(admin: &Client, route: &str, policy: &Value) -> Reply {
    admin.put_json(route, json!({ "policy": policy })).await
}

#[tokio::test]
async fn policies_of_any_kind_are_kept_and_shown_as_they_were_sent() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let page = list(admin, "policy", json!({})).await;
    assert_eq!(texts(&page, "policies", "type"), ["local"]);
    let groups = page["policies"][0]["edges"]["groups"].as_array().unwrap();
    assert_eq!(groups.len(), 2);

    let made = save(admin, "/admin/policy", &bucket("Bucket")).await.ok();
    for (field, value) in [
        ("access_key", json!("AK1")),
        ("secret_key", json!("S3CRET")),
        ("is_private", json!(true)),
        ("server", json!("https://upyun.example")),
        ("edges", json!({})),
    ] {
        assert_eq!(made[field], value, "{field}");
    }
    assert!(made.get("max_size").is_none());
    let settings = &made["settings"];
    assert_eq!(
        (&settings["token"], &settings["region"]),
        (&json!("T0KEN"), &json!("eu"))
    );
    assert_eq!(settings["file_type"], Value::Null);
    assert_eq!(settings["native_media_processing"], false);
    let stored = server
        .ask("SELECT secret_key AS value FROM storage_policies WHERE name = 'Bucket'")
        .await;
    assert!(stored.starts_with("sealed:") && !stored.contains("S3CRET"));

    let route = format!("/admin/policy/{}", made["id"]);
    let mut changed = made.clone();
    changed["name"] = json!("Vault");
    changed["secret_key"] = json!("0THER");
    let changed = save(admin, &route, &changed).await.ok();
    assert_eq!(
        (&changed["name"], &changed["secret_key"]),
        (&json!("Vault"), &json!("0THER"))
    );
    assert_eq!(
        texts(
            &only(admin, "policy", "policy_type", "upyun").await,
            "policies",
            "name"
        ),
        ["Vault"]
    );
    let told = journalled(&server, "policy_changed").await;
    assert_eq!(told[0]["changed"]["secret_key"], "changed");
    assert_eq!(told[0]["changed"]["name"]["after"], "Vault");
    assert!(!told[0].to_string().contains("sealed:"));

    let counted = admin
        .get_json("/admin/policy/1", &[("countEntity", "true")])
        .await
        .ok();
    assert_eq!(
        (&counted["entities_count"], &counted["entities_size"]),
        (&json!(0), &json!(0))
    );
    admin.delete_json(&route, json!({})).await.done();
    admin
        .get_json(&route, &[])
        .await
        .refused(code::POLICY_MISSING);
}

#[tokio::test]
async fn what_is_used_stays_and_what_makes_no_sense_is_refused() {
    let server = TestServer::start().await;
    let admin = server.admin();
    admin
        .delete_json("/admin/policy/1", json!({}))
        .await
        .refused(code::DEFAULT_POLICY);
    admin
        .delete_json("/admin/policy/4711", json!({}))
        .await
        .refused(code::POLICY_MISSING);
    let made = save(admin, "/admin/policy", &bucket("Bucket")).await.ok();
    let route = format!("/admin/policy/{}", made["id"]);
    server
        .tamper(&format!(
            "UPDATE groups SET storage_policy_id = {} WHERE id = 2",
            made["id"]
        ))
        .await;
    let refused = admin.delete_json(&route, json!({})).await;
    refused.refused(code::POLICY_OF_GROUPS);
    assert_eq!(refused.json()["msg"], "1");
    server
        .tamper("UPDATE groups SET storage_policy_id = 1 WHERE id = 2")
        .await;
    admin.put("/a.txt", "a").await;
    server
        .tamper(&format!("UPDATE blobs SET policy_id = {}", made["id"]))
        .await;
    admin
        .delete_json(&route, json!({}))
        .await
        .refused(code::POLICY_KEEPS);
    let mut local = made.clone();
    local["type"] = json!("local");
    save(admin, &route, &local).await.refused(code::PARAMETER);
    server.tamper("UPDATE blobs SET policy_id = 1").await;

    for (field, value) in [
        ("name", json!(" ")),
        ("type", json!("floppy")),
        ("max_size", json!(-1)),
        ("file_name_rule", json!("file")),
        ("dir_name_rule", json!("../{uid}")),
        ("settings", json!({ "chunk_size": -1 })),
        ("settings", json!({ "file_regexp": "(" })),
        (
            "settings",
            json!({ "file_regexp": "((a{1000}){1000}){1000}" }),
        ),
        ("settings", json!({ "file_type": "txt" })),
        ("settings", json!("none")),
        ("name", json!("x".repeat(1_025))),
        ("node_id", json!(4711)),
    ] {
        let mut policy = bucket("Wrong");
        policy[field] = value.clone();
        let refused = save(admin, "/admin/policy", &policy).await;
        refused.refused(code::PARAMETER);
    }
    let mut other = bucket("Other");
    other["id"] = json!(1);
    save(admin, &route, &other).await.refused(code::PARAMETER);
}

#[tokio::test]
async fn a_storage_is_tried_before_it_is_saved() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let local = admin.get_json("/admin/policy/1", &[]).await.ok();
    let test = |policy: Value| admin.post("/admin/policy/test", json!({ "policy": policy }));
    test(local.clone()).await.done();
    assert!(server.stored_files().is_empty(), "nothing stays behind");
    let refused = test(bucket("Bucket")).await;
    refused.refused(code::PARAMETER);
    assert!(refused.text().contains("upyun"), "{}", refused.text());
    let cors = admin
        .post("/admin/policy/cors", json!({ "policy": local }))
        .await;
    cors.refused(code::PARAMETER);
    let cors = admin
        .post("/admin/policy/cors", json!({ "policy": bucket("Bucket") }))
        .await;
    cors.refused(code::PARAMETER);
}

#[tokio::test]
async fn apps_are_not_shown_keys_and_do_not_lose_them() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let made = save(admin, "/admin/policy", &bucket("Bucket")).await.ok();
    let route = format!("/admin/policy/{}", made["id"]);
    let app = App::registered(&server, "https://app.example/cb", "openid Admin.Write");
    let app = app.let_in(admin, "openid Admin.Write").await;
    let mut seen = app.get_json(&route, &[]).await.ok();
    for secret in ["AK1", "S3CRET", "T0KEN"] {
        assert!(!seen.to_string().contains(secret), "{secret}");
        assert!(
            !list(&app, "policy", json!({}))
                .await
                .to_string()
                .contains(secret)
        );
    }
    seen["name"] = json!("By an app");
    save(&app, &route, &seen).await.ok();
    let now = admin.get_json(&route, &[]).await.ok();
    assert_eq!(now["name"], "By an app");
    assert_eq!(
        (&now["access_key"], &now["secret_key"]),
        (&json!("AK1"), &json!("S3CRET"))
    );
    assert_eq!(now["settings"]["token"], "T0KEN");
    // They are not sent elsewhere either.
    for (field, value) in [
        ("server", json!("https://evil.example")),
        ("bucket_name", json!("evil")),
    ] {
        let mut elsewhere = seen.clone();
        elsewhere[field] = value;
        save(&app, &route, &elsewhere)
            .await
            .refused(code::PARAMETER);
    }
    let mut elsewhere = seen.clone();
    elsewhere["settings"]["endpoint_of_mine"] = json!("https://evil.example");
    save(&app, &route, &elsewhere)
        .await
        .refused(code::PARAMETER);
    // Nor are files, be it with keys of its own, and nobody is told what answers where.
    let mut its_own = seen.clone();
    (its_own["server"], its_own["access_key"]) = (json!("https://evil.example"), json!("mine"));
    (its_own["secret_key"], its_own["settings"]["token"]) = (json!("mine"), json!("mine"));
    save(&app, &route, &its_own).await.refused(code::PARAMETER);
    let mut keys = seen.clone();
    (keys["access_key"], keys["secret_key"]) = (json!("mine"), json!("mine"));
    save(&app, &route, &keys).await.refused(code::PARAMETER);
    let body = json!({ "policy": bucket("Evil") });
    let made = app.put_json("/admin/policy", body.clone()).await;
    made.refused(code::PARAMETER);
    for tried in ["/admin/policy/test", "/admin/policy/cors"] {
        let refused = app.post(tried, body.clone()).await;
        refused.refused(code::PARAMETER);
        assert!(refused.text().contains("Apps do not"), "{}", refused.text());
    }
    let local = json!({ "id": 0, "name": "Tidy", "type": "local", "dir_name_rule": "{uid}",
        "file_name_rule": "{uuid}", "settings": { "file_type": null }, "edges": {} });
    save(&app, "/admin/policy", &local).await.ok();
}

#[tokio::test]
async fn a_storage_without_a_driver_takes_nobodys_drive_away() {
    let mut server = TestServer::start().await;
    let alice = server.user("alice").await;
    let admin = server.admin();
    alice.put("/plan.txt", "the plan").await;
    let made = save(admin, "/admin/policy", &bucket("Bucket")).await.ok();
    let mut group = admin.get_json("/admin/group/2", &[]).await.ok();
    group["edges"]["storage_policies"] = json!({ "id": made["id"] });
    let refused = admin
        .put_json("/admin/group/2", json!({ "group": group }))
        .await;
    refused.refused(code::PARAMETER);
    assert!(refused.text().contains("no driver"), "{}", refused.text());
    // As if a newer program had been here.
    let sql = format!(
        "UPDATE groups SET storage_policy_id = {} WHERE id = 2",
        made["id"]
    );
    server.tamper(&sql).await;
    server.restart().await;
    let alice = server.stranger().sign_in("alice", tests::PASSWORD).await;
    let listing = alice.list("/").await.ok();
    assert!(listing.get("storage_policy").is_none(), "{listing}");
    assert_eq!(listing["files"][0]["name"], "plan.txt");
    assert_eq!(alice.get("/plan.txt").await, "the plan");
    let refused = alice.put_content("/more.txt", "x").await;
    assert_ne!(refused.code(), 0, "{}", refused.text());
}

#[tokio::test]
async fn two_policies_are_not_called_the_same() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let one = save(admin, "/admin/policy", &bucket("One")).await.ok();
    let two = save(admin, "/admin/policy", &bucket("Two")).await.ok();
    for name in ["One", " One "] {
        let refused = save(admin, "/admin/policy", &bucket(name)).await;
        refused.refused(code::PARAMETER);
        assert!(refused.text().contains("called One"), "{}", refused.text());
        let mut renamed = two.clone();
        renamed["name"] = json!(name);
        let refused = save(admin, &format!("/admin/policy/{}", two["id"]), &renamed).await;
        refused.refused(code::PARAMETER);
    }
    // Who has its name keeps it; so do two of an older site that are called the same.
    save(admin, &format!("/admin/policy/{}", one["id"]), &one)
        .await
        .ok();
    server
        .tamper("UPDATE storage_policies SET name = 'One' WHERE name = 'Two'")
        .await;
    let mut again = admin
        .get_json(&format!("/admin/policy/{}", two["id"]), &[])
        .await
        .ok();
    again["max_size"] = json!(5);
    save(admin, &format!("/admin/policy/{}", two["id"]), &again)
        .await
        .ok();
}
