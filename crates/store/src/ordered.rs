//! Pages of long lists by number: first the ids, of which an index knows the order, then their
//! rows. What a page passes over is counted in the index and never read.

use super::{Connection, StoreResult};
use sea_orm::sea_query::NullOrdering;
use sea_orm::{ColumnTrait, EntityTrait, Order, QueryOrder, QuerySelect, Select, TryGetableMany};

/// Which part of a list.
#[derive(Clone, Copy, Debug)]
pub struct Slice {
    pub descending: bool,
    /// Rows before it.
    pub offset: u64,
    pub limit: u64,
}

/// The ids of a slice, ordered by a column and then by id in the same direction; `None`: by id.
pub(crate) async fn ids<E, I>(
    db: &Connection,
    found: Select<E>,
    (id, by): (E::Column, Option<E::Column>),
    slice: Slice,
) -> StoreResult<Vec<I>>
where
    E: EntityTrait,
    I: TryGetableMany + Send,
{
    let direction = if slice.descending {
        Order::Desc
    } else {
        Order::Asc
    };
    let mut found = found.select_only().column(id);
    if let Some(by) = by {
        found = if by.def().is_null() {
            // What is not bounded counts as most, whatever the database.
            let nulls = if slice.descending {
                NullOrdering::First
            } else {
                NullOrdering::Last
            };
            found.order_by_with_nulls(by, direction.clone(), nulls)
        } else {
            found.order_by(by, direction.clone())
        };
    }
    let found = found.order_by(id, direction);
    let found = found.offset(slice.offset).limit(slice.limit);
    Ok(found.into_tuple().all(db).await?)
}

/// Rows in the order of these ids; those that went meanwhile are left out.
pub(crate) fn in_order<I: PartialEq, R>(ids: &[I], rows: Vec<R>, id: impl Fn(&R) -> I) -> Vec<R> {
    let mut rows: Vec<Option<R>> = rows.into_iter().map(Some).collect();
    let mut take = |wanted: &I| {
        let is_it = |row: &Option<R>| row.as_ref().is_some_and(|row| id(row) == *wanted);
        rows.iter_mut().find(|row| is_it(row))?.take()
    };
    ids.iter().filter_map(&mut take).collect()
}
