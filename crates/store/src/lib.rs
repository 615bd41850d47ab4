//! All SQL, one file a noun: queries, pages and transactions over the rows of `entity`.
//!
//! Reads go to a pool of readers; a [`Tx`] is the only way to write. On SQLite there is one
//! writer, and its transactions begin `IMMEDIATE`, so they never fail for having read first.

pub mod account_pages;
pub mod account_traces;
pub mod accounts;
pub mod apps;
mod at_once;
pub mod batch_writer;
pub mod blob_pages;
pub mod blobs;
pub mod bus;
pub mod cause;
pub mod connect;
mod connection;
pub mod counters;
pub mod dav_accounts;
pub mod direct_links;
pub mod drives;
pub mod expiry;
pub mod file_pages;
pub mod files;
pub mod folder_policies;
pub mod groups;
pub mod identities;
pub mod in_change;
pub mod integrity;
pub mod journal;
pub mod journal_pages;
mod json_rows;
pub mod listing;
pub mod locks;
pub mod marks;
pub mod metadata;
pub mod metadata_usage;
pub mod mirror_gaps;
pub mod moment;
pub mod nodes;
pub mod oauth_codes;
pub mod ordered;
pub mod overview;
mod page_at_once;
pub mod passkeys;
pub mod policies;
pub mod priority;
pub mod proof;
pub mod quota;
pub mod rate_limits;
pub mod recipients;
pub mod recovery_codes;
pub mod recycling;
pub mod search;
pub mod sessions;
pub mod settings;
pub mod share_pages;
pub mod shares;
pub mod signing_keys;
pub mod single_flight;
pub mod subscriptions;
pub mod summary;
pub mod tasks;
pub mod tickets;
pub mod uploads;
pub mod walks;
pub mod watch;

use bus::{Bus, ServerUrl, Topic, Topics};
use sea_orm::{
    ConnectionTrait, DatabaseBackend, DatabaseConnection, DbErr, SqlErr, SqliteTransactionMode,
    Statement, TransactionOptions, TransactionTrait,
};
use single_flight::SingleFlight;
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;
use walks::Walks;

pub use connect::{OpenError, open};
pub use connection::{Connection, Readers};

/// The database failed, or said no.
#[derive(Debug, thiserror::Error)]
#[error("database: {0}")]
pub struct StoreError(#[from] DbErr);

impl StoreError {
    /// A unique index refused the row.
    pub fn is_duplicate(&self) -> bool {
        matches!(self.0.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
    }

    /// What the row points at is gone.
    pub fn is_dangling(&self) -> bool {
        matches!(
            self.0.sql_err(),
            Some(SqlErr::ForeignKeyConstraintViolation(_))
        )
    }
}

/// Result of a query.
pub type StoreResult<T> = Result<T, StoreError>;

/// The database, and who waits for news from it.
#[derive(Clone, Debug)]
pub struct Store {
    readers: Arc<Readers>,
    writer: DatabaseConnection,
    walks: Arc<Walks>,
    bus: Arc<Bus>,
    /// Where a database server is that carries news between replicas.
    server_url: Option<ServerUrl>,
    /// Journal entries that are written within a second.
    buffered: Arc<journal::Buffered>,
    /// Blobs whose rows are about to be added.
    reserved: Arc<blobs::Reserved>,
    /// Accounts whose metadata was counted lately.
    counted: Arc<metadata_usage::Counted>,
    /// The write-ahead log of SQLite; `None` for database servers, which sync it themselves.
    log: Option<Arc<Log>>,
}

/// A write-ahead log, synced once for all who wait for it at the same time.
#[derive(Debug)]
struct Log {
    path: Arc<Path>,
    synced: SingleFlight<()>,
}

impl Log {
    async fn sync(&self) -> StoreResult<()> {
        let sync = async {
            let path = Arc::clone(&self.path);
            let synced = tokio::task::spawn_blocking(move || File::open(path)?.sync_data()).await;
            synced.map_err(io::Error::other).flatten()
        };
        let synced = self.synced.ask(sync).await;
        Ok(synced.map_err(|error| DbErr::Custom(format!("cannot sync the log: {error}")))?)
    }
}

impl Store {
    fn new(
        readers: Readers,
        writer: DatabaseConnection,
        url: &str,
        log: Option<Arc<Path>>,
    ) -> Self {
        Self {
            readers: Arc::new(readers),
            writer,
            walks: Arc::new(Walks::new(url)),
            bus: Arc::default(),
            server_url: ServerUrl::of(url),
            buffered: Arc::default(),
            log: log.map(|path| {
                Arc::new(Log {
                    path,
                    synced: SingleFlight::default(),
                })
            }),
            reserved: Arc::default(),
            counted: Arc::default(),
        }
    }

    /// For reading outside a transaction.
    #[track_caller]
    pub fn read(&self) -> &Readers {
        in_change::must_not_wait_for("a second connection");
        &self.readers
    }

    /// For reading through whole drives.
    pub fn walks(&self) -> &Walks {
        &self.walks
    }

    /// What kind of database this is, in one word.
    pub fn kind(&self) -> &'static str {
        match self.backend() {
            DatabaseBackend::Postgres => "postgres",
            DatabaseBackend::MySql => "mysql",
            _ => "sqlite",
        }
    }

    /// Which database this is.
    pub(crate) fn backend(&self) -> DatabaseBackend {
        self.writer.get_database_backend()
    }

    /// Where news of changes is told and heard.
    pub fn bus(&self) -> &Bus {
        &self.bus
    }

    /// Begins a write transaction; dropping it rolls back. Until it ends, nothing else is waited
    /// for ([`in_change`]).
    pub async fn begin(&self) -> StoreResult<Tx> {
        in_change::must_not_wait_for("a second transaction");
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let inner = self.writer.begin_with_options(options).await?;
        Ok(Tx {
            inner: Connection::changing(inner),
            _open: in_change::OpenChange::begin(),
            bus: Arc::clone(&self.bus),
            log: self.log.clone(),
            news: Topics::default(),
            last: (Vec::new(), 0),
        })
    }

    /// Whether transactions wait for one another, whatever they change.
    pub fn has_one_writer(&self) -> bool {
        self.backend() == DatabaseBackend::Sqlite
    }

    /// Waits until all that was committed survives a loss of power ([`Tx::commit_durably`]).
    pub async fn sync(&self) -> StoreResult<()> {
        match &self.log {
            Some(log) => log.sync().await,
            None => Ok(()),
        }
    }

    /// Folds the write-ahead log of SQLite back into the database, as far as no reader still needs
    /// it; a no-op elsewhere. Needed from time to time because small writes never trigger it.
    pub async fn checkpoint(&self) -> StoreResult<()> {
        if self.backend() == DatabaseBackend::Sqlite {
            self.writer
                .execute_unprepared("PRAGMA wal_checkpoint(PASSIVE)")
                .await?;
        }
        Ok(())
    }

    /// Closes every connection.
    pub async fn close(self) {
        self.walks.close().await;
        self.readers.close().await;
        let _ = self.writer.close().await;
    }
}

/// A write transaction.
#[derive(Debug)]
pub struct Tx {
    inner: Connection,
    _open: in_change::OpenChange,
    bus: Arc<Bus>,
    log: Option<Arc<Log>>,
    /// What there is news of once it is committed.
    news: Topics,
    /// What is written in one go before it is committed, and how many rows that changes.
    last: (Vec<Statement>, u64),
}

impl Tx {
    /// The connection for queries.
    pub fn db(&self) -> &Connection {
        &self.inner
    }

    /// Whoever follows a topic is told at commit.
    pub fn tells(&mut self, topic: Topic) {
        self.news.add(topic);
    }

    /// Writes something at the end, together with all else of the kind: each statement by itself
    /// costs a trip to the database while nobody else can write. Nothing that comes later in the
    /// transaction may look at what it writes. It is undone if another number of rows is changed.
    pub(crate) fn at_last(&mut self, statement: Statement, rows: u64) {
        self.last.0.push(statement);
        self.last.1 += rows;
    }

    /// Writes what waits for the end, so that it can be looked at.
    pub async fn write_last(&mut self) -> StoreResult<()> {
        let (statements, rows) = std::mem::take(&mut self.last);
        if self.inner.execute_together(statements).await? != rows {
            return Err(DbErr::RecordNotUpdated.into());
        }
        Ok(())
    }

    /// Makes everything visible at once, then tells who waits. It survives the death of the
    /// process; a machine that loses power may lose the last changes, all or nothing each.
    pub async fn commit(mut self) -> StoreResult<()> {
        self.write_last().await?;
        self.inner.commit().await?;
        self.bus.tell(self.news);
        Ok(())
    }

    /// Like [`Self::commit`], and waits until the change survives a loss of power as well: for
    /// what clients then forget (their copy of an upload), and before bytes are deleted.
    pub async fn commit_durably(mut self) -> StoreResult<()> {
        self.write_last().await?;
        self.inner.commit().await?;
        if let Some(log) = self.log {
            log.sync().await?;
        }
        self.bus.tell(self.news);
        Ok(())
    }

    /// Undoes everything.
    pub async fn rollback(self) -> StoreResult<()> {
        self.inner.rollback().await
    }
}
