//! Trying again what depends on others being there.

use super::{BoxError, Step, TaskError};
use entity::Timestamp;
use serde::{Deserialize, Serialize};

/// Waits between tries, seconds; the last one repeats.
const WAITS_SECS: [i64; 6] = [1, 5, 30, 120, 600, 3_600];
/// About a week.
const MOST_TRIES: usize = 170;
/// The same for what people look at: it goes on within a minute after the others are back.
const SOON_SECS: i64 = 60;
const MOST_TRIES_SOON: usize = 10_000;

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
        self.after(now, error, (MOST_TRIES, i64::MAX), state)
    }

    /// The same, but never more than a minute later.
    /// # Errors
    /// `Fail`, of the last try
    pub fn soon<S>(
        self,
        now: Timestamp,
        error: BoxError,
        state: impl FnOnce(Self) -> S,
    ) -> Result<Step<S>, TaskError> {
        self.after(now, error, (MOST_TRIES_SOON, SOON_SECS), state)
    }

    fn after<S>(
        self,
        now: Timestamp,
        error: BoxError,
        (most, longest): (usize, i64),
        state: impl FnOnce(Self) -> S,
    ) -> Result<Step<S>, TaskError> {
        if self.0 >= most {
            return Err(TaskError::Fail(error));
        }
        let wait = WAITS_SECS[self.0.min(WAITS_SECS.len() - 1)].min(longest);
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

    /// Seconds until it is given up, and the longest wait of them.
    fn waits(
        next: impl Fn(Patience, Timestamp) -> Result<Step<Patience>, TaskError>,
    ) -> (i64, i64) {
        let (mut patience, mut now, mut longest) = (Patience::default(), Timestamp(0), 0);
        loop {
            match next(patience, now) {
                Ok(Step::Sleep { until, state }) => {
                    longest = longest.max((until.0 - now.0) / 1_000_000);
                    (patience, now) = (state, until);
                }
                Ok(_) => panic!("it ended"),
                Err(error) => {
                    assert!(matches!(error, TaskError::Fail(_)));
                    return (now.0 / 1_000_000, longest);
                }
            }
        }
    }

    #[test]
    fn an_hour_away_is_waited_for_and_a_month_is_not() {
        let week = 5 * 86_400..10 * 86_400;
        let (all, longest) = waits(|patience, now| patience.later(now, "away".into(), |next| next));
        assert!(week.contains(&all) && longest == 3_600, "{all} {longest}");
        let (all, longest) = waits(|patience, now| patience.soon(now, "away".into(), |next| next));
        assert!(week.contains(&all) && longest == 60, "{all} {longest}");
    }
}
