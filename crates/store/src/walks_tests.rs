#![allow(clippy::unwrap_used)]
use super::*;
use crate::{self as store, Store};
use sea_orm::ConnectionTrait;
use std::time::Instant;
use tempfile::TempDir;
use tokio::time::timeout;

const SOON: Duration = Duration::from_millis(200);
const LATE: Duration = Duration::from_secs(20);
/// What would take hours.
const ENDLESS: &str = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n \
                       WHERE i < 1000000000000) SELECT COUNT(*) FROM n";

async fn store() -> (Store, TempDir) {
    let data = TempDir::new().unwrap();
    (store::open(None, data.path()).await.unwrap(), data)
}

fn account(id: i64) -> Walker {
    Walker::Account(UserId(id))
}

#[tokio::test]
async fn an_account_walks_once_at_a_time_and_the_site_a_few_times() {
    let (store, _data) = store().await;
    let walks = store.walks();
    let first = walks.begin(account(1)).await.unwrap();
    assert!(timeout(SOON, walks.begin(account(1))).await.is_err());
    let second = walks.begin(account(2)).await.unwrap();
    assert!(timeout(SOON, walks.begin(account(3))).await.is_err());
    let visitors = walks.begin(Walker::VisitorsOf(UserId(1)));
    assert!(timeout(SOON, visitors).await.is_err());
    // None of those who wait, or gave up, keeps anybody else waiting.
    drop(first);
    drop(timeout(LATE, walks.begin(account(3))).await.unwrap());
    drop(timeout(LATE, walks.begin(account(1))).await.unwrap());
    drop(second);
}

#[tokio::test]
async fn walks_take_no_connection_from_those_who_list() {
    let (store, _data) = store().await;
    let walks = store.walks();
    let (one, other) = (
        walks.begin(account(1)).await.unwrap(),
        walks.begin(account(2)).await.unwrap(),
    );
    let endless = async { tokio::join!(read(one.db(), ENDLESS), read(other.db(), ENDLESS)) };
    let listings = async {
        for _ in 0..100 {
            read(store.read(), "SELECT COUNT(*) FROM files").await;
        }
    };
    tokio::select! {
        _ = endless => panic!("it ended"),
        listed = timeout(LATE, listings) => listed.unwrap(),
    }
}

async fn read(db: &Connection, sql: &str) {
    let statement = sea_orm::Statement::from_string(db.get_database_backend(), sql);
    let _ = db.query_one_raw(statement).await;
}

#[tokio::test]
async fn reading_stops_when_nobody_waits_for_it() {
    let (store, _data) = store().await;
    let walks = store.walks();
    let start = Instant::now();
    for _ in 0..4 {
        let walk = walks.begin(account(1)).await.unwrap();
        assert!(timeout(SOON, read(walk.db(), ENDLESS)).await.is_err());
    }
    let walk = walks.begin(account(1)).await.unwrap();
    let statement = sea_orm::Statement::from_string(store.backend(), "SELECT 7 AS n");
    let row = walk.db().query_one_raw(statement).await.unwrap().unwrap();
    assert_eq!(row.try_get::<i64>("", "n").unwrap(), 7);
    assert!(start.elapsed() < LATE);
}

/// A sandbox may keep priorities to itself; then there is nothing to step back from.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn walks_leave_the_processor_to_others() {
    use crate::priority::linux::{threads_named, try_step_back};
    use rustix::process::getpriority_process;
    let lower = std::thread::spawn(|| try_step_back(None).map(|()| getpriority_process(None)));
    let Ok(Ok(lower)) = lower.join().unwrap() else {
        return;
    };
    let (store, _data) = store().await;
    let _walk = store.walks().begin(account(1)).await.unwrap();
    // Other tests have theirs.
    let found = (0..1_000).flat_map(|n| threads_named(&format!("walk-{n}")).unwrap());
    let mut found = found.peekable();
    assert!(found.peek().is_some());
    for thread in found {
        if let Ok(priority) = getpriority_process(Some(thread)) {
            assert_eq!(priority, lower);
        }
    }
}
