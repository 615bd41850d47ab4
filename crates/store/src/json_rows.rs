//! Many rows of the tree at once, on SQLite.
//!
//! The pool hands every value of every row over on its own, which for a page of a listing costs more
//! than finding it, and each statement is a trip to another thread. So a page that is not read where
//! it is asked for (`page_at_once`) comes as one JSON array of arrays, with all that is told of its
//! rows.

use super::{Connection, StoreResult};
use crate::listing::{Extras, Listed};
use crate::metadata::Metadata;
use entity::{BlobId, FileId, FileKind, Timestamp, UserId, file};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ConnectionTrait, DatabaseBackend, DbErr, Iterable, QuerySelect, QueryTrait as _, Select,
    Statement, Value,
};
use serde::Deserialize;
use std::fmt::Write as _;
use std::sync::LazyLock;

/// A row as [`columns`] puts it: the entity in its order, metadata, shares.
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
    Option<Metadata>,
    u8,
);

impl From<JsonRow> for Listed {
    fn from(row: JsonRow) -> Self {
        let file = file::Model {
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
        };
        Self {
            file,
            metadata: row.14.unwrap_or_default(),
            is_shared: row.15 != 0,
        }
    }
}

/// Public metadata of a row of this table, as one JSON object.
pub(super) fn metadata_of(table: &str) -> String {
    format!(
        "(SELECT json_group_object(m.name, m.value) FROM metadata m \
         WHERE m.file_id = {table}.id AND m.is_public)"
    )
}

/// Whether a row of `files` has metadata, public or not.
const HAS_METADATA: &str = "EXISTS (SELECT 1 FROM metadata m WHERE m.file_id = files.id)";
/// Whether a row of `files` has a share.
const IS_SHARED: &str = "EXISTS (SELECT 1 FROM shares s WHERE s.file_id = files.id)";

/// One row as a JSON array.
fn columns(extras: Extras) -> String {
    static OF_ENTITY: LazyLock<String> = LazyLock::new(|| {
        let names: Vec<String> = file::Column::iter()
            .map(|column| format!("files.{}", sea_orm::IdenStatic::as_str(&column)))
            .collect();
        names.join(",")
    });
    // Most rows have none, and to ask for one is cheaper than to gather nothing.
    let metadata = if extras.metadata {
        let object = metadata_of("files");
        format!("CASE WHEN {HAS_METADATA} THEN json({object}) END")
    } else {
        "NULL".to_owned()
    };
    let shares = if extras.shares { IS_SHARED } else { "0" };
    format!("json_array({},{metadata},{shares})", OF_ENTITY.as_str())
}

/// Up to `limit` rows of some queries, one after the other, each from an offset on.
pub async fn read(
    db: &Connection,
    parts: Vec<(Select<file::Entity>, u64)>,
    limit: u64,
    extras: Extras,
) -> StoreResult<Vec<Listed>> {
    let columns = columns(extras);
    let last = parts.len().saturating_sub(1);
    let (mut with, mut all, mut counts) = (String::new(), String::new(), String::new());
    let mut values: Vec<Value> = Vec::new();
    for (n, (select, offset)) in parts.into_iter().enumerate() {
        let rows = select
            .select_only()
            .expr_as(Expr::cust(columns.clone()), "row")
            .build(DatabaseBackend::Sqlite);
        values.extend(rows.values.into_iter().flat_map(|values| values.0));
        values.extend([Value::from(limit as i64), Value::from(offset as i64)]);
        let rows = format!("{} LIMIT ?{counts} OFFSET ?", rows.sql);
        if n == last {
            let _ = write!(all, r#"SELECT "row" FROM ({rows})"#);
            break;
        }
        // Its rows stay in their order, and are counted without being read again.
        let begin = if n == 0 { "WITH" } else { "," };
        let _ = write!(with, "{begin} part{n} AS MATERIALIZED ({rows}) ");
        let _ = write!(all, r#"SELECT "row" FROM part{n} UNION ALL "#);
        let _ = write!(counts, " - (SELECT COUNT(*) FROM part{n})");
    }
    let sql = format!(r#"{with}SELECT '[' || group_concat("row", ',') || ']' FROM ({all})"#);
    let statement = Statement::from_sql_and_values(DatabaseBackend::Sqlite, sql, values);
    let Some(row) = db.query_one_raw(statement).await? else {
        return Ok(Vec::new());
    };
    let text: Option<String> = row.try_get_by_index(0)?;
    Ok(text.map_or(Ok(Vec::new()), |text| unpack(&text))?)
}

fn unpack(text: &str) -> Result<Vec<Listed>, DbErr> {
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
        let row =
            |kind: i16| format!(r#"[7,{kind},1,null,"a","a",0,null,0,null,1,2,null,null,null,0]"#);
        let rows = unpack(&format!("[{},{}]", row(0), row(1))).unwrap();
        let kinds: Vec<FileKind> = rows.iter().map(|row| row.file.kind).collect();
        assert_eq!(kinds, [FileKind::File, FileKind::Folder]);
        assert!(unpack(&format!("[{}]", row(2))).is_err());
    }
}
