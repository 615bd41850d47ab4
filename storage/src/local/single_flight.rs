//! One sync of a folder for all who placed something in it at the same time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How often a folder was asked to be synced, and how much of that is done.
#[derive(Debug, Default)]
struct Progress {
    asked: u64,
    /// How many had asked when the last good sync began.
    done: u64,
    waiting: usize,
}

/// Device and inode: a path may have become another folder.
pub(super) type FolderId = (u64, u64);

/// The folders that are being synced.
#[derive(Debug, Default)]
pub(super) struct SingleFlight {
    folders: Mutex<HashMap<FolderId, Arc<Folder>>>,
}

#[derive(Debug, Default)]
struct Folder {
    progress: Mutex<Progress>,
    /// Held during a sync.
    disk: Mutex<()>,
}

impl SingleFlight {
    /// Runs `sync`, or waits for that of another which began after this call. Blocks.
    /// # Errors
    /// Those of `sync`; who waits then syncs again.
    pub fn sync_once<E>(
        &self,
        id: FolderId,
        sync: impl FnOnce() -> Result<(), E>,
    ) -> Result<(), E> {
        let folder = {
            let mut folders = lock(&self.folders);
            let folder = folders.entry(id).or_default();
            lock(&folder.progress).waiting += 1;
            Arc::clone(folder)
        };
        let synced = folder.sync(sync);
        let mut folders = lock(&self.folders);
        let mut progress = lock(&folder.progress);
        progress.waiting -= 1;
        if progress.waiting == 0 {
            folders.remove(&id);
        }
        synced
    }
}

impl Folder {
    fn sync<E>(&self, sync: impl FnOnce() -> Result<(), E>) -> Result<(), E> {
        let mine = {
            let mut progress = lock(&self.progress);
            progress.asked += 1;
            progress.asked
        };
        let _disk = lock(&self.disk);
        let begun = {
            let progress = lock(&self.progress);
            if progress.done >= mine {
                return Ok(());
            }
            progress.asked
        };
        sync()?;
        lock(&self.progress).done = begun;
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
        let (flight, syncs) = (SingleFlight::default(), AtomicUsize::new(0));
        let (begun, go_on) = (Barrier::new(2), Barrier::new(2));
        thread::scope(|scope| {
            scope.spawn(|| {
                flight.sync_once(A, || {
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
                flight.sync_once(A, count).unwrap();
            };
            for _ in 0..5 {
                scope.spawn(late);
            }
            // All five have asked, and none is served by the sync that began before.
            let asked = || lock(&lock(&flight.folders)[&A].progress).asked;
            while asked() < 6 {
                thread::yield_now();
            }
            assert_eq!(syncs.load(Ordering::SeqCst), 0);
            go_on.wait();
        });
        assert_eq!(syncs.load(Ordering::SeqCst), 1);
        assert!(lock(&flight.folders).is_empty());
    }

    #[test]
    fn a_failure_serves_nobody_else_and_folders_do_not_wait_for_each_other() {
        let flight = SingleFlight::default();
        assert_eq!(flight.sync_once(A, || Err("no")), Err("no"));
        assert_eq!(flight.sync_once(A, || Ok::<_, &str>(())), Ok(()));
        let inner = || flight.sync_once(B, || Ok::<_, &str>(()));
        assert_eq!(flight.sync_once(A, inner), Ok(()));
    }
}
