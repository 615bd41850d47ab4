//! Passes over rows, in which what fails is passed over and tried again later.

use super::{Step, TaskError};
use entity::Timestamp;
use serde::{Deserialize, Serialize};

/// Waits before another pass over what could not be done, seconds. After the last one the next
/// cron run tries again.
const WAITS_SECS: [i64; 4] = [2, 15, 60, 300];

/// Where a pass over rows in the order of (time, id) stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Pass {
    /// Rows up to here are done, or failed in this pass.
    pub time: Timestamp,
    pub id: i64,
    pub trouble: Trouble,
}

/// What went wrong in this pass, and how often there was such a pass.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Trouble {
    pub passes: usize,
    pub failed: u64,
    pub last_error: String,
}

impl Trouble {
    /// One more item failed.
    pub fn add(&mut self, error: impl Into<String>) {
        self.failed += 1;
        self.last_error = error.into();
    }

    /// Ends a pass: done, or once more from the start after a while.
    pub fn end<S>(
        self,
        now: Timestamp,
        again: impl FnOnce(Self) -> S,
    ) -> Result<Step<S>, TaskError> {
        if self.failed == 0 {
            return Ok(Step::Done);
        }
        let Some(wait) = WAITS_SECS.get(self.passes) else {
            return Err(TaskError::Fail(
                format!("{} left undone; last: {}", self.failed, self.last_error).into(),
            ));
        };
        tracing::warn!(
            failed = self.failed,
            error = self.last_error,
            "upkeep tries again"
        );
        let state = again(Self {
            passes: self.passes + 1,
            ..Self::default()
        });
        Ok(Step::Sleep {
            until: now.plus_secs(*wait),
            state,
        })
    }
}
