//! Many rows of the tree at once.
//!
//! SQLite hands every value of every row over on its own, which for a page of a listing costs
//! more than finding it. There, all rows come as one JSON array of arrays instead; elsewhere as
//! they are.

use super::{Connection, StoreResult};
use entity::{BlobId, FileId, FileKind, Timestamp, UserId, file};
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{
    ConnectionTrait, DatabaseBackend, DbErr, Iterable, QuerySelect, QueryTrait as _, Select,
};
use serde::Deserialize;
use std::sync::LazyLock;

/// A row as [`columns`] puts it, in the order of the entity.
#[derive(Deserialize)]
struct JsonRow(
    i64,
    FileKind,
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

/// One row as a JSON array.
static COLUMNS: LazyLock<String> = LazyLock::new(|| {
    let names: Vec<String> = file::Column::iter()
        .map(|column| format!("\"files\".\"{}\"", sea_orm::IdenStatic::as_str(&column)))
        .collect();
    format!("json_array({})", names.join(","))
});

/// Every row of a query, in its order. For pages: on SQLite all of them are one text.
pub async fn all(db: &Connection, select: Select<file::Entity>) -> StoreResult<Vec<file::Model>> {
    if db.get_database_backend() != DatabaseBackend::Sqlite {
        return Ok(select.all(db).await?);
    }
    let rows = select
        .select_only()
        .expr_as(Expr::cust(COLUMNS.as_str()), "row")
        .into_query();
    // Of a subquery with an order, SQLite adds the rows up in that order.
    let page = Query::select()
        .expr(Expr::cust(r#"'[' || group_concat("row", ',') || ']'"#))
        .from_subquery(rows, "page")
        .to_owned();
    let Some(row) = db.query_one(&page).await? else {
        return Ok(Vec::new());
    };
    let text: Option<String> = row.try_get_by_index(0)?;
    Ok(text.map_or(Ok(Vec::new()), |text| unpack(&text))?)
}

fn unpack(text: &str) -> Result<Vec<file::Model>, DbErr> {
    let rows: Vec<JsonRow> =
        serde_json::from_str(text).map_err(|error| DbErr::Json(error.to_string()))?;
    Ok(rows.into_iter().map(Into::into).collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn kinds_are_read_by_their_numbers() {
        let row = |kind: i16| format!(r#"[7,{kind},1,null,"a","a",0,null,0,null,1,2,null,null]"#);
        let rows = unpack(&format!("[{},{}]", row(0), row(1))).unwrap();
        let kinds: Vec<FileKind> = rows.iter().map(|row| row.kind).collect();
        assert_eq!(kinds, [FileKind::File, FileKind::Folder]);
        assert!(unpack(&format!("[{}]", row(2))).is_err());
    }
}
