//! `/admin/event`.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{App, Client, TestServer};

use crate::code;

async fn list(client: &Client, conditions: Value) -> Value {
    let body = json!({
        "page": 1, "page_size": 100, "order_direction": "desc", "conditions": conditions,
    });
    client.post("/admin/event", body).await.ok()
}

fn kinds(page: &Value) -> Vec<i64> {
    let logs = page["logs"].as_array().unwrap();
    logs.iter()
        .map(|log| log["type"].as_i64().unwrap())
        .collect()
}

async fn raw_id(admin: &Client, nick: &str) -> String {
    let body = json!({ "page": 1, "page_size": 1, "conditions": { "user_nick": nick } });
    admin.post("/admin/user", body).await.ok()["users"][0]["id"].to_string()
}

#[tokio::test]
async fn who_deleted_a_file_is_found_though_both_are_gone() {
    let server = TestServer::start().await;
    let (admin, alice) = (server.admin(), server.user("alice").await);
    alice.put("/docs/plan.txt", "secret plan").await;
    alice.rename("/docs/plan.txt", "idea.txt").await.ok();
    alice.delete_for_good(&["/docs/idea.txt"]).await.done();
    let id = raw_id(admin, "alice").await;

    let deleted = list(admin, json!({ "event_type": "15" })).await;
    assert_eq!(deleted["pagination"]["total_items"], 1);
    let log = &deleted["logs"][0];
    assert_eq!(log["content"]["from"], "/docs/idea.txt");
    assert_eq!(log["content"]["category"], "file");
    assert_eq!(log["edges"]["user"]["nick"], "alice");
    assert_eq!(log["user_hash_id"], alice.id);
    assert!(log["edges"].get("file").is_none(), "it is gone");
    assert_eq!(log["ip"], "127.0.0.1");

    let of_alice = list(admin, json!({ "event_user": id })).await;
    let kinds = kinds(&of_alice);
    assert!(
        kinds.starts_with(&[15, 8, 10]),
        "the newest first: {kinds:?}"
    );
    let renamed = &of_alice["logs"][1]["content"];
    assert_eq!(
        (&renamed["original_name"], &renamed["new_name"]),
        (&json!("plan.txt"), &json!("idea.txt"))
    );
    let request = json!({ "event_correlation_id": log["correlation_id"] });
    assert_eq!(list(admin, request).await["logs"][0]["id"], log["id"]);
    let route = format!("/admin/event/{}", log["id"]);
    assert_eq!(&admin.get_json(&route, &[]).await.ok(), log);
}

#[tokio::test]
async fn what_is_no_filter_is_refused_and_what_nobody_did_is_empty() {
    let server = TestServer::start().await;
    let admin = server.admin();
    for conditions in [
        json!({ "event_type": "99" }),
        json!({ "event_user": "4711" }),
        json!({ "event_ip": "192.0.2.1" }),
        json!({ "event_file": "4711" }),
    ] {
        let page = list(admin, conditions).await;
        assert_eq!(page["logs"], json!([]));
        assert!(page["pagination"].get("total_items").is_none());
    }
    for conditions in [
        json!({ "event_user": "me" }),
        json!({ "event_type": "delete" }),
    ] {
        let body = json!({ "page": 1, "page_size": 10, "conditions": conditions });
        admin
            .post("/admin/event", body)
            .await
            .refused(code::PARAMETER);
    }
    admin
        .get_json("/admin/event/4711", &[])
        .await
        .refused(code::DATABASE);
}

#[tokio::test]
async fn failed_sign_ins_say_why_and_from_where() {
    let server = TestServer::start().await;
    server.user("alice").await;
    let wrong = server.stranger().try_sign_in("alice", "guessed").await;
    assert_ne!(wrong.code(), 0);
    let failed = loop {
        let page = list(server.admin(), json!({ "event_type": "4" })).await;
        if page["logs"][0].is_object() {
            break page["logs"][0].clone();
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    };
    assert_eq!(failed["content"]["failed"], true);
    assert!(failed["content"]["reason"].is_string(), "{failed}");
    assert_eq!(failed["ip"], "127.0.0.1");
    assert_eq!(failed["edges"]["owner"]["nick"], "alice");
    assert!(failed["edges"].get("user").is_none());
    let id = raw_id(server.admin(), "alice").await;
    let at_alice = json!({ "event_type": "4", "event_owner": id });
    assert_eq!(kinds(&list(server.admin(), at_alice).await), [4]);
    let at_admin = json!({ "event_type": "4", "event_owner": "1" });
    assert!(kinds(&list(server.admin(), at_admin).await).is_empty());
}

#[tokio::test]
async fn entries_are_forgotten_but_those_that_clients_still_have_to_hear_of() {
    let server = TestServer::start().await;
    let (admin, alice) = (server.admin(), server.user("alice").await);
    alice.put("/plan.txt", "the plan").await;
    let route = "/admin/event/batch/delete";
    let all = json!({ "not_after": "2100-01-01T00:00:00Z" });
    admin.post(route, all).await.done();
    let left = kinds(&list(admin, json!({})).await);
    assert!(left.contains(&10) && left.contains(&7), "files: {left:?}");
    assert_eq!(
        left.iter().filter(|kind| **kind == 1).count(),
        0,
        "{left:?}"
    );
    // That they were forgotten is known.
    assert_eq!(left[0], 1004);
    let newest = list(admin, json!({ "event_type": "1004" })).await["logs"][0]["id"].clone();
    admin
        .post(route, json!({ "ids": [newest, 4711] }))
        .await
        .done();
    // Nor is that forgotten.
    let page = list(admin, json!({ "event_type": "1004" })).await;
    let logs = page["logs"].as_array().unwrap();
    assert!(logs.iter().any(|log| log["id"] == newest));
    let app = App::registered(&server, "https://app.example/cb", "openid Admin.Write");
    let app = app.let_in(admin, "openid Admin.Write").await;
    let all = json!({ "not_after": "2100-01-01T00:00:00Z" });
    app.post(route, all).await.refused(code::PARAMETER);
    for wrong in [
        json!({}),
        json!({ "ids": [] }),
        json!({ "not_after": "yesterday" }),
        json!({ "not_after": "2100-01-01T00:00:00Z", "types": ["delete"] }),
    ] {
        admin.post(route, wrong).await.refused(code::PARAMETER);
    }
}

#[tokio::test]
async fn entries_are_found_by_time_and_by_path() {
    let server = TestServer::start().await;
    let (admin, alice) = (server.admin(), server.user("alice").await);
    alice.put("/Reports/Öl_2026.txt", "the plan").await;
    let of_path = |part: &str| json!({ "event_path": part, "event_type": "10" });
    for part in ["reports/", "Öl_2026", "l_2026.TXT"] {
        let page = list(admin, of_path(part)).await;
        assert_eq!(page["pagination"]["total_items"], 1, "{part}");
    }
    for part in ["Ölx2026", "%", "drawings"] {
        assert_eq!(
            list(admin, of_path(part)).await["logs"],
            json!([]),
            "{part}"
        );
    }
    let all = list(admin, json!({})).await;
    let (newest, oldest) = (
        &all["logs"][0],
        all["logs"].as_array().unwrap().last().unwrap(),
    );
    let time = |log: &Value| log["created_at"].as_str().unwrap().to_owned();
    let since = list(admin, json!({ "event_since": time(newest) })).await;
    assert_eq!(since["logs"][0], *newest);
    let until = list(admin, json!({ "event_until": time(newest) })).await;
    let found = until["logs"].as_array().unwrap();
    assert!(
        found.contains(oldest) && !found.contains(newest),
        "its end is not in a span"
    );
    let spans = list(admin, json!({ "event_since": "2000-01-01T00:00:00+08:00" })).await;
    assert_eq!(spans["pagination"], all["pagination"]);
    for wrong in ["yesterday", "2026-01-01", "1"] {
        let conditions = json!({ "event_since": wrong });
        let body = json!({ "page": 1, "page_size": 10, "conditions": conditions });
        let reply = admin.post("/admin/event", body).await;
        reply.refused(code::PARAMETER);
    }
}

#[tokio::test]
async fn the_log_is_exported_whole_and_no_cell_is_a_formula() {
    let server = TestServer::start().await;
    let (admin, alice) = (server.admin(), server.user("alice").await);
    for number in 0..3 {
        alice.put(&format!("/=cmd{number},x;'y'.txt"), "a").await;
    }
    let route = "/admin/event/export";
    let conditions = json!({ "event_type": "10" });
    let wanted = json!({ "format": "csv", "conditions": conditions });
    let csv = admin
        .send(admin.request(Method::POST, route).json(&wanted))
        .await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(
        csv.header("content-disposition"),
        "attachment; filename=\"audit.csv\""
    );
    let text = csv.text().to_owned();
    let mut lines = text.trim_start_matches('\u{feff}').lines();
    assert!(
        lines
            .next()
            .unwrap()
            .starts_with("\"id\",\"time\",\"type\",")
    );
    assert_eq!(lines.clone().count(), 3, "{text}");
    assert!(
        lines.all(|line| line.contains("\"/=cmd") && line.contains("alice")),
        "{text}"
    );

    let wanted = json!({ "format": "jsonl" });
    let jsonl = admin
        .send(admin.request(Method::POST, route).json(&wanted))
        .await;
    let entries: Vec<Value> = jsonl
        .text()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let total = list(admin, json!({})).await["pagination"]["total_items"]
        .as_u64()
        .unwrap();
    assert_eq!(entries.len() as u64, total);
    assert!(entries.is_sorted_by_key(|entry| entry["id"].as_i64().unwrap()));
    assert!(
        entries
            .iter()
            .any(|entry| entry["operation"] == "modify" && entry["user_name"] == "alice"),
        "{entries:?}"
    );

    let nothing = json!({ "format": "csv", "conditions": { "event_user": "4711" } });
    let nothing = admin
        .send(admin.request(Method::POST, route).json(&nothing))
        .await;
    assert_eq!(
        nothing.text().lines().count(),
        1,
        "the names of the columns"
    );
    for wrong in [
        json!({}),
        json!({ "format": "xml" }),
        json!({ "format": "csv", "conditions": { "event_user": "me" } }),
    ] {
        admin.post(route, wrong).await.refused(code::PARAMETER);
    }
}

#[tokio::test]
async fn looking_into_files_of_others_and_removing_their_bytes_is_told() {
    let server = TestServer::start().await;
    let (admin, alice) = (server.admin(), server.user("alice").await);
    alice.put("/docs/plan.txt", "secret plan").await;
    let page = super::lists::only(admin, "file", "file_name", "plan").await;
    let route = format!("/admin/file/url/{}", page["files"][0]["id"]);
    admin.get_json(&route, &[]).await.ok();
    let blob = &page["files"][0]["edges"]["entities"][0]["id"];
    let route = format!("/admin/entity/url/{blob}");
    admin.get_json(&route, &[]).await.ok();
    let body = json!({ "ids": [blob], "force": false });
    admin.post("/admin/entity/batch/delete", body).await.done();
    let looks = super::journalled(&server, "file_viewed").await;
    assert_eq!(looks[0]["about"]["name"], "plan.txt");
    assert_eq!(&looks[1]["about"]["blob"], blob);
    let id = raw_id(admin, "alice").await;
    let of_alice = list(admin, json!({ "event_type": "1004", "event_owner": id })).await;
    assert_eq!(of_alice["logs"][0]["edges"]["file"]["name"], "plan.txt");
    let removed = super::journalled(&server, "blobs_removed").await;
    assert_eq!(removed[0]["about"]["blobs"], json!([blob]));
}
