//! Tries that this process is looking at right now.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How many there are at each allowance.
#[derive(Debug, Default)]
pub(super) struct UnderWay(Mutex<HashMap<String, i64>>);

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
        }
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<String, i64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One try under way.
#[derive(Debug)]
pub(super) struct Turn {
    all: Arc<UnderWay>,
    ids: Vec<String>,
    before: Vec<i64>,
}

impl Turn {
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
    }
}
