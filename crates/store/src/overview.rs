//! Counts over the whole site, for the first page of its administration.

use super::{Connection, StoreResult};
use crate::files::placeholder;
use entity::{PolicyId, Timestamp, blob, file, journal, share, user};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseBackend, EntityTrait, FromQueryResult, PaginatorTrait,
    QueryFilter, Statement,
};

/// How many rows there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Files and folders.
    pub files: u64,
    pub users: u64,
    pub shares: u64,
    pub blobs: u64,
}

/// How many rows of everything there are.
pub async fn totals(db: &Connection) -> StoreResult<Totals> {
    Ok(Totals {
        files: file::Entity::find().count(db).await?,
        users: user::Entity::find().count(db).await?,
        shares: share::Entity::find().count(db).await?,
        blobs: blob::Entity::find().count(db).await?,
    })
}

/// Tables whose new rows are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    Files,
    Users,
    Shares,
}

#[derive(FromQueryResult)]
struct Number {
    number: i64,
}

/// How many rows were made in each of these spans: from one time to the next.
pub async fn made_between(
    db: &Connection,
    what: Counted,
    times: &[Timestamp],
) -> StoreResult<Vec<u64>> {
    let table = match what {
        Counted::Files => "files",
        Counted::Users => "users",
        Counted::Shares => "shares",
    };
    let backend = db.get_database_backend();
    let (from, to) = (placeholder(backend, 1), placeholder(backend, 2));
    let sql = format!(
        "SELECT COUNT(*) AS number FROM {table} WHERE created_at >= {from} AND created_at < {to}"
    );
    let mut counts = Vec::with_capacity(times.len());
    for span in times.windows(2) {
        let bounds = [span[0].0.into(), span[1].0.into()];
        let found = Statement::from_sql_and_values(backend, &sql, bounds);
        let found = Number::find_by_statement(found).one(db).await?;
        counts.push(found.map_or(0, |found| found.number.unsigned_abs()));
    }
    Ok(counts)
}

/// Sums are decimals unless one says what they are to be.
fn sum_sql(backend: DatabaseBackend) -> &'static str {
    if backend == DatabaseBackend::MySql {
        "CAST(COALESCE(SUM(size_bytes), 0) AS SIGNED)"
    } else {
        "CAST(COALESCE(SUM(size_bytes), 0) AS BIGINT)"
    }
}

/// Bytes that a policy keeps.
pub async fn bytes_of(db: &Connection, policy: PolicyId) -> StoreResult<i64> {
    let backend = db.get_database_backend();
    let sum = sum_sql(backend);
    let sql = format!("SELECT {sum} AS number FROM blobs WHERE policy_id = {policy}");
    let found = Number::find_by_statement(Statement::from_string(backend, sql));
    Ok(found.one(db).await?.map_or(0, |found| found.number))
}

/// How much a policy keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Kept {
    pub policy_id: PolicyId,
    pub blobs: i64,
    pub bytes: i64,
}

/// How much each policy keeps that keeps anything.
pub async fn kept(db: &Connection) -> StoreResult<Vec<Kept>> {
    let backend = db.get_database_backend();
    let sum = sum_sql(backend);
    let sql = format!(
        "SELECT policy_id, COUNT(*) AS blobs, {sum} AS bytes FROM blobs \
         GROUP BY policy_id ORDER BY policy_id"
    );
    let found = Kept::find_by_statement(Statement::from_string(backend, sql));
    Ok(found.all(db).await?)
}

/// How often something of a category happened since then, by the journal.
pub async fn happened(
    db: &Connection,
    (category, op): (&str, &str),
    since: Timestamp,
) -> StoreResult<u64> {
    Ok(journal::Entity::find()
        .filter(journal::Column::Category.eq(category))
        .filter(journal::Column::Op.eq(op))
        .filter(journal::Column::At.gte(since))
        .count(db)
        .await?)
}
