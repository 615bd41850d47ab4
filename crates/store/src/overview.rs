//! Counts over the whole site, for the first page of its administration.

use super::{Connection, StoreResult};
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
    let (files, users, shares, blobs) = tokio::try_join!(
        file::Entity::find().count(db),
        user::Entity::find().count(db),
        share::Entity::find().count(db),
        blob::Entity::find().count(db),
    )?;
    Ok(Totals {
        files,
        users,
        shares,
        blobs,
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

/// How many rows were made in each of these spans: from one time to the next. Counted in an index.
pub async fn made_between(
    db: &Connection,
    what: Counted,
    times: &[Timestamp],
) -> StoreResult<Vec<u64>> {
    let rows = match what {
        // All of them: an index knows when each was made only within these.
        Counted::Files => "files WHERE kind IN (0, 1) AND is_symbolic IN (FALSE, TRUE) AND",
        Counted::Users => "users WHERE",
        Counted::Shares => "shares WHERE",
    };
    // The times are numbers of ours, no texts.
    let count = |(number, span): (usize, &[Timestamp])| {
        let (from, to) = (span[0].0, span[1].0);
        format!(
            "(SELECT COUNT(*) FROM {rows} created_at >= {from} AND created_at < {to}) AS n{number}"
        )
    };
    let counts: Vec<String> = times.windows(2).enumerate().map(count).collect();
    if counts.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!("SELECT {}", counts.join(", "));
    let found = Statement::from_string(db.get_database_backend(), sql);
    let Some(row) = db.query_one_raw(found).await? else {
        return Ok(vec![0; counts.len()]);
    };
    let number = |number: usize| row.try_get::<i64>("", &format!("n{number}"));
    (0..counts.len())
        .map(|span| Ok(number(span)?.unsigned_abs()))
        .collect()
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
