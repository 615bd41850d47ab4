//! Points in time as the database keeps them.

use sea_orm::DeriveValueType;
use serde::{Deserialize, Serialize};

/// Where these years begin: seconds since 1970.
const YEAR_1900: i64 = -2_208_988_800;
const YEAR_10000: i64 = 253_402_300_800;

/// UTC microseconds since 1970-01-01.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    DeriveValueType,
    Serialize,
    Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Whole seconds since 1970, rounded down.
    pub fn unix_secs(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// From whole seconds since 1970; saturates far outside any calendar.
    pub fn from_unix_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(1_000_000))
    }

    /// From milliseconds since 1970; saturates.
    pub fn from_unix_millis(millis: i64) -> Self {
        Self(millis.saturating_mul(1_000))
    }

    /// This time, if a file may bear it: others do not survive every calendar on the way to who
    /// reads them, and a single one would spoil a whole listing.
    pub fn of_file(self) -> Option<Self> {
        (YEAR_1900..YEAR_10000)
            .contains(&self.unix_secs())
            .then_some(self)
    }

    /// This time moved by whole seconds; saturates.
    pub fn plus_secs(self, secs: i64) -> Self {
        Self(self.0.saturating_add(secs.saturating_mul(1_000_000)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_bear_times_of_four_digits_alone() {
        let secs = Timestamp::from_unix_secs;
        for time in [
            secs(0),
            secs(YEAR_1900),
            Timestamp(YEAR_10000 * 1_000_000 - 1),
        ] {
            assert_eq!(time.of_file(), Some(time));
        }
        for time in [i64::MIN, YEAR_1900 - 1, YEAR_10000, i64::MAX] {
            assert_eq!(secs(time).of_file(), None, "{time}");
        }
    }
}
