//! What a worker writes about a task that it holds.

use super::{ACTIVE, NewTask, holders, insert, is_known};
use crate::journal::{self, Entry};
use crate::{Store, StoreResult, Tx};
use entity::{NodeId, TaskId, TaskState, Timestamp, task};
use sea_orm::sea_query::{Expr, SimpleExpr};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, UpdateMany};

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
    pub summary: Option<String>,
    /// Not kept for a task that ended.
    pub progress: Option<String>,
    pub error: Option<String>,
    pub retries: Option<i64>,
    /// At once, if somebody wants the task to end.
    pub resume_at: Option<Timestamp>,
    pub node: Option<NodeId>,
}

impl TaskChange {
    /// To this state, letting go of the task, nothing else.
    pub fn to(state: TaskState) -> Self {
        Self {
            state,
            lease_until: None,
            private_state: None,
            public_state: None,
            summary: None,
            progress: None,
            error: None,
            retries: None,
            resume_at: None,
            node: None,
        }
    }

    /// Each column it changes, with its new value.
    fn values(self, held: &Held, now: Timestamp) -> Vec<(task::Column, SimpleExpr)> {
        use task::Column as To;
        let owner = self.lease_until.map(|_| held.lease_owner.clone());
        let progress = if self.state.is_active() {
            self.progress.map(Some)
        } else {
            Some(None)
        };
        let resume_at = self.resume_at.map(|at| {
            let wanted = Expr::case(To::CancelRequestedAt.is_null(), at.0);
            wanted.finally(now.0).into()
        });
        let always = [
            (To::State, Expr::value(self.state)),
            (
                To::LeaseUntil,
                Expr::value(self.lease_until.map(|until| until.0)),
            ),
            (To::LeaseOwner, Expr::value(owner)),
            (To::UpdatedAt, Expr::value(now.0)),
        ];
        let some = [
            (To::PrivateState, self.private_state.map(Expr::value)),
            (To::PublicState, self.public_state.map(Expr::value)),
            (To::Summary, self.summary.map(Expr::value)),
            (To::Progress, progress.map(Expr::value)),
            (To::Error, self.error.map(Expr::value)),
            (To::Retries, self.retries.map(Expr::value)),
            (To::ResumeAt, resume_at),
            (To::NodeId, self.node.map(|node| Expr::value(node.0))),
        ];
        let some = some
            .into_iter()
            .filter_map(|(to, value)| Some((to, value?)));
        always.into_iter().chain(some).collect()
    }
}

/// Writes what a worker has to say about a task it holds; `false`: it lost the task, because its
/// lease ran out, and nothing was written.
pub async fn save(
    store: &Store,
    held: &Held,
    now: Timestamp,
    change: TaskChange,
) -> StoreResult<bool> {
    write(store, held, change.values(held, now)).await
}

/// The same for a task that ends, with what is told of that and what follows it, or nothing of all
/// this.
pub async fn end(
    store: &Store,
    held: &Held,
    now: Timestamp,
    change: TaskChange,
    (told, follows): (Entry, Option<NewTask>),
) -> StoreResult<bool> {
    let mut tx = store.begin().await?;
    if !write_in(&tx, held, change.values(held, now)).await? {
        return Ok(false);
    }
    journal::append(&mut tx, now, vec![told]);
    if let Some(task) = follows {
        insert(&mut tx, task).await?;
    }
    tx.commit().await?;
    Ok(true)
}

/// Holds a task for longer; `false`: it is lost.
pub async fn renew(store: &Store, held: &Held, until: Timestamp) -> StoreResult<bool> {
    let until = Expr::value(until.0);
    write(store, held, vec![(task::Column::LeaseUntil, until)]).await
}

/// Lets go of a task that a worker had to leave in the middle: it is due at once, and one that had
/// ended waits for somebody else to remove what it left behind.
pub async fn give_back(store: &Store, held: &Held, now: Timestamp) -> StoreResult<bool> {
    write(store, held, let_go(now)).await
}

/// The same for all that a server holds which is known to be dead, such as one that this one takes
/// the place of. Answers how many there were.
pub async fn take_back(store: &Store, holder: u64, now: Timestamp) -> StoreResult<u64> {
    let tx = store.begin().await?;
    let update = with(let_go(now))
        .filter(task::Column::LeaseUntil.is_not_null())
        .filter(task::Column::LeaseOwner.starts_with(holders(holder)))
        .filter(is_known());
    let taken = update.exec(tx.db()).await?;
    tx.commit().await?;
    Ok(taken.rows_affected)
}

fn let_go(now: Timestamp) -> Vec<(task::Column, SimpleExpr)> {
    let is_active = || task::Column::State.is_in(ACTIVE);
    let state = Expr::case(is_active(), TaskState::Queued);
    let lease_until = Expr::case(is_active(), None::<i64>);
    vec![
        (
            task::Column::State,
            state.finally(Expr::col(task::Column::State)).into(),
        ),
        (task::Column::ResumeAt, Expr::value(now.0)),
        (task::Column::LeaseUntil, lease_until.finally(now.0).into()),
        (task::Column::LeaseOwner, Expr::value(None::<String>)),
        (task::Column::UpdatedAt, Expr::value(now.0)),
    ]
}

/// Writes how far a task is, and how long it has worked; `false`: it is lost.
pub async fn report(
    store: &Store,
    held: &Held,
    now: Timestamp,
    (progress, public_state): (String, String),
) -> StoreResult<bool> {
    let values = vec![
        (task::Column::Progress, Expr::value(progress)),
        (task::Column::PublicState, Expr::value(public_state)),
        (task::Column::UpdatedAt, Expr::value(now.0)),
    ];
    write(store, held, values).await
}

async fn write(
    store: &Store,
    held: &Held,
    values: Vec<(task::Column, SimpleExpr)>,
) -> StoreResult<bool> {
    let tx = store.begin().await?;
    let is_held = write_in(&tx, held, values).await?;
    tx.commit().await?;
    Ok(is_held)
}

async fn write_in(
    tx: &Tx,
    held: &Held,
    values: Vec<(task::Column, SimpleExpr)>,
) -> StoreResult<bool> {
    let written = with(values)
        .filter(task::Column::Id.eq(held.id))
        .filter(task::Column::LeaseOwner.eq(held.lease_owner.as_str()))
        .exec(tx.db())
        .await?;
    Ok(written.rows_affected > 0)
}

fn with(values: Vec<(task::Column, SimpleExpr)>) -> UpdateMany<task::Entity> {
    values
        .into_iter()
        .fold(task::Entity::update_many(), |update, (column, value)| {
            update.col_expr(column, value)
        })
}
