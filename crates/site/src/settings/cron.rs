//! When recurring work is due.

use std::time::Duration;

use super::values::Rows;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CronSettings {
    pub garbage_collect: CronText,
    pub trash_bin_collect: CronText,
    pub entity_collect: CronText,
    pub oauth_cred_refresh: CronText,
    pub scrub: CronText,
}

/// A schedule as an administrator wrote it: `@every 33m`, or a cron expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CronText(String);

impl CronSettings {
    pub(super) fn read(rows: &Rows<'_>) -> Self {
        let cron = |key| rows.parsed(key, CronText::parse);
        Self {
            garbage_collect: cron("cron_garbage_collect"),
            trash_bin_collect: cron("cron_trash_bin_collect"),
            entity_collect: cron("cron_entity_collect"),
            oauth_cred_refresh: cron("cron_oauth_cred_refresh"),
            scrub: cron("cron_scrub"),
        }
    }
}

impl CronText {
    /// Refuses an empty text and an `@every` without a readable duration; other expressions are
    /// for the scheduler to judge.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let cron = Self(text.trim().to_owned());
        let hopeless =
            cron.0.is_empty() || (cron.0.starts_with("@every") && cron.every().is_none());
        (!hopeless).then_some(cron)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The interval of `@every …`, at least one second; `None` for cron expressions.
    pub fn every(&self) -> Option<Duration> {
        let interval = go_duration(self.0.strip_prefix("@every ")?.trim())?;
        Some(interval.max(Duration::from_secs(1)))
    }
}

/// A sum of numbers with units, such as `1h30m` or `1.5s`; positive, at most 136 years.
fn go_duration(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut secs = 0.0;
    while !rest.is_empty() {
        let (number, after) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit() && c != '.')?);
        let unit_end = after
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .unwrap_or(after.len());
        let (unit, after) = after.split_at(unit_end);
        secs += number.parse::<f64>().ok()? * secs_in(unit)?;
        rest = after;
    }
    (secs > 0.0 && secs <= f64::from(u32::MAX)).then(|| Duration::from_secs_f64(secs))
}

fn secs_in(unit: &str) -> Option<f64> {
    Some(match unit {
        "ns" => 1e-9,
        "us" | "µs" | "μs" => 1e-6,
        "ms" => 1e-3,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reads_sums_of_units() {
        for (text, secs) in [
            ("@every 33m", Some(1980)),
            ("@every 230h", Some(828_000)),
            ("@every 1h30m10s", Some(5410)),
            ("@every 1.5h", Some(5400)),
            ("@every  2000ms ", Some(2)),
            ("@every 5ms", Some(1)),
            ("0 3 * * *", None),
            ("@daily", None),
        ] {
            let every = CronText::parse(text).and_then(|cron| cron.every());
            assert_eq!(every, secs.map(Duration::from_secs), "{text}");
        }
    }

    #[test]
    fn intervals_that_mean_nothing_are_refused() {
        for text in [
            "",
            "@every",
            "@every ",
            "@every 5",
            "@every m",
            "@every -5m",
            "@every 0s",
            "@every 1y",
            "@every 1..5s",
            "@every 99999999h",
        ] {
            assert_eq!(CronText::parse(text), None, "{text}");
        }
        assert!(CronText::parse("0 3 * * *").is_some());
    }
}
