//! One sync of a folder for all who placed something in it at the same time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How often a folder was asked to be synced, and how much of that is done.
#[derive(Debug, Default)]
struct Turn {
    asked: u64,
    /// How many had asked when the last good sync began.
    done: u64,
    waiting: usize,
}

/// Device and inode: a path may have become another folder.
pub(super) type FolderId = (u64, u64);

/// The folders that are being synced.
#[derive(Debug, Default)]
pub(super) struct Syncing {
    turns: Mutex<HashMap<FolderId, Arc<Folder>>>,
}

#[derive(Debug, Default)]
struct Folder {
    turn: Mutex<Turn>,
    /// Held during a sync.
    disk: Mutex<()>,
}

impl Syncing {
    /// Runs `sync`, or waits for that of another which began after this call. Blocks.
    /// # Errors
    /// Those of `sync`; who waits then syncs again.
    pub fn together<E>(&self, id: FolderId, sync: impl FnOnce() -> Result<(), E>) -> Result<(), E> {
        let folder = {
            let mut turns = lock(&self.turns);
            let folder = turns.entry(id).or_default();
            lock(&folder.turn).waiting += 1;
            Arc::clone(folder)
        };
        let synced = folder.sync(sync);
        let mut turns = lock(&self.turns);
        let mut turn = lock(&folder.turn);
        turn.waiting -= 1;
        if turn.waiting == 0 {
            turns.remove(&id);
        }
        synced
    }
}

impl Folder {
    fn sync<E>(&self, sync: impl FnOnce() -> Result<(), E>) -> Result<(), E> {
        let mine = {
            let mut turn = lock(&self.turn);
            turn.asked += 1;
            turn.asked
        };
        let _disk = lock(&self.disk);
        let begun = {
            let turn = lock(&self.turn);
            if turn.done >= mine {
                return Ok(());
            }
            turn.asked
        };
        sync()?;
        lock(&self.turn).done = begun;
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    const A: FolderId = (1, 2);
    const B: FolderId = (1, 3);

    #[test]
    fn who_comes_during_a_sync_shares_the_next_one() {
        let (syncing, syncs) = (Syncing::default(), AtomicUsize::new(0));
        let (begun, go_on) = (Barrier::new(2), Barrier::new(2));
        thread::scope(|scope| {
            scope.spawn(|| {
                syncing.together(A, || {
                    begun.wait();
                    go_on.wait();
                    Ok::<_, ()>(())
                })
            });
            begun.wait();
            let late = || {
                let count = || {
                    syncs.fetch_add(1, Ordering::SeqCst);
                    Ok::<_, ()>(())
                };
                syncing.together(A, count).unwrap();
            };
            for _ in 0..5 {
                scope.spawn(late);
            }
            // All five have asked, and none is served by the sync that began before.
            let asked = || lock(&lock(&syncing.turns)[&A].turn).asked;
            while asked() < 6 {
                thread::yield_now();
            }
            assert_eq!(syncs.load(Ordering::SeqCst), 0);
            go_on.wait();
        });
        assert_eq!(syncs.load(Ordering::SeqCst), 1);
        assert!(lock(&syncing.turns).is_empty());
    }

    #[test]
    fn a_failure_serves_nobody_else_and_folders_do_not_wait_for_each_other() {
        let syncing = Syncing::default();
        assert_eq!(syncing.together(A, || Err("no")), Err("no"));
        assert_eq!(syncing.together(A, || Ok::<_, &str>(())), Ok(()));
        let inner = || syncing.together(B, || Ok::<_, &str>(()));
        assert_eq!(syncing.together(A, inner), Ok(()));
    }
}
