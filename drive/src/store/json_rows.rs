//! Many rows of the tree at once.
//!
//! SQLite hands every value of every row over on its own, which for a page of a listing costs
//! more than finding it. There, each row comes as one JSON array instead; elsewhere as it is.

use super::StoreResult;
use entity::{BlobId, FileId, Timestamp, UserId, file};
use sea_orm::sea_query::Expr;
use sea_orm::{ConnectionTrait, DatabaseBackend, DbErr, Iterable, QuerySelect, Select};
use serde::Deserialize;

/// A row as [`columns`] puts it, in the order of the entity.
#[derive(Deserialize)]
struct JsonRow(
    i64,
    i16,
    i64,
    Option<i64>,
    String,
    String,
    i64,
    Option<i64>,
    u8,
    Option<String>,
    i64,
    i64,
    Option<i64>,
    Option<i64>,
);

impl From<JsonRow> for file::Model {
    fn from(row: JsonRow) -> Self {
        Self {
            id: FileId(row.0),
            kind: row.1,
            owner_id: UserId(row.2),
            parent_id: row.3.map(FileId),
            name: row.4,
            name_folded: row.5,
            size_bytes: row.6,
            current_blob_id: row.7.map(BlobId),
            is_symbolic: row.8 != 0,
            view: row.9,
            created_at: Timestamp(row.10),
            updated_at: Timestamp(row.11),
            trashed_at: row.12.map(Timestamp),
            purge_at: row.13.map(Timestamp),
        }
    }
}

fn columns() -> String {
    let names: Vec<String> = file::Column::iter()
        .map(|column| format!("\"files\".\"{}\"", sea_orm::IdenStatic::as_str(&column)))
        .collect();
    format!("json_array({})", names.join(","))
}

/// Every row of a query.
pub async fn all(
    db: &impl ConnectionTrait,
    select: Select<file::Entity>,
) -> StoreResult<Vec<file::Model>> {
    if db.get_database_backend() != DatabaseBackend::Sqlite {
        return Ok(select.all(db).await?);
    }
    let rows: Vec<String> = select
        .select_only()
        .expr(Expr::cust(columns()))
        .into_tuple()
        .all(db)
        .await?;
    let unpacked = rows.iter().map(|row| unpack(row));
    Ok(unpacked.collect::<Result<_, _>>()?)
}

fn unpack(row: &str) -> Result<file::Model, DbErr> {
    let row: JsonRow = serde_json::from_str(row).map_err(|error| DbErr::Json(error.to_string()))?;
    Ok(row.into())
}
