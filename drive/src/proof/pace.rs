//! So many bytes a second, for all who read at that pace.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// What was not used is not saved up for longer.
const SAVED: Duration = Duration::from_millis(200);

/// A pace of reading; those that are cloned of one share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pace {
    bytes_per_second: u64,
    /// When the next bytes are due.
    next: Arc<Mutex<Option<Instant>>>,
}

impl Pace {
    /// 0: as fast as it goes.
    pub fn of(bytes_per_second: u64) -> Self {
        Self {
            bytes_per_second,
            next: Arc::default(),
        }
    }

    /// How long to wait after so many bytes.
    pub fn wait(&self, bytes: usize) -> Duration {
        if self.bytes_per_second == 0 {
            return Duration::ZERO;
        }
        let takes = Duration::from_secs_f64(bytes as f64 / self.bytes_per_second as f64);
        let now = Instant::now();
        let mut next = self.next.lock().expect("no code under this lock panics");
        let earliest = now.checked_sub(SAVED).unwrap_or(now);
        let due = next.unwrap_or(now).max(earliest) + takes;
        *next = Some(due);
        due.saturating_duration_since(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pace_is_kept_by_all_who_share_it() {
        let pace = Pace::of(1_000_000);
        let waits: Vec<Duration> = (0..4).map(|_| pace.clone().wait(1_000_000)).collect();
        for (wait, secs) in waits.iter().zip(1..) {
            let wanted = Duration::from_secs(secs);
            assert!(
                wait.abs_diff(wanted) < Duration::from_millis(250),
                "{wait:?}"
            );
        }
        assert_eq!(Pace::of(0).wait(usize::MAX), Duration::ZERO);
    }
}
