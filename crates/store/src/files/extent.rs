//! How much lies below rows of the tree, counted by the database before any of it is read.

use super::{BATCH, children, placeholder};
use crate::{Connection, StoreResult};
use entity::{FileId, FileKind};
use sea_orm::{ActiveEnum as _, ConnectionTrait, DatabaseBackend, Statement, Value};

/// What lies below some tops.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extent {
    /// Rows counted, the tops as well.
    pub nodes: u64,
    /// Folders in each other below a top: 0 where there is none.
    pub depth: usize,
    /// The longest path of a folder below a top, bytes from there, with a slash before each name.
    pub bytes: usize,
}

/// Which rows are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    All,
    Folders,
}

/// Walks through at most `most` rows below each thousand tops.
pub async fn extent(
    db: &Connection,
    tops: &[FileId],
    counted: Counted,
    most: u64,
) -> StoreResult<Extent> {
    let mut extent = Extent::default();
    for batch in tops.chunks(BATCH) {
        let row = db
            .query_one_raw(statement(db, batch, counted, most))
            .await?;
        let Some(row) = row else { continue };
        let number = |name: &str| row.try_get::<i64>("", name);
        extent.nodes += number("nodes")? as u64;
        extent.depth = extent.depth.max(number("depth")? as usize);
        extent.bytes = extent.bytes.max(number("bytes")? as usize);
    }
    Ok(extent)
}

fn statement(db: &Connection, tops: &[FileId], counted: Counted, most: u64) -> Statement {
    let backend = db.get_database_backend();
    let places: Vec<String> = (1..=tops.len()).map(|n| placeholder(backend, n)).collect();
    let long = match backend {
        DatabaseBackend::MySql => "SIGNED",
        _ => "BIGINT",
    };
    let folder = FileKind::Folder.to_value();
    let only = match counted {
        Counted::All => String::new(),
        Counted::Folders => format!(" AND kind = {folder}"),
    };
    let below = children(backend, "s", "id, kind, name", &only);
    let sql = format!(
        "WITH RECURSIVE sub(id, depth, bytes) AS (\
         SELECT f.id, CAST(0 AS {long}), CAST(0 AS {long}) FROM files f WHERE f.id IN ({}) \
         UNION ALL SELECT f.id, \
         s.depth + CASE WHEN f.kind = {folder} THEN 1 ELSE 0 END, \
         s.bytes + CASE WHEN f.kind = {folder} THEN 1 + OCTET_LENGTH(f.name) ELSE 0 END \
         FROM sub s {below}), \
         walked AS (SELECT depth, bytes FROM sub LIMIT {}) \
         SELECT COUNT(*) AS nodes, COALESCE(MAX(depth), 0) AS depth, \
         COALESCE(MAX(bytes), 0) AS bytes FROM walked",
        places.join(","),
        placeholder(backend, tops.len() + 1),
    );
    let mut values: Vec<Value> = tops.iter().map(|id| id.0.into()).collect();
    values.push((most as i64).into());
    Statement::from_sql_and_values(backend, sql, values)
}
