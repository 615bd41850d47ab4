//! Databases that one test has after the other: to make the files of one takes longer than most tests.

use super::{address, create};
use sea_orm::{ConnectionTrait, Database, DatabaseBackend, DatabaseConnection, Statement};
use std::path::Path;
use std::sync::Mutex;
use tokio::sync::OnceCell;
use url::Url;

/// Of this process.
static TEMPLATE: OnceCell<Template> = OnceCell::const_new();
/// Empty ones that nobody has.
static FREE: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// More rows than these are gone quicker with their file.
const MANY_BYTES: u64 = 1 << 20;

/// What the schema consists of, in one word.
const SHAPE: &str = "SELECT md5(concat(
    (SELECT string_agg(concat(relname, relkind), ',' ORDER BY relname) FROM pg_class
        WHERE relnamespace = 'public'::regnamespace),
    (SELECT string_agg(concat(relname, '.', attname, ' ', atttypid, attnotnull), ',' ORDER BY relname, attnum)
        FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid WHERE relnamespace = 'public'::regnamespace),
    (SELECT string_agg(concat(conname, convalidated), ',' ORDER BY conname) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace),
    (SELECT string_agg(concat(tgname, tgenabled), ',' ORDER BY tgname) FROM pg_trigger WHERE NOT tgisinternal),
    (SELECT string_agg(proname, ',' ORDER BY proname) FROM pg_proc WHERE pronamespace = 'public'::regnamespace),
    (SELECT string_agg(version, ',' ORDER BY version) FROM seaql_migrations)
)) AS shape";

/// Nobody else may be in the way. What a server that was killed holds is let go.
const ALONE: &str = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()";

struct Template {
    name: String,
    shape: String,
}

/// The name of a database with the schema of now and no rows.
pub(super) async fn take(cluster: &Url) -> String {
    let template = TEMPLATE.get_or_init(|| template(cluster)).await;
    let free = FREE.lock().expect("nobody panics with it").pop();
    match free {
        Some(name) => name,
        None => create(cluster, &format!(" TEMPLATE {}", template.name)).await,
    }
}

/// Empties one, and keeps it for the next test; `false` if it is no longer as it was made.
pub(super) async fn give_back(cluster: &Url, name: &str) -> bool {
    match emptied(cluster, name).await {
        Some(name) => {
            FREE.lock().expect("nobody panics with it").push(name);
            true
        }
        None => false,
    }
}

/// The name that it has afterwards: who still tries to get into it does not find it any more.
async fn emptied(cluster: &Url, name: &str) -> Option<String> {
    let template = TEMPLATE.get()?;
    let database = Database::connect(address(cluster, name)).await.ok()?;
    let is_empty = database.execute_unprepared(ALONE).await.is_ok()
        && shape(&database).await.as_deref() == Some(&*template.shape)
        && database.execute_unprepared(&emptying()).await.is_ok();
    database.close().await.ok()?;
    let next = format!("alcove_{}", uuid::Uuid::new_v4().simple());
    let cluster = Database::connect(cluster.as_str())
        .await
        .ok()
        .filter(|_| is_empty)?;
    let renamed = format!("ALTER DATABASE {name} RENAME TO {next}");
    let renamed = cluster.execute_unprepared(&renamed).await.is_ok();
    cluster.close().await.ok()?;
    renamed.then_some(next)
}

/// Of a database with the schema of now. Nobody may be connected to what is copied.
async fn template(cluster: &Url) -> Template {
    let name = create(cluster, "").await;
    let url = address(cluster, &name);
    let store = store::open(Some(&url), Path::new("/nowhere"))
        .await
        .expect("an empty database can be brought up to date");
    store.close().await;
    let database = Database::connect(&url).await.expect("it is there");
    let shape = shape(&database).await.expect("it has a shape");
    assert_empty(&database).await;
    database.close().await.expect("the connection closes");
    Template { name, shape }
}

/// What is emptied must have been empty.
async fn assert_empty(database: &DatabaseConnection) {
    let tables = "SELECT COALESCE(string_agg(relname, ', '), '') AS told FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
            AND relname <> 'seaql_migrations' AND pg_relation_size(oid) > 0";
    let told = word(database, tables, "told").await.unwrap_or_default();
    assert!(told.is_empty(), "a new database has rows: {told}");
}

async fn shape(database: &DatabaseConnection) -> Option<String> {
    word(database, SHAPE, "shape").await
}

async fn word(database: &DatabaseConnection, sql: &str, column: &str) -> Option<String> {
    let asked = Statement::from_string(DatabaseBackend::Postgres, sql);
    let row = database.query_one_raw(asked).await.ok()??;
    row.try_get("", column).ok()
}

/// Removes all rows, whatever points at them, and has ids begin at one again.
fn emptying() -> String {
    format!(
        "DO $$
        DECLARE one record;
        BEGIN
            SET LOCAL session_replication_role = replica;
            FOR one IN SELECT oid::regclass AS place, pg_relation_size(oid) AS size FROM pg_class
                WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'seaql_migrations'
            LOOP
                IF one.size > {MANY_BYTES} THEN EXECUTE format('TRUNCATE %s CASCADE', one.place);
                ELSIF one.size > 0 THEN EXECUTE format('DELETE FROM %s', one.place);
                END IF;
            END LOOP;
            PERFORM setval(oid::regclass, 1, false) FROM pg_class
                WHERE relnamespace = 'public'::regnamespace AND relkind = 'S';
        END $$"
    )
}
