//! The durable queue: rows that workers of all replicas claim.

use super::bus::Topic;
use super::{Connection, Store, StoreResult, Tx};
use entity::{TaskId, Timestamp, UserId, task};
use sea_orm::sea_query::{Expr, LockBehavior, LockType};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

/// A task about to be queued.
#[derive(Clone, Debug)]
pub struct NewTask {
    pub kind: &'static str,
    /// What the first step begins with.
    pub private_state: serde_json::Value,
    /// `None`: the system's own.
    pub owner: Option<UserId>,
    /// Now.
    pub at: Timestamp,
    /// Not before this time; `None`: at once.
    pub resume_at: Option<Timestamp>,
    /// Of the request that caused it; goes into every log line.
    pub correlation: Option<Uuid>,
}

impl NewTask {
    /// A task of the system, due at once.
    pub fn of(kind: &'static str, private_state: serde_json::Value, now: Timestamp) -> Self {
        Self {
            kind,
            private_state,
            owner: None,
            at: now,
            resume_at: None,
            correlation: None,
        }
    }

    /// For this account's list of tasks.
    pub fn owned_by(mut self, owner: UserId) -> Self {
        self.owner = Some(owner);
        self
    }

    /// Not before this time.
    pub fn not_before(mut self, time: Timestamp) -> Self {
        self.resume_at = Some(time);
        self
    }

    /// Caused by this request.
    pub fn caused_by(mut self, correlation: Option<Uuid>) -> Self {
        self.correlation = correlation;
        self
    }
}

/// Where a task stands; stored and shown by these names (V4 API, task status).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskState {
    Queued,
    Processing,
    /// Waits until `resume_at`: for its next phase, or to be retried.
    Suspending,
    Error,
    Canceled,
    Completed,
}

impl TaskState {
    /// The stored name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Processing => "processing",
            Self::Suspending => "suspending",
            Self::Error => "error",
            Self::Canceled => "canceled",
            Self::Completed => "completed",
        }
    }
}

/// A task that waits this long is about to run.
const SOON_SECS: i64 = 60;

const WAITING: [&str; 2] = [TaskState::Queued.as_str(), TaskState::Suspending.as_str()];

/// Queues a task; it is there, and workers are woken, when `tx` commits.
pub async fn insert(tx: &mut Tx, new: NewTask) -> StoreResult<TaskId> {
    let row = task::ActiveModel {
        id: NotSet,
        kind: Set(new.kind.to_owned()),
        state: Set(TaskState::Queued.as_str().to_owned()),
        owner_id: Set(new.owner),
        category: Set(None),
        public_state: Set("{}".to_owned()),
        private_state: Set(new.private_state.to_string()),
        summary: Set(None),
        progress: Set(None),
        error: Set(None),
        retries: Set(0),
        resume_at: Set(new.resume_at.unwrap_or(new.at)),
        lease_until: Set(None),
        lease_owner: Set(None),
        cancel_requested_at: Set(None),
        node_id: Set(None),
        correlation_id: Set(new.correlation.map(|id| id.to_string())),
        created_at: Set(new.at),
        updated_at: Set(new.at),
    };
    let id = task::Entity::insert(row)
        .exec(tx.db())
        .await?
        .last_insert_id;
    tx.tells(Topic::Tasks);
    Ok(id)
}

/// Whether a task of this kind waits, to run at `at`, before, or soon after. Several replicas that
/// ask at the very same moment may all hear no.
pub async fn waits(db: &Connection, kind: &str, at: Timestamp) -> StoreResult<bool> {
    let waiting = task::Entity::find()
        .filter(task::Column::Kind.eq(kind))
        .filter(task::Column::State.is_in(WAITING))
        .filter(task::Column::ResumeAt.lte(at.plus_secs(SOON_SECS)))
        .count(db)
        .await?;
    Ok(waiting > 0)
}

/// Whether a task of this kind waits or runs.
pub async fn is_active(db: &Connection, kind: &str) -> StoreResult<bool> {
    let active = task::Entity::find()
        .filter(task::Column::Kind.eq(kind))
        .filter(task::Column::State.is_in([
            TaskState::Queued.as_str(),
            TaskState::Suspending.as_str(),
            TaskState::Processing.as_str(),
        ]))
        .count(db)
        .await?;
    Ok(active > 0)
}

/// The task with this id.
pub async fn get(store: &Store, id: TaskId) -> StoreResult<Option<task::Model>> {
    Ok(task::Entity::find_by_id(id).one(store.read()).await?)
}

/// When the next task of these kinds becomes due, or its lease runs out.
pub async fn next_due(store: &Store, kinds: &[&str]) -> StoreResult<Option<Timestamp>> {
    let waiting = task::Entity::find()
        .filter(task::Column::Kind.is_in(kinds.iter().copied()))
        .filter(task::Column::State.is_in(WAITING))
        .order_by_asc(task::Column::ResumeAt)
        .one(store.read())
        .await?
        .map(|row| row.resume_at);
    let held = task::Entity::find()
        .filter(task::Column::Kind.is_in(kinds.iter().copied()))
        .filter(task::Column::State.eq(TaskState::Processing.as_str()))
        .order_by_asc(task::Column::LeaseUntil)
        .one(store.read())
        .await?
        .map(|row| row.lease_until.unwrap_or_default());
    Ok(waiting.into_iter().chain(held).min())
}

/// Takes up to `limit` tasks that are due, or whose worker let its lease run out, oldest due time
/// first. No two replicas get the same task.
pub async fn claim(
    store: &Store,
    kinds: &[&str],
    now: Timestamp,
    lease_until: Timestamp,
    limit: u64,
) -> StoreResult<Vec<task::Model>> {
    let due = Condition::any()
        .add(
            Condition::all()
                .add(task::Column::State.is_in(WAITING))
                .add(task::Column::ResumeAt.lte(now)),
        )
        .add(
            Condition::all()
                .add(task::Column::State.eq(TaskState::Processing.as_str()))
                .add(task::Column::LeaseUntil.lt(now)),
        );
    let tx = store.begin().await?;
    // SQLite needs no lock: this transaction is the only one that writes.
    let mut rows = task::Entity::find()
        .filter(task::Column::Kind.is_in(kinds.iter().copied()))
        .filter(due)
        .order_by_asc(task::Column::ResumeAt)
        .order_by_asc(task::Column::Id)
        .limit(limit)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .all(tx.db())
        .await?;
    if rows.is_empty() {
        return Ok(rows);
    }
    // New for each claim: a worker that lost its lease cannot touch the task any more.
    let lease_owner = Uuid::new_v4().to_string();
    task::Entity::update_many()
        .col_expr(
            task::Column::State,
            Expr::value(TaskState::Processing.as_str()),
        )
        .col_expr(task::Column::LeaseUntil, Expr::value(lease_until.0))
        .col_expr(task::Column::LeaseOwner, Expr::value(lease_owner.as_str()))
        .col_expr(task::Column::UpdatedAt, Expr::value(now.0))
        .filter(task::Column::Id.is_in(rows.iter().map(|row| row.id)))
        .exec(tx.db())
        .await?;
    tx.commit().await?;
    for row in &mut rows {
        TaskState::Processing.as_str().clone_into(&mut row.state);
        row.lease_until = Some(lease_until);
        row.lease_owner = Some(lease_owner.clone());
    }
    Ok(rows)
}

/// A task as its worker holds it.
#[derive(Clone, Debug)]
pub struct Held {
    pub id: TaskId,
    pub lease_owner: String,
}

/// What a worker writes about a task.
#[derive(Clone, Debug)]
pub struct TaskChange {
    pub state: TaskState,
    /// `None` lets go of the task.
    pub lease_until: Option<Timestamp>,
    pub private_state: Option<String>,
    pub public_state: Option<String>,
    pub error: Option<String>,
    pub retries: Option<i64>,
    pub resume_at: Option<Timestamp>,
}

impl TaskChange {
    /// To this state, letting go of the task, nothing else.
    pub fn to(state: TaskState) -> Self {
        Self {
            state,
            lease_until: None,
            private_state: None,
            public_state: None,
            error: None,
            retries: None,
            resume_at: None,
        }
    }
}

/// Writes what a worker has to say about a task it holds; `false`: it lost the task (its lease
/// ran out, or somebody canceled it) and nothing was written.
pub async fn save(
    store: &Store,
    held: &Held,
    now: Timestamp,
    change: TaskChange,
) -> StoreResult<bool> {
    let owner = change.lease_until.map(|_| held.lease_owner.clone());
    let mut update = task::Entity::update_many()
        .col_expr(task::Column::State, Expr::value(change.state.as_str()))
        .col_expr(
            task::Column::LeaseUntil,
            Expr::value(change.lease_until.map(|until| until.0)),
        )
        .col_expr(task::Column::LeaseOwner, Expr::value(owner))
        .col_expr(task::Column::UpdatedAt, Expr::value(now.0));
    if let Some(text) = change.private_state {
        update = update.col_expr(task::Column::PrivateState, Expr::value(text));
    }
    if let Some(text) = change.public_state {
        update = update.col_expr(task::Column::PublicState, Expr::value(text));
    }
    if let Some(text) = change.error {
        update = update.col_expr(task::Column::Error, Expr::value(text));
    }
    if let Some(retries) = change.retries {
        update = update.col_expr(task::Column::Retries, Expr::value(retries));
    }
    if let Some(at) = change.resume_at {
        update = update.col_expr(task::Column::ResumeAt, Expr::value(at.0));
    }
    let tx = store.begin().await?;
    let written = update
        .filter(task::Column::Id.eq(held.id))
        .filter(task::Column::State.eq(TaskState::Processing.as_str()))
        .filter(task::Column::LeaseOwner.eq(held.lease_owner.as_str()))
        .exec(tx.db())
        .await?;
    tx.commit().await?;
    Ok(written.rows_affected > 0)
}

/// Stops a task that has not ended; its worker notices at its next word. `false`: it had ended.
pub async fn cancel(tx: &Tx, id: TaskId, now: Timestamp) -> StoreResult<bool> {
    let written = task::Entity::update_many()
        .col_expr(
            task::Column::State,
            Expr::value(TaskState::Canceled.as_str()),
        )
        .col_expr(task::Column::LeaseUntil, Expr::value(None::<i64>))
        .col_expr(task::Column::LeaseOwner, Expr::value(None::<String>))
        .col_expr(task::Column::UpdatedAt, Expr::value(now.0))
        .filter(task::Column::Id.eq(id))
        .filter(task::Column::State.is_in([
            TaskState::Queued.as_str(),
            TaskState::Suspending.as_str(),
            TaskState::Processing.as_str(),
        ]))
        .exec(tx.db())
        .await?;
    Ok(written.rows_affected > 0)
}

/// Forgets up to `limit` tasks of the system that ended: completed ones before `completed`,
/// others before `failed`. Returns how many went.
pub async fn prune(
    store: &Store,
    completed: Timestamp,
    failed: Timestamp,
    limit: u64,
) -> StoreResult<u64> {
    let ended = |state: TaskState, before: Timestamp| {
        Condition::all()
            .add(task::Column::State.eq(state.as_str()))
            .add(task::Column::UpdatedAt.lt(before))
    };
    let tx = store.begin().await?;
    let ids: Vec<TaskId> = task::Entity::find()
        .filter(task::Column::OwnerId.is_null())
        .filter(
            Condition::any()
                .add(ended(TaskState::Completed, completed))
                .add(ended(TaskState::Error, failed))
                .add(ended(TaskState::Canceled, failed)),
        )
        .select_only()
        .column(task::Column::Id)
        .limit(limit)
        .into_tuple()
        .all(tx.db())
        .await?;
    if ids.is_empty() {
        return Ok(0);
    }
    let gone = task::Entity::delete_many()
        .filter(task::Column::Id.is_in(ids))
        .exec(tx.db())
        .await?;
    tx.commit().await?;
    Ok(gone.rows_affected)
}
