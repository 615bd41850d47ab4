//! How long those that are slow keep everybody waiting.

use std::time::Duration;

use tokio::time::{Instant, timeout};

/// At least.
const LEAST: Duration = Duration::from_secs(3);
/// At most.
const MOST: Duration = Duration::from_secs(15);

/// What all wait for those without whom there are enough: a little, and a quarter of the time that was
/// needed anyway. So one that is somewhat slower keeps up, and one that is much slower delays nobody
/// for long: it lacks what it did not take, and gets it later.
#[derive(Debug)]
pub(super) struct Patience {
    begun: Instant,
    waited: Duration,
}

impl Patience {
    pub fn begin() -> Self {
        Self {
            begun: Instant::now(),
            waited: Duration::ZERO,
        }
    }

    /// What comes of it, unless patience ends before.
    pub async fn wait<T>(&mut self, work: impl Future<Output = T>) -> Option<T> {
        let begun = Instant::now();
        let done = timeout(self.left(), work).await;
        self.waited += begun.elapsed();
        done.ok()
    }

    fn left(&self) -> Duration {
        let needed = self.begun.elapsed().saturating_sub(self.waited);
        let all = (LEAST + needed / 4).min(MOST);
        all.saturating_sub(self.waited)
    }
}
