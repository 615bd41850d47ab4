//! Properties that an administrator adds to files.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::values::{is_default, null_as_default};

/// One property, stored as the metadata `props:{id}` of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomProp {
    /// Letters, digits, `_` and `-`.
    pub id: String,
    /// Plain text or a translation key of the clients.
    #[serde(default)]
    pub name: String,
    #[serde(rename = "type")]
    pub kind: CustomPropKind,
    /// Bytes of a text or link, value of a number, stars of a rating; zero means any.
    #[serde(
        default,
        deserialize_with = "null_as_default",
        skip_serializing_if = "is_default"
    )]
    pub max: i64,
    /// As `max`; ratings have none.
    #[serde(
        default,
        deserialize_with = "null_as_default",
        skip_serializing_if = "is_default"
    )]
    pub min: i64,
    #[serde(
        default,
        deserialize_with = "null_as_default",
        skip_serializing_if = "is_default"
    )]
    pub default: String,
    #[serde(
        default,
        deserialize_with = "null_as_default",
        skip_serializing_if = "is_default"
    )]
    pub options: Vec<String>,
    #[serde(
        default,
        deserialize_with = "null_as_default",
        skip_serializing_if = "is_default"
    )]
    pub icon: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CustomPropKind {
    Text,
    Number,
    Boolean,
    Select,
    MultiSelect,
    Link,
    Rating,
}

/// Why a property does not take a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PropError {
    #[error("value is too small or too short")]
    TooSmall,
    #[error("value is too large or too long")]
    TooLarge,
    #[error("value has the wrong form")]
    Malformed,
    #[error("value is not one of the options")]
    NotAnOption,
}

impl CustomProp {
    /// Checks a value before it is stored; an empty one clears the property and always passes.
    pub fn check(&self, value: &str) -> Result<(), PropError> {
        if value.is_empty() {
            return Ok(());
        }
        match self.kind {
            CustomPropKind::Text | CustomPropKind::Link => {
                self.check_range(value.len() as f64, self.min)
            }
            CustomPropKind::Number => self.check_range(number(value)?, self.min),
            CustomPropKind::Rating => {
                let stars: u32 = value.parse().map_err(|_| PropError::Malformed)?;
                self.check_range(f64::from(stars), 0)
            }
            CustomPropKind::Boolean if matches!(value, "true" | "false") => Ok(()),
            CustomPropKind::Boolean => Err(PropError::Malformed),
            CustomPropKind::Select => self.check_option(value),
            CustomPropKind::MultiSelect => {
                let chosen: Vec<String> =
                    serde_json::from_str(value).map_err(|_| PropError::Malformed)?;
                chosen
                    .iter()
                    .try_for_each(|option| self.check_option(option))
            }
        }
    }

    fn check_range(&self, measure: f64, min: i64) -> Result<(), PropError> {
        if min != 0 && measure < min as f64 {
            Err(PropError::TooSmall)
        } else if self.max != 0 && measure > self.max as f64 {
            Err(PropError::TooLarge)
        } else {
            Ok(())
        }
    }

    fn check_option(&self, value: &str) -> Result<(), PropError> {
        if self.options.iter().any(|option| option == value) {
            Ok(())
        } else {
            Err(PropError::NotAnOption)
        }
    }
}

fn number(text: &str) -> Result<f64, PropError> {
    text.parse()
        .ok()
        .filter(|number: &f64| number.is_finite())
        .ok_or(PropError::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prop(kind: CustomPropKind, min: i64, max: i64) -> CustomProp {
        CustomProp {
            id: "p".to_owned(),
            name: "P".to_owned(),
            kind,
            max,
            min,
            default: String::new(),
            options: vec!["red".to_owned(), "blue".to_owned()],
            icon: String::new(),
        }
    }

    #[test]
    fn values_are_held_to_their_kind() {
        use CustomPropKind::{Boolean, Link, MultiSelect, Number, Rating, Select, Text};
        use PropError::{Malformed, NotAnOption, TooLarge, TooSmall};
        for (kind, min, max, value, expected) in [
            (Text, 2, 4, "", Ok(())),
            (Text, 2, 4, "a", Err(TooSmall)),
            (Text, 2, 4, "éé", Ok(())),
            (Text, 2, 4, "ééé", Err(TooLarge)),
            (Text, 0, 0, "any length at all", Ok(())),
            (Link, 0, 5, "https://x", Err(TooLarge)),
            (Number, -3, 10, "-4", Err(TooSmall)),
            (Number, -3, 10, "9.5", Ok(())),
            (Number, 0, 10, "NaN", Err(Malformed)),
            (Number, 0, 10, "ten", Err(Malformed)),
            (Rating, 9, 5, "5", Ok(())),
            (Rating, 0, 5, "6", Err(TooLarge)),
            (Rating, 0, 5, "-1", Err(Malformed)),
            (Boolean, 0, 0, "true", Ok(())),
            (Boolean, 0, 0, "1", Err(Malformed)),
            (Select, 0, 0, "blue", Ok(())),
            (Select, 0, 0, "Blue", Err(NotAnOption)),
            (MultiSelect, 0, 0, r#"["red","blue"]"#, Ok(())),
            (MultiSelect, 0, 0, r#"["green"]"#, Err(NotAnOption)),
            (MultiSelect, 0, 0, "red", Err(Malformed)),
        ] {
            assert_eq!(
                prop(kind, min, max).check(value),
                expected,
                "{kind:?} {value}"
            );
        }
    }
}
