//! Tasks that people see, call off and begin anew.

use super::demo::{DemoState, LEASE, Stage};
use crate::upkeep::recycle_blobs;
use entity::{TaskId, journal as journal_rows};
use sea_orm::EntityTrait;
use site::task::*;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use store::cause::Cause;
use store::journal;
use store::journal::{Entry, Op};
use uuid::Uuid;

fn to(until: u32) -> DemoState {
    DemoState {
        until,
        ..DemoState::default()
    }
}

fn hanging() -> DemoState {
    DemoState {
        hangs_at: Some(1),
        ..to(3)
    }
}

fn general(page_size: u32, token: Option<String>) -> TaskListRequest {
    TaskListRequest {
        list: TaskList::General,
        page_size,
        token,
        active: None,
    }
}

#[tokio::test]
async fn any_replica_tells_how_far_a_task_is() {
    let stage = Stage::new().await;
    let pool = stage.start();
    let id = stage.queue(hanging()).await;
    stage.demo.has_said("step 1").await;
    let actor = stage.actor(stage.bench.user).await;
    let patience = Instant::now() + Duration::from_secs(3);
    loop {
        let parts = stage.tasks.progress(&actor, id).await.unwrap();
        if parts.get("upload").is_some_and(|part| part.current == 1) {
            assert_eq!((parts["upload"].total, parts.len()), (3, 1));
            break;
        }
        assert!(Instant::now() < patience, "{parts:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // Nobody else hears it, but administrators do; and what has ended says nothing.
    let bob = stage.somebody_else().await;
    let stranger = stage.actor(bob).await;
    assert!(
        stage
            .tasks
            .progress(&stranger, id)
            .await
            .unwrap()
            .is_empty()
    );
    let admin = stage.admin(bob).await;
    assert!(!stage.tasks.progress(&admin, id).await.unwrap().is_empty());
    stage.tasks.cancel(&actor, id).await.unwrap();
    assert_eq!(stage.settled(id).await.progress, None);
    assert!(stage.tasks.progress(&actor, id).await.unwrap().is_empty());
    pool.stop().await;
}

#[tokio::test]
async fn a_task_that_is_called_off_stops_at_once_and_leaves_nothing() {
    let stage = Stage::new().await;
    // It looks by itself so rarely that only news can be the reason.
    let pool = stage.start_on(stage.bench.store(), 5, Duration::from_mins(1));
    stage.demo.failures.store(1, Ordering::SeqCst);
    let id = stage.queue(hanging()).await;
    stage.demo.has_said("step 1").await;
    assert!(!stage.demo.dropped.lock().unwrap().is_cancelled());
    let actor = stage.actor(stage.bench.user).await;
    let asked = Instant::now();
    stage.tasks.cancel(&actor, id).await.unwrap();
    stage.demo.has_said("give up 1").await;
    assert!(asked.elapsed() < Duration::from_secs(1));
    assert!(stage.demo.dropped.lock().unwrap().is_cancelled());
    let row = stage.settled(id).await;
    assert_eq!((row.state, row.error), (TaskState::Canceled, None));
    // What failed once was tried again; what was left behind went after that.
    let said = stage.demo.said();
    assert_eq!(said[2..], ["give up 1", "give up 1", "clean 1"]);
    let again = stage.tasks.cancel(&actor, id).await;
    assert!(matches!(again, Err(TasksError::Ended)));
    pool.stop().await;
}

#[tokio::test]
async fn a_replica_that_no_news_reaches_stops_a_task_within_a_second() {
    let stage = Stage::new().await;
    let other = stage.other_replica().await;
    let watch = WorkerOptions::default().watch;
    let pool = stage.start_on(&other, 5, watch);
    let id = stage.queue(hanging()).await;
    stage.demo.has_said("step 1").await;
    let actor = stage.actor(stage.bench.user).await;
    let asked = Instant::now();
    stage.tasks.cancel(&actor, id).await.unwrap();
    stage.demo.has_said("give up 1").await;
    assert!(asked.elapsed() < Duration::from_millis(1_500));
    assert_eq!(stage.settled(id).await.state, TaskState::Canceled);
    pool.stop().await;
    other.close().await;
}

#[tokio::test]
async fn what_waits_in_a_full_queue_can_be_called_off() {
    let stage = Stage::new().await;
    let pool = stage.start_on(stage.bench.store(), 1, Duration::from_millis(500));
    let busy = stage.queue(hanging()).await;
    stage.demo.has_said("step 1").await;
    let waiting = stage.queue(to(7)).await;
    let actor = stage.actor(stage.bench.user).await;
    stage.tasks.cancel(&actor, waiting).await.unwrap();
    let row = stage.settled(waiting).await;
    assert_eq!(row.state, TaskState::Canceled);
    assert_eq!(stage.demo.said()[2..], ["give up 0", "clean 0"]);
    assert_eq!(stage.row(busy).await.state, TaskState::Processing);
    pool.stop().await;
}

#[tokio::test]
async fn a_failed_task_is_begun_anew_with_what_cleaning_up_left() {
    let stage = Stage::new().await;
    let pool = stage.start();
    let fails_at = Some(1);
    let id = stage.queue(DemoState { fails_at, ..to(2) }).await;
    let row = stage.settled(id).await;
    assert_eq!(row.state, TaskState::Error);
    let actor = stage.actor(stage.bench.user).await;
    let seen = stage.tasks.get(&actor, id).await.unwrap();
    assert_eq!(
        seen.error.as_deref(),
        Some("as asked: http://a/?sign=REDACTED")
    );
    assert_eq!(seen.summary.unwrap().phase, "count");
    stage.tasks.retry(&actor, id).await.unwrap();
    let row = stage.settled(id).await;
    assert_eq!((row.state, row.error), (TaskState::Completed, None));
    assert!(
        row.public_state.contains("as asked"),
        "{}",
        row.public_state
    );
    let expected = ["step 0", "step 1", "clean 1", "step 0", "step 1", "clean 1"];
    assert_eq!(stage.demo.said(), expected);
    let again = stage.tasks.retry(&actor, id).await;
    assert!(matches!(again, Err(TasksError::NotFailed)));
    pool.stop().await;
}

/// Runs workers in a runtime of their own, which ends as if the process was killed.
fn killed_while(stage: &Stage, says: &'static str) {
    std::thread::scope(|scope| {
        let killed = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let store = stage.other_replica().await;
                let pool = stage.start_on(&store, 5, Duration::from_millis(500));
                stage.demo.has_said(says).await;
                std::mem::forget(pool);
            });
            runtime.shutdown_background();
        });
        killed.join().unwrap();
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_that_was_killed_in_the_middle_of_a_step_goes_on() {
    let stage = Stage::new().await;
    let mut state = hanging();
    let id = stage.queue(state.clone()).await;
    killed_while(&stage, "step 1");
    let row = stage.row(id).await;
    assert_eq!(row.state, TaskState::Processing);
    state.n = 1;
    let kept: DemoState = serde_json::from_str(&row.private_state).unwrap();
    assert_eq!(kept, state);
    // The disk is back, so to say.
    stage
        .sql("UPDATE tasks SET private_state = REPLACE(private_state, '\"hangs_at\":1', '\"hangs_at\":9')")
        .await;
    stage.bench.clock.advance_secs(LEASE.as_secs() as i64 + 1);
    let pool = stage.start();
    assert_eq!(stage.settled(id).await.state, TaskState::Completed);
    let expected = ["step 0", "step 1", "step 1", "step 2", "clean 2"];
    assert_eq!(stage.demo.said(), expected);
    pool.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_killed_worker_was_removing_is_removed_by_another() {
    let stage = Stage::new().await;
    let stays = true;
    let id = stage.queue(DemoState { stays, ..to(1) }).await;
    killed_while(&stage, "clean 0");
    let row = stage.row(id).await;
    assert_eq!(row.state, TaskState::Completed);
    assert!(row.lease_until.is_some());
    stage.bench.clock.advance_secs(LEASE.as_secs() as i64 + 1);
    let pool = stage.start();
    assert_eq!(stage.settled(id).await.state, TaskState::Completed);
    assert_eq!(stage.demo.said(), ["step 0", "clean 0", "clean 0"]);
    pool.stop().await;
}

#[tokio::test]
async fn nothing_is_done_for_an_account_that_was_blocked() {
    let stage = Stage::new().await;
    let pool = stage.start();
    let running = stage.queue(hanging()).await;
    stage.demo.has_said("step 1").await;
    stage.sql("UPDATE users SET status = 'sys_banned'").await;
    let waiting = stage.queue(to(1)).await;
    for id in [running, waiting] {
        let row = stage.settled(id).await;
        assert_eq!(row.state, TaskState::Error);
        assert!(row.error.unwrap().contains("not active"));
    }
    let said = stage.demo.said();
    let steps = said.iter().filter(|said| said.starts_with("step"));
    assert_eq!(steps.count(), 2, "{said:?}");
    assert!(said.contains(&"clean 0".to_owned()));
    pool.stop().await;
}

#[tokio::test]
async fn work_waits_for_a_node_that_may_do_it() {
    let stage = Stage::new().await;
    stage.sql("UPDATE nodes SET capabilities = X'08'").await;
    let pool = stage.start();
    let id = stage.queue(to(1)).await;
    let row = stage.settled(id).await;
    assert_eq!(row.error.as_deref(), Some("no available node"));
    stage.sql("UPDATE nodes SET capabilities = X'02'").await;
    let actor = stage.actor(stage.bench.user).await;
    stage.tasks.retry(&actor, id).await.unwrap();
    assert_eq!(stage.settled(id).await.state, TaskState::Completed);
    let page = stage.tasks.list(&actor, &general(10, None)).await.unwrap();
    let node = page.tasks[0].node.as_ref().unwrap();
    assert_eq!(
        (node.name.as_str(), node.kind.as_str()),
        ("Master", "master")
    );
    pool.stop().await;
}

#[tokio::test]
async fn everybody_sees_their_own_tasks_newest_first_page_by_page() {
    let stage = Stage::new().await;
    let bob = stage.somebody_else().await;
    let mut ids = Vec::new();
    for n in 0..25 {
        ids.push(stage.queue(to(n)).await);
        stage.queue_for(bob, to(1)).await;
    }
    // The system's own are in nobody's list.
    let mut tx = stage.bench.store().begin().await.unwrap();
    let upkeep = recycle_blobs(stage.bench.now()).owned_by(stage.bench.user);
    let upkeep = queue(&mut tx, upkeep).await.unwrap();
    tx.commit().await.unwrap();
    let actor = stage.actor(stage.bench.user).await;
    let (mut seen, mut token) = (Vec::new(), None);
    loop {
        let page = stage.tasks.list(&actor, &general(10, token)).await.unwrap();
        assert!(page.tasks.len() <= 10);
        seen.extend(page.tasks.iter().map(|task| task.id));
        token = page.next_token;
        if token.is_none() {
            break;
        }
    }
    ids.reverse();
    assert_eq!(seen, ids);
    let bad = general(10, Some("x".to_owned()));
    let bad = stage.tasks.list(&actor, &bad).await;
    assert!(matches!(bad, Err(TasksError::BadPageToken)));
    for list in [TaskList::Downloading, TaskList::Downloaded] {
        let request = TaskListRequest {
            list,
            ..general(10, None)
        };
        let page = stage.tasks.list(&actor, &request).await.unwrap();
        assert!(page.tasks.is_empty());
    }
    // Somebody else's look like missing ones; administrators find all.
    let stranger = stage.actor(bob).await;
    for id in [ids[0], TaskId(9_999)] {
        let found = stage.tasks.get(&stranger, id).await;
        assert!(matches!(found, Err(TasksError::NotFound)));
        let called_off = stage.tasks.cancel(&stranger, id).await;
        assert!(matches!(called_off, Err(TasksError::NotFound)));
    }
    let admin = stage.admin(bob).await;
    for id in [ids[0], upkeep] {
        stage.tasks.get(&admin, id).await.unwrap();
    }
    stage.tasks.cancel(&admin, ids[0]).await.unwrap();
}

#[tokio::test]
async fn a_task_and_what_it_writes_name_the_request_behind_it() {
    let stage = Stage::new().await;
    let cause = Cause {
        correlation: Uuid::from_u128(7),
        address: Some([192, 0, 2, 1].into()),
    };
    let id = cause.of(stage.queue(hanging())).await;
    let name = cause.correlation.to_string();
    assert_eq!(stage.row(id).await.correlation_id, Some(name.clone()));
    let actor = stage.actor(stage.bench.user).await;
    cause.of(stage.tasks.cancel(&actor, id)).await.unwrap();
    let store = stage.bench.store();
    let mut tx = store.begin().await.unwrap();
    let entry = Entry::of_account(stage.bench.user, Op::Profile);
    journal::append(&mut tx, stage.bench.now(), vec![entry]);
    tx.commit().await.unwrap();
    let rows = journal_rows::Entity::find()
        .all(store.read())
        .await
        .unwrap();
    assert_eq!(
        (rows[0].op.as_str(), rows[0].category.as_str()),
        ("task_cancel", "task")
    );
    assert_eq!(rows[0].correlation_id, Some(name));
    assert_eq!(rows[0].address.as_deref(), Some("192.0.2.1"));
    assert_eq!((&rows[1].correlation_id, &rows[1].address), (&None, &None));
}
