//! When recurring work is due: `@every 33m`, `@hourly`, or five fields of a crontab.

use crate::settings::CronText;
use chrono::{DateTime, Datelike, Duration as Span, TimeZone, Timelike};
use std::time::Duration;

/// A schedule that can be asked for its next time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Schedule {
    Every(Duration),
    Fields(Fields),
}

/// Bit sets of the minutes, hours, days, months and weekdays (0 = Sunday) that match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fields {
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    /// Both day fields are limited: either of them is enough, as in every cron.
    either_day: bool,
}

/// Longest search for a matching time; a leap day is at most eight years away.
const SEARCH_DAYS: i64 = 9 * 366;

impl Schedule {
    /// Reads a setting; text that means nothing counts as `@hourly` (V4 API, cron).
    pub fn of(text: &CronText) -> Self {
        if let Some(interval) = text.every() {
            return Self::Every(interval);
        }
        Fields::parse(text.as_str()).map_or(Self::Every(Duration::from_hours(1)), Self::Fields)
    }

    /// Whether a text means something of its own.
    pub fn is_read(text: &str) -> bool {
        let text = text.trim();
        CronText::parse(text).is_some_and(|text| text.every().is_some())
            || Fields::parse(text).is_some()
    }

    /// The first time after `last`; `None` if there is none, as for February 30.
    pub fn after<Tz: TimeZone>(&self, last: &DateTime<Tz>) -> Option<DateTime<Tz>> {
        match self {
            Self::Every(interval) => last
                .clone()
                .checked_add_signed(Span::from_std(*interval).ok()?),
            Self::Fields(fields) => fields.after(last),
        }
    }
}

impl Fields {
    /// Five fields, or one of the `@` words.
    fn parse(text: &str) -> Option<Self> {
        let text = match text {
            "@yearly" | "@annually" => "0 0 1 1 *",
            "@monthly" => "0 0 1 * *",
            "@weekly" => "0 0 * * 0",
            "@daily" | "@midnight" => "0 0 * * *",
            "@hourly" => "0 * * * *",
            other => other,
        };
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minutes, hours, days, months, weekdays] = fields.as_slice() else {
            return None;
        };
        let sundays = set(weekdays, 0, 7)?;
        Some(Self {
            minutes: set(minutes, 0, 59)?,
            hours: set(hours, 0, 23)?,
            days: set(days, 1, 31)?,
            months: set(months, 1, 12)?,
            weekdays: (sundays | sundays >> 7) & 0x7f,
            either_day: !days.starts_with('*') && !weekdays.starts_with('*'),
        })
    }

    fn after<Tz: TimeZone>(&self, last: &DateTime<Tz>) -> Option<DateTime<Tz>> {
        let zone = last.timezone();
        let limit = last.clone().checked_add_signed(Span::days(SEARCH_DAYS))?;
        // Steps in true time, so that an hour left out by daylight saving is simply not met.
        let seconds = i64::from(last.second());
        let mut at = last.timestamp() - seconds + 60;
        while at <= limit.timestamp() {
            let time = zone.timestamp_opt(at, 0).single()?;
            if !self.has_day(&time) {
                at += 60 * i64::from(60 - time.minute());
                if time.minute() == 0 && time.hour() < 22 {
                    // To 23 o'clock: a day that daylight saving cuts short ends there at the latest.
                    at += 3_600 * i64::from(22 - time.hour());
                }
            } else if self.hours >> time.hour() & 1 == 0 {
                at += 60 * i64::from(60 - time.minute());
            } else if self.minutes >> time.minute() & 1 == 0 {
                at += 60;
            } else {
                return Some(time);
            }
        }
        None
    }

    fn has_day<Tz: TimeZone>(&self, time: &DateTime<Tz>) -> bool {
        let day = self.days >> time.day() & 1 == 1;
        let weekday = self.weekdays >> time.weekday().num_days_from_sunday() & 1 == 1;
        let both = if self.either_day {
            day || weekday
        } else {
            day && weekday
        };
        both && self.months >> time.month() & 1 == 1
    }
}

/// `*`, `5`, `1-5`, `*/15`, `10-30/5`, and lists of them.
fn set(field: &str, low: u32, high: u32) -> Option<u64> {
    field
        .split(',')
        .try_fold(0, |bits, part| Some(bits | range(part, low, high)?))
}

fn range(part: &str, low: u32, high: u32) -> Option<u64> {
    let (span, step) = match part.split_once('/') {
        Some((span, step)) => (span, step.parse().ok().filter(|&step| step > 0)?),
        None => (part, 1),
    };
    let (from, to): (u32, u32) = match span.split_once('-') {
        _ if span == "*" => (low, high),
        Some((from, to)) => (from.parse().ok()?, to.parse().ok()?),
        None => {
            let from = span.parse().ok()?;
            (from, if part.contains('/') { high } else { from })
        }
    };
    if from < low || to > high || from > to {
        return None;
    }
    Some((from..=to).step_by(step).fold(0, |bits, n| bits | 1 << n))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use chrono::{FixedOffset, Utc};

    fn next(cron: &str, after: &str) -> Option<String> {
        let fields = Fields::parse(cron).unwrap();
        let last = DateTime::parse_from_rfc3339(after).unwrap();
        fields.after(&last).map(|time| time.to_rfc3339())
    }

    #[test]
    fn the_next_time_is_found() {
        for (cron, after, expected) in [
            (
                "@hourly",
                "2026-02-03T10:59:59+01:00",
                "2026-02-03T11:00:00+01:00",
            ),
            (
                "@daily",
                "2026-02-03T00:00:00+01:00",
                "2026-02-04T00:00:00+01:00",
            ),
            (
                "*/15 3-4 * * *",
                "2026-02-03T04:50:00Z",
                "2026-02-04T03:00:00+00:00",
            ),
            (
                "30 4 1,15 * 5",
                "2026-02-02T00:00:00Z",
                "2026-02-06T04:30:00+00:00",
            ),
            (
                "0 0 29 2 *",
                "2026-03-01T00:00:00Z",
                "2028-02-29T00:00:00+00:00",
            ),
            (
                "5 0 * * 7",
                "2026-02-03T00:00:00Z",
                "2026-02-08T00:05:00+00:00",
            ),
            (
                "59 23 31 12 *",
                "2026-12-31T23:59:00Z",
                "2027-12-31T23:59:00+00:00",
            ),
        ] {
            assert_eq!(next(cron, after).as_deref(), Some(expected), "{cron}");
        }
        assert_eq!(next("0 0 30 2 *", "2026-01-01T00:00:00Z"), None);
    }

    #[test]
    fn what_means_nothing_is_refused() {
        for text in [
            "",
            "* * * *",
            "60 * * * *",
            "* * 0 * *",
            "5-1 * * * *",
            "*/0 * * * *",
            "@often",
            "a b c d e",
        ] {
            assert_eq!(Fields::parse(text), None, "{text}");
        }
    }

    #[test]
    fn intervals_count_from_the_last_time() {
        let every = Schedule::Every(Duration::from_secs(90));
        let last = Utc.timestamp_opt(1_000, 0).unwrap();
        assert_eq!(every.after(&last).unwrap().timestamp(), 1_090);
    }

    #[test]
    fn zones_count() {
        let zone = FixedOffset::east_opt(5 * 3_600 + 1_800).unwrap();
        let last = zone.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).unwrap();
        let next = Fields::parse("0 2 * * *").unwrap().after(&last).unwrap();
        assert_eq!(next.to_rfc3339(), "2026-01-01T02:00:00+05:30");
    }
}
