//! How much metadata the files of an account have. The account's counter is never too low: it grows
//! with all that is written, and is counted anew when it reaches the limit.

use super::files::placeholder;
use super::{Connection, StoreResult};
use entity::{FileId, UserId, metadata, user};
use moka::sync::Cache;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseBackend, EntityTrait, QueryFilter, QuerySelect, Statement,
};
use std::time::Duration;

/// Accounts counted lately: who is at the limit cannot have it counted with every request.
#[derive(Debug)]
pub(super) struct Counted(Cache<UserId, ()>);

impl Default for Counted {
    fn default() -> Self {
        let cache = Cache::builder()
            .max_capacity(10_000)
            .time_to_live(Duration::from_mins(1));
        Self(cache.build())
    }
}

/// Adds to the counter of a drive that was taken, unless that would pass `most`. Answers whether
/// there was room.
pub async fn take(
    store: &super::Store,
    db: &Connection,
    owner: UserId,
    bytes: i64,
    most: i64,
) -> StoreResult<bool> {
    if bytes == 0 || add(db, owner, bytes, most).await? {
        return Ok(true);
    }
    if bytes > most || store.counted.0.contains_key(&owner) {
        return Ok(false);
    }
    store.counted.0.insert(owner, ());
    count(db, owner).await?;
    add(db, owner, bytes, most).await
}

async fn add(db: &Connection, owner: UserId, bytes: i64, most: i64) -> StoreResult<bool> {
    let sum = || Expr::col(user::Column::FactBytes).add(bytes);
    let done = user::Entity::update_many()
        .col_expr(user::Column::FactBytes, sum())
        .filter(user::Column::Id.eq(owner))
        .filter(sum().lte(most))
        .exec(db)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Sets the counter to what is there, and to what uploads under way will bring.
async fn count(db: &Connection, owner: UserId) -> StoreResult<()> {
    let backend = db.get_database_backend();
    let text = match backend {
        DatabaseBackend::MySql => "CHAR",
        _ => "TEXT",
    };
    // Written as JSON it is no shorter than it will be.
    let coming = format!(
        "(SELECT COALESCE(SUM(OCTET_LENGTH(CAST(details AS {text}))), 0) FROM upload_sessions"
    );
    let [file_owner, uploader, share_owner, id] = [1, 2, 3, 4].map(|at| placeholder(backend, at));
    let sql = format!(
        "UPDATE users SET fact_bytes = (SELECT COALESCE(SUM(OCTET_LENGTH(m.name) + \
         OCTET_LENGTH(m.value)), 0) FROM files f CROSS JOIN metadata m \
         WHERE f.owner_id = {file_owner} AND m.file_id = f.id) \
         + {coming} WHERE user_id = {uploader} AND share_id IS NULL) \
         + {coming} WHERE share_id IN (SELECT id FROM shares WHERE owner_id = {share_owner})) \
         WHERE id = {id}",
    );
    let values = [owner.0; 4].map(Into::into);
    db.execute_raw(Statement::from_sql_and_values(backend, sql, values))
        .await?;
    Ok(())
}

/// Entries and bytes of one of these files that has more than so many of either, if there is one.
pub async fn overfull(
    db: &Connection,
    files: &[FileId],
    entries: usize,
    bytes: usize,
) -> StoreResult<Option<FileId>> {
    let quoted = |name: &str| match db.get_database_backend() {
        DatabaseBackend::MySql => format!("`{name}`"),
        _ => format!("\"{name}\""),
    };
    let sizes = format!(
        "SUM(OCTET_LENGTH({}) + OCTET_LENGTH({}))",
        quoted("name"),
        quoted("value")
    );
    for batch in files.chunks(super::files::BATCH) {
        let found: Option<FileId> = metadata::Entity::find()
            .select_only()
            .column(metadata::Column::FileId)
            .filter(super::metadata::among(db, metadata::Column::FileId, batch))
            .group_by(metadata::Column::FileId)
            .having(Expr::cust(format!(
                "COUNT(*) > {entries} OR {sizes} > {bytes}"
            )))
            .limit(1)
            .into_tuple()
            .one(db)
            .await?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}
