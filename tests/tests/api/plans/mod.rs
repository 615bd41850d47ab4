//! What the database does for each statement the server makes: none reads more than it answers.
//!
//! The statements are taken from a server at work, not from a list, so a new one is judged as soon
//! as something here causes it. SQLite plans without knowing how large tables are, until somebody
//! says `ANALYZE`; both are looked at, because sites exist in either state.

mod judge;
mod scenario;

use sea_orm::{ConnectionTrait, DatabaseBackend};
use tests::TestServer;
use tests::statements::{Statements, plan};

/// Rows of somebody else, so that reading them all would cost.
const OTHERS: u32 = 20_000;

#[tokio::test]
async fn no_statement_reads_more_than_it_answers() {
    let mut server = TestServer::start().await;
    server.allow_dav().await;
    let statements = Statements::of(&mut server).await;
    scenario::act(&server).await;
    let all = statements.all();
    assert!(all.len() > 150, "only {} statements were seen", all.len());
    let database = server.database().await;
    let is_sqlite = database.get_database_backend() == DatabaseBackend::Sqlite;
    let mut wrong = Vec::new();
    for filled in [false, true] {
        if filled {
            for sql in scenario::crowd(OTHERS, is_sqlite) {
                let done = database.execute_unprepared(&sql).await;
                done.unwrap_or_else(|error| panic!("{sql}: {error}"));
            }
            database.execute_unprepared("ANALYZE").await.unwrap();
        }
        if !is_sqlite {
            // Small tables are read whole; what matters is whether there is another way.
            let settings = "SET enable_seqscan = off";
            database.execute_unprepared(settings).await.unwrap();
        }
        for statement in &all {
            let steps = plan(&database, statement).await;
            for why in judge::faults(&statement.sql, &steps, (is_sqlite, filled)) {
                let plan = steps.join("\n    ");
                let sql = &statement.sql;
                wrong.push(format!("{why} (filled: {filled})\n  {sql}\n    {plan}\n"));
            }
        }
    }
    database.close().await.unwrap();
    assert!(
        wrong.is_empty(),
        "{} faults:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
