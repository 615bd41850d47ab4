use super::bench::Bench;
use crate::upkeep::recycle_blobs;
use async_trait::async_trait;
use entity::{TaskId, task};
use sea_orm::EntityTrait;
use serde::{Deserialize, Serialize};
use site::task::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use store::tasks::{self, Lease, TaskChange, Wanted};
use tokio::sync::Notify;

/// Counts to `until`, one a step, and says so.
#[derive(Clone, Default)]
struct Count {
    steps: Arc<AtomicUsize>,
    at_once: Arc<AtomicUsize>,
    most_at_once: Arc<AtomicUsize>,
    stepped: Arc<Notify>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct CountTo {
    n: usize,
    until: usize,
    fail_below: usize,
    pause_ms: u64,
    crash: bool,
    sleep_secs: i64,
}

#[async_trait]
impl TaskKind for Count {
    const NAME: &'static str = "count";
    const QUEUE: Queue = Queue::IoIntense;
    type State = CountTo;

    async fn step(&self, run: &Run, mut state: CountTo) -> Result<Step<CountTo>, TaskError> {
        let steps = self.steps.fetch_add(1, Ordering::SeqCst) + 1;
        let now = self.at_once.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_at_once.fetch_max(now, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(state.pause_ms)).await;
        self.at_once.fetch_sub(1, Ordering::SeqCst);
        self.stepped.notify_one();
        assert!(!state.crash, "as asked");
        if steps <= state.fail_below {
            return Err(TaskError::Retry(format!("failure {steps}").into()));
        }
        assert!(!run.stopping.is_cancelled() || state.pause_ms > 0);
        state.n += 1;
        if state.sleep_secs > 0 {
            let until = site::clock::SystemClock.now().plus_secs(state.sleep_secs);
            return Ok(Step::Sleep {
                until,
                state: CountTo {
                    sleep_secs: 0,
                    ..state
                },
            });
        }
        Ok(if state.n >= state.until {
            Step::Done
        } else {
            Step::Again(state)
        })
    }
}

use site::clock::Clock;

fn options() -> WorkerOptions {
    WorkerOptions {
        lease: Duration::from_secs(30),
        poll: Duration::from_millis(100),
        watch: Duration::from_millis(100),
        grace: Duration::from_millis(300),
        holder: None,
    }
}

fn start(bench: &Bench, count: &Count, limits: QueueLimits) -> WorkerPool {
    start_with(bench, count, limits, options())
}

fn start_with(
    bench: &Bench,
    count: &Count,
    limits: QueueLimits,
    options: WorkerOptions,
) -> WorkerPool {
    let registry = Registry::default().with(count.clone());
    let (store, clock) = (bench.store().clone(), bench.clock.clone());
    WorkerPool::start(
        store,
        clock,
        registry,
        move |_| limits,
        options,
        Arc::default(),
    )
}

async fn add(bench: &Bench, state: CountTo) -> TaskId {
    let mut tx = bench.store().begin().await.unwrap();
    let id = queue(&mut tx, system_task::<Count>(&state, bench.now()))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    id
}

async fn ended(bench: &Bench, id: TaskId) -> task::Model {
    for _ in 0..500 {
        let row = tasks::get(bench.store(), id).await.unwrap().unwrap();
        if !row.state.is_active() {
            return row;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{:?}", tasks::get(bench.store(), id).await.unwrap());
}

#[tokio::test]
async fn a_task_runs_its_steps_and_keeps_its_state() {
    let (bench, count) = (Bench::new().await, Count::default());
    let pool = start(&bench, &count, QueueLimits::default());
    let id = add(
        &bench,
        CountTo {
            until: 3,
            ..CountTo::default()
        },
    )
    .await;
    let row = ended(&bench, id).await;
    assert_eq!((row.state, row.error), (TaskState::Completed, None));
    assert_eq!(count.steps.load(Ordering::SeqCst), 3);
    assert!(
        row.private_state.contains("\"n\":2"),
        "{}",
        row.private_state
    );
    assert_eq!(row.lease_owner, None);
    pool.stop().await;
}

#[tokio::test]
async fn a_task_that_is_rolled_back_never_was() {
    let bench = Bench::new().await;
    let mut tx = bench.store().begin().await.unwrap();
    queue(
        &mut tx,
        system_task::<Count>(&CountTo::default(), bench.now()),
    )
    .await
    .unwrap();
    tx.rollback().await.unwrap();
    assert!(
        task::Entity::find()
            .all(bench.store().read())
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn a_failed_step_is_retried_as_often_as_the_queue_allows() {
    let bench = Bench::new().await;
    let limits = QueueLimits {
        max_retry: 2,
        backoff_max: Duration::from_millis(20),
        ..QueueLimits::default()
    };
    for (failures, state) in [(2, TaskState::Completed), (3, TaskState::Error)] {
        let count = Count::default();
        let pool = start(&bench, &count, limits);
        let id = add(
            &bench,
            CountTo {
                until: 1,
                fail_below: failures,
                ..CountTo::default()
            },
        )
        .await;
        let row = ended(&bench, id).await;
        assert_eq!(row.state, state);
        assert_eq!(row.retries, 2);
        assert!(
            row.public_state
                .contains(r#""error_history":["failure 1","failure 2"]"#)
        );
        assert_eq!(row.error.as_deref(), (failures == 3).then_some("failure 3"));
        pool.stop().await;
    }
}

#[tokio::test]
async fn a_crash_fails_the_task_and_spares_the_worker() {
    let (bench, count) = (Bench::new().await, Count::default());
    let pool = start(
        &bench,
        &count,
        QueueLimits {
            worker_num: 1,
            ..QueueLimits::default()
        },
    );
    let bad = add(
        &bench,
        CountTo {
            crash: true,
            ..CountTo::default()
        },
    )
    .await;
    let good = add(
        &bench,
        CountTo {
            until: 1,
            ..CountTo::default()
        },
    )
    .await;
    assert_eq!(ended(&bench, bad).await.state, TaskState::Error);
    assert_eq!(ended(&bench, good).await.state, TaskState::Completed);
    pool.stop().await;
}

#[tokio::test]
async fn a_task_past_its_budget_is_given_up() {
    let (bench, count) = (Bench::new().await, Count::default());
    let limits = QueueLimits {
        max_execution: Duration::from_millis(50),
        ..QueueLimits::default()
    };
    let pool = start(&bench, &count, limits);
    let id = add(
        &bench,
        CountTo {
            until: 1,
            pause_ms: 60_000,
            ..CountTo::default()
        },
    )
    .await;
    let row = ended(&bench, id).await;
    assert_eq!(row.state, TaskState::Error);
    assert!(row.error.unwrap().contains("longer than its queue allows"));
    pool.stop().await;
}

#[tokio::test]
async fn a_sleeping_task_wakes_when_due_and_blocks_nobody() {
    let (bench, count) = (Bench::new().await, Count::default());
    let pool = start(
        &bench,
        &count,
        QueueLimits {
            worker_num: 1,
            ..QueueLimits::default()
        },
    );
    let sleeper = add(
        &bench,
        CountTo {
            until: 2,
            sleep_secs: 1_000,
            ..CountTo::default()
        },
    )
    .await;
    let other = add(
        &bench,
        CountTo {
            until: 1,
            ..CountTo::default()
        },
    )
    .await;
    ended(&bench, other).await;
    let row = tasks::get(bench.store(), sleeper).await.unwrap().unwrap();
    assert_eq!(row.state, TaskState::Suspending);
    bench.clock.advance_secs(1_001);
    assert_eq!(ended(&bench, sleeper).await.state, TaskState::Completed);
    pool.stop().await;
}

#[tokio::test]
async fn a_task_whose_worker_died_goes_on_elsewhere() {
    let (bench, count) = (Bench::new().await, Count::default());
    let id = add(
        &bench,
        CountTo {
            n: 4,
            until: 5,
            ..CountTo::default()
        },
    )
    .await;
    let now = bench.now();
    let counts = (["count"].as_slice(), Wanted::All);
    let claim = |now| tasks::claim(bench.store(), counts, now, now.plus_secs(30), 10);
    let dead = claim(now).await.unwrap();
    assert_eq!(dead.len(), 1);
    // Held by the dead: nobody gets it before the lease is over.
    assert!(claim(now.plus_secs(29)).await.unwrap().is_empty());
    bench.clock.advance_secs(31);
    let pool = start(&bench, &count, QueueLimits::default());
    assert_eq!(ended(&bench, id).await.state, TaskState::Completed);
    assert_eq!(count.steps.load(Ordering::SeqCst), 1);
    // The dead one, back from wherever it was, cannot write any more.
    let lease_owner = dead[0].lease_owner.clone().unwrap();
    let held = tasks::Held { id, lease_owner };
    let change = TaskChange::to(TaskState::Error);
    assert!(
        !tasks::save(bench.store(), &held, bench.now(), change)
            .await
            .unwrap()
    );
    assert_eq!(ended(&bench, id).await.state, TaskState::Completed);
    pool.stop().await;
}

#[tokio::test]
async fn what_a_killed_server_held_goes_on_as_soon_as_it_is_back() {
    let (bench, count) = (Bench::new().await, Count::default());
    let to = CountTo {
        n: 4,
        until: 5,
        ..CountTo::default()
    };
    let id = add(&bench, to).await;
    let now = bench.now();
    let kinds = (["count"].as_slice(), Wanted::All);
    let lease = Lease {
        until: now.plus_secs(30),
        holder: Some(7),
    };
    let dead = tasks::claim(bench.store(), kinds, now, lease, 10).await;
    assert_eq!(dead.unwrap().len(), 1);
    // A neighbour takes nothing from it, for it may be alive.
    let neighbour = WorkerOptions {
        holder: Some(8),
        ..options()
    };
    let pool = start_with(&bench, &count, QueueLimits::default(), neighbour);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(count.steps.load(Ordering::SeqCst), 0);
    pool.stop().await;
    let itself = WorkerOptions {
        holder: Some(7),
        ..options()
    };
    let pool = start_with(&bench, &count, QueueLimits::default(), itself);
    assert_eq!(ended(&bench, id).await.state, TaskState::Completed);
    pool.stop().await;
}

#[tokio::test]
async fn two_pools_share_tasks_and_each_runs_once() {
    let (bench, one, two) = (Bench::new().await, Count::default(), Count::default());
    let limits = QueueLimits {
        worker_num: 2,
        ..QueueLimits::default()
    };
    let mut ids = Vec::new();
    for _ in 0..12 {
        ids.push(
            add(
                &bench,
                CountTo {
                    until: 1,
                    pause_ms: 20,
                    ..CountTo::default()
                },
            )
            .await,
        );
    }
    let pools = [start(&bench, &one, limits), start(&bench, &two, limits)];
    for id in ids {
        assert_eq!(ended(&bench, id).await.state, TaskState::Completed);
    }
    let steps = [&one, &two].map(|count| count.steps.load(Ordering::SeqCst));
    assert_eq!(steps[0] + steps[1], 12);
    for count in [&one, &two] {
        assert!(count.most_at_once.load(Ordering::SeqCst) <= 2);
    }
    for pool in pools {
        pool.stop().await;
    }
}

#[tokio::test]
async fn stopping_gives_running_tasks_back() {
    let (bench, count) = (Bench::new().await, Count::default());
    let pool = start(&bench, &count, QueueLimits::default());
    // One ends its step within the grace, one does not.
    let quick = add(
        &bench,
        CountTo {
            until: 9,
            pause_ms: 100,
            ..CountTo::default()
        },
    )
    .await;
    let slow = add(
        &bench,
        CountTo {
            until: 9,
            pause_ms: 60_000,
            ..CountTo::default()
        },
    )
    .await;
    count.stepped.notified().await;
    pool.stop().await;
    let quick = tasks::get(bench.store(), quick).await.unwrap().unwrap();
    let slow = tasks::get(bench.store(), slow).await.unwrap().unwrap();
    assert_eq!(
        (quick.state, slow.state),
        (TaskState::Queued, TaskState::Queued)
    );
    assert!(
        !quick.private_state.contains("\"n\":0"),
        "{}",
        quick.private_state
    );
    assert_eq!(slow.lease_owner, None);
}

#[tokio::test]
async fn a_canceled_task_is_let_go_of() {
    let (bench, count) = (Bench::new().await, Count::default());
    let pool = start(&bench, &count, QueueLimits::default());
    let id = add(
        &bench,
        CountTo {
            until: 1_000_000,
            pause_ms: 10,
            ..CountTo::default()
        },
    )
    .await;
    count.stepped.notified().await;
    let mut tx = bench.store().begin().await.unwrap();
    assert!(tasks::cancel(&mut tx, id, bench.now()).await.unwrap());
    tx.commit().await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let steps = count.steps.load(Ordering::SeqCst);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(count.steps.load(Ordering::SeqCst), steps);
    assert_eq!(ended(&bench, id).await.state, TaskState::Canceled);
    pool.stop().await;
}

#[tokio::test]
async fn one_waiting_task_of_a_kind_is_enough() {
    let bench = Bench::new().await;
    let mut tx = bench.store().begin().await.unwrap();
    let new = || recycle_blobs(bench.now());
    assert!(queue_once(&mut tx, new()).await.unwrap().is_some());
    assert!(queue_once(&mut tx, new()).await.unwrap().is_none());
    tx.commit().await.unwrap();
    // A running one may have passed what the next is for.
    let now = bench.now();
    let kinds = (["recycle_blobs"].as_slice(), Wanted::All);
    tasks::claim(bench.store(), kinds, now, now.plus_secs(30), 1)
        .await
        .unwrap();
    let mut tx = bench.store().begin().await.unwrap();
    assert!(queue_once(&mut tx, new()).await.unwrap().is_some());
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn ended_tasks_of_the_system_are_forgotten_in_time() {
    let (bench, count) = (Bench::new().await, Count::default());
    let pool = start(&bench, &count, QueueLimits::default());
    let done = add(
        &bench,
        CountTo {
            until: 1,
            ..CountTo::default()
        },
    )
    .await;
    let failed = add(
        &bench,
        CountTo {
            crash: true,
            ..CountTo::default()
        },
    )
    .await;
    let mut tx = bench.store().begin().await.unwrap();
    let owned = system_task::<Count>(&CountTo::default(), bench.now()).owned_by(bench.user);
    let owned = queue(&mut tx, owned).await.unwrap();
    tx.commit().await.unwrap();
    for id in [done, failed, owned] {
        ended(&bench, id).await;
    }
    pool.stop().await;
    bench.clock.advance_secs(10);
    let now = bench.now();
    let prune = |failed_before| tasks::prune(bench.store(), now, failed_before, 100);
    assert_eq!(prune(now.plus_secs(-100)).await.unwrap(), 1);
    assert!(tasks::get(bench.store(), done).await.unwrap().is_none());
    assert_eq!(prune(now).await.unwrap(), 1);
    assert!(tasks::get(bench.store(), owned).await.unwrap().is_some());
}
