//! Questions that are answered right here where that can be, else over the pool.

use super::{Moment, OfRow};
use crate::{Connection, StoreResult};
use sea_orm::{ConnectionTrait as _, FromQueryResult, QueryTrait, Statement};

impl Connection {
    /// The rows of a statement, if it can be asked right here and finds them soon.
    pub(crate) fn at_once<T: OfRow>(&self, statement: &Statement) -> Option<Vec<T>> {
        self.short_reads()?.all(statement)
    }

    /// What several statements find at one moment, if they can be asked right here and find it soon.
    pub(crate) fn at_one_moment<T>(
        &self,
        read: impl FnOnce(&Moment<'_>) -> rusqlite::Result<T>,
    ) -> Option<T> {
        self.short_reads()?.at_one_moment(read)
    }
}

/// The row of a query, right here where that can be.
pub(crate) async fn one<T: OfRow + FromQueryResult>(
    db: &Connection,
    query: &impl QueryTrait,
) -> StoreResult<Option<T>> {
    let statement = query.build(db.get_database_backend());
    if let Some(rows) = db.at_once::<T>(&statement) {
        return Ok(rows.into_iter().next());
    }
    Ok(T::find_by_statement(statement).one(db).await?)
}

/// The rows of a query of few, right here where that can be.
pub(crate) async fn all<T: OfRow + FromQueryResult>(
    db: &Connection,
    query: &impl QueryTrait,
) -> StoreResult<Vec<T>> {
    all_of(db, query.build(db.get_database_backend())).await
}

/// The rows of a statement that finds few, right here where that can be.
pub(crate) async fn all_of<T: OfRow + FromQueryResult>(
    db: &Connection,
    statement: Statement,
) -> StoreResult<Vec<T>> {
    match db.at_once::<T>(&statement) {
        Some(rows) => Ok(rows),
        None => Ok(T::find_by_statement(statement).all(db).await?),
    }
}
