//! One maker for each file.

use entity::FileId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use tokio::sync::{Mutex as Turn, OwnedMutexGuard};

/// Entries of files that nobody waits for any more, before they are cleared away.
const MOST_STALE: usize = 256;

/// Lets one caller for each file through at a time.
#[derive(Clone, Debug, Default)]
pub struct Turns(Arc<Mutex<HashMap<FileId, Weak<Turn<()>>>>>);

impl Turns {
    /// Waits until nobody else has the turn of this file.
    pub async fn take(&self, file: FileId) -> OwnedMutexGuard<()> {
        let turn = {
            let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if turns.len() > MOST_STALE {
                turns.retain(|_, turn| turn.strong_count() > 0);
            }
            let waiting = turns.get(&file).and_then(Weak::upgrade);
            waiting.unwrap_or_else(|| {
                let turn = Arc::new(Turn::default());
                turns.insert(file, Arc::downgrade(&turn));
                turn
            })
        };
        turn.lock_owned().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[tokio::test]
    async fn one_at_a_time_for_each_file() {
        let turns = Turns::default();
        let first = turns.take(FileId(1)).await;
        assert!(turns.take(FileId(1)).now_or_never().is_none());
        assert!(turns.take(FileId(2)).now_or_never().is_some());
        drop(first);
        assert!(turns.take(FileId(1)).now_or_never().is_some());
    }

    #[tokio::test]
    async fn what_is_over_is_forgotten() {
        let turns = Turns::default();
        for file in 0..2_000 {
            turns.take(FileId(file)).await;
        }
        assert!(
            turns
                .0
                .lock()
                .is_ok_and(|turns| turns.len() <= MOST_STALE + 1)
        );
    }
}
