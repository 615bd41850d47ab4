//! Times as the API writes them: RFC 3339 with fraction and offset.

use crate::digits::put;
use chrono::{DateTime, Datelike as _, Timelike as _, Utc};
use entity::Timestamp;
use serde::{Serialize as _, Serializer};

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

/// Writes a time as chrono does, in a tenth of the time: listings are full of them.
/// # Errors
/// The serializer's.
pub fn write<S: Serializer>(time: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    match text_of(time, &mut [0; LONGEST]) {
        Some(text) => serializer.serialize_str(text),
        None => time.serialize(serializer),
    }
}

/// Appends a time as JSON.
pub fn push(out: &mut String, time: &DateTime<Utc>) {
    let mut place = [0; LONGEST];
    match text_of(time, &mut place) {
        Some(text) => {
            out.push('"');
            out.push_str(text);
            out.push('"');
        }
        None => out.push_str(&serde_json::to_string(time).unwrap_or_default()),
    }
}

/// Bytes of a time with all its digits.
const LONGEST: usize = 27;

/// A usual time as text, written to a place.
fn text_of<'a>(time: &DateTime<Utc>, text: &'a mut [u8; LONGEST]) -> Option<&'a str> {
    let (year, nanos) = (time.year(), time.nanosecond());
    if !(0..=9999).contains(&year) || !nanos.is_multiple_of(1_000) || nanos >= 1_000_000_000 {
        return None;
    }
    *text = *b"0000-00-00T00:00:00.000000Z";
    put(&mut text[0..4], year.unsigned_abs());
    put(&mut text[5..7], time.month());
    put(&mut text[8..10], time.day());
    put(&mut text[11..13], time.hour());
    put(&mut text[14..16], time.minute());
    put(&mut text[17..19], time.second());
    put(&mut text[20..26], nanos / 1_000);
    // None, three or six digits of a fraction.
    let length = match nanos {
        0 => 20,
        _ if nanos.is_multiple_of(1_000_000) => 24,
        _ => LONGEST,
    };
    text[length - 1] = b'Z';
    std::str::from_utf8(&text[..length]).ok()
}

/// A time that a client was told, as it is stored.
pub fn since(time: Option<DateTime<Utc>>) -> Option<Timestamp> {
    time.map(|time| Timestamp(time.timestamp_micros()))
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

    #[test]
    fn times_are_written_as_chrono_writes_them() {
        for micros in [
            0,
            1,
            1_000,
            123_000,
            123_456,
            999_999,
            1_800_000_000_123_456,
            951_782_400_000_000,
            1_709_164_799_999_999,
            253_402_300_799_000_000,
            253_402_300_800_000_000,
            -1,
            -62_135_596_800_000_000,
            -62_200_000_000_000_000,
        ] {
            let time = wire(Timestamp(micros));
            let mut written = Vec::new();
            write(&time, &mut serde_json::Serializer::new(&mut written)).unwrap();
            assert_eq!(
                String::from_utf8(written).unwrap(),
                serde_json::to_string(&time).unwrap(),
                "{micros}"
            );
        }
    }
}
