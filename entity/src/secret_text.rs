//! Secrets in columns.

use sea_orm::DeriveValueType;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A secret as it is stored, sealed or (in a row written by hand) not yet. Nothing that prints a
/// row shows it.
#[derive(Clone, Default, PartialEq, Eq, DeriveValueType, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SecretText(pub String);

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "none" } else { "…" })
    }
}

impl From<String> for SecretText {
    fn from(text: String) -> Self {
        Self(text)
    }
}
