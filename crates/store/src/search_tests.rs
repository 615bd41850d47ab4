#![allow(clippy::unwrap_used)]
use super::*;
use crate as store;
use sea_orm::SqlxSqliteConnector;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tempfile::TempDir;
use wire::query::parse_pairs;

/// A database whose rows belong to nobody, and how much SQLite does in it.
struct Counted {
    db: Connection,
    steps: Arc<AtomicU64>,
    _data: TempDir,
}

impl Counted {
    async fn new() -> Self {
        let data = TempDir::new().unwrap();
        let store = store::open(None, data.path()).await.unwrap();
        store.close().await;
        let steps: Arc<AtomicU64> = Arc::default();
        let db = counting(data.path(), Arc::clone(&steps)).await;
        Self {
            db,
            steps,
            _data: data,
        }
    }

    async fn run(&self, sql: &str) {
        self.db.execute_unprepared(sql).await.unwrap();
    }

    /// A drive of `folders` folders in the root `root`, each with `files` files.
    async fn drive(&self, owner: i64, root: i64, folders: i64, files: i64) {
        let columns = "files (id, kind, owner_id, parent_id, name, name_folded, size_bytes, \
                       is_symbolic, created_at, updated_at)";
        let count = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i <";
        self.run(&format!(
            "INSERT INTO {columns} VALUES ({root}, 1, {owner}, NULL, '', '', 0, 0, 0, 0)"
        ))
        .await;
        self.run(&format!(
            "INSERT INTO {columns} {count} {folders}) SELECT {root} + i, 1, {owner}, {root}, \
             'folder ' || i, 'folder ' || i, 0, 0, i, i FROM n"
        ))
        .await;
        self.run(&format!(
            "INSERT INTO {columns} {count} {}) SELECT NULL, 0, {owner}, {root} + 1 + i % {folders}, \
             'file ' || i, 'file ' || i, i, 0, i, i FROM n",
            folders * files
        ))
        .await;
    }

    async fn steps(&self, statement: Statement) -> u64 {
        self.steps.store(0, Ordering::Relaxed);
        self.db.query_all_raw(statement).await.unwrap();
        self.steps.load(Ordering::Relaxed)
    }
}

async fn counting(data: &Path, steps: Arc<AtomicU64>) -> Connection {
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .after_connect(move |connection, _| {
            let steps = Arc::clone(&steps);
            Box::pin(async move {
                let mut handle = connection.lock_handle().await?;
                handle.set_progress_handler(1, move || {
                    steps.fetch_add(1, Ordering::Relaxed);
                    true
                });
                Ok(())
            })
        });
    let options = SqliteConnectOptions::new()
        .filename(data.join("alcove.db"))
        .foreign_keys(false);
    let pool = pool.connect_with(options).await.unwrap();
    Connection::reading(SqlxSqliteConnector::from_sqlx_sqlite_pool(pool))
}

const ROOT: FileId = FileId(1_000_000);

fn below(text: &str, by: OrderBy) -> Statement {
    let query = SearchQuery::parse(&parse_pairs(text).unwrap()).unwrap();
    let scope = Scope::Below {
        folder: ROOT,
        max_folders: 1_000,
    };
    let sort = Sort {
        by,
        descending: false,
    };
    statement(DatabaseBackend::Sqlite, scope, &query, sort, None, 51)
}

const QUERIES: [&str; 6] = [
    "name=nothing",
    "name=nothing&case_folding",
    "type=folder&name=5",
    "size_gte=10&updated_lte=20",
    "meta_tag:x=1",
    "exact_meta_tag:x=1",
];

#[tokio::test]
async fn a_search_reads_nothing_of_other_drives() {
    let counted = Counted::new().await;
    counted.drive(1, ROOT.0, 50, 4).await;
    counted.drive(2, 2_000_000, 20, 10).await;
    let orders = [OrderBy::Id, OrderBy::Name, OrderBy::Size];
    let mut before = Vec::new();
    for (query, by) in QUERIES.iter().flat_map(|q| orders.map(|by| (*q, by))) {
        before.push((query, by, counted.steps(below(query, by)).await));
    }
    counted.drive(3, 3_000_000, 20, 500).await;
    for analyzed in [false, true] {
        for (query, by, before) in &before {
            let after = counted.steps(below(query, *by)).await;
            assert!(
                after <= before + before / 4,
                "{query} by {by:?}: {before} steps, {after} with another drive (analyzed: {analyzed})"
            );
        }
        counted.run("ANALYZE").await;
    }
}

#[tokio::test]
async fn a_search_costs_as_much_as_there_are_files() {
    let counted = Counted::new().await;
    counted.drive(1, ROOT.0, 100, 10).await;
    let in_few = counted.steps(below("name=nothing", OrderBy::Id)).await;
    let counted = Counted::new().await;
    counted.drive(1, ROOT.0, 500, 2).await;
    let in_many = counted.steps(below("name=nothing", OrderBy::Id)).await;
    assert!(in_few < 40_000, "{in_few}");
    assert!(
        in_many < in_few * 4,
        "1,000 files: {in_few} steps in 100 folders, {in_many} in 500"
    );
}

#[tokio::test]
async fn one_folder_too_many_is_told() {
    let counted = Counted::new().await;
    counted.drive(1, ROOT.0, 10, 1).await;
    for (max_folders, expected) in [(10, true), (11, false), (12, false)] {
        let scope = Scope::Below {
            folder: ROOT,
            max_folders,
        };
        let query = SearchQuery::parse(&parse_pairs("name=nothing").unwrap()).unwrap();
        let found = page(&counted.db, scope, &query, Sort::default(), None, 5).await;
        let found = found.unwrap();
        assert!(found.hits.is_empty());
        assert_eq!(found.has_more_folders, expected, "{max_folders}");
    }
}
