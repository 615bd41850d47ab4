//! Several short reads that see the same, though others write meanwhile.

use super::Open;
use rusqlite::Row;
use sea_orm::{DatabaseBackend, Statement};
use std::cell::RefCell;
use std::sync::atomic::Ordering;

/// How often it is looked at most whether all of them are soon enough: about a millisecond for two
/// thousand rows of a folder, which take longer than that to be told.
const LOOKS: u32 = 80;

/// One moment of the database, on the thread that asks.
pub(crate) struct Moment<'a> {
    open: &'a Open,
    /// What was asked, where somebody wants to know.
    asked: Option<RefCell<Vec<Statement>>>,
}

impl Moment<'_> {
    /// What is found at one moment, and what was asked for it.
    pub(super) fn of<T>(
        open: &Open,
        is_watched: bool,
        read: impl FnOnce(&Moment<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<(T, Vec<Statement>)> {
        open.left.store(LOOKS, Ordering::Relaxed);
        open.db.prepare_cached("BEGIN")?.execute([])?;
        let moment = Moment {
            open,
            asked: is_watched.then(RefCell::default),
        };
        let found = read(&moment);
        // Whether anything was found or not: who reads next shall not see this moment.
        open.left.store(LOOKS, Ordering::Relaxed);
        let ended = open.db.prepare_cached("ROLLBACK")?.execute([]);
        let (found, _) = (found?, ended?);
        let asked = moment.asked.map(RefCell::into_inner);
        Ok((found, asked.unwrap_or_default()))
    }

    /// Hands over every row of a statement.
    pub fn each(
        &self,
        statement: Statement,
        take: impl FnMut(&Row<'_>) -> rusqlite::Result<()>,
    ) -> rusqlite::Result<()> {
        self.open.each(&statement, take)?;
        self.note(|| statement);
        Ok(())
    }

    /// Hands over the rows of a statement that belong to one of these ids, which ascend. It answers
    /// rows from an id on, in the order of those that they belong to, which their first column is.
    ///
    /// Where such rows are few, as shares are, most ids are passed over without being looked for:
    /// each row that belongs to none of them says which of them may be next.
    pub fn each_of(
        &self,
        from: &'static str,
        ids: &[i64],
        mut take: impl FnMut(i64, &Row<'_>) -> rusqlite::Result<()>,
    ) -> rusqlite::Result<()> {
        let mut prepared = self.open.db.prepare_cached(from)?;
        let mut rest = ids;
        while let Some(first) = rest.first() {
            prepared.raw_bind_parameter(1, *first)?;
            let mut rows = prepared.raw_query();
            loop {
                let Some(row) = rows.next()? else {
                    rest = &[];
                    break;
                };
                let id: i64 = row.get(0)?;
                rest = &rest[rest.partition_point(|other| *other < id)..];
                if rest.first() != Some(&id) {
                    break;
                }
                take(id, row)?;
            }
        }
        let first = ids.first().copied();
        self.note(|| Statement::from_sql_and_values(DatabaseBackend::Sqlite, from, [first.into()]));
        Ok(())
    }

    fn note(&self, asked: impl FnOnce() -> Statement) {
        if let Some(all) = &self.asked {
            all.borrow_mut().push(asked());
        }
    }
}
