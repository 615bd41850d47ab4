//! Times as zip files keep them.

use chrono::{DateTime, Datelike, Timelike, Utc};

/// The time as DOS knows it: 1980 to 2107, in UTC here; the nearest end for times outside.
pub(super) fn dos_time(unix: i64) -> zip::DateTime {
    let dos = |time: DateTime<Utc>| {
        zip::DateTime::from_date_and_time(
            u16::try_from(time.year()).ok()?,
            time.month() as u8,
            time.day() as u8,
            time.hour() as u8,
            time.minute() as u8,
            time.second() as u8,
        )
        .ok()
    };
    let latest = || zip::DateTime::from_date_and_time(2107, 12, 31, 23, 59, 58).ok();
    let known = DateTime::from_timestamp(unix, 0).and_then(dos);
    known
        .or_else(|| (unix > 0).then(latest).flatten())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_dos_does_not_know_become_the_nearest_it_does() {
        // 2031-02-03 04:05:06 UTC.
        let known = dos_time(1_927_857_906);
        assert_eq!((known.year(), known.month(), known.hour()), (2031, 2, 4));
        assert_eq!(dos_time(0).year(), 1980);
        assert_eq!(dos_time(i64::MIN).year(), 1980);
        assert_eq!(dos_time(i64::MAX).year(), 2107);
        assert_eq!(dos_time(5_000_000_000).year(), 2107);
    }
}
