//! Connections for what walks through whole drives: searches and counts.
//!
//! One of these may read for as long as everything else together, so it never gets a connection
//! that a listing could want. There are few of their own, opened when they are needed; an account
//! has one of them at a time, and who comes later waits. When nobody waits for the answer any
//! more, reading stops.

use super::{Connection, StoreResult, connect};
use entity::UserId;
use moka::sync::Cache;
use sea_orm::{DatabaseBackend, DatabaseConnection};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

/// Longest that somebody waits for a walk, for their turn included. A database server is told the
/// same.
pub const DEADLINE: Duration = Duration::from_secs(10);
/// How many accounts walk at once.
const AT_ONCE: usize = 2;
/// How many of one account.
const OF_ONE_ACCOUNT: usize = 1;
/// Accounts remembered; forgetting one that waits only lets it walk twice.
const MOST_ACCOUNTS: u64 = 10_000;

/// On whose behalf something walks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Walker {
    Account(UserId),
    /// Visitors without an account, in shares of this owner: all together.
    VisitorsOf(UserId),
}

/// Hands the connections out.
#[derive(Debug)]
pub struct Walks {
    /// Address of the database.
    url: Box<str>,
    free: Mutex<Vec<Lane>>,
    turns: Arc<Semaphore>,
    turns_of: Cache<Walker, Arc<Semaphore>>,
}

/// One connection.
#[derive(Debug)]
struct Lane {
    db: DatabaseConnection,
    stop: Arc<AtomicBool>,
    /// Nothing runs on it that somebody left, and no server can have closed it.
    is_ready: bool,
}

/// The right to walk, with a connection to do it. Dropping it stops what it still reads.
#[derive(Debug)]
pub struct Walk<'a> {
    home: &'a Walks,
    lane: Option<Lane>,
    db: Connection,
    _turn: OwnedSemaphorePermit,
    _turn_of_account: OwnedSemaphorePermit,
}

impl Walks {
    pub(super) fn new(url: &str) -> Self {
        Self {
            url: url.into(),
            free: Mutex::default(),
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            turns_of: Cache::new(MOST_ACCOUNTS),
        }
    }

    /// Waits for a turn: first among the walks of the same account, then among all.
    pub async fn begin(&self, walker: Walker) -> StoreResult<Walk<'_>> {
        let turns = || Arc::new(Semaphore::new(OF_ONE_ACCOUNT));
        let of_account = self.turns_of.get_with(walker, turns);
        let of_account = of_account.acquire_owned().await.map_err(never_closed)?;
        let turn = Arc::clone(&self.turns);
        let turn = turn.acquire_owned().await.map_err(never_closed)?;
        let kept = self.free().pop();
        let mut lane = match kept {
            // Answers when what the walk before left has stopped.
            Some(lane) if lane.is_ready || lane.db.ping().await.is_ok() => lane,
            _ => Lane::open(&self.url).await?,
        };
        lane.stop.store(false, Ordering::Relaxed);
        lane.is_ready = false;
        Ok(Walk {
            home: self,
            db: Connection::reading(lane.db.clone()),
            lane: Some(lane),
            _turn: turn,
            _turn_of_account: of_account,
        })
    }

    fn free(&self) -> std::sync::MutexGuard<'_, Vec<Lane>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Closes every connection that is not in use.
    pub(super) async fn close(&self) {
        let free = std::mem::take(&mut *self.free());
        for lane in free {
            let _ = lane.db.close().await;
        }
    }
}

fn never_closed(error: AcquireError) -> sea_orm::DbErr {
    sea_orm::DbErr::Custom(error.to_string())
}

impl Lane {
    async fn open(url: &str) -> StoreResult<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let db = connect::lane(url, Arc::clone(&stop)).await?;
        Ok(Self {
            db,
            stop,
            is_ready: false,
        })
    }
}

impl Walk<'_> {
    /// The connection for queries.
    pub fn db(&self) -> &Connection {
        &self.db
    }

    /// Gives the connection back after all that was asked was answered.
    pub fn end(mut self) {
        if let Some(lane) = &mut self.lane {
            lane.is_ready = lane.db.get_database_backend() == DatabaseBackend::Sqlite;
        }
    }
}

impl Drop for Walk<'_> {
    fn drop(&mut self) {
        if let Some(lane) = self.lane.take() {
            lane.stop.store(true, Ordering::Relaxed);
            self.home.free().push(lane);
        }
    }
}

#[cfg(test)]
#[path = "walks_tests.rs"]
mod tests;
