//! What the database counts ids with.

use super::{Connection, StoreResult};
use sea_orm::{ConnectionTrait as _, DatabaseBackend};

/// Moves the counters of these tables behind the ids they have: on PostgreSQL, rows with given ids
/// do not.
pub async fn catch_up(db: &Connection, tables: &[&str]) -> StoreResult<()> {
    if db.get_database_backend() != DatabaseBackend::Postgres {
        return Ok(());
    }
    for table in tables {
        let sql = format!(
            "SELECT setval(pg_get_serial_sequence('{table}', 'id'), \
             (SELECT MAX(id) FROM {table}))"
        );
        db.execute_unprepared(&sql).await?;
    }
    Ok(())
}
