//! Short reads of SQLite, on the thread that asks.
//!
//! Each connection of the pools has a thread of its own, so a statement there is two changes of
//! threads, which cost more than to find a few rows by a key. What finds little is therefore read
//! right here, by connections that can only read. A read that turns out to be long is broken off
//! before anybody else has to wait for this thread, and made over a pool; so is one that fails, or
//! that finds every connection taken. Nothing but time depends on which of the two ways is gone.

mod ask;
mod moment;
mod row;

use super::watch::{self, Watcher};
use row::Bound;
use rusqlite::OpenFlags;
use rusqlite::config::DbConfig;
use sea_orm::Statement;
use std::cell::Cell;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

pub(crate) use ask::{all, all_of, one};
pub(crate) use moment::Moment;
pub(crate) use row::{OfRow, Row, rows_of};

/// After so many steps of SQLite it is looked whether they are enough.
const STEPS: i32 = 1_000;
/// So often at most: well below a millisecond for what goes by an index, about one for what looks
/// at every row of a folder.
const LOOKS: u32 = 20;
/// Prepared statements that a connection keeps.
const STATEMENTS: usize = 100;
/// Pages that a connection keeps, KiB: the rest of the database is mapped.
const CACHE_KIB: i64 = 512;
const MMAP_BYTES: i64 = 256 << 20;

/// Connections that can only read, one for each thread that asks.
pub(crate) struct ShortReads {
    path: PathBuf,
    readers: Vec<Mutex<Reader>>,
    watcher: Option<Watcher>,
}

/// A connection, opened when it is needed.
#[derive(Default)]
enum Reader {
    #[default]
    Closed,
    Open(Box<Open>),
    /// It could not be opened.
    Off,
}

struct Open {
    db: rusqlite::Connection,
    /// How often it may still be looked.
    left: Arc<AtomicU32>,
}

impl fmt::Debug for ShortReads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ShortReads").field(&self.path).finish()
    }
}

impl ShortReads {
    pub fn new(path: &Path, url: &str, readers: u32) -> Self {
        Self {
            path: path.to_owned(),
            readers: (0..readers).map(|_| Mutex::default()).collect(),
            watcher: watch::watcher(url),
        }
    }

    /// The rows of a statement, if they are few and found soon.
    fn all<T: OfRow>(&self, statement: &Statement) -> Option<Vec<T>> {
        let rows = self.on_one(|open| open.all(statement))?;
        if let Some(watcher) = &self.watcher {
            watcher(statement);
        }
        Some(rows)
    }

    /// What several statements find at one moment, if that is soon.
    fn at_one_moment<T>(&self, read: impl FnOnce(&Moment<'_>) -> rusqlite::Result<T>) -> Option<T> {
        let is_watched = self.watcher.is_some();
        let (found, asked) = self.on_one(|open| Moment::of(open, is_watched, read))?;
        if let Some(watcher) = &self.watcher {
            for statement in &asked {
                watcher(statement);
            }
        }
        Some(found)
    }

    /// What is read over a connection that nobody uses.
    fn on_one<T>(&self, read: impl FnOnce(&Open) -> rusqlite::Result<T>) -> Option<T> {
        let mut reader = self.free()?;
        let found = read(reader.open(&self.path)?);
        drop(reader);
        match found {
            Ok(found) => Some(found),
            Err(error) => {
                tracing::trace!(%error, "a short read is made over the pool");
                None
            }
        }
    }

    /// The connection of this thread, or else one that nobody uses.
    fn free(&self) -> Option<MutexGuard<'_, Reader>> {
        let first = number_of_thread();
        let count = self.readers.len();
        (0..count).find_map(|n| self.readers[(first + n) % count].try_lock().ok())
    }

    pub fn close(&self) {
        for reader in &self.readers {
            if let Ok(mut reader) = reader.lock() {
                *reader = Reader::Off;
            }
        }
    }
}

/// Threads that read, counted.
fn number_of_thread() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static MINE: Cell<Option<usize>> = const { Cell::new(None) };
    }
    MINE.with(|mine| {
        let number = mine.get();
        let number = number.unwrap_or_else(|| NEXT.fetch_add(1, Ordering::Relaxed));
        mine.set(Some(number));
        number
    })
}

impl Reader {
    fn open(&mut self, path: &Path) -> Option<&Open> {
        if matches!(self, Self::Closed) {
            *self = match Open::at(path) {
                Ok(open) => Self::Open(Box::new(open)),
                Err(error) => {
                    tracing::warn!(%error, "the database cannot be opened for short reads");
                    Self::Off
                }
            };
        }
        match self {
            Self::Open(open) => Some(open),
            Self::Closed | Self::Off => None,
        }
    }
}

impl Open {
    fn at(path: &Path) -> rusqlite::Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let db = rusqlite::Connection::open_with_flags(path, flags)?;
        // Else each statement with a limit that is bound is planned anew each time that it is made,
        // which takes many times as long as to find some rows by a key.
        db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        // As those of the pools, but for what waits and what writes.
        db.pragma_update(None, "case_sensitive_like", true)?;
        db.pragma_update(None, "cache_size", -CACHE_KIB)?;
        db.pragma_update(None, "mmap_size", MMAP_BYTES)?;
        db.pragma_update(None, "temp_store", "MEMORY")?;
        db.set_prepared_statement_cache_capacity(STATEMENTS);
        let left = Arc::new(AtomicU32::new(LOOKS));
        let looks = Arc::clone(&left);
        let is_long = move || match looks.load(Ordering::Relaxed) {
            0 => true,
            left => {
                looks.store(left - 1, Ordering::Relaxed);
                false
            }
        };
        db.progress_handler(STEPS, Some(is_long))?;
        Ok(Self { db, left })
    }

    fn all<T: OfRow>(&self, statement: &Statement) -> rusqlite::Result<Vec<T>> {
        self.left.store(LOOKS, Ordering::Relaxed);
        let mut rows = Vec::new();
        self.each(statement, |row| {
            rows.push(T::of_row(&Row::of(row))?);
            Ok(())
        })?;
        Ok(rows)
    }

    /// Hands over every row of a statement.
    fn each(
        &self,
        statement: &Statement,
        mut take: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<()>,
    ) -> rusqlite::Result<()> {
        let mut prepared = self.db.prepare_cached(&statement.sql)?;
        let values = statement.values.iter().flat_map(|values| &values.0);
        for (n, value) in values.enumerate() {
            prepared.raw_bind_parameter(n + 1, Bound(value))?;
        }
        let mut found = prepared.raw_query();
        while let Some(row) = found.next()? {
            take(row)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
