//! `/admin/group`.

use serde_json::{Value, json};
use tests::{Client, TestServer};

use super::journalled;
use crate::code;

async fn list(client: &Client, more: Value) -> Value {
    let mut body = json!({ "page": 1, "page_size": 10, "order_by": "", "conditions": {} });
    for (key, value) in more.as_object().unwrap() {
        body[key] = value.clone();
    }
    client.post("/admin/group", body).await.ok()
}

fn names(page: &Value) -> Vec<&str> {
    let groups = page["groups"].as_array().unwrap();
    groups
        .iter()
        .map(|group| group["name"].as_str().unwrap())
        .collect()
}

/// What the form of a new group sends.
fn form(name: &str) -> Value {
    json!({
        "id": 0, "name": name, "max_storage": 5_368_709_120_i64, "permissions": "hAA=",
        "settings": { "max_walked_files": 100, "trash_retention": 604_800, "source_batch": 10 },
        "edges": { "storage_policies": { "id": 1, "name": "whatever", "edges": {} } },
        "total_users": 7, "storage_policy_id": 99,
    })
}

async fn save(client: &Client, route: &str, group: Value) -> tests::Reply {
    client.put_json(route, json!({ "group": group })).await
}

#[tokio::test]
async fn groups_are_listed_by_page_and_order() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let page = list(admin, json!({})).await;
    assert_eq!(names(&page), ["Admin", "User", "Anonymous"]);
    let place = json!({ "page": 0, "page_size": 10, "total_items": 3 });
    assert_eq!(page["pagination"], place);
    let anonymous = &page["groups"][2];
    assert_eq!(anonymous["edges"], json!({}), "no policy, no quota");
    assert!(anonymous.get("max_storage").is_none() && anonymous.get("total_users").is_none());
    assert_eq!(
        page["groups"][0]["edges"]["storage_policies"]["type"],
        "local"
    );
    let page = list(
        admin,
        json!({ "order_by": "name", "order_direction": "desc" }),
    )
    .await;
    assert_eq!(names(&page), ["User", "Anonymous", "Admin"]);
    let page = list(
        admin,
        json!({ "page": 2, "page_size": 2, "order_by": "made up" }),
    )
    .await;
    assert_eq!(names(&page), ["Anonymous"]);
    assert_eq!(
        names(&list(admin, json!({ "page": 1_000_000 })).await),
        [""; 0]
    );
    for wrong in [
        json!({ "page": 0, "page_size": 10 }),
        json!({ "page": -1, "page_size": 10 }),
        json!({ "page_size": 10 }),
        json!({ "page": 1 }),
        json!({ "page": 1, "page_size": 0 }),
        json!({ "page": 1, "page_size": 1_000_000_000 }),
        json!({ "page": "first", "page_size": 10 }),
    ] {
        admin
            .post("/admin/group", wrong)
            .await
            .refused(code::PARAMETER);
    }
}

#[tokio::test]
async fn what_a_group_may_changes_with_the_next_request() {
    let server = TestServer::start().await;
    let (admin, alice) = (server.admin(), server.user("alice").await);
    let made = save(admin, "/admin/group", form("Guests")).await.ok();
    assert_eq!(made["max_storage"], 5_368_709_120_i64);
    assert_eq!(
        (&made["storage_policy_id"], &made["total_users"]),
        (&json!(1), &json!(0))
    );
    assert_eq!(made["settings"]["source_batch"], 10);

    // As the form sends it back, with less room and another limit that nobody knows yet.
    let mut user = admin
        .get_json("/admin/group/2", &[("countUser", "true")])
        .await
        .ok();
    assert_eq!(user["total_users"], 1);
    user["max_storage"] = json!(1000);
    user["settings"]["remote_download_options"] = json!({ "dir": "/x" });
    let saved = save(admin, "/admin/group/2", user.clone()).await.ok();
    assert_eq!(
        saved["settings"]["remote_download_options"],
        json!({ "dir": "/x" })
    );
    let capacity = alice.get_json("/user/capacity", &[]).await.ok();
    assert_eq!(capacity["total"], 1000);
    // Who does not know of it takes nothing away.
    user["settings"]
        .as_object_mut()
        .unwrap()
        .remove("remote_download_options");
    let saved = save(admin, "/admin/group/2", user.clone()).await.ok();
    assert_eq!(
        saved["settings"]["remote_download_options"],
        json!({ "dir": "/x" })
    );
    // Without a policy.
    user["edges"] = json!({});
    let saved = save(admin, "/admin/group/2", user).await.ok();
    assert!(saved.get("storage_policy_id").is_none());

    let entries = journalled(&server, "group_changed").await;
    assert_eq!(entries[0]["about"], json!({ "group": 2, "name": "User" }));
    assert_eq!(entries[0]["changed"]["max_storage"]["after"], 1000);
    assert!(entries[0]["changed"].get("name").is_none());
    assert_eq!(journalled(&server, "group_created").await.len(), 1);
}

#[tokio::test]
async fn what_a_site_needs_cannot_be_taken_from_it() {
    let server = TestServer::start().await;
    let (admin, _alice) = (server.admin(), server.user("alice").await);
    for id in 1..=3 {
        let route = format!("/admin/group/{id}");
        let reply = admin.delete_json(&route, json!({})).await;
        reply.refused(code::SYSTEM_GROUP);
    }
    let without_rights = |id: i64| json!({ "id": id, "name": "x", "permissions": "" });
    save(admin, "/admin/group/1", without_rights(1))
        .await
        .refused(code::PARAMETER);
    let mut visitors = without_rights(3);
    visitors["permissions"] = json!("AQ==");
    save(admin, "/admin/group/3", visitors)
        .await
        .refused(code::PARAMETER);

    let made = save(admin, "/admin/group", form("Guests")).await.ok();
    let route = format!("/admin/group/{}", made["id"]);
    let default = json!({ "settings": { "default_group": made["id"].to_string() } });
    admin.patch("/admin/settings", default).await.ok();
    admin
        .delete_json(&route, json!({}))
        .await
        .refused(code::PARAMETER);
    let _carol = server.user("carol").await;
    let back = json!({ "settings": { "default_group": "2" } });
    admin.patch("/admin/settings", back).await.ok();
    let reply = admin.delete_json(&route, json!({})).await;
    reply.refused(code::GROUP_USED);
    assert_eq!(reply.json()["msg"], "1");
    let empty = save(admin, "/admin/group", form("Nobody")).await.ok();
    let route = format!("/admin/group/{}", empty["id"]);
    admin.delete_json(&route, json!({})).await.done();
    admin.get_json(&route, &[]).await.refused(code::DATABASE);
    admin
        .delete_json(&route, json!({}))
        .await
        .refused(code::DATABASE);
}

#[tokio::test]
async fn a_group_of_which_nothing_is_said_about_its_policy_keeps_it() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let made = save(admin, "/admin/group", form("Guests")).await.ok();
    let route = format!("/admin/group/{}", made["id"]);
    let saved = async |edges: Option<Value>| {
        let mut group = form("Guests");
        group["id"] = made["id"].clone();
        group["max_storage"] = json!(1000);
        group.as_object_mut().unwrap().remove("edges");
        if let Some(edges) = edges {
            group["edges"] = edges;
        }
        save(admin, &route, group).await.ok()["storage_policy_id"].clone()
    };
    assert_eq!(saved(None).await, 1);
    let none = [
        json!({}),
        Value::Null,
        json!({ "storage_policies": Value::Null }),
    ];
    for edges in none {
        assert_eq!(saved(Some(edges.clone())).await, Value::Null, "{edges}");
        // Nor is one given that it had not.
        assert_eq!(saved(None).await, Value::Null);
        let one = json!({ "storage_policies": { "id": 1 } });
        assert_eq!(saved(Some(one)).await, 1);
    }
}

#[tokio::test]
async fn groups_that_make_no_sense_are_refused() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let with = |key: &str, value: Value| {
        let mut group = form("Guests");
        group[key] = value;
        group
    };
    for group in [
        with("name", json!("")),
        with("name", json!("x".repeat(256))),
        with("max_storage", json!(-1)),
        with("max_storage", json!("much")),
        with("permissions", json!("not base64!")),
        with("permissions", json!("AAAAAAAAAAAAAAAAAQ==")),
        with("permissions", Value::Null),
        with("settings", json!({ "trash_retention": -5 })),
        with("edges", json!({ "storage_policies": { "id": 4711 } })),
        with("id", json!(5)),
    ] {
        let reply = save(admin, "/admin/group", group).await;
        reply.refused(code::PARAMETER);
    }
    let other = with("id", json!(2));
    save(admin, "/admin/group/3", other)
        .await
        .refused(code::PARAMETER);
    admin
        .put_json("/admin/group", json!({}))
        .await
        .refused(code::PARAMETER);
    admin
        .get_json("/admin/group/0", &[])
        .await
        .refused(code::PARAMETER);
    admin
        .get_json("/admin/group/x", &[])
        .await
        .refused(code::PARAMETER);
    admin
        .get_json("/admin/group/4711", &[])
        .await
        .refused(code::DATABASE);
    assert_eq!(list(admin, json!({})).await["pagination"]["total_items"], 3);
}
