//! `/workflow`: lists of tasks, and how far they are.

mod archive;
mod control;
mod download;
mod extract;
mod import;

use serde_json::{Value, json};
use tests::{Client, TestServer};

use crate::code;

/// Puts a task into somebody's list, of a kind that nobody works on.
pub(crate) async fn put_task(server: &TestServer, who: &Client, columns: &[(&str, &str)]) {
    let mut all = vec![
        ("kind", "'some_work'"),
        ("state", "'queued'"),
        ("category", "'general'"),
        ("public_state", "'{}'"),
        ("private_state", "'{}'"),
        ("retries", "0"),
        ("resume_at", "1000000"),
        ("created_at", "1000000"),
        ("updated_at", "2500000"),
    ];
    for (name, value) in columns {
        all.retain(|(known, _)| known != name);
        all.push((*name, *value));
    }
    let (names, values): (Vec<&str>, Vec<&str>) = all.into_iter().unzip();
    let (names, values) = (names.join(", "), values.join(", "));
    let email = format!("{}@example.com", who.name);
    let sql = format!(
        "INSERT INTO tasks (owner_id, {names}) SELECT id, {values} FROM users \
         WHERE email = '{email}'"
    );
    server.tamper(&sql).await;
}

async fn list(who: &Client, category: &str) -> Value {
    let query = [("page_size", "25"), ("category", category)];
    who.get_json("/workflow", &query).await.ok()
}

#[tokio::test]
async fn lists_are_empty_until_there_is_something() {
    let server = TestServer::start().await;
    for category in ["general", "downloaded"] {
        let pagination = json!({ "page": 0, "page_size": 25, "is_cursor": true });
        let expected = json!({ "tasks": [], "pagination": pagination });
        assert_eq!(list(server.admin(), category).await, expected);
    }
    let all = list(server.admin(), "downloading").await;
    assert_eq!(all["tasks"], json!([]));
    assert!(all["pagination"].get("next_token").is_none());
}

#[tokio::test]
async fn a_task_is_shown_with_what_there_is_to_say() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    put_task(&server, &alice, &[]).await;
    let public =
        r#"'{"error_history":["GET http://a/?sign=secret&x=1"],"executed_duration":1500000000}'"#;
    let summary = r#"'{"phase":"compress_files","props":{"dst":"cloudreve://my/a.zip","failed":0,"src_multiple":null}}'"#;
    put_task(
        &server,
        &alice,
        &[
            ("state", "'error'"),
            ("public_state", public),
            ("summary", summary),
            ("error", "'no luck at http://a/?sign=secret'"),
            ("retries", "2"),
            ("resume_at", "3000000"),
            ("node_id", "1"),
        ],
    )
    .await;
    let tasks = list(&alice, "general").await["tasks"].clone();
    let (failed, queued) = (&tasks[0], &tasks[1]);
    assert_eq!(
        *failed,
        json!({
            "id": failed["id"],
            "created_at": "1970-01-01T00:00:01Z",
            "updated_at": "1970-01-01T00:00:02.500Z",
            "status": "error",
            "type": "some_work",
            "node": {
                "id": failed["node"]["id"],
                "name": "Master",
                "type": "master",
                "capabilities": "Hg==",
            },
            "summary": {
                "phase": "compress_files",
                "props": { "dst": "cloudreve://my/a.zip", "failed": 0, "src_multiple": null },
            },
            "error": "no luck at http://a/?sign=REDACTED",
            "error_history": ["GET http://a/?sign=REDACTED&x=1"],
            "duration": 1500,
            "resume_time": 3,
            "retry_count": 2,
        })
    );
    assert_eq!(
        *queued,
        json!({
            "id": queued["id"],
            "created_at": "1970-01-01T00:00:01Z",
            "updated_at": "1970-01-01T00:00:02.500Z",
            "status": "queued",
            "type": "some_work",
        })
    );
    // A node that is switched off is not shown.
    server.tamper("UPDATE nodes SET status = 'suspended'").await;
    let tasks = list(&alice, "general").await["tasks"].clone();
    assert!(tasks[0].get("node").is_none());
}

#[tokio::test]
async fn downloads_have_lists_of_their_own() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    for state in [
        "queued",
        "processing",
        "suspending",
        "error",
        "canceled",
        "completed",
    ] {
        let state = format!("'{state}'");
        let columns = [("category", "'download'"), ("state", state.as_str())];
        put_task(&server, &alice, &columns).await;
    }
    // The system's own are in nobody's list.
    put_task(&server, &alice, &[("kind", "'x'"), ("category", "NULL")]).await;
    let states = async |category| {
        let list = list(&alice, category).await;
        let tasks = list["tasks"].as_array().unwrap().clone();
        let states = tasks
            .iter()
            .map(|task| task["status"].as_str().unwrap().to_owned());
        states.collect::<Vec<_>>()
    };
    let active = ["suspending", "processing", "queued"];
    assert_eq!(states("downloading").await, active);
    assert_eq!(
        states("downloaded").await,
        ["completed", "canceled", "error"]
    );
    assert!(states("general").await.is_empty());
}

#[tokio::test]
async fn pages_follow_one_another_and_show_only_ones_own() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    for _ in 0..12 {
        put_task(&server, &alice, &[]).await;
        put_task(&server, &bob, &[]).await;
    }
    let page = async |token: &str| {
        let query = [
            ("page_size", "10"),
            ("category", "general"),
            ("next_page_token", token),
        ];
        alice.get_json("/workflow", &query).await
    };
    let first = page("").await.ok();
    assert_eq!(first["tasks"].as_array().unwrap().len(), 10);
    let token = first["pagination"]["next_token"].as_str().unwrap();
    let second = page(token).await.ok();
    assert_eq!(second["tasks"].as_array().unwrap().len(), 2);
    assert!(second["pagination"].get("next_token").is_none());
    page("nonsense").await.refused(code::DATABASE);
}

#[tokio::test]
async fn a_list_has_to_be_named_and_of_some_length() {
    let server = TestServer::start().await;
    for query in [
        &[("page_size", "10")][..],
        &[("page_size", "10"), ("category", "all")],
        &[("category", "general")],
        &[("page_size", "9"), ("category", "general")],
        &[("page_size", "101"), ("category", "general")],
    ] {
        let reply = server.admin().get_json("/workflow", query).await;
        assert_eq!(reply.code(), code::PARAMETER, "{query:?}: {}", reply.text());
    }
}

#[tokio::test]
async fn progress_is_told_to_the_owner_for_as_long_as_there_is_any() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    let progress = r#"'{"archive_size":{"total":0,"current":7,"identifier":""}}'"#;
    put_task(&server, &alice, &[("progress", progress)]).await;
    let id = list(&alice, "general").await["tasks"][0]["id"].clone();
    let path = format!("/workflow/progress/{}", id.as_str().unwrap());
    let told = async |who: &Client| who.get_json(&path, &[]).await.ok();
    let expected = json!({ "archive_size": { "total": 0, "current": 7, "identifier": "" } });
    assert_eq!(told(&alice).await, expected);
    assert_eq!(told(server.admin()).await, expected);
    assert_eq!(told(&bob).await, json!({}));
    server.tamper("UPDATE tasks SET state = 'completed'").await;
    assert_eq!(told(&alice).await, json!({}));
    let reply = alice.get_json("/workflow/progress/nonsense", &[]).await;
    assert_eq!(reply.code(), code::PARAMETER);
    assert_eq!(reply.json()["msg"], "Failed to parse object ID");
}
