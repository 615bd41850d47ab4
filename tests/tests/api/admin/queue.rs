//! `/admin/queue`.

use serde_json::{Value, json};
use tests::TestServer;

use super::journalled;
use super::lists::{list, only};
use crate::code;

/// A task that ended in this state at some time.
async fn ended(server: &TestServer, kind: &str, state: &str, at: i64) {
    let sql = format!(
        "INSERT INTO tasks (kind, state, public_state, private_state, summary, error, retries, \
         resume_at, created_at, updated_at, correlation_id) \
         VALUES ('{kind}', '{state}', '{{\"executed_duration\":5000000}}', '{{\"secret\":1}}', \
         NULL, 'it broke', 2, {at}, {at}, {at}, '5f0c2a34-9b1e-4c7a-8a55-0d7b6f1e2c33')"
    );
    server.tamper(&sql).await;
}

fn kinds(page: &Value) -> Vec<&str> {
    let tasks = page["tasks"].as_array().unwrap();
    tasks
        .iter()
        .map(|task| task["type"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn tasks_are_shown_filtered_and_forgotten() {
    let server = TestServer::start().await;
    let admin = server.admin();
    ended(&server, "recycle_blobs", "error", 1_000_000).await;
    ended(&server, "made_up", "completed", 2_000_000).await;
    ended(&server, "made_up", "canceled", 3_000_000).await;
    let page = only(admin, "queue", "task_status", "error").await;
    let task = &page["tasks"][0];
    assert_eq!(task["type"], "entity_recycle_routine");
    assert_eq!(task["status"], "error");
    assert_eq!(task["public_state"]["error"], "it broke");
    assert_eq!(task["public_state"]["executed_duration"], 5_000_000);
    assert_eq!(task["private_state"], "{}", "may hold secrets");
    assert_eq!(
        task["correlation_id"],
        "5f0c2a34-9b1e-4c7a-8a55-0d7b6f1e2c33"
    );
    assert!(task.get("user_tasks").is_none() && task["edges"] == json!({}));
    let route = format!("/admin/queue/{}", task["id"]);
    assert_eq!(&admin.get_json(&route, &[]).await.ok(), task);
    for (condition, value, found) in [
        ("task_type", "entity_recycle_routine", 1),
        ("task_type", "made_up", 2),
        (
            "task_correlation_id",
            "5f0c2a34-9b1e-4c7a-8a55-0d7b6f1e2c33",
            3,
        ),
        ("task_user_id", "1", 0),
    ] {
        let page = only(admin, "queue", condition, value).await;
        assert_eq!(kinds(&page).len(), found, "{condition}={value}: {page}");
    }
    for wrong in [
        json!({ "task_status": "gone" }),
        json!({ "task_correlation_id": "x" }),
    ] {
        let body = json!({ "page": 1, "page_size": 9, "conditions": wrong });
        admin
            .post("/admin/queue", body)
            .await
            .refused(code::PARAMETER);
    }

    // A retry goes through all the work again.
    admin
        .post(&format!("/admin/queue/{}/cancel", task["id"]), json!({}))
        .await
        .refused(code::NOT_FOUND);
    admin
        .post(&format!("/admin/queue/{}/retry", task["id"]), json!({}))
        .await
        .done();

    let until =
        |time: &str| json!({ "not_after": time, "types": ["made_up"], "status": ["canceled"] });
    admin
        .post("/admin/queue/cleanup", until("1970-01-01T00:00:02Z"))
        .await
        .done();
    assert_eq!(
        kinds(&only(admin, "queue", "task_type", "made_up").await).len(),
        2
    );
    admin
        .post("/admin/queue/cleanup", until("2000-01-01T00:00:00Z"))
        .await
        .done();
    let left = only(admin, "queue", "task_type", "made_up").await;
    assert_eq!(left["tasks"][0]["status"], "completed");
    let body = json!({ "ids": [left["tasks"][0]["id"], 4711] });
    admin.post("/admin/queue/batch/delete", body).await.done();
    assert!(kinds(&only(admin, "queue", "task_type", "made_up").await).is_empty());
    for wrong in [
        json!({}),
        json!({ "not_after": "yesterday" }),
        json!({ "not_after": "2000-01-01T00:00:00Z", "status": ["x"] }),
    ] {
        admin
            .post("/admin/queue/cleanup", wrong)
            .await
            .refused(code::PARAMETER);
    }
    assert_eq!(journalled(&server, "tasks_forgotten").await.len(), 3);
    admin
        .get_json("/admin/queue/4711", &[])
        .await
        .refused(code::DATABASE);
}

#[tokio::test]
async fn the_queues_tell_how_they_do() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let names = |all: &Value| -> Vec<String> {
        let all = all.as_array().unwrap().iter();
        all.map(|queue| queue["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let before = admin.get_json("/admin/queue/metrics", &[]).await.ok();
    assert_eq!(
        names(&before),
        [
            "media_meta",
            "recycle",
            "io_intense",
            "remote_download",
            "thumb",
            "mail"
        ]
    );
    for field in [
        "busy_workers",
        "success_tasks",
        "failure_tasks",
        "submitted_tasks",
        "suspending_tasks",
    ] {
        assert!(before[0][field].is_u64(), "{field}");
    }
    admin.put("/a.txt", "a").await;
    admin.delete_for_good(&["/a.txt"]).await.done();
    loop {
        let now = admin.get_json("/admin/queue/metrics", &[]).await.ok();
        if now[1]["success_tasks"].as_u64() > before[1]["success_tasks"].as_u64() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert!(list(admin, "queue", json!({})).await["tasks"].is_array());
}
