//! What queries run on: connections for reading, or an open transaction.
//!
//! Services hand them from function to function and ask nothing of them: to write a query one
//! needs traits of sea-orm, which only this crate may name.

use super::StoreResult;
use super::at_once::ShortReads;
use sea_orm::{
    ConnectionTrait, DatabaseBackend, DatabaseConnection, DatabaseTransaction, DbErr, ExecResult,
    QueryResult, Statement, TransactionTrait as _,
};
use std::ops::Deref;
use std::pin::Pin;
use std::sync::Arc;

/// What stands between statements that are sent together.
pub(crate) const TOGETHER: &str = ";\n";
/// Prepared statements are kept by their text, so there shall be few different ones.
const MOST_TOGETHER: usize = 8;

/// Where queries run.
#[derive(Debug)]
pub struct Connection(Inner, Option<Arc<ShortReads>>);

#[derive(Debug)]
enum Inner {
    Pool(DatabaseConnection),
    Change(DatabaseTransaction),
}

impl Connection {
    pub(crate) fn reading(pool: DatabaseConnection) -> Self {
        Self(Inner::Pool(pool), None)
    }

    pub(crate) fn changing(transaction: DatabaseTransaction) -> Self {
        Self(Inner::Change(transaction), None)
    }

    /// What reads on this thread; none in a transaction, which alone sees what it wrote.
    pub(crate) fn short_reads(&self) -> Option<&ShortReads> {
        self.1.as_deref()
    }

    /// Whether a transaction is open on it. SQLite has only one of them at a time, so no other may
    /// be waited for.
    pub fn is_in_change(&self) -> bool {
        matches!(self.0, Inner::Change(_))
    }

    /// A transaction inside of one: what fails in it undoes nothing else.
    pub(crate) async fn savepoint(&self) -> StoreResult<Self> {
        let inner = match &self.0 {
            Inner::Change(transaction) => transaction.begin().await?,
            Inner::Pool(pool) => pool.begin().await?,
        };
        Ok(Self::changing(inner))
    }

    /// Executes statements one after the other; answers how many rows they changed. SQLite takes
    /// them in one trip.
    pub(crate) async fn execute_together(&self, statements: Vec<Statement>) -> StoreResult<u64> {
        let mut changed = 0;
        for statement in together(self.get_database_backend(), statements) {
            changed += self.execute_raw(statement).await?.rows_affected();
        }
        Ok(changed)
    }

    /// Makes what a transaction wrote visible.
    pub(crate) async fn commit(self) -> StoreResult<()> {
        match self.0 {
            Inner::Change(transaction) => Ok(transaction.commit().await?),
            Inner::Pool(_) => Ok(()),
        }
    }

    /// Undoes what a transaction wrote.
    pub(crate) async fn rollback(self) -> StoreResult<()> {
        match self.0 {
            Inner::Change(transaction) => Ok(transaction.rollback().await?),
            Inner::Pool(_) => Ok(()),
        }
    }

    /// Closes every connection of a pool.
    pub(crate) async fn close(&self) {
        if let Some(short) = &self.1 {
            short.close();
        }
        if let Inner::Pool(pool) = &self.0 {
            let _ = pool.close_by_ref().await;
        }
    }
}

/// Statements in as few as the database takes at a time.
fn together(backend: DatabaseBackend, statements: Vec<Statement>) -> Vec<Statement> {
    if backend != DatabaseBackend::Sqlite {
        return statements;
    }
    let join = |some: &[Statement]| {
        let sql: Vec<_> = some.iter().map(|one| one.sql.as_str()).collect();
        // Each takes as many as it has question marks, from where the one before ended.
        let values = some
            .iter()
            .flat_map(|one| one.values.iter().flat_map(|all| all.0.clone()));
        Statement::from_sql_and_values(backend, sql.join(TOGETHER), values)
    };
    statements.chunks(MOST_TOGETHER).map(join).collect()
}

/// Connections for reading, outside of transactions: for what may wait, or asks for a password.
#[derive(Debug)]
pub struct Readers(Connection);

impl Readers {
    pub(crate) fn new(pool: DatabaseConnection, short: Option<Arc<ShortReads>>) -> Self {
        Self(Connection(Inner::Pool(pool), short))
    }
}

impl Deref for Readers {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.0
    }
}

type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, DbErr>> + Send + 'a>>;

/// Hands every query on as it is: what is inside has boxed its answer already.
macro_rules! hands_on {
    ($type:ty: $($pattern:pat => $inner:expr),+) => {
        impl ConnectionTrait for $type {
            fn get_database_backend(&self) -> DatabaseBackend {
                match self {
                    $($pattern => $inner.get_database_backend()),+
                }
            }

            fn execute_raw<'life0, 'async_trait>(
                &'life0 self,
                statement: Statement,
            ) -> Answer<'async_trait, ExecResult>
            where
                'life0: 'async_trait,
                Self: 'async_trait,
            {
                match self {
                    $($pattern => $inner.execute_raw(statement)),+
                }
            }

            fn execute_unprepared<'life0, 'life1, 'async_trait>(
                &'life0 self,
                sql: &'life1 str,
            ) -> Answer<'async_trait, ExecResult>
            where
                'life0: 'async_trait,
                'life1: 'async_trait,
                Self: 'async_trait,
            {
                match self {
                    $($pattern => $inner.execute_unprepared(sql)),+
                }
            }

            fn query_one_raw<'life0, 'async_trait>(
                &'life0 self,
                statement: Statement,
            ) -> Answer<'async_trait, Option<QueryResult>>
            where
                'life0: 'async_trait,
                Self: 'async_trait,
            {
                match self {
                    $($pattern => $inner.query_one_raw(statement)),+
                }
            }

            fn query_all_raw<'life0, 'async_trait>(
                &'life0 self,
                statement: Statement,
            ) -> Answer<'async_trait, Vec<QueryResult>>
            where
                'life0: 'async_trait,
                Self: 'async_trait,
            {
                match self {
                    $($pattern => $inner.query_all_raw(statement)),+
                }
            }
        }
    };
}

hands_on!(Connection: Self(Inner::Pool(pool), _) => pool, Self(Inner::Change(change), _) => change);
hands_on!(Readers: Self(connection) => connection);
