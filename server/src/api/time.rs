//! Times as the API writes them: RFC 3339 with fraction and offset.

use chrono::{DateTime, Utc};
use entity::Timestamp;

/// A stored time for a view; times outside any calendar become the epoch.
pub fn wire(time: Timestamp) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(time.0).unwrap_or_default()
}

/// The time that stands for "never" (V4 API, anonymous visitor).
pub fn zero() -> DateTime<Utc> {
    "0001-01-01T00:00:00Z"
        .parse()
        .expect("the first instant of year 1 is a time")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn times_keep_their_fraction() {
        let text = serde_json::to_string(&wire(Timestamp(1_800_000_000_123_456))).unwrap();
        assert_eq!(text, "\"2027-01-15T08:00:00.123456Z\"");
        assert_eq!(
            serde_json::to_string(&zero()).unwrap(),
            "\"0001-01-01T00:00:00Z\""
        );
    }
}
