//! Keeping to a speed, alone or together with others.

use std::num::NonZeroU64;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How much unused time may be caught up. Timers tick in milliseconds, so without this fast
/// speeds would never be reached; with much more, whoever paused would get a burst.
const CREDIT: Duration = Duration::from_millis(100);
/// Who waits looks this often whether another speed holds by now.
const LOOK: Duration = Duration::from_millis(100);

/// A token bucket, kept as the bytes that were let through too early.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    owed: f64,
    at: Instant,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            owed: 0.0,
            at: Instant::now(),
        }
    }
}

impl Pace {
    /// Waits until the bytes let through before are paid for, and lets so many through. `speed`,
    /// in bytes a second, is asked again and again; `None`: any.
    pub async fn pass(&mut self, bytes: usize, speed: impl Fn() -> Option<NonZeroU64>) {
        loop {
            let now = Instant::now();
            let since = now.duration_since(self.at);
            self.at = now;
            let Some(speed) = speed() else {
                self.owed = 0.0;
                return;
            };
            let speed = speed.get() as f64;
            let paid = self.owed - since.as_secs_f64() * speed;
            self.owed = paid.max(-CREDIT.as_secs_f64() * speed);
            if self.owed <= 0.0 {
                break;
            }
            let due = Duration::try_from_secs_f64(self.owed / speed).unwrap_or(LOOK);
            sleep(due.min(LOOK)).await;
        }
        self.owed += bytes as f64;
    }
}

/// One speed for all who share it, in the order in which they come.
#[derive(Debug, Default)]
pub struct SharedPace(tokio::sync::Mutex<Pace>);

impl SharedPace {
    /// The same as [`Pace::pass`].
    pub async fn pass(&self, bytes: usize, speed: impl Fn() -> Option<NonZeroU64>) {
        if speed().is_some() {
            self.0.lock().await.pass(bytes, speed).await;
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    #[tokio::test]
    async fn all_who_share_a_speed_keep_to_it_together() {
        let (pace, begun) = (Arc::new(SharedPace::default()), Instant::now());
        let all = (0..4).map(|_| {
            let pace = Arc::clone(&pace);
            tokio::spawn(async move {
                for _ in 0..25 {
                    pace.pass(1_000, || NonZeroU64::new(100_000)).await;
                }
            })
        });
        for one in all.collect::<Vec<_>>() {
            one.await.unwrap();
        }
        let took = begun.elapsed().as_secs_f64();
        // A tenth of it may be caught up; late timers only add.
        assert!((0.85..2.0).contains(&took), "100,000 bytes took {took} s");
    }

    #[tokio::test]
    async fn another_speed_holds_for_who_waits_already() {
        let speed = Arc::new(AtomicU64::new(1));
        let waiting = tokio::spawn({
            let speed = Arc::clone(&speed);
            async move {
                let mut pace = Pace::default();
                let now = || NonZeroU64::new(speed.load(Ordering::Relaxed));
                pace.pass(1_000_000, now).await;
                pace.pass(1, now).await;
            }
        });
        sleep(Duration::from_millis(500)).await;
        assert!(!waiting.is_finished());
        let begun = Instant::now();
        speed.store(0, Ordering::Relaxed);
        waiting.await.unwrap();
        assert!(begun.elapsed() <= 5 * LOOK);
    }
}
