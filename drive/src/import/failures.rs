//! What an import could not look at though the storage works: tried often and for long enough it is
//! passed over.

use entity::Timestamp;
use serde::{Deserialize, Serialize};
use storage::DriverError;

/// What could not be looked at so often in a row is passed over,
const LOOKS: usize = 4;
/// but not sooner after the first time: many steps may come in a moment.
const LEAST_SECS: i64 = 120;

/// Something in the storage that could not be looked at since it last could.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Failing {
    place: String,
    times: usize,
    since: Timestamp,
}

/// All of which that is so: what is in the way of one batch, or one folder. Those that are passed over
/// stay until the batch is through, for it is looked at as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Failures(Vec<Failing>);

impl Failures {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Once more it was so at a place. Answers whether that is enough.
    pub fn add(&mut self, place: &str, now: Timestamp) -> bool {
        let Some(failing) = self.0.iter_mut().find(|failing| failing.place == place) else {
            self.0.push(Failing {
                place: place.to_owned(),
                times: 1,
                since: now,
            });
            return false;
        };
        failing.times += 1;
        failing.times > LOOKS && failing.since.plus_secs(LEAST_SECS) <= now
    }

    /// It could be looked at.
    pub fn forget(&mut self, place: &str) {
        self.0.retain(|failing| failing.place != place);
    }

    /// The walk goes on.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

/// Whether an error says something of what was looked at. Who is silent, or says when to come again, says
/// nothing of it. One that is locked is busy without that.
pub(super) fn is_of_the_place(error: &DriverError) -> bool {
    let is_put_off = matches!(
        error,
        DriverError::Busy {
            retry_after: Some(_)
        }
    );
    !error.is_away() && !is_put_off
}
