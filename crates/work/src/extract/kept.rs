//! What is kept for a task between two of its steps, for a while: a task whose lease was lost is gone on
//! with elsewhere, and nobody asks for it here.

use entity::TaskId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio_util::task::AbortOnDropHandle;

/// How long something waits for the next step of its task.
const KEPT: Duration = Duration::from_mins(1);

/// What is kept, by the task that it is of.
#[derive(Debug)]
pub(super) struct Kept<T>(Arc<Mutex<All<T>>>);

type All<T> = HashMap<TaskId, (T, AbortOnDropHandle<()>)>;

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

fn locked<T>(all: &Mutex<All<T>>) -> MutexGuard<'_, All<T>> {
    all.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<T: Send + 'static> Kept<T> {
    /// Keeps it until it is taken, or nobody did for long: then something follows.
    pub fn put(&self, id: TaskId, value: T, follows: impl Future<Output = ()> + Send + 'static) {
        let all = Arc::downgrade(&self.0);
        let forget = tokio::spawn(async move {
            tokio::time::sleep(KEPT).await;
            let Some(all) = all.upgrade() else { return };
            let gone = locked(&all).remove(&id);
            if let Some((value, timer)) = gone {
                drop(value);
                follows.await;
                // This very task, which it would end.
                drop(timer);
            }
        });
        let before = locked(&self.0).insert(id, (value, AbortOnDropHandle::new(forget)));
        drop(before);
    }

    pub fn take(&self, id: TaskId) -> Option<T> {
        let taken = locked(&self.0).remove(&id);
        taken.map(|(value, _)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[tokio::test(start_paused = true)]
    async fn what_nobody_takes_is_let_go_by_itself() {
        let (kept, id) = (Kept::default(), TaskId(1));
        let (value, followed) = (Arc::new(()), Arc::new(AtomicUsize::new(0)));
        let put = || {
            let followed = Arc::clone(&followed);
            kept.put(id, Arc::clone(&value), async move {
                tokio::task::yield_now().await;
                followed.fetch_add(1, Ordering::Relaxed);
            });
        };
        put();
        tokio::time::sleep(KEPT / 2).await;
        // Put again it waits anew.
        put();
        tokio::time::sleep(KEPT * 3 / 4).await;
        assert_eq!(Arc::strong_count(&value), 2);
        assert_eq!(followed.load(Ordering::Relaxed), 0);
        tokio::time::sleep(KEPT / 2).await;
        assert_eq!(Arc::strong_count(&value), 1);
        assert_eq!(followed.load(Ordering::Relaxed), 1);
        assert!(kept.take(id).is_none());
        put();
        assert!(kept.take(id).is_some());
        tokio::time::sleep(KEPT * 2).await;
        assert_eq!(followed.load(Ordering::Relaxed), 1);
    }
}
