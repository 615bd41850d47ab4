//! Limits of a queue, and how long a failed task waits.

use crate::settings::QueueSettings;
use std::time::Duration;

/// Limits of one queue (settings `queue_{id}_*`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct QueueLimits {
    /// Tasks at once on this replica.
    pub worker_num: usize,
    /// Run time of a task over all its steps.
    pub max_execution: Duration,
    pub backoff_factor: f64,
    /// Longest wait between retries.
    pub backoff_max: Duration,
    pub max_retry: i64,
    /// Wait before each retry; zero: wait longer each time.
    pub retry_delay: Duration,
}

/// First wait of a growing backoff (V4 API, queue engine).
const BACKOFF_BASE_SECS: f64 = 0.1;
/// Retries of upkeep within one run.
const UPKEEP_RETRIES: i64 = 5;

impl QueueLimits {
    /// Whether a task that failed after `retries` retries has another one.
    pub fn may_retry(&self, retries: i64, upkeep: bool) -> bool {
        let most = if upkeep {
            self.max_retry.max(UPKEEP_RETRIES)
        } else {
            self.max_retry
        };
        retries < most
    }

    /// How long the retry after `retries` earlier ones waits.
    pub fn wait(&self, retries: i64) -> Duration {
        if !self.retry_delay.is_zero() {
            return self.retry_delay;
        }
        let exponent = i32::try_from(retries.clamp(0, 1_000)).unwrap_or(0);
        let secs = BACKOFF_BASE_SECS * self.backoff_factor.max(1.0).powi(exponent);
        // The minimum first: the power may be infinite.
        Duration::from_secs_f64(secs.min(self.backoff_max.as_secs_f64()))
    }
}

impl From<&QueueSettings> for QueueLimits {
    fn from(settings: &QueueSettings) -> Self {
        Self {
            worker_num: settings.workers,
            max_execution: settings.max_execution,
            backoff_factor: settings.backoff_factor,
            backoff_max: settings.backoff_max,
            max_retry: settings.max_retries.into(),
            retry_delay: settings.retry_delay,
        }
    }
}

impl Default for QueueLimits {
    fn default() -> Self {
        Self {
            worker_num: 5,
            max_execution: Duration::from_mins(15),
            backoff_factor: 2.0,
            backoff_max: Duration::from_mins(1),
            max_retry: 0,
            retry_delay: Duration::ZERO,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_up_to_the_longest() {
        let limits = QueueLimits::default();
        assert_eq!(limits.wait(0), Duration::from_millis(100));
        assert_eq!(limits.wait(3), Duration::from_millis(800));
        assert_eq!(limits.wait(i64::MAX), Duration::from_mins(1));
        let fixed = QueueLimits {
            retry_delay: Duration::from_secs(5),
            ..limits
        };
        assert_eq!(fixed.wait(9), Duration::from_secs(5));
    }

    #[test]
    fn upkeep_is_retried_even_where_nothing_else_is() {
        let limits = QueueLimits::default();
        assert!(!limits.may_retry(0, false));
        assert!(limits.may_retry(4, true) && !limits.may_retry(5, true));
    }
}
