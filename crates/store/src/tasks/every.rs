//! Tasks of everybody and of the system, as administrators see them.

use super::asked::find;
use super::{ACTIVE, Seen, is_known};
use crate::files::BATCH;
use crate::ordered::{self, Slice};
use crate::{Connection, Store, StoreResult};
use entity::{TaskId, TaskState, Timestamp, UserId, task};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    Select,
};

/// Which tasks are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TaskFilter {
    pub kind: Option<String>,
    pub state: Option<TaskState>,
    pub owner: Option<UserId>,
    pub correlation: Option<String>,
}

impl TaskFilter {
    fn condition(&self) -> Condition {
        let text = |column: task::Column, text: &Option<String>| {
            text.as_deref().map(|text| column.eq(text))
        };
        Condition::all()
            .add_option(text(task::Column::Kind, &self.kind))
            .add_option(self.state.map(|state| task::Column::State.eq(state)))
            .add_option(self.owner.map(|owner| task::Column::OwnerId.eq(owner)))
            .add_option(text(task::Column::CorrelationId, &self.correlation))
    }
}

/// A slice of the tasks, by id. Those in a state that only a newer program knows are left out when
/// their rows are read: to look at the state of all that is passed over would mean to read it.
pub async fn every(db: &Connection, filter: &TaskFilter, slice: Slice) -> StoreResult<Vec<Seen>> {
    let found = task::Entity::find().filter(filter.condition());
    let ids: Vec<TaskId> = ordered::ids(db, found, (task::Column::Id, None), slice).await?;
    let mut rows = Vec::new();
    for batch in ids.chunks(BATCH) {
        let found = find().filter(task::Column::Id.is_in(batch.iter().copied()));
        let found = found.filter(is_known());
        rows.extend(found.into_model::<Seen>().all(db).await?);
    }
    Ok(ordered::in_order(&ids, rows, |row| row.id))
}

/// How many there are.
pub async fn count(db: &Connection, filter: &TaskFilter) -> StoreResult<u64> {
    let found = task::Entity::find().filter(filter.condition());
    Ok(found.count(db).await?)
}

/// How many of these kinds wait, run, or sleep.
pub async fn in_states(db: &Connection, kinds: &[&str], states: &[TaskState]) -> StoreResult<u64> {
    let found = task::Entity::find()
        .filter(task::Column::Kind.is_in(kinds.iter().copied()))
        .filter(task::Column::State.is_in(states.iter().copied()));
    Ok(found.count(db).await?)
}

/// Which tasks are to be forgotten.
#[derive(Clone, Debug)]
pub struct Forgotten {
    /// Made at this time or before.
    pub until: Timestamp,
    /// Of these kinds; empty: of all.
    pub kinds: Vec<String>,
    /// That ended so; empty: in whatever way.
    pub states: Vec<TaskState>,
}

impl Forgotten {
    fn find(&self) -> Select<task::Entity> {
        let mut found = task::Entity::find()
            .filter(task::Column::CreatedAt.lte(self.until))
            .filter(has_ended());
        if !self.kinds.is_empty() {
            let kinds = self.kinds.iter().map(String::as_str);
            found = found.filter(task::Column::Kind.is_in(kinds));
        }
        if !self.states.is_empty() {
            found = found.filter(task::Column::State.is_in(self.states.iter().copied()));
        }
        found
    }
}

/// How many tasks there are that have ended and left nothing behind.
pub async fn forgettable(db: &Connection, which: &Forgotten) -> StoreResult<u64> {
    Ok(which.find().count(db).await?)
}

/// Forgets up to `limit` of them. Answers how many went.
pub async fn forget(store: &Store, which: &Forgotten, limit: u64) -> StoreResult<u64> {
    let found = which.find();
    let tx = store.begin().await?;
    let ids: Vec<TaskId> = found
        .select_only()
        .column(task::Column::Id)
        .order_by_asc(task::Column::Id)
        .limit(limit)
        .into_tuple()
        .all(tx.db())
        .await?;
    let gone = remove(tx.db(), &ids).await?;
    tx.commit().await?;
    Ok(gone)
}

/// Forgets those of these tasks that have ended. Answers how many went.
pub async fn remove(db: &Connection, ids: &[TaskId]) -> StoreResult<u64> {
    let mut gone = 0;
    for batch in ids.chunks(BATCH) {
        let removed = task::Entity::delete_many()
            .filter(task::Column::Id.is_in(batch.iter().copied()))
            .filter(has_ended())
            .exec(db)
            .await?;
        gone += removed.rows_affected;
    }
    Ok(gone)
}

/// It does no more, and what it left behind is gone.
fn has_ended() -> Condition {
    Condition::all()
        .add(task::Column::State.is_not_in(ACTIVE))
        .add(task::Column::LeaseUntil.is_null())
        .add(is_known())
}
