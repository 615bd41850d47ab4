//! What people ask of tasks: to see them, to call them off, to begin them anew.

use super::{ACTIVE, is_known};
use crate::bus::Topic;
use crate::files::BATCH;
use crate::{Connection, Store, StoreResult, Tx};
use entity::{NodeId, TaskId, TaskState, Timestamp, UserId, node, task};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, Select,
};

/// A task without what it resumes from, which may be long.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Seen {
    pub id: TaskId,
    pub kind: String,
    pub state: TaskState,
    pub owner_id: Option<UserId>,
    pub category: Option<String>,
    pub public_state: String,
    pub summary: Option<String>,
    pub progress: Option<String>,
    pub error: Option<String>,
    pub retries: i64,
    pub resume_at: Timestamp,
    pub node_id: Option<NodeId>,
    pub correlation_id: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

pub(super) fn find() -> Select<task::Entity> {
    task::Entity::find().select_only().columns([
        task::Column::Id,
        task::Column::Kind,
        task::Column::State,
        task::Column::OwnerId,
        task::Column::Category,
        task::Column::PublicState,
        task::Column::Summary,
        task::Column::Progress,
        task::Column::Error,
        task::Column::Retries,
        task::Column::ResumeAt,
        task::Column::NodeId,
        task::Column::CorrelationId,
        task::Column::CreatedAt,
        task::Column::UpdatedAt,
    ])
}

/// One task.
pub async fn seen(db: &Connection, id: TaskId) -> StoreResult<Option<Seen>> {
    Ok(find()
        .filter(task::Column::Id.eq(id))
        .filter(is_known())
        .into_model::<Seen>()
        .one(db)
        .await?)
}

/// One task with all that it resumes from.
pub async fn whole(db: &Connection, id: TaskId) -> StoreResult<Option<task::Model>> {
    let row = task::Entity::find_by_id(id).filter(is_known());
    Ok(row.one(db).await?)
}

/// Which part of somebody's list.
#[derive(Clone, Copy, Debug)]
pub struct Page<'a> {
    pub owner: UserId,
    pub category: &'a str,
    /// Only what has ended, or only what has not.
    pub ended: Option<bool>,
    /// Only what is older.
    pub before: Option<TaskId>,
    pub limit: u64,
}

/// Tasks of an account, newest first, and the active nodes that work on them.
pub async fn page(store: &Store, page: Page<'_>) -> StoreResult<(Vec<Seen>, Vec<node::Model>)> {
    let mut query = find()
        .filter(task::Column::OwnerId.eq(page.owner))
        .filter(task::Column::Category.eq(page.category));
    query = match page.ended {
        None => query.filter(is_known()),
        Some(true) => query
            .filter(task::Column::State.is_not_in(ACTIVE))
            .filter(is_known()),
        Some(false) => query.filter(task::Column::State.is_in(ACTIVE)),
    };
    if let Some(before) = page.before {
        query = query.filter(task::Column::Id.lt(before));
    }
    let tasks = query
        .order_by_desc(task::Column::Id)
        .limit(page.limit)
        .into_model::<Seen>()
        .all(store.read())
        .await?;
    let nodes = nodes_of(store, &tasks).await?;
    Ok((tasks, nodes))
}

/// The active nodes that work on these tasks.
pub async fn nodes_of(store: &Store, tasks: &[Seen]) -> StoreResult<Vec<node::Model>> {
    let mut ids: Vec<NodeId> = tasks.iter().filter_map(|task| task.node_id).collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(node::Entity::find()
        .filter(node::Column::Id.is_in(ids))
        .filter(node::Column::Status.eq("active"))
        .all(store.read())
        .await?)
}

/// Asks for a task to end. Whoever works on it stops at once; if nobody does, somebody takes it
/// only for that. `false`: it had ended.
pub async fn cancel(tx: &mut Tx, id: TaskId, now: Timestamp) -> StoreResult<bool> {
    Ok(cancel_all(tx, &[id], now).await? > 0)
}

/// The same for many, by id. Answers how many had not ended.
pub async fn cancel_all(tx: &mut Tx, ids: &[TaskId], now: Timestamp) -> StoreResult<u64> {
    let mut asked = 0;
    for batch in ids.chunks(BATCH) {
        asked += cancel_some(tx, batch, now).await?;
    }
    tx.tells(Topic::Cancelled);
    tx.tells(Topic::Tasks);
    Ok(asked)
}

async fn cancel_some(tx: &mut Tx, ids: &[TaskId], now: Timestamp) -> StoreResult<u64> {
    let resume_at = Expr::case(
        task::Column::State.eq(TaskState::Processing),
        Expr::col(task::Column::ResumeAt),
    );
    let written = task::Entity::update_many()
        .col_expr(task::Column::CancelRequestedAt, Expr::value(now.0))
        .col_expr(task::Column::ResumeAt, resume_at.finally(now.0).into())
        .col_expr(task::Column::UpdatedAt, Expr::value(now.0))
        .filter(task::Column::Id.is_in(ids.iter().copied()))
        .filter(task::Column::State.is_in(ACTIVE))
        .exec(tx.db())
        .await?;
    Ok(written.rows_affected)
}

/// Queues a task again that ended in an error or was called off, with the state it has now; one
/// that was completed, if it left something. `false`: it did not end so, or what it left behind is still being removed.
pub async fn begin_again(
    tx: &mut Tx,
    id: TaskId,
    now: Timestamp,
    (public_state, leaves_some): (String, bool),
) -> StoreResult<bool> {
    let mut from = vec![TaskState::Error, TaskState::Canceled];
    if leaves_some {
        from.push(TaskState::Completed);
    }
    let written = task::Entity::update_many()
        .col_expr(task::Column::State, Expr::value(TaskState::Queued))
        .col_expr(task::Column::PublicState, Expr::value(public_state))
        .col_expr(task::Column::Error, Expr::value(None::<String>))
        .col_expr(task::Column::Retries, Expr::value(0))
        .col_expr(task::Column::ResumeAt, Expr::value(now.0))
        .col_expr(task::Column::CancelRequestedAt, Expr::value(None::<i64>))
        .col_expr(task::Column::UpdatedAt, Expr::value(now.0))
        .filter(task::Column::Id.eq(id))
        .filter(task::Column::State.is_in(from))
        .filter(task::Column::LeaseUntil.is_null())
        .exec(tx.db())
        .await?;
    tx.tells(Topic::Tasks);
    Ok(written.rows_affected > 0)
}

/// Has the oldest task of an account that sleeps go on at once: what it slept for has come.
pub async fn wake_next(
    tx: &mut Tx,
    (kind, owner): (&str, UserId),
    now: Timestamp,
) -> StoreResult<()> {
    let next: Option<TaskId> = task::Entity::find()
        .select_only()
        .column(task::Column::Id)
        .filter(task::Column::Kind.eq(kind))
        .filter(task::Column::OwnerId.eq(owner))
        .filter(task::Column::State.eq(TaskState::Suspending))
        .filter(task::Column::ResumeAt.gt(now))
        .order_by_asc(task::Column::Id)
        .limit(1)
        .into_tuple()
        .one(tx.db())
        .await?;
    let Some(next) = next else { return Ok(()) };
    task::Entity::update_many()
        .col_expr(task::Column::ResumeAt, Expr::value(now.0))
        .filter(task::Column::Id.eq(next))
        .filter(task::Column::State.eq(TaskState::Suspending))
        .exec(tx.db())
        .await?;
    tx.tells(Topic::Tasks);
    Ok(())
}
