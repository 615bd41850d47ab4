//! Lets tests see the statements that the store really makes, so that they can ask for the plans
//! of each.

use super::connection::TOGETHER;
use sea_orm::{DatabaseBackend, DatabaseConnection, Statement};
use std::sync::{Arc, OnceLock};

/// Is shown every statement of one database.
pub type Watcher = Arc<dyn Fn(&Statement) + Send + Sync>;
/// Finds who watches the database at an address.
type Find = fn(url: &str) -> Option<Watcher>;

static FIND: OnceLock<Find> = OnceLock::new();

/// From now on, asks for the watcher of each database that is opened. The first call counts.
pub fn ask(find: Find) {
    FIND.get_or_init(|| find);
}

/// Who watches the database at an address.
pub(super) fn watcher(url: &str) -> Option<Watcher> {
    FIND.get().and_then(|find| find(url))
}

pub(super) fn over(db: &mut DatabaseConnection, url: &str) {
    let Some(watcher) = watcher(url) else {
        return;
    };
    db.set_metric_callback(move |seen| apart(seen.statement).iter().for_each(|one| watcher(one)));
}

/// Each of statements that are sent together.
fn apart(sent: &Statement) -> Vec<Statement> {
    let mut values = sent
        .values
        .clone()
        .map(|values| values.0)
        .unwrap_or_default()
        .into_iter();
    let each = sent.sql.split(TOGETHER).map(|sql| {
        let taken: Vec<_> = values.by_ref().take(sql.matches('?').count()).collect();
        Statement::from_sql_and_values(sent.db_backend, sql, taken)
    });
    if sent.db_backend == DatabaseBackend::Sqlite {
        each.collect()
    } else {
        vec![sent.clone()]
    }
}
