//! Holding a server's requests in the middle, to let others in between.

use std::collections::BTreeMap;

use site::steps::Steps;
use tokio::sync::watch;

/// No step is reached later than this, not even in a debug build.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(30);

/// Steps that are held, and how many came to wait at each.
#[derive(Clone)]
pub struct Gate {
    held: watch::Sender<BTreeMap<&'static str, usize>>,
}

impl Default for Gate {
    fn default() -> Self {
        Self {
            held: watch::channel(BTreeMap::new()).0,
        }
    }
}

impl Gate {
    /// What a server has to be started with.
    pub fn steps(&self) -> Steps {
        let held = self.held.clone();
        Steps::watched_by(move |step| {
            let held = held.clone();
            Box::pin(async move {
                let is_held = held.send_if_modified(|held| match held.get_mut(step) {
                    Some(waiting) => {
                        *waiting += 1;
                        true
                    }
                    None => false,
                });
                if is_held {
                    let mut held = held.subscribe();
                    // A gate that is gone holds nobody.
                    let _ = held.wait_for(|held| !held.contains_key(step)).await;
                }
            })
        })
    }

    /// From now on whoever reaches the step waits.
    pub fn hold(&self, step: &'static str) {
        self.held.send_modify(|held| {
            held.insert(step, 0);
        });
    }

    /// Waits until somebody waits there.
    pub async fn reached(&self, step: &'static str) {
        self.reached_by(1, step).await;
    }

    /// Waits until so many wait there.
    pub async fn reached_by(&self, count: usize, step: &'static str) {
        let mut held = self.held.subscribe();
        let all = held.wait_for(|held| held.get(step).is_some_and(|waiting| *waiting >= count));
        let reached = tokio::time::timeout(PATIENCE, all).await;
        assert!(reached.is_ok(), "{step:?} is not reached by {count}");
    }

    /// Everybody goes on.
    pub fn open(&self, step: &'static str) {
        self.held.send_modify(|held| {
            held.remove(step);
        });
    }
}
