//! One task: told of, called off, begun anew, and what its owner hears of its end.

use async_trait::async_trait;
use serde_json::{Value, json};
use server::config::{Config, ExtraKinds};
use site::task::{Category, Queue, Run, Step, Summary, TaskError, TaskKind};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tests::mail::MailServer;
use tests::{Client, TestServer};

use super::put_task;
use crate::code;
use crate::replicas::until;

/// Long enough for whatever is only polled for, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// Waits for ever, fails, or is done at once.
struct Errand;

#[async_trait]
impl TaskKind for Errand {
    const NAME: &'static str = "test_errand";
    const QUEUE: Queue = Queue::IoIntense;
    const CATEGORY: Option<Category> = Some(Category::General);
    type State = Value;

    fn summary(_: &Value) -> Option<Summary> {
        let props = json!({ "src": "cloudreve://my/plans.rar", "dst": "cloudreve://my" });
        Some(Summary {
            phase: String::new(),
            props: props.as_object().cloned().unwrap_or_default(),
        })
    }

    async fn step(&self, _: &Run, wish: Value) -> Result<Step<Value>, TaskError> {
        if wish["hangs"] == true {
            std::future::pending::<()>().await;
        }
        if wish["stumbles"] == true {
            return Err(TaskError::Retry("not right now".into()));
        }
        if wish["fails"] == true {
            return Err(TaskError::Fail("it cannot be".into()));
        }
        Ok(Step::Done)
    }
}

fn with_errands(config: &mut Config) {
    config.kinds = ExtraKinds::new(|registry| registry.with(Errand));
}

const DONE: (&str, &str) = ("private_state", "'{}'");
const HANGS: (&str, &str) = ("private_state", r#"'{"hangs":true}'"#);
const STUMBLES: (&str, &str) = ("private_state", r#"'{"stumbles":true}'"#);
const FAILS: (&str, &str) = ("private_state", r#"'{"fails":true}'"#);

/// Queues one; answers its id.
async fn errand(server: &TestServer, who: &Client, wish: (&'static str, &'static str)) -> String {
    put_task(server, who, &[("kind", "'test_errand'"), wish]).await;
    let id = newest(who).await["id"].clone();
    id.as_str().unwrap().to_owned()
}

async fn list(who: &Client, more: &[(&str, &str)]) -> Vec<Value> {
    let mut query = vec![("page_size", "25"), ("category", "general")];
    query.extend_from_slice(more);
    let list = who.get_json("/workflow", &query).await.ok();
    list["tasks"].as_array().unwrap().clone()
}

async fn newest(who: &Client) -> Value {
    list(who, &[]).await[0].clone()
}

async fn task(who: &Client, id: &str) -> Value {
    who.get_json(&format!("/workflow/task/{id}"), &[])
        .await
        .ok()
}

/// The task, once it is in this state.
async fn once(who: &Client, id: &str, status: &str) -> Value {
    until(async || {
        let task = task(who, id).await;
        (task["status"] == status).then_some(task)
    })
    .await
}

async fn act(who: &Client, what: &str, id: &str) -> tests::Reply {
    who.post(&format!("/workflow/{what}/{id}"), json!({})).await
}

#[tokio::test]
async fn a_task_is_told_to_its_owner_and_to_administrators() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    put_task(&server, &alice, &[("node_id", "1")]).await;
    let listed = newest(&alice).await;
    let id = listed["id"].as_str().unwrap();
    assert_eq!(listed["node"]["name"], "Master");
    assert_eq!(task(&alice, id).await, listed);
    assert_eq!(task(server.admin(), id).await, listed);
    let path = format!("/workflow/task/{id}");
    let reply = bob.get_json(&path, &[]).await;
    assert_eq!(reply.json()["msg"], "Task not found");
    reply.refused(code::NOT_FOUND);
    for what in ["cancel", "retry"] {
        act(&bob, what, id).await.refused(code::NOT_FOUND);
        let reply = act(&alice, what, "nonsense").await;
        assert_eq!(reply.json()["msg"], "Failed to parse object ID");
        reply.refused(code::PARAMETER);
    }
    assert_eq!(newest(&alice).await, listed);
}

#[tokio::test]
async fn a_step_that_failed_and_is_tried_again_is_told_as_that() {
    let server = TestServer::start_as(with_errands).await;
    let alice = server.user("alice").await;
    let never_yet = errand(&server, &alice, HANGS).await;
    let running = once(&alice, &never_yet, "processing").await;
    assert_eq!(running.get("retrying"), None);
    let id = errand(&server, &alice, STUMBLES).await;
    let told = until(async || {
        let task = task(&alice, &id).await;
        (task["retrying"] == true && task["status"] == "suspending").then_some(task)
    })
    .await;
    assert_eq!(told["type"], "test_errand");
    let listed = list(&alice, &[]).await;
    assert!(
        listed.iter().any(|one| one["retrying"] == true),
        "{listed:?}"
    );
    // What ended is not tried again.
    act(&alice, "cancel", &id).await.ok();
    let ended = once(&alice, &id, "canceled").await;
    assert_eq!(ended.get("retrying"), None);
}

#[tokio::test]
async fn a_running_task_is_called_off_once() {
    let server = TestServer::start_as(with_errands).await;
    let alice = server.user("alice").await;
    let id = errand(&server, &alice, HANGS).await;
    once(&alice, &id, "processing").await;
    assert_eq!(list(&alice, &[("active", "true")]).await.len(), 1);
    assert!(list(&alice, &[("active", "false")]).await.is_empty());
    assert_eq!(act(&alice, "cancel", &id).await.ok()["id"], id.as_str());
    once(&alice, &id, "canceled").await;
    assert!(list(&alice, &[("active", "true")]).await.is_empty());
    assert_eq!(list(&alice, &[("active", "false")]).await.len(), 1);
    assert_eq!(list(&alice, &[]).await.len(), 1);
    let again = act(&alice, "cancel", &id).await;
    assert_eq!(again.json()["msg"], "Task has ended");
    again.refused(code::NOT_FOUND);
}

#[tokio::test]
async fn what_was_called_off_can_be_begun_anew_and_what_is_done_cannot() {
    let server = TestServer::start_as(with_errands).await;
    let alice = server.user("alice").await;
    let id = errand(&server, &alice, HANGS).await;
    once(&alice, &id, "processing").await;
    act(&alice, "cancel", &id).await.ok();
    let called_off = once(&alice, &id, "canceled").await;
    assert_eq!(called_off.get("begun_at"), None);
    act(&alice, "retry", &id).await.ok();
    let anew = once(&alice, &id, "processing").await;
    // Both are told alike, so that their texts compare.
    assert!(
        anew["begun_at"].as_str() > called_off["updated_at"].as_str(),
        "{anew}"
    );
    assert_eq!(anew["created_at"], called_off["created_at"]);
    act(&alice, "cancel", &id).await.ok();
    once(&alice, &id, "canceled").await;
    server
        .tamper("UPDATE tasks SET private_state = '{}' WHERE kind = 'test_errand'")
        .await;
    act(&alice, "retry", &id).await.ok();
    once(&alice, &id, "completed").await;
    let retried = act(&alice, "retry", &id).await;
    assert_eq!(
        retried.json()["msg"],
        "Only tasks that failed or were called off can be begun anew"
    );
    retried.refused(code::NOT_FOUND);
}

#[tokio::test]
async fn a_task_that_is_begun_anew_counts_with_those_under_way() {
    let server = TestServer::start_as(with_errands).await;
    let alice = server.user("alice").await;
    let id = errand(&server, &alice, FAILS).await;
    once(&alice, &id, "error").await;
    // As many as an account may have, which wait for long.
    put_task(&server, &alice, &[("resume_at", "9000000000000000")]).await;
    let columns = "owner_id, kind, state, category, public_state, private_state, retries, \
                   resume_at, created_at, updated_at";
    let more = |rows: usize| {
        format!(
            "INSERT INTO tasks ({columns}) SELECT {columns} FROM \
             (SELECT * FROM tasks WHERE kind = 'some_work' LIMIT {rows}) AS waiting"
        )
    };
    let mut rows = 1;
    while rows < 5_000 {
        let new = rows.min(5_000 - rows);
        server.tamper(&more(new)).await;
        rows += new;
    }
    let refused = act(&alice, "retry", &id).await.json();
    let why = "There are too many tasks in your list: wait until some of them have ended";
    assert_eq!(refused["msg"], why, "{refused}");
    assert_eq!(task(&alice, &id).await["status"], "error");
    let one = "DELETE FROM tasks WHERE id = (SELECT MAX(id) FROM tasks WHERE kind = 'some_work')";
    server.tamper(one).await;
    act(&alice, "retry", &id).await.ok();
}

#[tokio::test]
async fn a_task_that_failed_is_begun_anew_by_its_owner_and_by_administrators() {
    let server = TestServer::start_as(with_errands).await;
    let alice = server.user("alice").await;
    let id = errand(&server, &alice, FAILS).await;
    let failed = once(&alice, &id, "error").await;
    assert_eq!(failed["error"], "it cannot be");
    act(&alice, "retry", &id).await.ok();
    let twice = until(async || {
        let task = task(&alice, &id).await;
        (task["status"] == "error" && task["error_history"].is_array()).then_some(task)
    });
    assert_eq!(twice.await["error_history"], json!(["it cannot be"]));
    // What was in the way is not there any more.
    server
        .tamper("UPDATE tasks SET private_state = '{}' WHERE kind = 'test_errand'")
        .await;
    act(server.admin(), "retry", &id).await.ok();
    let done = once(&alice, &id, "completed").await;
    assert_eq!(
        done["error_history"],
        json!(["it cannot be", "it cannot be"])
    );
    assert!(done.get("error").is_none());
}

#[tokio::test]
async fn the_end_of_a_task_is_told_to_its_owner_who_asks_for_it() {
    let server = TestServer::start_as(with_errands).await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    let desktop = alice.synchronising();
    let mut told = desktop.events_with("/", &[("tasks", "true")]).await;
    let mut plain = alice.synchronising().events("/").await;
    let mut elsewhere = bob
        .synchronising()
        .events_with("/", &[("tasks", "true")])
        .await;
    for stream in [&mut told, &mut plain, &mut elsewhere] {
        assert_eq!(stream.next(PATIENCE).await.unwrap().0, "subscribed");
    }
    let id = errand(&server, &alice, DONE).await;
    let message = |id: &str, status: &str| {
        let told = json!([{ "id": id, "type": "test_errand", "status": status }]);
        ("task".to_owned(), told.to_string())
    };
    assert_eq!(
        ordered(told.next(PATIENCE).await),
        message(&id, "completed")
    );
    // The next thing that others hear of is something else.
    alice.create_folder("/later").await;
    assert_eq!(plain.changes(PATIENCE).await, ["create /later"]);
    bob.create_folder("/his").await;
    assert_eq!(elsewhere.changes(PATIENCE).await, ["create /his"]);
    assert_eq!(told.changes(PATIENCE).await, ["create /later"]);
    // What ended while nobody listened is told to who comes back.
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    drop(told);
    let failed = errand(&server, &alice, FAILS).await;
    once(&alice, &failed, "error").await;
    let mut told = desktop.events_with("/", &[("tasks", "true")]).await;
    assert_eq!(told.next(PATIENCE).await.unwrap().0, "resumed");
    let heard = until(async || {
        let next = ordered(told.next(PATIENCE).await);
        (next == message(&failed, "error")).then_some(())
    });
    heard.await;
}

/// With the keys of its data in the order of the alphabet.
fn ordered(message: Option<(String, String)>) -> (String, String) {
    let (event, data) = message.expect("a message");
    let value: Result<Value, _> = serde_json::from_str(&data);
    (event, value.map_or(data, |value| value.to_string()))
}

#[tokio::test]
async fn who_wants_it_gets_a_letter_about_what_took_long() {
    let mail = MailServer::start().await;
    let mut server = TestServer::start_as(with_errands).await;
    let settings = mail.settings();
    let settings = settings
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    server.set(&settings.collect::<Vec<_>>()).await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    let wish = json!({ "task_mail": true });
    alice.change_settings(wish).await.done();
    let settings = alice.get_json("/user/setting", &[]).await.ok();
    assert_eq!(settings["task_mail"], true);
    let settings = bob.get_json("/user/setting", &[]).await.ok();
    assert_eq!(settings["task_mail"], false);
    // Those that `put_task` makes were begun long ago; this one was not.
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let now = now.as_micros().to_string();
    let quick = [("kind", "'test_errand'"), ("created_at", now.as_str())];
    put_task(&server, &alice, &quick).await;
    until(async || (newest(&alice).await["status"] == "completed").then_some(())).await;
    errand(&server, &bob, DONE).await;
    let id = errand(&server, &alice, FAILS).await;
    let letter = mail.next().await;
    assert_eq!(letter.to, ["alice@example.com"]);
    assert!(letter.header("Subject").ends_with("Failed: plans.rar"));
    assert!(letter.link().path().ends_with("/tasks"));
    // Begun anew, it takes no time at all.
    act(&alice, "retry", &id).await.ok();
    once(&alice, &id, "error").await;
    errand(&server, &alice, DONE).await;
    let letter = mail.next().await;
    assert!(letter.header("Subject").ends_with("Finished: plans.rar"));
}

#[tokio::test]
async fn a_queue_gets_more_hands_while_it_works() {
    let server = TestServer::start_as(with_errands).await;
    let admin = server.admin();
    let hands = async |count: &str| {
        let body = json!({ "settings": { "queue_io_intense_worker_num": count } });
        admin.patch("/admin/settings", body).await.ok();
    };
    hands("1").await;
    let alice = server.user("alice").await;
    let first = errand(&server, &alice, HANGS).await;
    once(&alice, &first, "processing").await;
    // Of somebody else: the last hand is never for who has one already.
    let bob = server.user("bob").await;
    let third = errand(&server, &alice, HANGS).await;
    let second = errand(&server, &bob, HANGS).await;
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert_eq!(task(&bob, &second).await["status"], "queued");
    hands("2").await;
    once(&bob, &second, "processing").await;
    // What is called off need not wait for a hand that is not for it.
    let fourth = errand(&server, &alice, HANGS).await;
    alice
        .post(&format!("/workflow/cancel/{fourth}"), json!({}))
        .await
        .ok();
    once(&alice, &fourth, "canceled").await;
    hands("4").await;
    once(&alice, &third, "processing").await;
    // With fewer again, what runs goes on.
    hands("1").await;
    assert_eq!(task(&alice, &first).await["status"], "processing");
}
