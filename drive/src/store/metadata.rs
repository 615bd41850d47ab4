//! Key/value facts on files.

use super::StoreResult;
use crate::store::files::BATCH;
use entity::{FileId, metadata};
use sea_orm::sea_query::{Expr, OnConflict, SimpleExpr};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseBackend, EntityTrait, QueryFilter,
};
use std::collections::{BTreeMap, HashMap};

/// Public facts of one file.
pub type Facts = BTreeMap<String, String>;

/// Public facts of many files: one query a page, never one a row.
pub async fn public_of(
    db: &impl ConnectionTrait,
    ids: &[FileId],
) -> StoreResult<HashMap<FileId, Facts>> {
    let mut all: HashMap<FileId, Facts> = HashMap::new();
    for batch in ids.chunks(BATCH) {
        let rows = metadata::Entity::find()
            .filter(among(db, metadata::Column::FileId, batch))
            .filter(metadata::Column::IsPublic.eq(true))
            .all(db)
            .await?;
        for row in rows {
            all.entry(row.file_id)
                .or_default()
                .insert(row.name, row.value);
        }
    }
    Ok(all)
}

/// Rows of these files. SQLite takes all ids as one value: a statement that is the same for any
/// number of them is prepared once.
pub(super) fn among(
    db: &impl ConnectionTrait,
    column: impl ColumnTrait,
    ids: &[FileId],
) -> SimpleExpr {
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

/// One fact of a file, public or not.
pub async fn get(db: &impl ConnectionTrait, id: FileId, name: &str) -> StoreResult<Option<String>> {
    let row = metadata::Entity::find_by_id((id, name.to_owned()))
        .one(db)
        .await?;
    Ok(row.map(|row| row.value))
}

/// Sets public facts.
pub async fn set(
    db: &impl ConnectionTrait,
    id: FileId,
    facts: impl IntoIterator<Item = (String, String)>,
) -> StoreResult<()> {
    let rows: Vec<metadata::ActiveModel> = facts
        .into_iter()
        .map(|(name, value)| metadata::ActiveModel {
            file_id: Set(id),
            name: Set(name),
            value: Set(value),
            is_public: Set(true),
        })
        .collect();
    insert_rows(db, rows).await
}

/// Writes rows, replacing the values of those that exist.
pub async fn insert_rows(
    db: &impl ConnectionTrait,
    rows: Vec<metadata::ActiveModel>,
) -> StoreResult<()> {
    for batch in rows.chunks(200) {
        let replace = OnConflict::columns([metadata::Column::FileId, metadata::Column::Name])
            .update_columns([metadata::Column::Value, metadata::Column::IsPublic])
            .to_owned();
        metadata::Entity::insert_many(batch.to_vec())
            .on_conflict(replace)
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

/// Drops facts of one file.
pub async fn remove(db: &impl ConnectionTrait, id: FileId, names: &[&str]) -> StoreResult<()> {
    if names.is_empty() {
        return Ok(());
    }
    metadata::Entity::delete_many()
        .filter(metadata::Column::FileId.eq(id))
        .filter(metadata::Column::Name.is_in(names.iter().copied()))
        .exec(db)
        .await?;
    Ok(())
}

/// Every fact of many files, private ones too, for copying.
pub async fn all_of(
    db: &impl ConnectionTrait,
    ids: &[FileId],
) -> StoreResult<Vec<metadata::Model>> {
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

/// Drops every fact of many files.
pub async fn remove_all(db: &impl ConnectionTrait, ids: &[FileId]) -> StoreResult<()> {
    for batch in ids.chunks(BATCH) {
        metadata::Entity::delete_many()
            .filter(metadata::Column::FileId.is_in(batch.iter().copied()))
            .exec(db)
            .await?;
    }
    Ok(())
}
