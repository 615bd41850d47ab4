//! Trying again what depends on others being there.

use super::{BoxError, Step, TaskError};
use entity::Timestamp;
use serde::{Deserialize, Serialize};

/// Waits between tries, seconds; the last one repeats.
const WAITS_SECS: [i64; 6] = [1, 5, 30, 120, 600, 3_600];
/// About a week.
const MOST_TRIES: usize = 170;

/// How often something was tried in vain, in the state of a task: somebody may be away for longer
/// than a queue tries again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Patience(usize);

impl Patience {
    /// Once more after a while; not after a week.
    /// # Errors
    /// `Fail`, of the last try
    pub fn later<S>(
        self,
        now: Timestamp,
        error: BoxError,
        state: impl FnOnce(Self) -> S,
    ) -> Result<Step<S>, TaskError> {
        if self.0 >= MOST_TRIES {
            return Err(TaskError::Fail(error));
        }
        let wait = WAITS_SECS[self.0.min(WAITS_SECS.len() - 1)];
        tracing::warn!(error, wait_secs = wait, "upkeep tries again");
        Ok(Step::Sleep {
            until: now.plus_secs(wait),
            state: state(Self(self.0 + 1)),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_hour_away_is_waited_for_and_a_month_is_not() {
        let (mut patience, mut now) = (Patience::default(), Timestamp(0));
        let begun = now;
        loop {
            match patience.later(now, "away".into(), |next| next) {
                Ok(Step::Sleep { until, state }) => (patience, now) = (state, until),
                Ok(_) => panic!("it ended"),
                Err(error) => {
                    assert!(matches!(error, TaskError::Fail(_)));
                    break;
                }
            }
        }
        let days = (now.0 - begun.0) / 86_400_000_000;
        assert!((5..10).contains(&days), "{days}");
    }
}
