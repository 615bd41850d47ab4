//! Opening the database: SQLite beside the data, or a server.

use super::at_once::ShortReads;
use super::{Readers, Store, walks, watch};
use crate::priority;
use migration::{Migrator, MigratorTrait};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseBackend, DatabaseConnection, DbErr,
    Statement,
};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{Connection as _, Executor};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::time::Instant;

/// Readers of SQLite: one a core, since each has a thread of its own, and not so many that their
/// caches are much memory.
fn sqlite_readers() -> u32 {
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    cores.clamp(2, 8) as u32
}
/// Page cache of one SQLite connection, KiB.
const SQLITE_CACHE_KIB: i64 = 2_048;
/// Pages in the write-ahead log before they are folded back: what many changes write is then
/// folded back once.
const SQLITE_LOG_PAGES: u32 = 2_000;
/// How much of the database is mapped; the operating system's page cache does the rest.
const SQLITE_MMAP_BYTES: i64 = 256 << 20;
/// Rows that a connection may read ahead of who asked, so that its thread and the asking one do not
/// take turns for every few rows.
const SQLITE_ROWS_AHEAD: usize = 2_048;
/// How much SQLite does before it looks whether it shall go on: well below a millisecond.
const STEPS_BEFORE_A_LOOK: i32 = 1_000;
/// Connections that walk close when nobody needed them for so long.
const LANE_IDLE: Duration = Duration::from_mins(1);
/// How long a statement waits for another process (the command line tools) to finish writing.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// Connections to a database server, for writing and as many for reading.
const SERVER_CONNECTIONS: u32 = 16;

/// How long a database server may take until it answers, and how often it is asked.
const SERVER_PATIENCE: Duration = Duration::from_secs(20);
const SERVER_PAUSE: Duration = Duration::from_millis(500);

/// Why the database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(
        "the database was last used by a newer version of Alcove (it has `{0}`); update Alcove, or restore an older copy of the data"
    )]
    Newer(String),
    #[error("cannot open the database: {0}")]
    Database(#[from] DbErr),
    /// A database server that does not answer, or not us.
    #[error("cannot reach the database: {0}")]
    Unreachable(#[from] sqlx::Error),
}

/// Opens the database and brings its schema up to date. `url` is `sqlite:…`, `postgres://…` or
/// `mysql://…`; without one a SQLite file in `data` is used.
/// # Errors
/// [`OpenError`]; a newer schema is left untouched.
pub async fn open(url: Option<&str>, data: &Path) -> Result<Store, OpenError> {
    let embedded = format!("sqlite:{}?mode=rwc", data.join("alcove.db").display());
    let url = url.unwrap_or(&embedded);
    let store = if url.starts_with("sqlite:") {
        let writer = connected(sqlite(url, 1)).await?;
        refuse_newer(&writer).await?;
        Migrator::up(&writer, None).await?;
        let readers = connected(sqlite(url, sqlite_readers())).await?;
        let file = file_of(url).map(Path::new);
        let short = file.map(|file| Arc::new(ShortReads::new(file, url, sqlite_readers())));
        Store::new(Readers::new(readers, short), writer, url, log_of(url))
    } else {
        reach(url).await?;
        let writer = connected(server(url)).await?;
        refuse_newer(&writer).await?;
        Migrator::up(&writer, None).await?;
        // Of their own: transactions that wait for one another would otherwise hold every
        // connection, and the one they wait for could not read.
        let readers = connected(server(url)).await?;
        Store::new(Readers::new(readers, None), writer, url, None)
    };
    Ok(store)
}

/// Where SQLite keeps the log of a database file.
fn log_of(url: &str) -> Option<Arc<Path>> {
    file_of(url).map(|path| Path::new(&format!("{path}-wal")).into())
}

/// Where the database file is.
fn file_of(url: &str) -> Option<&str> {
    let path = url.strip_prefix("sqlite:")?.split('?').next()?;
    let path = path.strip_prefix("//").unwrap_or(path);
    (!path.is_empty() && path != ":memory:").then_some(path)
}

fn sqlite(url: &str, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(Duration::from_mins(1))
        .sqlx_logging(false)
        .test_before_acquire(false)
        .map_sqlx_sqlite_opts(tuned);
    options
}

/// Connects once, because a pool that cannot says only that it waited. A server that is not there
/// yet is waited for: whoever starts both seldom starts them in order.
async fn reach(url: &str) -> Result<(), OpenError> {
    let deadline = Instant::now() + SERVER_PATIENCE;
    let mut has_told = false;
    loop {
        let Err(error) = connect_once(url).await else {
            return Ok(());
        };
        if !may_come(&error) || Instant::now() + SERVER_PAUSE > deadline {
            return Err(error.into());
        }
        if !has_told {
            tracing::warn!(%error, "the database cannot be reached yet");
            has_told = true;
        }
        tokio::time::sleep(SERVER_PAUSE).await;
    }
}

async fn connect_once(url: &str) -> Result<(), sqlx::Error> {
    let connect = async {
        if url.starts_with("mysql:") {
            sqlx::MySqlConnection::connect(url).await?.close().await
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            sqlx::PgConnection::connect(url).await?.close().await
        } else {
            // Who does not know the scheme says so.
            Ok(())
        }
    };
    let late = || sqlx::Error::Io(io::ErrorKind::TimedOut.into());
    tokio::time::timeout(SERVER_PATIENCE, connect)
        .await
        .unwrap_or_else(|_| Err(late()))
}

/// Whether trying again may help: nobody listens, or the server is starting.
fn may_come(error: &sqlx::Error) -> bool {
    const STARTING: &str = "57P03";
    match error {
        sqlx::Error::Io(error) => error.kind() != io::ErrorKind::TimedOut,
        sqlx::Error::Database(error) => error.code().as_deref() == Some(STARTING),
        _ => false,
    }
}

fn tuned(options: SqliteConnectOptions) -> SqliteConnectOptions {
    options
        .journal_mode(sqlx::sqlite::SqliteJournalMode::Wal)
        .synchronous(sqlx::sqlite::SqliteSynchronous::Normal)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .statement_cache_capacity(200)
        .row_buffer_size(SQLITE_ROWS_AHEAD)
        .pragma("case_sensitive_like", "ON")
        .pragma("cache_size", format!("-{SQLITE_CACHE_KIB}"))
        .pragma("mmap_size", SQLITE_MMAP_BYTES.to_string())
        .pragma("wal_autocheckpoint", SQLITE_LOG_PAGES.to_string())
        .pragma("journal_size_limit", (16 << 20).to_string())
        .pragma("temp_store", "MEMORY")
}

/// A connection for [`walks`]: it gives way to all others, and stops reading when it is told to,
/// or on a database server when its time is over.
pub(super) async fn lane(url: &str, stop: Arc<AtomicBool>) -> Result<DatabaseConnection, DbErr> {
    if !url.starts_with("sqlite:") {
        let mut options = server(url);
        options
            .max_connections(1)
            .min_connections(0)
            .idle_timeout(LANE_IDLE)
            .map_sqlx_postgres_pool_opts(|options| {
                options.after_connect(|connection, _| {
                    let limit = walks::DEADLINE.as_millis();
                    let sql = format!("SET statement_timeout = {limit}");
                    Box::pin(async move {
                        connection.execute(sqlx::AssertSqlSafe(sql)).await?;
                        Ok(())
                    })
                })
            });
        return connected(options).await;
    }
    static OPENED: AtomicU64 = AtomicU64::new(0);
    let name: Arc<str> = format!("walk-{}", OPENED.fetch_add(1, Ordering::Relaxed)).into();
    let thread = Arc::clone(&name);
    let mut options = sqlite(url, 1);
    options
        .min_connections(0)
        .idle_timeout(LANE_IDLE)
        .map_sqlx_sqlite_opts(move |options| {
            let thread = Arc::clone(&thread);
            tuned(options).thread_name(move |_| thread.to_string())
        })
        .map_sqlx_sqlite_pool_opts(move |options| {
            let (stop, name) = (Arc::clone(&stop), Arc::clone(&name));
            options.after_connect(move |connection, _| {
                priority::step_back_named(&name);
                Box::pin(stoppable(connection, Arc::clone(&stop)))
            })
        });
    connected(options).await
}

async fn connected(options: ConnectOptions) -> Result<DatabaseConnection, DbErr> {
    let url = options.get_url().to_owned();
    let mut db = Database::connect(options).await?;
    watch::over(&mut db, &url);
    Ok(db)
}

async fn stoppable(
    connection: &mut SqliteConnection,
    stop: Arc<AtomicBool>,
) -> Result<(), sqlx::Error> {
    let goes_on = move || !stop.load(Ordering::Relaxed);
    let mut handle = connection.lock_handle().await?;
    handle.set_progress_handler(STEPS_BEFORE_A_LOOK, goes_on);
    Ok(())
}

fn server(url: &str) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(SERVER_CONNECTIONS)
        .acquire_timeout(Duration::from_mins(1))
        .sqlx_logging(false)
        .test_before_acquire(false);
    options
}

/// An older program must not write into a schema it does not understand.
async fn refuse_newer(db: &DatabaseConnection) -> Result<(), OpenError> {
    let known: Vec<String> = Migrator::migrations()
        .iter()
        .map(|change| change.name().to_owned())
        .collect();
    let exists = match db.get_database_backend() {
        DatabaseBackend::Sqlite => {
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'seaql_migrations'"
        }
        DatabaseBackend::Postgres => {
            "SELECT table_name FROM information_schema.tables \
             WHERE table_schema = current_schema() AND table_name = 'seaql_migrations'"
        }
        _ => {
            "SELECT table_name FROM information_schema.tables \
             WHERE table_schema = DATABASE() AND table_name = 'seaql_migrations'"
        }
    };
    let backend = db.get_database_backend();
    if db
        .query_one_raw(Statement::from_string(backend, exists))
        .await?
        .is_none()
    {
        return Ok(());
    }
    let sql = "SELECT version FROM seaql_migrations ORDER BY version";
    for row in db
        .query_all_raw(Statement::from_string(backend, sql))
        .await?
    {
        let version: String = row.try_get("", "version")?;
        if !known.contains(&version) {
            return Err(OpenError::Newer(version));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use crate as store;
    use sea_orm::{ConnectionTrait as _, DatabaseBackend, Statement};
    use tempfile::TempDir;

    #[tokio::test]
    async fn sqlite_is_built_as_the_workspace_says() {
        let data = TempDir::new().unwrap();
        let store = store::open(None, data.path()).await.unwrap();
        let asked = Statement::from_string(DatabaseBackend::Sqlite, "PRAGMA compile_options");
        let rows = store.read().query_all_raw(asked).await.unwrap();
        let options: Vec<String> = rows
            .iter()
            .map(|row| row.try_get_by_index(0).unwrap())
            .collect();
        // `.cargo/config.toml` says why.
        assert!(
            !options.iter().any(|option| option == "ENABLE_STAT4"),
            "{options:?}"
        );
        assert!(
            options.iter().any(|option| option == "DEFAULT_MEMSTATUS=0"),
            "{options:?}"
        );
    }
}
