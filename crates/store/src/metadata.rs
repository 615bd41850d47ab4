//! Key/value metadata of files.

use super::at_once::{self, rows_of};
use super::{Connection, StoreResult};
use crate::files::BATCH;
use entity::{FileId, metadata};
use sea_orm::sea_query::{Expr, OnConflict, SimpleExpr};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseBackend, EntityTrait, PaginatorTrait,
    QueryFilter,
};
use std::collections::{BTreeMap, HashMap};

/// Public metadata of one file.
pub type Metadata = BTreeMap<String, String>;

/// Public metadata of many files: one query a page, never one a row.
pub async fn public_of(db: &Connection, ids: &[FileId]) -> StoreResult<HashMap<FileId, Metadata>> {
    let mut all: HashMap<FileId, Metadata> = HashMap::new();
    for batch in ids.chunks(BATCH) {
        let rows = metadata::Entity::find()
            .filter(among(db, metadata::Column::FileId, batch))
            .filter(metadata::Column::IsPublic.eq(true));
        for row in at_once::all::<metadata::Model>(db, &rows).await? {
            all.entry(row.file_id)
                .or_default()
                .insert(row.name, row.value);
        }
    }
    Ok(all)
}

rows_of! {
    metadata::Model { file_id, name, value, is_public }
}

/// Rows of these files. SQLite takes all ids as one value: a statement that is the same for any
/// number of them is prepared once.
pub(super) fn among(db: &Connection, column: impl ColumnTrait, ids: &[FileId]) -> SimpleExpr {
    if db.get_database_backend() != DatabaseBackend::Sqlite {
        return column.is_in(ids.iter().copied());
    }
    let mut list = String::with_capacity(ids.len() * 8 + 2);
    list.push('[');
    for (n, id) in ids.iter().enumerate() {
        if n > 0 {
            list.push(',');
        }
        list.push_str(&id.0.to_string());
    }
    list.push(']');
    let (table, name) = column.as_column_ref();
    let sql = format!(r#""{table}"."{name}" IN (SELECT value FROM json_each(?))"#);
    Expr::cust_with_values(sql, [list])
}

/// One metadata entry of a file, public or not.
pub async fn get(db: &Connection, id: FileId, name: &str) -> StoreResult<Option<String>> {
    let row = metadata::Entity::find_by_id((id, name.to_owned()));
    let row: Option<metadata::Model> = at_once::one(db, &row).await?;
    Ok(row.map(|row| row.value))
}

/// How many metadata entries of a file have keys that begin like this.
pub async fn count_of(db: &Connection, id: FileId, prefix: &str) -> StoreResult<u64> {
    Ok(metadata::Entity::find()
        .filter(metadata::Column::FileId.eq(id))
        .filter(metadata::Column::Name.starts_with(prefix))
        .count(db)
        .await?)
}

/// Sets public metadata.
pub async fn set(
    db: &Connection,
    id: FileId,
    metadata: impl IntoIterator<Item = (String, String)>,
) -> StoreResult<()> {
    let rows = metadata
        .into_iter()
        .map(|entry| public(id, entry))
        .collect();
    write_rows(db, rows).await
}

/// Sets the same public metadata on many files.
pub async fn set_on(
    db: &Connection,
    ids: &[FileId],
    metadata: &[(String, String)],
) -> StoreResult<()> {
    let mut batch = Batch::default();
    for id in ids {
        for entry in metadata {
            batch.add(db, public(*id, entry.clone())).await?;
        }
    }
    batch.write(db).await
}

fn public(id: FileId, (name, value): (String, String)) -> metadata::ActiveModel {
    metadata::ActiveModel {
        file_id: Set(id),
        name: Set(name),
        value: Set(value),
        is_public: Set(true),
    }
}

/// Rows and bytes of one statement.
const ROWS: usize = 200;
const BYTES: usize = 1 << 20;

/// Rows on their way, some to a statement.
#[derive(Default)]
struct Batch {
    rows: Vec<metadata::ActiveModel>,
    bytes: usize,
}

impl Batch {
    async fn add(&mut self, db: &Connection, row: metadata::ActiveModel) -> StoreResult<()> {
        self.bytes += row.value.try_as_ref().map_or(0, String::len);
        self.rows.push(row);
        if self.rows.len() < ROWS && self.bytes < BYTES {
            return Ok(());
        }
        std::mem::take(self).write(db).await
    }

    async fn write(self, db: &Connection) -> StoreResult<()> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let replace = OnConflict::columns([metadata::Column::FileId, metadata::Column::Name])
            .update_columns([metadata::Column::Value, metadata::Column::IsPublic])
            .to_owned();
        metadata::Entity::insert_many(self.rows)
            .on_conflict(replace)
            .exec_without_returning(db)
            .await?;
        Ok(())
    }
}

/// Writes rows, some at a time, replacing the values of those that exist.
pub async fn insert_rows(db: &Connection, rows: Vec<metadata::Model>) -> StoreResult<()> {
    let rows = rows.into_iter().map(|row| metadata::ActiveModel {
        file_id: Set(row.file_id),
        name: Set(row.name),
        value: Set(row.value),
        is_public: Set(row.is_public),
    });
    write_rows(db, rows.collect()).await
}

async fn write_rows(db: &Connection, rows: Vec<metadata::ActiveModel>) -> StoreResult<()> {
    let mut batch = Batch::default();
    for row in rows {
        batch.add(db, row).await?;
    }
    batch.write(db).await
}

/// Drops metadata of one file.
pub async fn remove(db: &Connection, id: FileId, names: &[&str]) -> StoreResult<()> {
    remove_from(db, &[id], names).await
}

/// Drops the same metadata of many files.
pub async fn remove_from(db: &Connection, ids: &[FileId], names: &[&str]) -> StoreResult<()> {
    if names.is_empty() {
        return Ok(());
    }
    for batch in ids.chunks(BATCH) {
        metadata::Entity::delete_many()
            .filter(among(db, metadata::Column::FileId, batch))
            .filter(metadata::Column::Name.is_in(names.iter().copied()))
            .exec(db)
            .await?;
    }
    Ok(())
}

/// All metadata of many files, private entries too, for copying.
pub async fn all_of(db: &Connection, ids: &[FileId]) -> StoreResult<Vec<metadata::Model>> {
    let mut all = Vec::new();
    for batch in ids.chunks(BATCH) {
        let rows = metadata::Entity::find()
            .filter(metadata::Column::FileId.is_in(batch.iter().copied()))
            .all(db)
            .await?;
        all.extend(rows);
    }
    Ok(all)
}

/// Drops all metadata of many files.
pub async fn remove_all(db: &Connection, ids: &[FileId]) -> StoreResult<()> {
    for batch in ids.chunks(BATCH) {
        metadata::Entity::delete_many()
            .filter(metadata::Column::FileId.is_in(batch.iter().copied()))
            .exec(db)
            .await?;
    }
    Ok(())
}
