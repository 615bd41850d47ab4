//! How many tasks an account keeps: what its people see in their lists is remembered for long, but not
//! without end.

use super::ACTIVE;
use crate::{StoreResult, Tx};
use entity::{TaskId, TaskState, Timestamp, UserId, task};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseBackend, EntityTrait, FromQueryResult, QueryFilter,
    QueryOrder, QuerySelect,
};

/// What one account may have.
#[derive(Clone, Copy, Debug)]
pub struct TaskRoom {
    /// Tasks that have not ended.
    pub active: usize,
    /// Tasks that have.
    pub ended: usize,
    /// What all of them resume from.
    pub bytes: u64,
}

/// Rows that are forgotten in one go.
const MOST_FORGOTTEN: usize = 1_000;

#[derive(Debug, FromQueryResult)]
struct Kept {
    id: TaskId,
    state: TaskState,
    lease_until: Option<Timestamp>,
    bytes: i64,
}

/// Whether an account that the caller holds may have `new` tasks more, of so many bytes all
/// together. Makes room by forgetting the oldest of those that ended.
pub async fn make_room(
    tx: &mut Tx,
    owner: UserId,
    (new, bytes): (usize, u64),
    room: TaskRoom,
) -> StoreResult<bool> {
    let length = match tx.db().get_database_backend() {
        DatabaseBackend::MySql => "LENGTH(private_state)",
        DatabaseBackend::Postgres => "CAST(OCTET_LENGTH(private_state) AS BIGINT)",
        _ => "OCTET_LENGTH(private_state)",
    };
    let rows: Vec<Kept> = task::Entity::find()
        .filter(task::Column::OwnerId.eq(owner))
        .select_only()
        .columns([
            task::Column::Id,
            task::Column::State,
            task::Column::LeaseUntil,
        ])
        .column_as(Expr::cust(length), "bytes")
        .order_by_desc(task::Column::Id)
        .into_model()
        .all(tx.db())
        .await?;
    let is_active = |row: &&Kept| ACTIVE.contains(&row.state);
    let (active, ended): (Vec<&Kept>, Vec<&Kept>) = rows.iter().partition(is_active);
    let mut kept = bytes
        + active
            .iter()
            .map(|row| row.bytes.unsigned_abs())
            .sum::<u64>();
    if active.len() + new > room.active || kept > room.bytes {
        return Ok(false);
    }
    let mut gone = Vec::new();
    for (number, row) in ended.into_iter().enumerate() {
        kept += row.bytes.unsigned_abs();
        // What one left behind that is in hand is still being removed.
        if (number >= room.ended || kept > room.bytes) && row.lease_until.is_none() {
            gone.push(row.id);
        }
    }
    gone.truncate(MOST_FORGOTTEN);
    if !gone.is_empty() {
        let forgotten = task::Entity::delete_many().filter(task::Column::Id.is_in(gone));
        forgotten.exec(tx.db()).await?;
    }
    Ok(true)
}
