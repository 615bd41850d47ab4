//! Reading rows: environment first, then the table, then what code assumes.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

use super::catalogue;
use super::kinds::{Kind, Reading};

/// Text that must not reach a log.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub fn expose(&self) -> &str {
        &self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(…)")
    }
}

/// The settings table with the environment in front of it.
pub(super) struct Rows<'a> {
    pub stored: &'a HashMap<String, String>,
    pub env: &'a dyn Fn(&str) -> Option<String>,
    /// Is told how each row is read, where somebody wants to know.
    pub seen: Option<&'a RefCell<BTreeMap<String, Reading>>>,
}

impl Rows<'_> {
    fn note(&self, key: &str, kind: Kind, makes_sense: bool) {
        if let Some(seen) = self.seen {
            let reading = Reading { kind, makes_sense };
            seen.borrow_mut().insert(key.to_owned(), reading);
        }
    }

    fn raw(&self, key: &str) -> Option<Cow<'_, str>> {
        (self.env)(&format!("ALCOVE_SETTING_{key}"))
            .or_else(|| (self.env)(&format!("CR_SETTING_{key}")))
            .map(Cow::Owned)
            .or_else(|| {
                self.stored
                    .get(key)
                    .map(|value| Cow::Borrowed(value.as_str()))
            })
    }

    /// The row read by `parse`, or the code default where that gives `None`.
    fn read<T>(&self, key: &str, kind: Kind, parse: impl Fn(&str) -> Option<T>) -> T {
        let found = self.raw(key).map(|value| parse(&value));
        let makes_sense = !matches!(found, Some(None));
        if !makes_sense && self.seen.is_none() {
            tracing::warn!(setting = key, "unreadable setting, the default is used");
        }
        self.note(key, kind, makes_sense);
        found
            .flatten()
            .or_else(|| parse(&catalogue::code_default(key)))
            .expect("each code default suits its reader; reading an empty table is tested")
    }

    pub fn text(&self, key: &str) -> String {
        self.read(key, Kind::Text, |value| Some(value.to_owned()))
    }

    pub fn secret(&self, key: &str) -> Secret {
        Secret(self.read(key, Kind::Secret, |value| Some(value.to_owned())))
    }

    /// `1` and `true` are true, all else is false; what looks like neither is told.
    pub fn flag(&self, key: &str) -> bool {
        let flag = self.read(key, Kind::Flag, |value| Some(matches!(value, "1" | "true")));
        let raw = self.raw(key);
        if raw.is_some_and(|value| !matches!(&*value, "1" | "true" | "0" | "false" | "")) {
            if self.seen.is_none() {
                tracing::warn!(setting = key, "neither 0 nor 1, which counts as 0");
            }
            self.note(key, Kind::Flag, false);
        }
        flag
    }

    pub fn number<T: FromStr>(&self, key: &str) -> T {
        let kind = Kind::Number { least: 0 };
        self.read(key, kind, |value| value.trim().parse().ok())
    }

    /// A number for which zero makes no sense.
    pub fn positive<T: FromStr + PartialOrd + Default>(&self, key: &str) -> T {
        self.read(key, Kind::Number { least: 1 }, |value| {
            value
                .trim()
                .parse()
                .ok()
                .filter(|number| *number > T::default())
        })
    }

    /// A size in bytes where zero means any.
    pub fn limit(&self, key: &str) -> Option<u64> {
        Some(self.number(key)).filter(|limit| *limit > 0)
    }

    /// Whole seconds, at most 136 years, so that adding them to a time cannot overflow.
    pub fn secs(&self, key: &str) -> Duration {
        Duration::from_secs(self.number::<u32>(key).into())
    }

    /// As [`Self::secs`], refusing zero.
    pub fn positive_secs(&self, key: &str) -> Duration {
        Duration::from_secs(self.positive::<u32>(key).into())
    }

    /// Split at commas without trimming; empty elements are dropped.
    pub fn list(&self, key: &str) -> Vec<String> {
        let text = self.read(key, Kind::List, |value| Some(value.to_owned()));
        text.split(',')
            .filter(|element| !element.is_empty())
            .map(str::to_owned)
            .collect()
    }

    /// The entry of `choices` that the row names.
    pub fn choice(&self, key: &str, choices: &'static [&'static str]) -> &'static str {
        self.read(key, Kind::Choice(choices), |value| {
            choices.iter().find(|choice| **choice == value).copied()
        })
    }

    pub fn json<T: DeserializeOwned>(&self, key: &str) -> T {
        self.read(key, Kind::Json, |value| serde_json::from_str(value).ok())
    }

    /// JSON that passes `accept`.
    pub fn json_if<T: DeserializeOwned>(&self, key: &str, accept: impl Fn(&T) -> bool) -> T {
        self.read(key, Kind::Json, |value| {
            serde_json::from_str(value).ok().filter(&accept)
        })
    }

    /// JSON that clients get as text, with what it says.
    pub fn json_text<T: DeserializeOwned>(&self, key: &str) -> (String, T) {
        self.read(key, Kind::Json, |value| {
            Some((value.to_owned(), serde_json::from_str(value).ok()?))
        })
    }

    pub fn parsed<T>(&self, key: &str, parse: impl Fn(&str) -> Option<T>) -> T {
        self.read(key, Kind::Text, parse)
    }
}

/// Takes `null` for the empty value: other servers write empty lists and maps that way.
pub(super) fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// Whether a value is left out of an answer.
pub(super) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
