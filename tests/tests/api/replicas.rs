//! Several servers on one database: what one does the others notice, with news between them or
//! without. On SQLite, which belongs to one server, the same holds for that one.

use async_trait::async_trait;
use entity::{TaskId, Timestamp};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use server::config::{Config, ExtraKinds};
use site::task::{BoxError, Category, Progress, Queue, Run, Step, TaskError, TaskKind};
use std::time::{Duration, Instant};
use store::bus::{Carrier, Topic};
use store::{self, Store, tasks};
use tests::{Client, Program, Refusal, TestServer};

use crate::workflow::put_task;

/// Long enough for whatever is only polled for, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// Says how far it is, and waits until it is called off.
struct Wait;

#[async_trait]
impl TaskKind for Wait {
    const NAME: &'static str = "test_wait";
    const QUEUE: Queue = Queue::IoIntense;
    const CATEGORY: Option<Category> = Some(Category::General);
    const CLEANS_UP: bool = true;
    type State = Value;

    async fn step(&self, run: &Run, _state: Value) -> Result<Step<Value>, TaskError> {
        run.actor()?;
        let part = Progress {
            total: 9,
            current: 4,
            identifier: String::new(),
        };
        run.report("upload", part);
        std::future::pending().await
    }

    async fn cleanup(&self, _run: &Run, _state: Value) -> Result<Value, BoxError> {
        tokio::time::sleep(Duration::from_millis(50)).await;
        Ok(json!({}))
    }
}

fn with_wait(config: &mut Config) {
    config.kinds = ExtraKinds::new(|registry| registry.with(Wait));
}

fn without_news(config: &mut Config) {
    with_wait(config);
    config.carries_news = false;
}

async fn list(who: &Client) -> Vec<Value> {
    let query = [("page_size", "25"), ("category", "general")];
    let list = who.get_json("/workflow", &query).await.ok();
    list["tasks"].as_array().unwrap().clone()
}

/// Asks until the answer is right.
pub async fn until<T>(mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let patience = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(Instant::now() < patience, "it never happens");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// One task of Alice's that waits, and somebody who asks each server.
async fn waiting(server: &TestServer, other: &TestServer) -> (Client, Client, String) {
    let alice = server.user("alice").await;
    put_task(server, &alice, &[("kind", "'test_wait'")]).await;
    let there = other.stranger().sign_in("alice", tests::PASSWORD).await;
    let id = list(&alice).await[0]["id"].as_str().unwrap().to_owned();
    (alice, there, id)
}

#[tokio::test]
async fn every_replica_tells_how_far_a_task_is_and_calls_it_off() {
    let server = TestServer::start_as(without_news).await;
    let other = server.beside_as(without_news).await;
    let other = other.as_ref().unwrap_or(&server);
    let (alice, there, id) = waiting(&server, other).await;
    for who in [&alice, &there] {
        let progress = until(async || {
            let path = format!("/workflow/progress/{id}");
            let parts = who.get_json(&path, &[]).await.ok();
            parts.get("upload").cloned()
        });
        let expected = json!({ "total": 9, "current": 4, "identifier": "" });
        assert_eq!(progress.await, expected);
    }
    // A word in the row is enough, though no news of it comes.
    let asked = Instant::now();
    server
        .tamper("UPDATE tasks SET cancel_requested_at = 1 WHERE kind = 'test_wait'")
        .await;
    until(async || (list(&there).await[0]["status"] == "canceled").then_some(())).await;
    assert!(asked.elapsed() < Duration::from_secs(5));
    assert_eq!(list(&alice).await, list(&there).await);
    // Whoever worked on it lets go of it when it is tidied up.
    let held = "SELECT COALESCE(lease_owner, '') AS value FROM tasks WHERE kind = 'test_wait'";
    until(async || server.ask(held).await.is_empty().then_some(())).await;
}

#[tokio::test]
async fn a_task_stops_when_its_owner_is_blocked() {
    let server = TestServer::start_as(with_wait).await;
    let (alice, _, _) = waiting(&server, &server).await;
    until(async || (list(&alice).await[0]["status"] == "processing").then_some(())).await;
    server
        .tamper("UPDATE users SET status = 'manual_banned' WHERE email LIKE 'alice@%'")
        .await;
    let state = "SELECT state || ' ' || COALESCE(error, '') AS value FROM tasks \
                 WHERE kind = 'test_wait'";
    let ended = until(async || {
        let state = server.ask(state).await;
        state.starts_with("error").then_some(state)
    });
    assert!(ended.await.contains("not active"));
}

#[tokio::test]
async fn a_change_is_told_on_every_replica_with_news_and_without() {
    for flags in [with_wait, without_news] {
        let server = TestServer::start_as(flags).await;
        let other = server.beside_as(flags).await;
        let other = other.as_ref().unwrap_or(&server);
        let alice = server.user("alice").await;
        let there = other.stranger().sign_in("alice", tests::PASSWORD).await;
        let mut events = there.synchronising().events("/").await;
        assert_eq!(events.next(PATIENCE).await.unwrap().0, "subscribed");
        alice.create_folder("/docs").await;
        assert_eq!(events.changes(PATIENCE).await, ["create /docs"]);
    }
}

#[tokio::test]
async fn the_end_of_a_task_is_told_on_every_replica_though_no_news_comes() {
    let server = TestServer::start_as(without_news).await;
    let other = server.beside_as(without_news).await;
    let other = other.as_ref().unwrap_or(&server);
    let (alice, there, id) = waiting(&server, other).await;
    let mut events = there
        .synchronising()
        .events_with("/", &[("tasks", "true")])
        .await;
    assert_eq!(events.next(PATIENCE).await.unwrap().0, "subscribed");
    let path = format!("/workflow/cancel/{id}");
    alice.post(&path, json!({})).await.ok();
    let (event, data) = events.next(PATIENCE).await.unwrap();
    let told: Value = serde_json::from_str(&data).unwrap();
    let expected = json!([{ "id": id, "type": "test_wait", "status": "canceled" }]);
    assert_eq!((event.as_str(), told), ("task", expected));
}

/// A handle of its own on the server's database; `None` on SQLite.
async fn replica(server: &TestServer) -> Option<Store> {
    let url = server.database_url()?;
    Some(store::open(Some(&url), server.data()).await.unwrap())
}

async fn tell(store: &Store, topic: Topic) {
    let mut tx = store.begin().await.unwrap();
    tx.tells(topic);
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn news_reaches_other_replicas_also_after_their_connection_broke() {
    let server = TestServer::start().await;
    let (Some(here), Some(there)) = (replica(&server).await, replica(&server).await) else {
        return;
    };
    let carriers = [&here, &there].map(|store| Carrier::start(store).unwrap());
    let mut policies = there.bus().follow(Topic::Policies);
    // Whoever begins to listen looks at everything once.
    policies.news().await;
    for _ in 0..2 {
        tell(&here, Topic::Policies).await;
        let heard = tokio::time::timeout(PATIENCE, policies.news()).await;
        assert!(heard.is_ok());
    }
    // What is not carried is not told twice on the replica that said it.
    let before = here.bus().count(Topic::Policies);
    tell(&here, Topic::Policies).await;
    tokio::time::timeout(PATIENCE, policies.news())
        .await
        .unwrap();
    assert_eq!(here.bus().count(Topic::Policies), before + 1);
    let broken = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                  WHERE query LIKE 'LISTEN%' AND datname = current_database()";
    server
        .database()
        .await
        .execute_unprepared(broken)
        .await
        .unwrap();
    tokio::time::timeout(PATIENCE, policies.news())
        .await
        .unwrap();
    let heard = until(async || {
        tell(&here, Topic::Policies).await;
        let news = tokio::time::timeout(Duration::from_millis(500), policies.news());
        news.await.ok()
    });
    heard.await;
    for carrier in carriers {
        carrier.stop().await;
    }
    for store in [here, there] {
        store.close().await;
    }
}

#[tokio::test]
async fn a_task_that_another_replica_calls_off_stops_within_a_second() {
    let server = TestServer::start_as(with_wait).await;
    let Some(here) = replica(&server).await else {
        return;
    };
    let carrier = Carrier::start(&here).unwrap();
    let (alice, _, _) = waiting(&server, &server).await;
    until(async || (list(&alice).await[0]["status"] == "processing").then_some(())).await;
    let id = "SELECT CAST(MAX(id) AS TEXT) AS value FROM tasks WHERE kind = 'test_wait'";
    let id = TaskId(server.ask(id).await.parse().unwrap());
    let asked = Instant::now();
    let mut tx = here.begin().await.unwrap();
    assert!(tasks::cancel(&mut tx, id, Timestamp(1)).await.unwrap());
    tx.commit().await.unwrap();
    until(async || (list(&alice).await[0]["status"] == "canceled").then_some(())).await;
    assert!(asked.elapsed() < Duration::from_secs(2));
    carrier.stop().await;
    here.close().await;
}

/// Adds a piece of upkeep, to a program that runs.
async fn queue_upkeep(data: &std::path::Path) {
    let sql = "INSERT INTO tasks (kind, state, public_state, private_state, retries, resume_at, \
               created_at, updated_at) VALUES ('prune_tasks', 'queued', '{}', '{}', 0, 0, 0, 0)";
    Program::tamper(data, sql).await;
}

#[cfg(debug_assertions)]
#[tokio::test]
async fn a_task_in_the_middle_of_which_the_server_was_killed_is_done_after_it() {
    for step in ["task: claimed", "task: stepped"] {
        let data = tempfile::tempdir().unwrap();
        let data = data.path();
        let program = Program::serve_until(data, step).await;
        queue_upkeep(data).await;
        assert!(program.died(), "{step}");
        // A minute later, so to say.
        Program::tamper(data, "UPDATE tasks SET lease_until = 1").await;
        let left = "SELECT CAST(COUNT(*) AS TEXT) AS value FROM tasks \
                    WHERE state = 'processing' OR lease_until IS NOT NULL";
        assert_eq!(Program::ask(data, left).await, "1", "{step}");
        let program = Program::serve(data, Refusal::Nothing).await;
        until(async || (Program::ask(data, left).await == "0").then_some(())).await;
        let state = "SELECT MAX(state) AS value FROM tasks WHERE kind = 'prune_tasks'";
        assert_eq!(Program::ask(data, state).await, "completed", "{step}");
        assert!(program.stop());
    }
}
