//! The statements that one server makes, and how its database goes about them.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sea_orm::{ConnectionTrait, DatabaseBackend, DatabaseConnection, Statement};

use crate::TestServer;

type Seen = Arc<Mutex<BTreeMap<String, Statement>>>;

/// By something that the address of the database contains.
static WATCHED: Mutex<Option<HashMap<String, Seen>>> = Mutex::new(None);

/// What a server asked its database, each text once.
pub struct Statements(Seen);

impl Statements {
    /// Watches a server, which starts again for that.
    pub async fn of(server: &mut TestServer) -> Self {
        let seen = Seen::default();
        locked(&WATCHED)
            .get_or_insert_default()
            .insert(server.database_name(), Arc::clone(&seen));
        store::watch::ask(|url| {
            let watched = locked(&WATCHED);
            let mut all = watched.iter().flatten();
            let (_, seen) = all.find(|(name, _)| url.contains(*name))?;
            let seen = Arc::clone(seen);
            Some(Arc::new(move |statement: &Statement| {
                let mut seen = locked(&seen);
                if !seen.contains_key(&statement.sql) {
                    seen.insert(statement.sql.clone(), statement.clone());
                }
            }))
        });
        server.restart().await;
        Self(seen)
    }

    /// Those that read or change rows, except the ones that only add some.
    pub fn all(&self) -> Vec<Statement> {
        let reads = |sql: &str| {
            let sql = sql.trim_start().to_ascii_uppercase();
            ["SELECT", "UPDATE", "DELETE", "WITH"]
                .iter()
                .any(|verb| sql.starts_with(verb))
        };
        let seen = locked(&self.0);
        let all = seen.values().filter(|statement| reads(&statement.sql));
        all.cloned().collect()
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The steps of a statement's plan, as the database words them.
pub async fn plan(database: &DatabaseConnection, statement: &Statement) -> Vec<String> {
    let (explain, column) = match database.get_database_backend() {
        DatabaseBackend::Sqlite => ("EXPLAIN QUERY PLAN", "detail"),
        _ => ("EXPLAIN", "QUERY PLAN"),
    };
    let mut asked = statement.clone();
    asked.sql = format!("{explain} {}", statement.sql);
    let steps = database.query_all_raw(asked).await;
    let steps = steps.unwrap_or_else(|error| panic!("{}: {error}", statement.sql));
    let step = |row: &sea_orm::QueryResult| row.try_get("", column).expect("a text");
    steps.iter().map(step).collect()
}
