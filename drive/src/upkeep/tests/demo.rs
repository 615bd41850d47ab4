//! A kind of task that does whatever a test wants, and a stage for it.

use super::bench::Bench;
use async_trait::async_trait;
use entity::{TaskId, UserId, task};
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use site::actor::{Account, Actor};
use site::task::*;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use store::{Store, accounts, tasks};
use tokio_util::sync::CancellationToken;
use wire::{BitSet, NodeCapability};

/// Says what it did; waits where it is told to.
#[derive(Clone, Default)]
pub(crate) struct Demo {
    pub said: Arc<Mutex<Vec<String>>>,
    /// Of the step that began last.
    pub dropped: Arc<Mutex<CancellationToken>>,
    /// How often giving up and cleaning up fail.
    pub failures: Arc<AtomicUsize>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct DemoState {
    pub n: u32,
    pub until: u32,
    /// Steps that fail for good.
    pub fails_at: Option<u32>,
    /// Steps that wait for ever.
    pub hangs_at: Option<u32>,
    /// Cleaning up waits for ever, once.
    pub stays: bool,
    pub was_cleaned: bool,
}

impl Demo {
    pub fn say(&self, what: impl Into<String>) {
        self.said.lock().unwrap().push(what.into());
    }

    pub fn said(&self) -> Vec<String> {
        self.said.lock().unwrap().clone()
    }

    pub async fn has_said(&self, what: &str) {
        let patience = Instant::now() + Duration::from_secs(10);
        while !self.said().iter().any(|said| said == what) {
            assert!(Instant::now() < patience, "{what}: {:?}", self.said());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    fn fail(&self) -> Result<(), BoxError> {
        let left = self.failures.load(Ordering::SeqCst);
        if left == 0 {
            return Ok(());
        }
        self.failures.store(left - 1, Ordering::SeqCst);
        Err("not now".into())
    }
}

#[async_trait]
impl TaskKind for Demo {
    const NAME: &'static str = "demo";
    const QUEUE: Queue = Queue::IoIntense;
    const CATEGORY: Option<Category> = Some(Category::General);
    const CLEANS_UP: bool = true;
    const NEEDS: Option<NodeCapability> = Some(NodeCapability::CreateArchive);
    type State = DemoState;

    fn summary(state: &DemoState) -> Option<Summary> {
        let phase = if state.n == 0 { "" } else { "count" };
        let props = [("failed".to_owned(), state.n.into())];
        Some(Summary {
            phase: phase.to_owned(),
            props: props.into_iter().collect(),
        })
    }

    async fn step(&self, run: &Run, mut state: DemoState) -> Result<Step<DemoState>, TaskError> {
        run.actor()?;
        *self.dropped.lock().unwrap() = run.dropped.clone();
        let part = |current| Progress {
            total: i64::from(state.until),
            current,
            identifier: "x".to_owned(),
        };
        run.report("upload", part(i64::from(state.n)));
        self.say(format!("step {}", state.n));
        if state.hangs_at == Some(state.n) {
            std::future::pending::<()>().await;
        }
        if state.fails_at == Some(state.n) && !state.was_cleaned {
            return Err(TaskError::Fail("as asked: http://a/?sign=secret".into()));
        }
        state.n += 1;
        Ok(if state.n >= state.until {
            Step::Done
        } else {
            Step::Again(state)
        })
    }

    async fn on_cancel(&self, _run: &Run, state: DemoState) -> Result<(), BoxError> {
        self.say(format!("give up {}", state.n));
        self.fail()
    }

    async fn cleanup(&self, _run: &Run, state: DemoState) -> Result<DemoState, BoxError> {
        self.say(format!("clean {}", state.n));
        if state.stays
            && self
                .said()
                .iter()
                .filter(|said| said.starts_with("clean"))
                .count()
                == 1
        {
            std::future::pending::<()>().await;
        }
        self.fail()?;
        Ok(DemoState {
            n: 0,
            was_cleaned: true,
            ..state
        })
    }
}

/// One account, one node that can do all, and workers when they are started.
pub(crate) struct Stage {
    pub bench: Bench,
    pub demo: Demo,
    pub tasks: Tasks,
}

pub(crate) const LEASE: Duration = Duration::from_secs(30);

impl Stage {
    pub async fn new() -> Self {
        let bench = Bench::new().await;
        let stage = Self {
            tasks: Tasks::new(Arc::clone(&bench.core.site)),
            demo: Demo::default(),
            bench,
        };
        stage
            .sql(
                "INSERT INTO nodes (id, name, kind, status, server, slave_key, capabilities, \
                 weight, settings, created_at, updated_at) \
                 VALUES (1, 'Master', 'master', 'active', '', '', X'0E', 0, '{}', 0, 0)",
            )
            .await;
        stage
    }

    pub async fn sql(&self, sql: &str) {
        let tx = self.bench.store().begin().await.unwrap();
        tx.db().execute_unprepared(sql).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Workers on a database handle: another one is another replica, to which no news comes.
    pub fn start_on(&self, store: &Store, hands: usize, watch: Duration) -> WorkerPool {
        let limits = QueueLimits {
            worker_num: hands,
            ..QueueLimits::default()
        };
        let options = WorkerOptions {
            lease: LEASE,
            poll: Duration::from_millis(200),
            watch,
            grace: Duration::from_millis(100),
            holder: None,
        };
        let registry = Registry::default().with(self.demo.clone());
        let clock = self.bench.clock.clone();
        WorkerPool::start(
            store.clone(),
            clock,
            registry,
            move |_| limits,
            options,
            Arc::default(),
        )
    }

    pub fn start(&self) -> WorkerPool {
        self.start_on(self.bench.store(), 5, Duration::from_millis(500))
    }

    /// A second replica's handle on the same database.
    pub async fn other_replica(&self) -> Store {
        store::open(None, &self.bench.core.data).await.unwrap()
    }

    pub async fn queue(&self, state: DemoState) -> TaskId {
        self.queue_for(self.bench.user, state).await
    }

    pub async fn queue_for(&self, owner: UserId, state: DemoState) -> TaskId {
        let new = system_task::<Demo>(&state, self.bench.now());
        let mut tx = self.bench.store().begin().await.unwrap();
        let id = queue_one_for(&mut tx, owner, new).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    pub async fn row(&self, id: TaskId) -> task::Model {
        tasks::get(self.bench.store(), id).await.unwrap().unwrap()
    }

    /// The row, once nobody works on the task any more.
    pub async fn settled(&self, id: TaskId) -> task::Model {
        let patience = Instant::now() + Duration::from_secs(10);
        loop {
            let row = self.row(id).await;
            if !row.state.is_active() && row.lease_until.is_none() {
                return row;
            }
            assert!(Instant::now() < patience, "{row:?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    pub async fn actor(&self, user: UserId) -> Actor {
        self.actor_with(user, BitSet::EMPTY).await
    }

    pub async fn admin(&self, user: UserId) -> Actor {
        self.actor_with(user, BitSet::of(&[0])).await
    }

    async fn actor_with(&self, user: UserId, permissions: BitSet) -> Actor {
        let db = self.bench.store().read();
        let user = accounts::by_id(db, user).await.unwrap().unwrap();
        let group = accounts::group(db, user.group_id).await.unwrap().unwrap();
        let mut account = Account::new(user, group);
        account.permissions = permissions;
        Actor::account(Arc::new(account), 0)
    }

    /// Somebody else in the same group.
    pub async fn somebody_else(&self) -> UserId {
        let db = self.bench.store().read();
        let user = accounts::by_id(db, self.bench.user).await.unwrap().unwrap();
        self.bench.add_user("bob", user.group_id).await
    }
}
