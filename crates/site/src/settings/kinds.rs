//! What kind of value each setting has: told by the code that reads it, so it is always true.

use super::catalogue;
use super::sealed;
use super::values::Rows;
use super::{Settings, is_known};
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

/// What a value has to look like. All of them are text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `1` or `0`.
    Flag,
    /// A number, no smaller than this.
    Number {
        least: i64,
    },
    /// One of these.
    Choice(&'static [&'static str]),
    /// Elements between commas.
    List,
    Json,
    /// Text, perhaps of a form of its own.
    Text,
    /// Text that nobody is shown without need.
    Secret,
}

/// How a row was read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    pub kind: Kind,
    /// If not, the default counts.
    pub makes_sense: bool,
}

/// One setting, for a page on which it can be set.
#[derive(Clone, Debug)]
pub struct Description {
    pub key: &'static str,
    pub kind: Kind,
    /// What a new site starts with; empty for what is drawn.
    pub default: String,
    /// Whether its row is sealed.
    pub is_secret: bool,
    /// Whether anything reads it. Others are kept for clients that set them.
    pub is_read: bool,
}

fn readings(rows: &HashMap<String, String>) -> BTreeMap<String, Reading> {
    let seen = RefCell::default();
    Settings::read(&Rows {
        stored: rows,
        env: &|_| None,
        seen: Some(&seen),
    });
    seen.into_inner()
}

/// Every setting that has a meaning, by key.
pub fn describe() -> Vec<Description> {
    let readings = readings(&HashMap::new());
    let mut all: Vec<_> = catalogue::keys()
        .map(|key| {
            let is_secret = sealed::is_secret(key);
            let read = readings.get(key).map_or(Kind::Text, |reading| reading.kind);
            Description {
                key,
                kind: if is_secret { Kind::Secret } else { read },
                default: catalogue::first_value(key),
                is_secret,
                is_read: readings.contains_key(key),
            }
        })
        .collect();
    all.sort_unstable_by_key(|one| one.key);
    all
}

/// Those of the rows whose values make no sense, and what would: the default would count instead.
pub fn without_sense(rows: &BTreeMap<String, String>) -> Vec<(String, String)> {
    let all = rows.clone().into_iter().collect();
    let readings = readings(&all).into_iter();
    let bad = readings.filter(|(key, reading)| !reading.makes_sense && rows.contains_key(key));
    bad.map(|(key, reading)| {
        let wanted = reading.kind.wanted(&key);
        (key, wanted)
    })
    .collect()
}

impl Kind {
    /// What is expected, in words.
    fn wanted(self, key: &str) -> String {
        match self {
            Self::Flag => "wants 1 or 0".to_owned(),
            Self::Number { least } => {
                format!("wants a whole number, {least} or more, and not too large")
            }
            Self::Choice(known) => format!("wants one of {}", known.join(", ")),
            Self::List => "wants values between commas".to_owned(),
            Self::Json => "wants JSON in the form of its default".to_owned(),
            Self::Text | Self::Secret => wanted_text(key).to_owned(),
        }
    }
}

fn wanted_text(key: &str) -> &'static str {
    if key == "siteURL" {
        "wants web addresses between commas, such as https://drive.example.org"
    } else if key.starts_with("cron_") {
        "wants a time to repeat, such as `@every 30m` or `0 3 * * *`"
    } else {
        "wants text in the form of its default"
    }
}

/// The known key that somebody may have meant.
pub fn nearest(key: &str) -> Option<&'static str> {
    let closest = catalogue::keys().min_by_key(|known| distance(key, known))?;
    (!is_known(key) && distance(key, closest) * 3 <= key.len().max(3)).then_some(closest)
}

fn distance(one: &str, other: &str) -> usize {
    strsim::levenshtein(&one.to_ascii_lowercase(), &other.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn kind(key: &str) -> Kind {
        let all = describe();
        all.iter().find(|one| one.key == key).unwrap().kind
    }

    fn refused(key: &str, value: &str) -> bool {
        let rows = [(key.to_owned(), value.to_owned())];
        !without_sense(&rows.into_iter().collect()).is_empty()
    }

    #[test]
    fn kinds_are_those_by_which_values_are_read() {
        assert_eq!(kind("register_enabled"), Kind::Flag);
        assert_eq!(kind("smtpPass"), Kind::Secret);
        assert_eq!(kind("file_viewers"), Kind::Json);
        assert_eq!(kind("siteName"), Kind::Text);
        assert!(matches!(kind("smtpPort"), Kind::Number { .. }));
        assert!(matches!(kind("map_provider"), Kind::Choice(_)));
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        for (key, value) in [
            ("register_enabled", "maybe"),
            ("smtpPort", "many"),
            ("smtpPort", "70000"),
            ("max_page_size", "-1"),
            ("file_viewers", "[]x"),
            ("mail_reset_template", "[]"),
            ("cron_entity_collect", "@every soon"),
            ("siteURL", "nowhere"),
        ] {
            assert!(refused(key, value), "{key} = {value}");
        }
        for (key, value) in [
            ("register_enabled", "0"),
            ("smtpPort", "587"),
            ("siteName", ""),
            ("cron_entity_collect", "@every 5m"),
            ("unknown", "anything"),
        ] {
            assert!(!refused(key, value), "{key} = {value}");
        }
    }

    #[test]
    fn every_first_value_makes_sense() {
        let rows = catalogue::seeds(|_| None, &mut rand::rng());
        assert_eq!(without_sense(&rows.into_iter().collect()), Vec::new());
    }

    #[test]
    fn a_slip_of_the_pen_is_understood() {
        assert_eq!(nearest("sitename"), Some("siteName"));
        assert_eq!(nearest("register_enable"), Some("register_enabled"));
        assert_eq!(nearest("siteName"), None);
        assert_eq!(nearest("something_else_entirely"), None);
    }
}
