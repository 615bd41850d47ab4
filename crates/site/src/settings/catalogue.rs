//! Every setting the server knows, with the value a new site starts with.
//!
//! Keys and values follow the V4 API, so that an administrator's page or an imported database
//! finds what it expects. Product names are ours; long JSON values live in `assets/settings/`.

mod files;
mod media;
pub(super) mod services;
mod site;

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand::distr::Alphanumeric;
use rand::{CryptoRng, Rng as _};

/// One row of the settings table as a new site gets it.
pub(super) struct Seed {
    key: &'static str,
    value: Initial,
    /// What code uses when the row is missing or unreadable, where that differs from `value`.
    code_default: Option<&'static str>,
}

/// Where a first value comes from.
enum Initial {
    Text(&'static str),
    Computed(fn() -> String),
    /// A random UUID v4.
    Uuid,
    /// That many random letters and digits.
    Alphanumeric(usize),
    /// 32 random bytes in base64.
    Key,
}

const fn text(key: &'static str, value: &'static str) -> Seed {
    seed(key, Initial::Text(value))
}

const fn seed(key: &'static str, value: Initial) -> Seed {
    Seed {
        key,
        value,
        code_default: None,
    }
}

/// A row whose first value is not what code falls back to.
const fn differing(key: &'static str, value: &'static str, code_default: &'static str) -> Seed {
    Seed {
        key,
        value: Initial::Text(value),
        code_default: Some(code_default),
    }
}

fn all() -> impl Iterator<Item = &'static Seed> {
    [
        site::BASIC,
        site::SESSION,
        site::CAPTCHA,
        site::UNUSED,
        media::THUMBNAILS,
        media::GENERATORS,
        media::META,
        services::MAIL,
        services::QUEUES,
        services::APPEARANCE,
        services::SERVER,
        files::PARAMETERS,
        files::SEARCH,
        files::EXPLORER,
    ]
    .into_iter()
    .flatten()
}

/// The rows a new site starts with, as (key, value).
///
/// `env` looks up environment variables: `ALCOVE_SETTING_DEFAULT_{key}` or
/// `CR_SETTING_DEFAULT_{key}` replaces a value. `rng` makes the site id and the secrets, so each
/// call gives other ones. The caller inserts only keys that have no row yet.
pub fn seeds<R: CryptoRng + ?Sized>(
    env: impl Fn(&str) -> Option<String>,
    rng: &mut R,
) -> Vec<(String, String)> {
    all()
        .map(|seed| {
            let key = seed.key;
            let value = env(&format!("ALCOVE_SETTING_DEFAULT_{key}"))
                .or_else(|| env(&format!("CR_SETTING_DEFAULT_{key}")))
                .unwrap_or_else(|| seed.value.draw(rng));
            (key.to_owned(), value)
        })
        .collect()
}

/// Whether a row of that name means something to the server.
pub fn is_known(key: &str) -> bool {
    all().chain(services::UNSEEDED).any(|seed| seed.key == key)
}

/// Every key that means something to the server.
pub(super) fn keys() -> impl Iterator<Item = &'static str> {
    all().chain(services::UNSEEDED).map(|seed| seed.key)
}

/// What a new site starts with; empty for what is drawn.
pub(super) fn first_value(key: &str) -> String {
    let seed = all().chain(services::UNSEEDED).find(|seed| seed.key == key);
    match seed.map(|seed| &seed.value) {
        Some(Initial::Text(text)) => text.trim_end().to_owned(),
        Some(Initial::Computed(compute)) => compute(),
        _ => String::new(),
    }
}

/// What code assumes without a readable row; empty for secrets and unknown keys.
pub(super) fn code_default(key: &str) -> Cow<'static, str> {
    let Some(seed) = all().chain(services::UNSEEDED).find(|seed| seed.key == key) else {
        debug_assert!(false, "setting {key} is not in the catalogue");
        return Cow::Borrowed("");
    };
    match (seed.code_default, &seed.value) {
        (Some(text), _) => Cow::Borrowed(text),
        (None, Initial::Text(text)) => Cow::Borrowed(text.trim_end()),
        (None, Initial::Computed(compute)) => Cow::Owned(compute()),
        (None, Initial::Uuid | Initial::Alphanumeric(_) | Initial::Key) => Cow::Borrowed(""),
    }
}

impl Initial {
    fn draw<R: CryptoRng + ?Sized>(&self, rng: &mut R) -> String {
        match self {
            Self::Text(text) => text.trim_end().to_owned(),
            Self::Computed(compute) => compute(),
            Self::Uuid => uuid::Builder::from_random_bytes(rng.random())
                .into_uuid()
                .to_string(),
            Self::Alphanumeric(length) => random_alphanumeric(*length, rng),
            Self::Key => STANDARD.encode(rng.random::<[u8; 32]>()),
        }
    }
}

/// That many letters and digits, for secrets and salts.
pub fn random_alphanumeric<R: CryptoRng + ?Sized>(length: usize, rng: &mut R) -> String {
    rng.sample_iter(Alphanumeric)
        .take(length)
        .map(char::from)
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::{HashMap, HashSet};

    use rand::SeedableRng as _;
    use rand::rngs::StdRng;

    use super::*;

    fn no_env(_: &str) -> Option<String> {
        None
    }

    fn rows(seed: u64) -> HashMap<String, String> {
        seeds(no_env, &mut StdRng::seed_from_u64(seed))
            .into_iter()
            .collect()
    }

    #[test]
    fn a_new_site_starts_with_215_distinct_rows() {
        let rows = seeds(no_env, &mut StdRng::seed_from_u64(1));
        assert_eq!(rows.len(), 215);
        let keys: HashSet<_> = rows.iter().map(|(key, _)| key).collect();
        assert_eq!(keys.len(), 215);
    }

    #[test]
    fn every_page_of_the_catalogue_is_present() {
        let rows = rows(1);
        for key in [
            "siteURL",
            "qq_login_config",
            "captcha_cap_asset_server",
            "thumb_ffmpeg_extra_args",
            "media_exif_music_size_remote",
            "ban_time",
            "fromAdress",
            "queue_remote_download_retry_delay",
            "sidebar_bottom_html",
            "cron_garbage_collect",
            "encrypt_master_key_vault",
            "fts_tika_max_file_size",
            "viewer_default_apps",
        ] {
            assert!(rows.contains_key(key), "{key}");
        }
        assert!(is_known("queue_slave_worker_num"));
        assert!(!rows.contains_key("queue_slave_worker_num"));
        assert!(!is_known("db_version_4.14.0"));
    }

    #[test]
    fn the_product_introduces_itself_and_calls_no_foreign_host() {
        let rows = rows(1);
        assert_eq!(rows["siteName"], "Alcove");
        assert_eq!(rows["fromName"], "Alcove");
        assert_eq!(rows["tos_url"], "");
        assert!(
            !rows
                .values()
                .any(|value| value.to_lowercase().contains("cloudreve"))
        );
    }

    #[test]
    fn secrets_have_their_form_and_differ_between_sites() {
        let (one, two) = (rows(1), rows(2));
        for key in ["siteID", "secret_key", "hash_id_salt", "encrypt_master_key"] {
            assert_ne!(one[key], two[key], "{key}");
        }
        assert_eq!(
            uuid::Uuid::parse_str(&one["siteID"])
                .unwrap()
                .get_version_num(),
            4
        );
        for (key, length) in [("secret_key", 256), ("hash_id_salt", 64)] {
            assert_eq!(one[key].len(), length);
            assert!(one[key].bytes().all(|byte| byte.is_ascii_alphanumeric()));
        }
        assert_eq!(
            STANDARD.decode(&one["encrypt_master_key"]).unwrap().len(),
            32
        );
    }

    #[test]
    fn the_environment_replaces_first_values() {
        let env = |name: &str| match name {
            "CR_SETTING_DEFAULT_siteName" => Some("Attic".to_owned()),
            "CR_SETTING_DEFAULT_siteDes" => Some("theirs".to_owned()),
            "ALCOVE_SETTING_DEFAULT_siteDes" => Some("ours".to_owned()),
            "CR_SETTING_siteTitle" => Some("not a first value".to_owned()),
            _ => None,
        };
        let rows: HashMap<_, _> = seeds(env, &mut StdRng::seed_from_u64(1))
            .into_iter()
            .collect();
        assert_eq!(rows["siteName"], "Attic");
        assert_eq!(rows["siteDes"], "ours");
        assert_eq!(rows["siteTitle"], "Cloud storage for everyone");
    }

    #[test]
    fn category_queries_name_every_extension() {
        let rows = rows(1);
        assert_eq!(
            rows["explorer_category_audio_query"],
            "type=file&case_folding&use_or&name=*.mp3&name=*.flac&name=*.ape&name=*.wav\
             &name=*.acc&name=*.ogg&name=*.m4a"
        );
        let image = &rows["explorer_category_image_query"];
        assert!(image.contains("&name=*.avif&name=*.3fr&"));
        assert!(!image.contains("*.data&"));
    }
}
