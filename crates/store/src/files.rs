//! Rows of the tree.

mod change;
mod copied;
mod extent;

pub use copied::{Copied, children_in, counts_in, insert_copies, newest, since};
pub use extent::{Counted, Extent, extent};

pub use change::{
    FirstContent, NewFile, delete, detach, insert, relocate, restore, set_current, set_name,
    set_parent, set_purging, set_times, set_view, touch,
};

use super::at_once::{self, rows_of};
use super::{Connection, StoreResult};
use entity::{FileId, FileKind, file};
use sea_orm::sea_query::{Alias, Expr, ExprTrait as _, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder,
    QuerySelect, Statement, Value,
};
use std::collections::HashSet;
use std::fmt::Write;

/// Ids in one `IN (…)`; well below every database's limit on parameters.
pub const BATCH: usize = 1_000;
/// Segments resolved by one query.
const WALK_STEP: usize = 60;

/// The row with this id.
pub async fn by_id(db: &Connection, id: FileId) -> StoreResult<Option<file::Model>> {
    at_once::one(db, &file::Entity::find_by_id(id)).await
}

rows_of! {
    file::Model {
        id, kind, owner_id, parent_id, name, name_folded, size_bytes, current_blob_id, is_symbolic,
        view, created_at, updated_at, trashed_at, purge_at,
    }
    Node { id, parent_id, kind, name }
}

/// The rows with these ids.
pub async fn by_ids(db: &Connection, ids: &[FileId]) -> StoreResult<Vec<file::Model>> {
    let mut all = Vec::new();
    for batch in ids.chunks(BATCH) {
        let rows = file::Entity::find()
            .filter(file::Column::Id.is_in(batch.iter().copied()))
            .all(db)
            .await?;
        all.extend(rows);
    }
    Ok(all)
}

/// Those of `names` that something in a folder bears.
pub async fn names_among(
    db: &Connection,
    parent: FileId,
    names: &[String],
) -> StoreResult<Vec<String>> {
    Ok(file::Entity::find()
        .select_only()
        .column(file::Column::Name)
        .filter(file::Column::ParentId.eq(parent))
        .filter(file::Column::Name.is_in(names))
        .into_tuple()
        .all(db)
        .await?)
}

/// Something in a folder that bears one of `names`, no more of them than [`BATCH`].
pub async fn any_named(
    db: &Connection,
    parent: FileId,
    names: &[&str],
) -> StoreResult<Option<file::Model>> {
    Ok(file::Entity::find()
        .filter(file::Column::ParentId.eq(parent))
        .filter(file::Column::Name.is_in(names.iter().copied()))
        .one(db)
        .await?)
}

/// `root` and the rows along `segments` below it, as far as they exist: one query for any usual
/// depth.
pub async fn walk(
    db: &Connection,
    root: FileId,
    segments: &[String],
) -> StoreResult<Vec<file::Model>> {
    let (first, rest) = segments.split_at(segments.len().min(WALK_STEP));
    let mut chain = walk_step(db, root, first).await?;
    let mut wanted = first.len() + 1;
    for step in rest.chunks(WALK_STEP) {
        if chain.len() < wanted {
            break;
        }
        let Some(from) = chain.pop() else { break };
        chain.extend(walk_step(db, from.id, step).await?);
        wanted += step.len();
    }
    Ok(chain)
}

async fn walk_step(
    db: &Connection,
    root: FileId,
    segments: &[String],
) -> StoreResult<Vec<file::Model>> {
    if segments.is_empty() {
        return Ok(by_id(db, root).await?.into_iter().collect());
    }
    let backend = db.get_database_backend();
    let mut sql = String::from("WITH RECURSIVE seg(depth, name) AS (");
    let mut values: Vec<Value> = Vec::with_capacity(segments.len() + 1);
    for (depth, name) in segments.iter().enumerate() {
        if depth > 0 {
            sql.push_str(" UNION ALL ");
        }
        values.push(name.clone().into());
        let place = placeholder(backend, values.len());
        let text = if backend == sea_orm::DatabaseBackend::Postgres {
            "::text"
        } else {
            ""
        };
        let _ = write!(sql, "SELECT {}, {place}{text}", depth + 1);
    }
    values.push(root.0.into());
    let place = placeholder(backend, values.len());
    let big = if backend == sea_orm::DatabaseBackend::Postgres {
        "::bigint"
    } else {
        ""
    };
    let _ = write!(
        sql,
        "), walk(id, depth) AS (SELECT {place}{big}, 0 UNION ALL \
         SELECT f.id, w.depth + 1 FROM walk w JOIN seg s ON s.depth = w.depth + 1 \
         JOIN files f ON f.parent_id = w.id AND f.name = s.name) \
         SELECT f.* FROM walk w JOIN files f ON f.id = w.id ORDER BY w.depth"
    );
    let statement = Statement::from_sql_and_values(backend, sql, values);
    at_once::all_of(db, statement).await
}

/// `?` or `$n`, as the database wants it.
pub fn placeholder(backend: sea_orm::DatabaseBackend, n: usize) -> String {
    if backend == sea_orm::DatabaseBackend::Postgres {
        format!("${n}")
    } else {
        "?".to_owned()
    }
}

/// Joins the rows right below those of `above` as `f`, and begins the condition. It leaves the
/// database no choice but to go down from folder to folder: by what it knows, or does not know, of
/// how the table is filled, it would at times rather read the files of everybody.
pub fn children(
    backend: sea_orm::DatabaseBackend,
    above: &str,
    columns: &str,
    condition: &str,
) -> String {
    if backend == sea_orm::DatabaseBackend::Postgres {
        // It may change the order of joins, but not look into what has an offset.
        format!(
            "CROSS JOIN LATERAL (SELECT {columns} FROM files \
             WHERE parent_id = {above}.id{condition} OFFSET 0) f WHERE 1 = 1"
        )
    } else {
        // SQLite keeps the order of this kind of join.
        format!("CROSS JOIN files f WHERE f.parent_id = {above}.id{condition}")
    }
}

/// Lower case, for case-insensitive search; cut where the column ends.
pub fn fold(name: &str) -> String {
    name.to_lowercase().chars().take(512).collect()
}

/// A row of a subtree, as little as walks need.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Node {
    pub id: FileId,
    pub parent_id: Option<FileId>,
    pub kind: FileKind,
    pub name: String,
}

/// Ancestors of rows, up to and including roots, each once.
pub async fn ancestors(db: &Connection, ids: &[FileId]) -> StoreResult<Vec<Node>> {
    let backend = db.get_database_backend();
    let mut all = Vec::new();
    for batch in ids.chunks(BATCH) {
        let places: Vec<String> = (1..=batch.len()).map(|n| placeholder(backend, n)).collect();
        // SQLite keeps the order of this kind of join: from what was found to the row it names.
        // Otherwise it may read all files once it knows how many there are.
        let sql = format!(
            "WITH RECURSIVE up(id, parent_id) AS (\
             SELECT id, parent_id FROM files WHERE id IN ({}) UNION \
             SELECT f.id, f.parent_id FROM up CROSS JOIN files f WHERE f.id = up.parent_id) \
             SELECT f.id, f.parent_id, f.kind, f.name FROM up CROSS JOIN files f \
             WHERE f.id = up.id",
            places.join(",")
        );
        let values: Vec<Value> = batch.iter().map(|id| id.0.into()).collect();
        let statement = Statement::from_sql_and_values(backend, sql, values);
        all.extend(at_once::all_of::<Node>(db, statement).await?);
    }
    Ok(all)
}

/// Some children of one kind below folders.
pub async fn some_children(
    db: &Connection,
    parents: &[FileId],
    kind: FileKind,
    after: FileId,
    limit: u64,
) -> StoreResult<Vec<FileId>> {
    let rows: Vec<FileId> = file::Entity::find()
        .select_only()
        .column(file::Column::Id)
        .filter(file::Column::ParentId.is_in(parents.iter().copied()))
        .filter(file::Column::Kind.eq(kind))
        .filter(file::Column::Id.gt(after))
        .order_by_asc(file::Column::Id)
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows)
}

/// Whether anything is in a folder, unfinished uploads and shortcuts among it.
pub async fn has_children(db: &Connection, folder: FileId) -> StoreResult<bool> {
    let one: Option<FileId> = file::Entity::find()
        .select_only()
        .column(file::Column::Id)
        .filter(file::Column::ParentId.eq(folder))
        .into_tuple()
        .one(db)
        .await?;
    Ok(one.is_some())
}

/// Which of these folders have folders in them; shortcuts are none.
pub async fn with_subfolders(db: &Connection, folders: &[FileId]) -> StoreResult<HashSet<FileId>> {
    let child = Alias::new("child");
    let column = |column: file::Column| Expr::col((child.clone(), column));
    let inside = Query::select()
        .expr(Expr::value(1))
        .from_as(file::Entity, child.clone())
        .and_where(column(file::Column::ParentId).equals((file::Entity, file::Column::Id)))
        .and_where(column(file::Column::Kind).eq(FileKind::Folder))
        .and_where(column(file::Column::IsSymbolic).eq(false))
        .to_owned();
    let mut found = HashSet::new();
    for batch in folders.chunks(BATCH) {
        let rows: Vec<FileId> = file::Entity::find()
            .select_only()
            .column(file::Column::Id)
            .filter(super::metadata::among(db, file::Column::Id, batch))
            .filter(Expr::exists(inside.clone()))
            .into_tuple()
            .all(db)
            .await?;
        found.extend(rows);
    }
    Ok(found)
}
