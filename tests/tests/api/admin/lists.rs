//! What the lists of administrators have in common.

use serde_json::{Value, json};
use tests::{Client, TestServer};

use crate::code;

/// A page of a list.
pub(super) async fn list(client: &Client, what: &str, more: Value) -> Value {
    let mut body = json!({ "page": 1, "page_size": 10, "order_by": "", "conditions": {} });
    for (key, value) in more.as_object().unwrap() {
        body[key] = value.clone();
    }
    client.post(&format!("/admin/{what}"), body).await.ok()
}

/// The same with one condition.
pub(super) async fn only(client: &Client, what: &str, condition: &str, value: &str) -> Value {
    list(client, what, json!({ "conditions": { condition: value } })).await
}

/// The raw id of an account.
pub(super) async fn raw_id(admin: &Client, nick: &str) -> i64 {
    let page = only(admin, "user", "user_nick", nick).await;
    page["users"][0]["id"].as_i64().unwrap()
}

/// The names of the rows of a page.
pub(super) fn texts<'a>(page: &'a Value, rows: &str, field: &str) -> Vec<&'a str> {
    let rows = page[rows].as_array().unwrap();
    rows.iter()
        .map(|row| row[field].as_str().unwrap())
        .collect()
}

/// Lists with the key of their rows and the orders that they offer.
const LISTS: [(&str, &str, &[&str]); 10] = [
    ("group", "groups", &["name", "max_storage"]),
    ("policy", "policies", &["updated_at"]),
    ("node", "nodes", &["name", "weight", "updated_at"]),
    ("user", "users", &["nick", "email", "storage", "updated_at"]),
    (
        "file",
        "files",
        &["name", "size", "created_at", "updated_at"],
    ),
    (
        "entity",
        "entities",
        &["size", "updated_at", "reference_count"],
    ),
    (
        "share",
        "shares",
        &["views", "downloads", "remain_downloads"],
    ),
    ("queue", "tasks", &[]),
    (
        "oauthClient",
        "clients",
        &["name", "created_at", "is_enabled"],
    ),
    ("event", "logs", &[]),
];

#[tokio::test]
async fn every_list_keeps_the_rules_of_lists() {
    let server = TestServer::start().await;
    let (admin, alice) = (server.admin(), server.user("alice").await);
    for n in 0..3 {
        alice.put(&format!("/{n}.txt"), "x".repeat(n + 1)).await;
        alice.share(&format!("/{n}.txt"), json!({})).await;
    }
    for (what, rows, orders) in LISTS {
        let whole = list(admin, what, json!({ "page_size": 100 })).await;
        let ids: Vec<i64> = whole[rows]
            .as_array()
            .unwrap_or_else(|| panic!("{what}: {whole}"))
            .iter()
            .map(|row| row["id"].as_i64().unwrap())
            .collect();
        assert!(ids.is_sorted(), "{what} by id: {ids:?}");
        let total = whole["pagination"]["total_items"].as_u64().unwrap_or(0);
        // The journal grows by being looked at.
        assert!(what == "event" || total == ids.len() as u64, "{what}");
        for order in orders.iter().chain(&["", "made up"]) {
            let mut walked = Vec::new();
            for page in 1..=ids.len() + 1 {
                let more = json!({ "page": page, "page_size": 1, "order_by": order });
                let page = list(admin, what, more).await;
                assert_eq!(page["pagination"]["page_size"], 1);
                walked.extend(
                    page[rows]
                        .as_array()
                        .unwrap()
                        .iter()
                        .map(|row| row["id"].clone()),
                );
            }
            let forth = list(admin, what, json!({ "page_size": 100, "order_by": order })).await;
            let back = json!({ "page_size": 100, "order_by": order, "order_direction": "desc" });
            let back = list(admin, what, back).await;
            let ids_of = |page: &Value| -> Vec<Value> {
                let all = page[rows].as_array().unwrap().iter();
                all.map(|row| row["id"].clone()).collect()
            };
            let (forth, mut back) = (ids_of(&forth), ids_of(&back));
            back.reverse();
            if what != "event" {
                assert_eq!(forth, walked, "{what} by {order}");
                assert_eq!(forth, back, "{what} by {order}");
            }
        }
        for far in [1_000_000, u64::MAX / 2, u64::MAX] {
            let far = list(admin, what, json!({ "page": far })).await;
            assert_eq!(far[rows], json!([]), "{what}");
        }
        for wrong in [
            json!({ "page": 0, "page_size": 10 }),
            json!({ "page": -1, "page_size": 10 }),
            json!({ "page": 1 }),
            json!({ "page": 1, "page_size": 1_000_000_000 }),
            json!({ "page": "first", "page_size": 10 }),
            json!({ "page": 1, "page_size": 10, "conditions": { "x": "y".repeat(9_000) } }),
            json!({ "page": 1, "page_size": 10, "conditions": { "user_nick": "\u{0}" } }),
        ] {
            let refused = admin.post(&format!("/admin/{what}"), wrong).await;
            refused.refused(code::PARAMETER);
        }
    }
}

#[tokio::test]
async fn several_are_deleted_by_ids_that_make_sense() {
    let server = TestServer::start().await;
    let admin = server.admin();
    for what in ["file", "entity", "share", "queue", "oauthClient", "user"] {
        let route = format!("/admin/{what}/batch/delete");
        let many: Vec<i64> = (1..=10_001).collect();
        for wrong in [json!([]), json!(["1"]), json!(null), json!(many)] {
            let refused = admin.post(&route, json!({ "ids": wrong })).await;
            refused.refused(code::PARAMETER);
        }
    }
    // What is not there is passed over, or named.
    let ids: Vec<i64> = (100_000..110_000).collect();
    for what in ["file", "entity", "share", "queue", "oauthClient"] {
        let route = format!("/admin/{what}/batch/delete");
        admin.post(&route, json!({ "ids": ids })).await.done();
    }
}

#[tokio::test]
async fn signs_of_patterns_mean_themselves() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let alice = server.user("alice").await;
    alice.put("/50% off.txt", "x").await;
    alice.put("/other.txt", "x").await;
    for (what, rows, condition, text, found) in [
        ("user", "users", "user_nick", "%", 0),
        ("user", "users", "user_email", "_", 0),
        ("file", "files", "file_name", "%", 1),
        ("file", "files", "file_name", "_", 0),
    ] {
        let page = only(admin, what, condition, text).await;
        assert_eq!(page[rows].as_array().unwrap().len(), found, "{what} {text}");
    }
}

#[tokio::test]
async fn the_second_of_two_who_change_the_same_is_told() {
    let server = TestServer::start().await;
    let admin = server.admin();
    server.user("alice").await;
    let app = json!({ "id": 0, "name": "App", "redirect_uris": ["https://a.example/cb"], "scopes": ["openid"] });
    let app = admin.put_json("/admin/oauthClient", json!({ "client": app }));
    app.await.ok();
    let node =
        json!({ "id": 0, "name": "Helper", "type": "slave", "status": "active", "settings": {} });
    admin
        .put_json("/admin/node", json!({ "node": node }))
        .await
        .ok();
    for (what, rows, key, field) in [
        ("group", "groups", "group", "name"),
        ("policy", "policies", "policy", "name"),
        ("node", "nodes", "node", "name"),
        ("user", "users", "user", "nick"),
        ("oauthClient", "clients", "client", "name"),
    ] {
        let all = list(admin, what, json!({ "page_size": 100 })).await;
        let last = all[rows].as_array().unwrap().last().unwrap()["id"].clone();
        let route = format!("/admin/{what}/{last}");
        let mut row = admin.get_json(&route, &[]).await.ok();
        let seen = tests::escape(row["updated_at"].as_str().unwrap());
        let seen = format!("{route}?seen={seen}");
        for name in ["first", "second"] {
            row[field] = json!(name);
            let saved = admin
                .put_json(&seen, json!({ key: row, "password": "" }))
                .await;
            if name == "first" {
                saved.ok();
            } else {
                saved.refused(code::CONFLICT);
            }
        }
        let now = admin.get_json(&route, &[]).await.ok();
        assert_eq!(now[field], "first", "{what}");
        // Who does not say what they have seen replaces it, as clients of the V4 API do.
        row[field] = json!("third");
        let body = json!({ key: row, "password": "" });
        admin.put_json(&route, body).await.ok();
    }
}
