//! The journal: written in the transaction of each change, read by those who follow.

use super::bus::Topic;
use super::{Store, StoreResult, Tx};
use entity::{Timestamp, journal};
use moka::sync::Cache;
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ConnectionTrait, EntityTrait, QueryTrait,
};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

mod entry;

pub use entry::{Category, Entry, Op};

/// Appends entries, when the transaction commits.
pub fn append(tx: &mut Tx, at: Timestamp, entries: Vec<Entry>) {
    append_all(tx, entries.into_iter().map(|entry| (at, entry)));
}

fn append_all(tx: &mut Tx, entries: impl Iterator<Item = (Timestamp, Entry)>) {
    let backend = tx.db().get_database_backend();
    let rows: Vec<_> = entries.map(|(at, entry)| row(at, entry)).collect();
    if rows.is_empty() {
        return;
    }
    for batch in rows.chunks(500) {
        let insert = journal::Entity::insert_many(batch.to_vec()).build(backend);
        tx.at_last(insert, batch.len() as u64);
    }
    tx.tells(Topic::Journal);
}

/// Entries of those who are inside a transaction that may fail, or must not wait for one. They are
/// written within a second, or as soon as that succeeds; a crash loses them.
#[derive(Debug)]
pub struct Buffered {
    entries: Mutex<Vec<(Timestamp, Entry)>>,
    /// How much was buffered within a minute by [`note_some`].
    lately: Cache<String, Arc<AtomicUsize>>,
}

impl Default for Buffered {
    fn default() -> Self {
        Self {
            entries: Mutex::default(),
            lately: Cache::builder()
                .max_capacity(MOST_BUFFERED as u64)
                .time_to_live(MINUTE)
                .build(),
        }
    }
}

/// Most of them at a time: who floods the journal pushes nothing else out of it.
const MOST_BUFFERED: usize = 10_000;
/// Entries alike that [`note_some`] takes within this time.
const MOST_ALIKE: usize = 20;
const MINUTE: Duration = Duration::from_mins(1);

impl Buffered {
    fn list(&self) -> std::sync::MutexGuard<'_, Vec<(Timestamp, Entry)>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Notes an entry.
pub fn note(store: &Store, at: Timestamp, entry: Entry) {
    let mut buffered = store.buffered.list();
    if buffered.len() < MOST_BUFFERED {
        buffered.push((at, entry));
    } else {
        tracing::warn!(op = entry.op.as_str(), "the journal is flooded");
    }
}

/// Notes an entry, but no more than [`MOST_ALIKE`] of one key a minute: for what strangers can
/// cause as often as they like.
pub fn note_some(store: &Store, at: Timestamp, key: String, entry: Entry) {
    let lately = store.buffered.lately.get_with(key, Arc::default);
    if lately.fetch_add(1, Ordering::Relaxed) < MOST_ALIKE {
        note(store, at, entry);
    }
}

/// Writes what was buffered; what could not be written is buffered again.
pub async fn write_buffered(store: &Store) -> StoreResult<()> {
    let mut buffered = std::mem::take(&mut *store.buffered.list());
    if buffered.is_empty() {
        return Ok(());
    }
    let written = write_all(store, &buffered).await;
    if written.is_err() {
        let mut list = store.buffered.list();
        buffered.append(&mut list);
        buffered.truncate(MOST_BUFFERED);
        *list = buffered;
    }
    written
}

async fn write_all(store: &Store, buffered: &[(Timestamp, Entry)]) -> StoreResult<()> {
    let mut tx = store.begin().await?;
    append_all(&mut tx, buffered.iter().cloned());
    tx.commit().await
}

fn row(at: Timestamp, entry: Entry) -> journal::ActiveModel {
    let address = entry.cause.and_then(|cause| cause.address);
    journal::ActiveModel {
        id: NotSet,
        at: Set(at),
        owner_id: Set(entry.owner),
        actor_id: Set(entry.actor),
        client_id: Set(entry.client.map(|client| client.to_string())),
        category: Set(entry.op.category().as_str().to_owned()),
        op: Set(entry.op.as_str().to_owned()),
        file_id: Set(entry.file),
        is_folder: Set(entry.is_folder),
        path_before: Set(entry.before),
        path_after: Set(entry.after),
        detail: Set(entry.detail),
        address: Set(address.map(|address| address.to_string())),
        correlation_id: Set(entry.cause.map(|cause| cause.correlation.to_string())),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use entity::UserId;
    use sea_orm::{ConnectionTrait, PaginatorTrait};

    #[tokio::test]
    async fn what_could_not_be_written_is_written_later() {
        let data = tempfile::tempdir().unwrap();
        let store = crate::open(None, data.path()).await.unwrap();
        let rename = async |from: &str, to: &str| {
            let sql = format!("ALTER TABLE {from} RENAME TO {to}");
            let tx = store.begin().await.unwrap();
            tx.db().execute_unprepared(&sql).await.unwrap();
            tx.commit().await.unwrap();
        };
        for second in 1..=3 {
            let entry = Entry::of_account(UserId(1), Op::Profile);
            note(&store, Timestamp(second), entry);
        }
        rename("journal", "elsewhere").await;
        assert!(write_buffered(&store).await.is_err());
        let entry = Entry::of_account(UserId(1), Op::Profile);
        note(&store, Timestamp(4), entry);
        rename("elsewhere", "journal").await;
        write_buffered(&store).await.unwrap();
        write_buffered(&store).await.unwrap();
        let rows = journal::Entity::find().count(store.read()).await.unwrap();
        assert_eq!(rows, 4);
    }
}
