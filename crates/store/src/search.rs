//! Recursive search below a folder: level by level, one query a page, run by [`super::walks`].

use super::at_once::{OfRow, Row};
use super::files::children;
use super::listing::{OrderBy, Sort};
use super::{Connection, StoreResult, json_rows, metadata};
use crate::metadata::Metadata;
use entity::{FileId, FileKind, UserId, file};
use sea_orm::{
    ConnectionTrait, DatabaseBackend, DbErr, FromQueryResult, QueryResult, Statement, Value,
};
use serde::{Deserialize, Serialize};
use wire::search::{Bounds, Kind, MetadataFilter, NameTerm, SearchQuery, like_containing};

/// A hit with its public metadata, and the level it was found at.
#[derive(Clone, Debug)]
pub struct Hit {
    pub file: file::Model,
    pub metadata: Metadata,
    pub level: i64,
}

/// Where the page before ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchPosition {
    #[serde(rename = "l")]
    pub level: i64,
    #[serde(flatten)]
    pub within: super::listing::ListPosition,
}

/// The column of metadata.
const METADATA: &str = "public_metadata";

/// Collects SQL text and its values.
struct Sql {
    backend: DatabaseBackend,
    text: String,
    values: Vec<Value>,
}

impl Sql {
    fn new(backend: DatabaseBackend) -> Self {
        Self {
            backend,
            text: String::with_capacity(1024),
            values: Vec::new(),
        }
    }

    fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    fn value(&mut self, value: impl Into<Value>) -> &mut Self {
        self.values.push(value.into());
        let place = super::files::placeholder(self.backend, self.values.len());
        self.text.push_str(&place);
        self
    }

    /// The metadata of a row as one more column, where it comes with the row.
    fn metadata(&mut self, table: &str) -> &mut Self {
        if self.backend == DatabaseBackend::Sqlite {
            let column = json_rows::metadata_of(table);
            self.push(&format!(", {column} AS {METADATA}"));
        }
        self
    }

    fn statement(self) -> Statement {
        Statement::from_sql_and_values(self.backend, self.text, self.values)
    }
}

/// Where a search looks.
#[derive(Clone, Copy, Debug)]
pub enum Scope {
    /// Everything below a folder, through at most this many folders.
    Below { folder: FileId, max_folders: u64 },
    /// The trash of an account, flat.
    Trash { owner: UserId },
    /// The shortcuts of an account, flat.
    Shortcuts { owner: UserId },
}

/// What a search found.
#[derive(Clone, Debug, Default)]
pub struct SearchPage {
    pub hits: Vec<Hit>,
    /// There are more folders below than a search walks through.
    pub has_more_folders: bool,
}

impl OfRow for Hit {
    fn of_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        let file = file::Model::of_row(row)?;
        let level = row.get("level")?;
        let metadata: String = row.get(METADATA)?;
        let metadata = serde_json::from_str(&metadata);
        Ok(Self {
            file,
            level,
            metadata: metadata.map_err(|_| rusqlite::Error::InvalidQuery)?,
        })
    }
}

/// A hit, or none, and how many folders were walked through.
struct FoundRow {
    hit: Option<Hit>,
    folders: i64,
}

impl OfRow for FoundRow {
    fn of_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        // The number of folders comes along even where nothing was found.
        let hit = match row.get::<Option<i64>>("id")? {
            Some(_) => Some(Hit::of_row(row)?),
            None => None,
        };
        let folders = row.get("folders")?;
        Ok(Self { hit, folders })
    }
}

/// The same as [`page`] right here, if there is little to look through.
pub fn page_at_once(
    db: &Connection,
    scope: Scope,
    query: &SearchQuery,
    sort: Sort,
    after: Option<&SearchPosition>,
    limit: u64,
) -> Option<SearchPage> {
    let Scope::Below { max_folders, .. } = scope else {
        return None;
    };
    db.short_reads()?;
    let backend = db.get_database_backend();
    let statement = statement(backend, scope, query, sort, after, limit);
    let rows: Vec<FoundRow> = db.at_once(&statement)?;
    let walked = rows.first().map_or(0, |row| row.folders);
    Some(SearchPage {
        hits: rows.into_iter().filter_map(|row| row.hit).collect(),
        has_more_folders: walked as u64 > max_folders,
    })
}

/// Up to `limit` hits behind a position, level by level, sorted inside a level.
pub async fn page(
    db: &Connection,
    scope: Scope,
    query: &SearchQuery,
    sort: Sort,
    after: Option<&SearchPosition>,
    limit: u64,
) -> StoreResult<SearchPage> {
    let backend = db.get_database_backend();
    let statement = statement(backend, scope, query, sort, after, limit);
    let rows = db.query_all_raw(statement).await?;
    let mut found = SearchPage::default();
    for row in &rows {
        if let Scope::Below { max_folders, .. } = scope {
            let walked: i64 = row.try_get("", "folders")?;
            found.has_more_folders = walked as u64 > max_folders;
        }
        // The number of folders comes along even where nothing was found.
        if row.try_get::<Option<i64>>("", "id")?.is_some() {
            found.hits.push(Hit {
                file: file::Model::from_query_result(row, "")?,
                metadata: metadata_of(backend, row)?,
                level: level_of(row)?,
            });
        }
    }
    if backend != DatabaseBackend::Sqlite {
        let ids: Vec<FileId> = found.hits.iter().map(|hit| hit.file.id).collect();
        let mut all = metadata::public_of(db, &ids).await?;
        for hit in &mut found.hits {
            hit.metadata = all.remove(&hit.file.id).unwrap_or_default();
        }
    }
    Ok(found)
}

/// On SQLite metadata comes with the row: each statement is a trip to another thread.
fn metadata_of(backend: DatabaseBackend, row: &QueryResult) -> StoreResult<Metadata> {
    if backend != DatabaseBackend::Sqlite {
        return Ok(Metadata::new());
    }
    let text: String = row.try_get("", METADATA)?;
    serde_json::from_str(&text).map_err(|error| DbErr::Json(error.to_string()).into())
}

fn statement(
    backend: DatabaseBackend,
    scope: Scope,
    query: &SearchQuery,
    sort: Sort,
    after: Option<&SearchPosition>,
    limit: u64,
) -> Statement {
    let mut sql = Sql::new(backend);
    let level = match scope {
        Scope::Below {
            folder,
            max_folders,
        } => {
            folders(&mut sql, folder, max_folders);
            sql.push(", hits AS (SELECT f.*, w.level AS level FROM walked w ")
                .push(&children(backend, "w", "*", ""));
            "w.level"
        }
        Scope::Trash { owner } => {
            sql.push("SELECT f.*, 0 AS level").metadata("f");
            sql.push(" FROM files f WHERE f.owner_id = ").value(owner.0);
            // As `listing::not_being_purged` says it.
            sql.push(" AND f.trashed_at IS NOT NULL AND COALESCE(f.purge_at, 0) > 0");
            "0"
        }
        Scope::Shortcuts { owner } => {
            sql.push("SELECT f.*, 0 AS level").metadata("f");
            sql.push(" FROM files f WHERE f.owner_id = ").value(owner.0);
            sql.push(" AND f.trashed_at IS NULL AND f.is_symbolic = ")
                .value(true);
            "0"
        }
    };
    conditions(&mut sql, query);
    if let Some(position) = after {
        behind(&mut sql, level, sort, position);
    }
    order(&mut sql, "f", sort);
    sql.push(" LIMIT ").value(limit as i64);
    if matches!(scope, Scope::Below { .. }) {
        sql.push(") SELECT h.*, c.folders")
            .metadata("h")
            .push(" FROM (SELECT COUNT(*) AS folders FROM walked) c LEFT JOIN hits h ON 1 = 1");
        order(&mut sql, "h", sort);
    }
    sql.statement()
}

fn order(sql: &mut Sql, table: &str, sort: Sort) {
    let (column, direction) = (column(sort), if sort.descending { "DESC" } else { "ASC" });
    sql.push(&format!(
        " ORDER BY level, {table}.{column} {direction}, {table}.id {direction}"
    ));
}

/// PostgreSQL's recursive level is a 32-bit number, SQLite's and MySQL's a 64-bit one.
fn level_of(row: &sea_orm::QueryResult) -> Result<i64, sea_orm::DbErr> {
    row.try_get::<i64>("", "level")
        .or_else(|_| row.try_get::<i32>("", "level").map(i64::from))
}

/// Common table `walked(id, level)`: the folder and those below, breadth first. It is bounded, and
/// read once: one folder more than the bound says that there are more.
fn folders(sql: &mut Sql, folder: FileId, max_folders: u64) {
    sql.push("WITH RECURSIVE sub(id, level) AS (SELECT f.id, 0 FROM files f WHERE f.id = ")
        .value(folder.0);
    // `NOT` keeps SQLite from an index of everything that is no shortcut, which is nearly all files
    // of the site.
    let below = children(sql.backend, "s", "id", " AND kind = 1 AND NOT is_symbolic");
    sql.push(" UNION ALL SELECT f.id, s.level + 1 FROM sub s ")
        .push(&below)
        .push("), walked AS (SELECT id, level FROM sub LIMIT ")
        .value(max_folders.saturating_add(1) as i64);
    sql.push(")");
}

fn conditions(sql: &mut Sql, query: &SearchQuery) {
    if let Some(kind) = query.kind {
        let kind = match kind {
            Kind::File => FileKind::File,
            Kind::Folder => FileKind::Folder,
        };
        sql.push(" AND f.kind = ").value(kind);
    }
    names(sql, query);
    bounds(sql, "f.size_bytes", query.size.min, query.size.max);
    times(sql, "f.created_at", query.created);
    times(sql, "f.updated_at", query.updated);
    for filter in &query.metadata {
        metadata(sql, filter);
    }
}

/// Inclusive whole seconds, on a column of microseconds.
fn times(sql: &mut Sql, column: &str, seconds: Bounds) {
    let start = |at: i64| entity::Timestamp::from_unix_secs(at).0;
    let end = |at: i64| start(at).saturating_add(999_999);
    bounds(sql, column, seconds.min.map(start), seconds.max.map(end));
}

fn bounds(sql: &mut Sql, column: &str, min: Option<i64>, max: Option<i64>) {
    if let Some(min) = min {
        sql.push(&format!(" AND {column} >= ")).value(min);
    }
    if let Some(max) = max {
        sql.push(&format!(" AND {column} <= ")).value(max);
    }
}

fn metadata(sql: &mut Sql, filter: &MetadataFilter) {
    let (MetadataFilter::Exists { key }
    | MetadataFilter::Contains { key, .. }
    | MetadataFilter::Equals { key, .. }) = filter;
    sql.push(" AND EXISTS (SELECT 1 FROM metadata m WHERE m.file_id = f.id AND m.name = ")
        .value(key.clone());
    match filter {
        MetadataFilter::Exists { .. } => {
            sql.push(" AND m.is_public = ").value(true);
        }
        MetadataFilter::Contains { value, .. } => {
            sql.push(" AND m.is_public = ").value(true);
            sql.push(" AND LOWER(m.value) LIKE ")
                .value(like_containing(&value.to_lowercase()));
            sql.push(escape(sql.backend));
        }
        MetadataFilter::Equals { value, .. } => {
            sql.push(" AND m.value = ").value(value.clone());
        }
    }
    sql.push(")");
}

/// The clause that makes `\` the escape character. MySQL reads `\` inside its own literals.
fn escape(backend: DatabaseBackend) -> &'static str {
    if backend == DatabaseBackend::MySql {
        " ESCAPE '\\\\'"
    } else {
        " ESCAPE '\\'"
    }
}

fn names(sql: &mut Sql, query: &SearchQuery) {
    if query.names.is_empty() {
        return;
    }
    let (column, joint) = (
        if query.case_folding {
            "f.name_folded"
        } else {
            "f.name"
        },
        if query.any { " OR " } else { " AND " },
    );
    sql.push(" AND (");
    for (n, term) in query.names.iter().enumerate() {
        if n > 0 {
            sql.push(joint);
        }
        match term {
            // SQLite compares bytes faster than patterns.
            NameTerm::Literal(text) if sql.backend == DatabaseBackend::Sqlite => {
                let text = if query.case_folding {
                    text.to_lowercase()
                } else {
                    text.clone()
                };
                sql.push("instr(").push(column).push(", ").value(text);
                sql.push(") > 0");
            }
            term => {
                let like = term.like_pattern(query.case_folding);
                sql.push(column).push(" LIKE ").value(like);
                sql.push(escape(sql.backend));
            }
        }
    }
    sql.push(")");
}

fn column(sort: Sort) -> &'static str {
    match sort.by {
        OrderBy::Id => "id",
        OrderBy::Name => "name",
        OrderBy::Size => "size_bytes",
        OrderBy::UpdatedAt => "updated_at",
        OrderBy::CreatedAt => "created_at",
    }
}

fn behind(sql: &mut Sql, level: &str, sort: Sort, position: &SearchPosition) {
    let pass = if sort.descending { "<" } else { ">" };
    let column = format!("f.{}", column(sort));
    let at: Value = match (&position.within.text, position.within.number) {
        (Some(text), _) => text.clone().into(),
        (None, Some(number)) => number.into(),
        (None, None) => position.within.id.into(),
    };
    sql.push(&format!(" AND ({level} > ")).value(position.level);
    sql.push(&format!(" OR ({level} = ")).value(position.level);
    sql.push(&format!(" AND ({column} {pass} "))
        .value(at.clone());
    sql.push(&format!(" OR ({column} = ")).value(at);
    sql.push(&format!(" AND f.id {pass} "))
        .value(position.within.id);
    sql.push("))))");
}

#[cfg(test)]
#[path = "search_tests.rs"]
mod tests;
