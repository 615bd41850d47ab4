//! Tries that this process is looking at right now.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;
use tokio::sync::futures::Notified;

/// How many there are at each allowance.
#[derive(Debug, Default)]
pub(super) struct UnderWay {
    counts: Mutex<HashMap<String, i64>>,
    ended: Notify,
}

impl UnderWay {
    /// One more at each of these, until the answer is dropped.
    pub(super) fn begin(self: &Arc<Self>, ids: Vec<String>) -> Turn {
        let mut counts = self.counts();
        let before = ids.iter().map(|id| {
            let count = counts.entry(id.clone()).or_default();
            *count += 1;
            *count - 1
        });
        let before = before.collect();
        drop(counts);
        Turn {
            all: Arc::clone(self),
            ids,
            before,
            is_withdrawn: false,
        }
    }

    /// Waits for some try to end.
    pub(super) fn ended(&self) -> Notified<'_> {
        self.ended.notified()
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<String, i64>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One try under way.
#[derive(Debug)]
pub(super) struct Turn {
    all: Arc<UnderWay>,
    ids: Vec<String>,
    before: Vec<i64>,
    is_withdrawn: bool,
}

impl Turn {
    /// Ends a try that was not begun after all: nobody waited for it.
    pub(super) fn withdraw(mut self) {
        self.is_withdrawn = true;
    }

    /// How many there were at each allowance when it began.
    pub(super) fn before(&self) -> &[i64] {
        &self.before
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut counts = self.all.counts();
        for id in &self.ids {
            if let Some(count) = counts.get_mut(id) {
                *count -= 1;
                if *count == 0 {
                    counts.remove(id);
                }
            }
        }
        drop(counts);
        if !self.is_withdrawn {
            self.all.ended.notify_waiters();
        }
    }
}
