//! Counting a subtree in the database.

use super::files::{BATCH, children, placeholder};
use super::{Connection, StoreResult};
use entity::FileId;
use sea_orm::{ConnectionTrait, DatabaseBackend, Statement, Value};

/// What lies below a folder.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    pub files: i64,
    pub folders: i64,
    pub size_bytes: i64,
    /// False: there is more than the limit.
    pub completed: bool,
}

/// Counts at most `limit` nodes below a folder, walking once.
pub async fn below(db: &Connection, folder: FileId, limit: i64) -> StoreResult<Counts> {
    let backend = db.get_database_backend();
    // One more than the limit tells whether there is more.
    let values = [folder.0.into(), limit.saturating_add(1).into()];
    let statement = Statement::from_sql_and_values(backend, sql(backend), values);
    let Some(row) = db.query_one_raw(statement).await? else {
        return Ok(Counts::default());
    };
    let (folders, nodes): (i64, i64) = (row.try_get("", "folders")?, row.try_get("", "nodes")?);
    Ok(Counts {
        files: nodes - folders,
        folders,
        size_bytes: row.try_get("", "size_bytes")?,
        completed: nodes <= limit,
    })
}

fn sql(backend: DatabaseBackend) -> String {
    // SUM is NUMERIC on PostgreSQL and DECIMAL on MySQL.
    let (open, close) = match backend {
        DatabaseBackend::Sqlite => ("", ""),
        DatabaseBackend::Postgres => ("CAST(", " AS BIGINT)"),
        _ => ("CAST(", " AS SIGNED)"),
    };
    let (folder, limit) = (placeholder(backend, 1), placeholder(backend, 2));
    let below = children(backend, "s", "id, kind", "");
    format!(
        "WITH RECURSIVE sub(id, kind) AS (\
           SELECT id, kind FROM files WHERE parent_id = {folder} UNION ALL \
           SELECT f.id, f.kind FROM sub s {below}), \
         walked AS (SELECT id, kind FROM sub LIMIT {limit}) \
         SELECT n.folders, n.nodes, s.size_bytes FROM \
           (SELECT {open}COALESCE(SUM(kind), 0){close} AS folders, COUNT(*) AS nodes \
            FROM walked) n CROSS JOIN \
           (SELECT {open}COALESCE(SUM(b.size_bytes), 0){close} AS size_bytes FROM walked w \
            CROSS JOIN file_blobs fb CROSS JOIN blobs b \
            WHERE fb.file_id = w.id AND b.id = fb.blob_id) s"
    )
}

/// How many files and folders lie below folders, and the bytes of the files' current versions.
/// Counts one more than `limit` at most.
pub async fn contents(db: &Connection, folders: &[FileId], limit: u64) -> StoreResult<(u64, u64)> {
    let backend = db.get_database_backend();
    let (open, close) = match backend {
        DatabaseBackend::Sqlite => ("", ""),
        DatabaseBackend::Postgres => ("CAST(", " AS BIGINT)"),
        _ => ("CAST(", " AS SIGNED)"),
    };
    let below = children(backend, "s", "id, size_bytes", "");
    let (mut nodes, mut bytes) = (0u64, 0u64);
    for batch in folders.chunks(BATCH) {
        let places: Vec<String> = (1..=batch.len()).map(|n| placeholder(backend, n)).collect();
        let sql = format!(
            "WITH RECURSIVE sub(id, size_bytes) AS (\
             SELECT id, size_bytes FROM files WHERE parent_id IN ({}) UNION ALL \
             SELECT f.id, f.size_bytes FROM sub s {below}), \
             walked AS (SELECT size_bytes FROM sub LIMIT {}) \
             SELECT COUNT(*) AS nodes, {open}COALESCE(SUM(size_bytes), 0){close} AS size_bytes \
             FROM walked",
            places.join(","),
            placeholder(backend, batch.len() + 1),
        );
        let most = i64::try_from(limit.saturating_add(1)).unwrap_or(i64::MAX);
        let mut values: Vec<Value> = batch.iter().map(|id| id.0.into()).collect();
        values.push(most.into());
        let statement = Statement::from_sql_and_values(backend, sql, values);
        if let Some(row) = db.query_one_raw(statement).await? {
            let (found, size): (i64, i64) =
                (row.try_get("", "nodes")?, row.try_get("", "size_bytes")?);
            nodes += found.unsigned_abs();
            bytes += size.unsigned_abs();
        }
    }
    Ok((nodes, bytes))
}
