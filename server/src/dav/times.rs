//! Times as WebDAV clients write and read them.

use crate::digits::put;
use chrono::{DateTime, Datelike, NaiveDateTime, Timelike, Utc};
use entity::Timestamp;

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];
fn calendar(time: Timestamp) -> DateTime<Utc> {
    DateTime::from_timestamp(time.unix_secs(), 0).unwrap_or_default()
}

fn of_calendar(time: DateTime<Utc>) -> Option<Timestamp> {
    Timestamp::from_unix_secs(time.timestamp()).of_file()
}

/// `Fri, 02 Jan 2026 03:04:05 GMT` (RFC 9110 §5.6.7). Written by hand: listings need thousands.
pub fn http_date(out: &mut String, time: Timestamp) {
    let time = calendar(time);
    let mut text = *b"Xxx, 00 Xxx 0000 00:00:00 GMT";
    text[..3].copy_from_slice(DAYS[time.weekday().num_days_from_monday() as usize].as_bytes());
    put(&mut text[5..7], time.day());
    text[8..11].copy_from_slice(MONTHS[time.month0() as usize].as_bytes());
    put(&mut text[12..16], time.year().unsigned_abs());
    put(&mut text[17..19], time.hour());
    put(&mut text[20..22], time.minute());
    put(&mut text[23..25], time.second());
    out.push_str(std::str::from_utf8(&text).unwrap_or_default());
}

/// `2026-01-02T03:04:05Z` (RFC 4918 §15.1).
pub fn iso(out: &mut String, time: Timestamp) {
    let time = calendar(time);
    let mut text = *b"0000-00-00T00:00:00Z";
    put(&mut text[..4], time.year().unsigned_abs());
    put(&mut text[5..7], time.month());
    put(&mut text[8..10], time.day());
    put(&mut text[11..13], time.hour());
    put(&mut text[14..16], time.minute());
    put(&mut text[17..19], time.second());
    out.push_str(std::str::from_utf8(&text).unwrap_or_default());
}

/// Seconds since 1970, perhaps with a fraction, as `X-OC-Mtime` has them.
pub fn of_unix(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let whole = text.split('.').next()?;
    of_calendar(DateTime::from_timestamp(whole.parse().ok()?, 0)?)
}

/// `Fri, 02 Jan 2026 03:04:05 GMT`, or ISO 8601.
pub fn parse(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let http = NaiveDateTime::parse_from_str(text, "%a, %d %b %Y %H:%M:%S GMT");
    let time = match http {
        Ok(time) => time.and_utc(),
        Err(_) => DateTime::parse_from_rfc3339(text).ok()?.with_timezone(&Utc),
    };
    of_calendar(time)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn times_are_written_as_the_rfcs_want_and_read_back() {
        let time = Timestamp(1_767_323_045_999_999);
        let mut text = String::new();
        http_date(&mut text, time);
        assert_eq!(text, "Fri, 02 Jan 2026 03:04:05 GMT");
        assert_eq!(parse(&text), Some(Timestamp(1_767_323_045_000_000)));
        let mut text = String::new();
        iso(&mut text, time);
        assert_eq!(text, "2026-01-02T03:04:05Z");
        assert_eq!(parse(&text), Some(Timestamp(1_767_323_045_000_000)));
        for secs in [
            -2_208_988_800,
            -1,
            0,
            951_825_599,
            1_709_164_799,
            253_402_300_799,
        ] {
            let time = Timestamp::from_unix_secs(secs);
            let (mut http, mut written) = (String::new(), String::new());
            http_date(&mut http, time);
            iso(&mut written, time);
            assert_eq!((parse(&http), parse(&written)), (Some(time), Some(time)));
        }
    }

    #[test]
    fn times_outside_any_calendar_are_none() {
        assert_eq!(of_unix("1767323045.25").unwrap().unix_secs(), 1_767_323_045);
        for text in ["", "x", "99999999999999999", "-99999999999", "1e9"] {
            assert_eq!(of_unix(text), None, "{text}");
        }
        assert_eq!(parse("yesterday"), None);
    }
}
