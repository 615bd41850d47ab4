//! The durable queue: rows that workers of all replicas claim.

mod asked;
mod every;
mod held;
mod room;
mod shares;
mod standing;

pub use asked::{
    Page, Seen, begin_again, cancel, cancel_all, nodes_of, page, seen, wake_next, whole,
};
pub use every::{Forgotten, TaskFilter, count, every, forget, forgettable, in_states, remove};
pub use held::{Held, TaskChange, end, give_back, renew, report, save, take_back};
pub use room::{TaskRoom, make_room};
pub use shares::Shares;
pub use standing::{Standing, able_node, standing};

use super::bus::Topic;
use super::{Connection, Store, StoreResult, Tx};
use crate::cause::Cause;
use entity::{TaskId, TaskState, Timestamp, UserId, task};
use sea_orm::sea_query::{Expr, LockBehavior, LockType, SimpleExpr};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, Condition, EntityTrait, Iterable, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
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
    /// In which of its owner's lists it is.
    pub category: Option<&'static str>,
    /// What it is about, as JSON text.
    pub summary: Option<String>,
    /// Now.
    pub at: Timestamp,
    /// Not before this time; `None`: at once.
    pub resume_at: Option<Timestamp>,
    /// Of the request or task that caused it; goes into every log line.
    pub correlation: Uuid,
}

impl NewTask {
    /// A task of the system, due at once.
    pub fn of(kind: &'static str, private_state: serde_json::Value, now: Timestamp) -> Self {
        Self {
            kind,
            private_state,
            owner: None,
            category: None,
            summary: None,
            at: now,
            resume_at: None,
            correlation: Cause::current().map_or_else(Uuid::new_v4, |cause| cause.correlation),
        }
    }

    /// On behalf of this account, with its rights.
    pub fn owned_by(mut self, owner: UserId) -> Self {
        self.owner = Some(owner);
        self
    }

    /// Not before this time.
    pub fn not_before(mut self, time: Timestamp) -> Self {
        self.resume_at = Some(time);
        self
    }
}

/// A task that waits this long is about to run.
const SOON_SECS: i64 = 60;

const WAITING: [TaskState; 2] = [TaskState::Queued, TaskState::Suspending];
/// What has not ended.
const ACTIVE: [TaskState; 3] = [
    TaskState::Queued,
    TaskState::Processing,
    TaskState::Suspending,
];

/// Queues a task; it is there, and workers are woken, when `tx` commits.
pub async fn insert(tx: &mut Tx, new: NewTask) -> StoreResult<TaskId> {
    let row = task::ActiveModel {
        id: NotSet,
        kind: Set(new.kind.to_owned()),
        state: Set(TaskState::Queued),
        owner_id: Set(new.owner),
        category: Set(new.category.map(str::to_owned)),
        public_state: Set("{}".to_owned()),
        private_state: Set(new.private_state.to_string()),
        summary: Set(new.summary),
        progress: Set(None),
        error: Set(None),
        retries: Set(0),
        resume_at: Set(new.resume_at.unwrap_or(new.at)),
        lease_until: Set(None),
        lease_owner: Set(None),
        cancel_requested_at: Set(None),
        node_id: Set(None),
        correlation_id: Set(Some(new.correlation.to_string())),
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
        .filter(task::Column::State.is_in(ACTIVE))
        .count(db)
        .await?;
    Ok(active > 0)
}

/// Whether a task of this kind that began earlier has not ended.
pub async fn is_preceded(db: &Connection, kind: &str, id: TaskId) -> StoreResult<bool> {
    let earlier = task::Entity::find()
        .filter(task::Column::Kind.eq(kind))
        .filter(task::Column::State.is_in(ACTIVE))
        .filter(task::Column::Id.lt(id))
        .count(db)
        .await?;
    Ok(earlier > 0)
}

/// What the tasks of a kind that have not ended are about.
pub async fn active_states(db: &Connection, kind: &str) -> StoreResult<Vec<String>> {
    Ok(task::Entity::find()
        .select_only()
        .column(task::Column::PrivateState)
        .filter(task::Column::Kind.eq(kind))
        .filter(task::Column::State.is_in(ACTIVE))
        .into_tuple()
        .all(db)
        .await?)
}

/// The same for those of an account that nobody has called off, by id.
pub async fn active_of(
    db: &Connection,
    kind: &str,
    owner: UserId,
) -> StoreResult<Vec<(TaskId, String)>> {
    Ok(task::Entity::find()
        .select_only()
        .columns([task::Column::Id, task::Column::PrivateState])
        .filter(task::Column::Kind.eq(kind))
        .filter(task::Column::OwnerId.eq(owner))
        .filter(task::Column::State.is_in(ACTIVE))
        .filter(task::Column::CancelRequestedAt.is_null())
        .order_by_asc(task::Column::Id)
        .into_tuple()
        .all(db)
        .await?)
}

/// The task with this id.
pub async fn get(store: &Store, id: TaskId) -> StoreResult<Option<task::Model>> {
    Ok(task::Entity::find_by_id(id).one(store.read()).await?)
}

/// Which tasks a worker looks for.
#[derive(Clone, Copy, Debug)]
pub enum Wanted<'a> {
    All,
    /// Those of accounts that have not all of their share in hand.
    Shared(&'a Shares),
    /// Those that somebody wants to end: for workers who have no hand free for more.
    Cancelled,
}

impl Wanted<'_> {
    fn condition(self) -> Condition {
        match self {
            Self::All => Condition::all(),
            Self::Shared(shares) => shares.condition(),
            Self::Cancelled => Condition::all().add(task::Column::CancelRequestedAt.is_not_null()),
        }
    }
}

/// A newer version of the program may know more states; its tasks are left to it.
fn is_known() -> SimpleExpr {
    task::Column::State.is_in(TaskState::iter())
}

/// When the next of these tasks becomes due, or its lease runs out.
pub async fn next_due(
    store: &Store,
    kinds: &[&str],
    wanted: Wanted<'_>,
) -> StoreResult<Option<Timestamp>> {
    let of_kinds = || {
        task::Entity::find()
            .filter(task::Column::Kind.is_in(kinds.iter().copied()))
            .filter(wanted.condition())
            .select_only()
    };
    let waiting: Option<Timestamp> = of_kinds()
        .column(task::Column::ResumeAt)
        .filter(task::Column::State.is_in(WAITING))
        .order_by_asc(task::Column::ResumeAt)
        .into_tuple()
        .one(store.read())
        .await?;
    let held: Option<Timestamp> = of_kinds()
        .column(task::Column::LeaseUntil)
        .filter(task::Column::LeaseUntil.is_not_null())
        .filter(is_known())
        .order_by_asc(task::Column::LeaseUntil)
        .into_tuple()
        .one(store.read())
        .await?;
    Ok(waiting.into_iter().chain(held).min())
}

/// For how long a task is taken, and by which server; a server whose name is not known is nobody's
/// successor.
#[derive(Clone, Copy, Debug)]
pub struct Lease {
    pub until: Timestamp,
    pub holder: Option<u64>,
}

impl From<Timestamp> for Lease {
    fn from(until: Timestamp) -> Self {
        Self {
            until,
            holder: None,
        }
    }
}

/// What the owners of all leases of one server begin with.
fn holders(holder: u64) -> String {
    format!("{holder:016x}-")
}

/// Takes up to `limit` tasks that are due, or whose worker let its lease run out, oldest due time
/// first. No two replicas get the same task. One that had ended keeps its state: it is taken to
/// remove what it left behind.
pub async fn claim(
    store: &Store,
    (kinds, wanted): (&[&str], Wanted<'_>),
    now: Timestamp,
    lease: impl Into<Lease>,
    limit: u64,
) -> StoreResult<Vec<task::Model>> {
    let lease = lease.into();
    let due = Condition::any()
        .add(
            Condition::all()
                .add(task::Column::State.is_in(WAITING))
                .add(task::Column::ResumeAt.lte(now)),
        )
        .add(
            Condition::all()
                .add(task::Column::LeaseUntil.lt(now))
                .add(is_known()),
        );
    let tx = store.begin().await?;
    // SQLite needs no lock: this transaction is the only one that writes.
    let mut rows = task::Entity::find()
        .filter(task::Column::Kind.is_in(kinds.iter().copied()))
        .filter(wanted.condition())
        .filter(due)
        .order_by_asc(task::Column::ResumeAt)
        .order_by_asc(task::Column::Id)
        .limit(limit)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .all(tx.db())
        .await?;
    if let Wanted::Shared(shares) = wanted {
        shares.limit(&mut rows);
    }
    if rows.is_empty() {
        return Ok(rows);
    }
    // New for each claim: a worker that lost its lease cannot touch the task any more.
    let lease_owner = lease.holder.map(holders).unwrap_or_default();
    let lease_owner = format!("{lease_owner}{}", Uuid::new_v4().simple());
    let is_active = || task::Column::State.is_in(ACTIVE);
    let processing = Expr::case(is_active(), TaskState::Processing);
    // What it works from now on counts from here.
    let updated_at = Expr::case(is_active(), now.0);
    task::Entity::update_many()
        .col_expr(
            task::Column::State,
            processing.finally(Expr::col(task::Column::State)).into(),
        )
        .col_expr(
            task::Column::UpdatedAt,
            updated_at
                .finally(Expr::col(task::Column::UpdatedAt))
                .into(),
        )
        .col_expr(task::Column::LeaseUntil, Expr::value(lease.until.0))
        .col_expr(task::Column::LeaseOwner, Expr::value(lease_owner.as_str()))
        .filter(task::Column::Id.is_in(rows.iter().map(|row| row.id)))
        .exec(tx.db())
        .await?;
    tx.commit().await?;
    for row in &mut rows {
        if row.state.is_active() {
            row.state = TaskState::Processing;
        }
        row.lease_until = Some(lease.until);
        row.lease_owner = Some(lease_owner.clone());
    }
    Ok(rows)
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
            .add(task::Column::State.eq(state))
            .add(task::Column::UpdatedAt.lt(before))
    };
    let tx = store.begin().await?;
    let ids: Vec<TaskId> = task::Entity::find()
        .filter(task::Column::OwnerId.is_null())
        // What it left behind is still being removed.
        .filter(task::Column::LeaseUntil.is_null())
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
