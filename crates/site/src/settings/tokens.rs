//! What signs sessions and links, and how long they last.

use std::time::Duration;

use super::catalogue::random_alphanumeric;
use super::values::{Rows, Secret};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenSettings {
    /// Signs sessions and links; never empty.
    pub secret_key: Secret,
    /// Salt of public ids; changing it breaks every existing link.
    pub hash_id_salt: Secret,
    pub access_ttl: Duration,
    pub refresh_ttl: Duration,
    /// How long a signed request between master and slave is valid.
    pub slave_api_ttl: Duration,
}

/// Length of a seeded `secret_key`.
pub(super) const SECRET_KEY_CHARS: usize = 256;

impl TokenSettings {
    pub(super) fn read(rows: &Rows<'_>) -> Self {
        let mut secret_key = rows.secret("secret_key");
        if secret_key.is_empty() {
            secret_key = Secret::new(random_alphanumeric(SECRET_KEY_CHARS, &mut rand::rng()));
        }
        Self {
            secret_key,
            hash_id_salt: rows.secret("hash_id_salt"),
            access_ttl: rows.positive_secs("access_token_ttl"),
            refresh_ttl: rows.positive_secs("refresh_token_ttl"),
            slave_api_ttl: rows.positive_secs("slave_api_timeout"),
        }
    }
}
