//! `/admin`.

mod apps;
mod balance;
mod blobs;
mod deletion;
pub mod disks;
mod events;
mod files;
mod groups;
mod lists;
mod nodes;
mod onedrive;
mod policies;
mod queue;
mod settings;
mod shares;
mod summary;
mod tools;
mod users;

use sea_orm::{ConnectionTrait, QueryResult, Statement};
use serde_json::Value;
use tests::TestServer;

/// What the journal says of entries of this kind, the oldest first.
pub(crate) async fn journalled(server: &TestServer, op: &str) -> Vec<Value> {
    let database = server.database().await;
    let sql = format!("SELECT detail FROM journal WHERE op = '{op}' ORDER BY id");
    let statement = Statement::from_string(database.get_database_backend(), sql);
    let rows = database.query_all_raw(statement).await.unwrap();
    database.close().await.unwrap();
    let detail = |row: &QueryResult| -> String { row.try_get("", "detail").unwrap() };
    let details = rows.iter().map(detail);
    details
        .map(|detail| serde_json::from_str(&detail).unwrap())
        .collect()
}
