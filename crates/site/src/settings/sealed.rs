//! Rows that hold secrets: sealed at rest, so that neither the database nor its backups give them
//! away.
//!
//! Reading takes both forms. A value in plain text, written by hand or by an earlier version,
//! counts as it is and is sealed at the next start or write. The environment is not touched.

use super::catalogue::code_default;
use crate::secret::{BadSeal, Sealer};
use std::collections::HashMap;

/// Keys whose rows are sealed. The last four are JSON with a secret inside.
const SECRETS: [&str; 15] = [
    "secret_key",
    "hash_id_salt",
    "media_meta_geocoding_mapbox_ak",
    "smtpPass",
    "captcha_ReCaptchaSecret",
    "captcha_turnstile_site_secret",
    "captcha_cap_secret_key",
    "captcha_TCaptcha_AppSecretKey",
    "captcha_TCaptcha_SecretKey",
    "fts_meilisearch_api_key",
    // Embedders are told a key in there.
    "fts_meilisearch_embed_config",
    "oidc_config",
    "logto_config",
    "qq_login_config",
    "ldap_config",
];
/// In front of a sealed text.
const MARK: &str = "sealed:";

/// Whether the row of a key is sealed.
pub fn is_secret(key: &str) -> bool {
    SECRETS.contains(&key)
}

/// A value as it is stored. What every site has anyway is no secret.
pub fn seal(sealer: &Sealer, key: &str, value: String) -> String {
    let is_plain = !value.starts_with(MARK) && value.trim() != code_default_of(key);
    if SECRETS.contains(&key) && is_plain {
        format!("{MARK}{}", sealer.seal(&purpose(key), &value))
    } else {
        value
    }
}

/// A value as it counts, from a stored one.
/// # Errors
/// [`BadSeal`], for example if it was sealed with another master key.
pub fn open(sealer: &Sealer, key: &str, stored: &str) -> Result<String, BadSeal> {
    match stored.strip_prefix(MARK) {
        Some(sealed) if SECRETS.contains(&key) => sealer.open(&purpose(key), sealed),
        _ => Ok(stored.to_owned()),
    }
}

/// Opens every row. One that cannot be opened counts as missing: what depends on it is closed.
pub(super) fn open_all(
    sealer: &Sealer,
    mut rows: HashMap<String, String>,
) -> HashMap<String, String> {
    for key in SECRETS {
        let Some(stored) = rows.get(key) else {
            continue;
        };
        match open(sealer, key, stored) {
            Ok(value) => {
                rows.insert(key.to_owned(), value);
            }
            Err(error) => {
                tracing::error!(setting = key, %error, "a sealed setting counts as missing");
                rows.remove(key);
            }
        }
    }
    rows
}

/// The sealed ones among settings rows.
#[derive(Debug)]
pub struct SealedRows<'a>(Vec<(&'static str, &'a str)>);

impl<'a> SealedRows<'a> {
    pub fn among(rows: &'a HashMap<String, String>) -> Self {
        let secrets = SECRETS
            .into_iter()
            .filter_map(|key| Some((key, rows.get(key)?.as_str())));
        Self(secrets.filter(|(_, row)| row.starts_with(MARK)).collect())
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn keys(&self) -> Vec<&'static str> {
        self.0.iter().map(|(key, _)| *key).collect()
    }

    /// Keys of those that this master key does not open.
    pub fn closed_to(&self, sealer: &Sealer) -> Vec<&'static str> {
        let closed = self
            .0
            .iter()
            .filter(|(key, row)| open(sealer, key, row).is_err());
        closed.map(|(key, _)| *key).collect()
    }

    /// Whether this is their master key: it opens at least one, if there is one.
    pub fn fit(&self, sealer: &Sealer) -> bool {
        self.is_empty() || self.closed_to(sealer).len() < self.0.len()
    }
}

/// Rows that hold a secret in plain text: key, stored and sealed value.
pub(super) fn in_plain(
    sealer: &Sealer,
    rows: &HashMap<String, String>,
) -> Vec<(&'static str, String, String)> {
    let found = SECRETS.into_iter().filter_map(|key| {
        let stored = rows.get(key)?;
        let sealed = seal(sealer, key, stored.clone());
        (sealed != *stored).then(|| (key, stored.clone(), sealed))
    });
    found.collect()
}

fn code_default_of(key: &str) -> String {
    if SECRETS.contains(&key) {
        code_default(key).into_owned()
    } else {
        String::new()
    }
}

/// A value sealed for one row opens in no other.
fn purpose(key: &str) -> String {
    format!("setting {key}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::secret::MasterKey;
    use crate::settings::is_known;

    fn sealer(byte: u8) -> Sealer {
        Sealer::new(&MasterKey::from_bytes([byte; 32]))
    }

    #[test]
    fn secrets_are_sealed_once_and_open_in_their_row_only() {
        let sealer = sealer(1);
        for key in SECRETS {
            assert!(is_known(key), "{key}");
            let stored = seal(&sealer, key, "s3cret".to_owned());
            assert!(stored.starts_with("sealed:v1:"), "{stored}");
            assert_eq!(open(&sealer, key, &stored).unwrap(), "s3cret");
            assert_eq!(seal(&sealer, key, stored.clone()), stored);
            let rows = HashMap::from([(key.to_owned(), stored)]);
            assert!(in_plain(&sealer, &rows).is_empty());
        }
        let stored = seal(&sealer, "smtpPass", "s3cret".to_owned());
        assert!(open(&sealer, "secret_key", &stored).is_err());
        assert_eq!(open(&sealer, "siteName", &stored).unwrap(), stored);
    }

    #[test]
    fn what_is_no_secret_stays_readable() {
        let sealer = sealer(1);
        for (key, value) in [
            ("siteName", "Attic"),
            ("smtpPass", ""),
            ("oidc_config", "{}"),
            ("captcha_ReCaptchaSecret", "defaultSecret"),
        ] {
            assert_eq!(seal(&sealer, key, value.to_owned()), value, "{key}");
        }
    }

    #[test]
    fn a_master_key_fits_where_it_opens_anything() {
        let ours = sealer(1);
        let row = |sealer: &Sealer, key: &str| (key.to_owned(), seal(sealer, key, "x".to_owned()));
        let mut rows = HashMap::from([("siteName".to_owned(), "Attic".to_owned())]);
        assert!(SealedRows::among(&rows).is_empty() && SealedRows::among(&rows).fit(&ours));
        rows.extend([row(&sealer(2), "smtpPass")]);
        assert!(!SealedRows::among(&rows).fit(&ours));
        rows.extend([row(&ours, "secret_key")]);
        let sealed = SealedRows::among(&rows);
        assert!(sealed.fit(&ours));
        assert_eq!(sealed.closed_to(&ours), ["smtpPass"]);
        assert_eq!(sealed.keys(), ["secret_key", "smtpPass"]);
    }

    #[test]
    fn plain_rows_count_and_unreadable_ones_do_not() {
        let ours = sealer(1);
        let theirs = seal(&sealer(2), "smtpPass", "x".to_owned());
        let rows = HashMap::from([
            ("smtpPass".to_owned(), theirs),
            ("ldap_config".to_owned(), "{\"url\":\"x\"}".to_owned()),
            ("siteName".to_owned(), "Attic".to_owned()),
        ]);
        let opened = open_all(&ours, rows);
        assert_eq!(opened.get("smtpPass"), None);
        assert_eq!(opened["ldap_config"], "{\"url\":\"x\"}");
        assert_eq!(opened["siteName"], "Attic");
    }
}
