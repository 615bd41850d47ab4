//! A wall around write transactions: who has one open waits for nothing else.
//!
//! SQLite has one writer, and elsewhere a transaction holds the drive that it changes. So whoever
//! waits inside of one for the limiter, another server, stored bytes or a second connection makes
//! everybody wait, or waits for somebody who waits for them. Builds with debug assertions, which
//! all tests are, panic at the entrances of those; others pay nothing.
//!
//! It is kept by task. Futures that one task polls side by side count as one: give each of them a
//! task of its own.

/// Lasts as long as a transaction.
#[derive(Debug)]
pub(crate) struct OpenChange {
    #[cfg(debug_assertions)]
    who: watch::Who,
}

impl OpenChange {
    /// The task that runs has a transaction from now on.
    pub fn begin() -> Self {
        Self {
            #[cfg(debug_assertions)]
            who: watch::enter(),
        }
    }
}

#[cfg(debug_assertions)]
impl Drop for OpenChange {
    fn drop(&mut self) {
        watch::leave(&self.who);
    }
}

/// What is about to be waited for takes its time, or needs a connection.
/// # Panics
/// With debug assertions, if the task that runs has a transaction open.
#[track_caller]
pub fn must_not_wait_for(what: &str) {
    #[cfg(debug_assertions)]
    assert!(
        !watch::is_inside(),
        "{what} is waited for while a write transaction is open"
    );
    #[cfg(not(debug_assertions))]
    let _ = what;
}

#[cfg(debug_assertions)]
mod watch {
    use std::sync::{Mutex, MutexGuard, PoisonError};
    use std::thread::{self, ThreadId};
    use tokio::task;

    /// A task, or the thread of a runtime's first future, which has no id.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Who {
        Task(task::Id),
        Thread(ThreadId),
    }

    /// Those with an open transaction: few at any time.
    static INSIDE: Mutex<Vec<Who>> = Mutex::new(Vec::new());

    fn inside() -> MutexGuard<'static, Vec<Who>> {
        INSIDE.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn who() -> Who {
        task::try_id().map_or_else(|| Who::Thread(thread::current().id()), Who::Task)
    }

    pub fn enter() -> Who {
        let who = who();
        inside().push(who);
        who
    }

    pub fn leave(who: &Who) {
        let mut inside = inside();
        if let Some(at) = inside.iter().position(|one| one == who) {
            inside.swap_remove(at);
        }
    }

    pub fn is_inside() -> bool {
        inside().contains(&who())
    }
}

#[cfg(all(test, debug_assertions))]
mod tests {
    #![allow(clippy::unwrap_used)]
    use crate::{self as store, Store};
    use tempfile::TempDir;

    async fn store() -> (TempDir, Store) {
        let data = TempDir::new().unwrap();
        let store = store::open(None, data.path()).await.unwrap();
        (data, store)
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn who_has_a_transaction_waits_for_nothing_else() {
        let (_data, store) = store().await;
        let one = store.clone();
        let reads = tokio::spawn(async move {
            let tx = one.begin().await.unwrap();
            // Wherever it goes on.
            tokio::task::yield_now().await;
            one.read();
            tx.commit().await.unwrap();
        });
        assert!(reads.await.unwrap_err().is_panic());
        let one = store.clone();
        let begins = tokio::spawn(async move {
            let _tx = one.begin().await.unwrap();
            let _ = one.begin().await;
        });
        assert!(begins.await.unwrap_err().is_panic());
    }

    #[tokio::test]
    async fn what_is_over_is_in_nobodys_way_nor_is_anothers() {
        let (_data, store) = store().await;
        store.begin().await.unwrap().commit().await.unwrap();
        store.begin().await.unwrap().rollback().await.unwrap();
        drop(store.begin().await.unwrap());
        store.read();
        let tx = store.begin().await.unwrap();
        let other = store.clone();
        let reads = tokio::spawn(async move {
            other.read();
        });
        reads.await.unwrap();
        tx.commit().await.unwrap();
    }
}
