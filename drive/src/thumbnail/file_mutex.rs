//! One maker for each file.

use entity::FileId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

/// Entries of files that nobody waits for any more, before they are cleared away.
const MOST_STALE: usize = 256;

/// Lets one caller for each file through at a time.
#[derive(Clone, Debug, Default)]
pub struct FileMutex(Arc<Mutex<HashMap<FileId, Weak<AsyncMutex<()>>>>>);

impl FileMutex {
    /// Waits until nobody else holds this file.
    pub async fn lock(&self, file: FileId) -> OwnedMutexGuard<()> {
        let mutex = {
            let mut mutexes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if mutexes.len() > MOST_STALE {
                mutexes.retain(|_, mutex| mutex.strong_count() > 0);
            }
            let waiting = mutexes.get(&file).and_then(Weak::upgrade);
            waiting.unwrap_or_else(|| {
                let mutex = Arc::new(AsyncMutex::default());
                mutexes.insert(file, Arc::downgrade(&mutex));
                mutex
            })
        };
        mutex.lock_owned().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[tokio::test]
    async fn one_at_a_time_for_each_file() {
        let mutexes = FileMutex::default();
        let first = mutexes.lock(FileId(1)).await;
        assert!(mutexes.lock(FileId(1)).now_or_never().is_none());
        assert!(mutexes.lock(FileId(2)).now_or_never().is_some());
        drop(first);
        assert!(mutexes.lock(FileId(1)).now_or_never().is_some());
    }

    #[tokio::test]
    async fn what_is_over_is_forgotten() {
        let mutexes = FileMutex::default();
        for file in 0..2_000 {
            mutexes.lock(FileId(file)).await;
        }
        assert!(
            mutexes
                .0
                .lock()
                .is_ok_and(|mutexes| mutexes.len() <= MOST_STALE + 1)
        );
    }
}
