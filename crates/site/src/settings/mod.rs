//! The settings table as typed sections.
//!
//! Every row is text under a key of the V4 API. [`seeds`] gives the rows of a new site,
//! [`Settings::from_rows`] reads a table into sections that are cheap to look at and never change:
//! after a write the caller builds new `Settings` and swaps its `Arc`. Reading never fails. The
//! environment (`ALCOVE_SETTING_{key}`, then `CR_SETTING_{key}`) overrides a row, and a row that
//! is missing or makes no sense counts as its default.

mod accounts;
mod appearance;
mod captcha;
mod catalogue;
mod config;
mod cron;
mod encryption;
mod explorer;
mod files;
mod kinds;
mod mail;
mod manifest;
mod media_meta;
mod mime;
mod queues;
pub mod sealed;
mod search;
mod site;
mod sso;
mod thumbnails;
mod tokens;
mod values;
mod viewers;

use std::collections::HashMap;

pub mod live;

pub use accounts::{AccountSettings, AvatarSettings};
pub use appearance::{AppearanceSettings, CustomHtml, NavItem};
pub use captcha::{CaptchaKind, CaptchaSettings, is_built_in_verifier};
pub use catalogue::{is_known, random_alphanumeric, seeds};
pub use config::{SiteConfig, site_config};
pub use cron::{CronSettings, CronText};
pub use encryption::{EncryptionSettings, KeyVault};
pub use explorer::{ExplorerSettings, MapSettings};
pub use files::{CategoryQueries, FileEventSettings, FileSettings};
pub use kinds::{Description, Kind, describe, nearest, without_sense};
pub use mail::{MailSettings, MailTemplate, MailTemplates};
pub use manifest::{Manifest, ManifestIcon, manifest};
pub use media_meta::{
    ExifSettings, FfprobeSettings, GeocodingSettings, MediaMetaSettings, MusicSettings,
};
pub use mime::MimeTable;
pub use queues::{QueueSettings, QueuesSettings};
pub use search::{MeilisearchSettings, SearchSettings, TikaSettings};
pub use site::{PwaSettings, SiteSettings, site_urls_text};
pub use sso::{DirectorySettings, JoiningSettings, OpenIdSettings, SingleSignOnSettings};
pub use thumbnails::{
    FfmpegSettings, ThumbEncoding, ThumbGenerator, ThumbGeneratorKind, ThumbnailSettings,
};
pub use tokens::TokenSettings;
pub use values::Secret;
pub use viewers::{NewFileTemplate, Viewer, ViewerGroup, ViewerKind};

use values::Rows;

/// Everything an administrator can set, read once.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    pub site: SiteSettings,
    pub accounts: AccountSettings,
    pub single_sign_on: SingleSignOnSettings,
    pub captcha: CaptchaSettings,
    pub tokens: TokenSettings,
    pub files: FileSettings,
    pub events: FileEventSettings,
    pub explorer: ExplorerSettings,
    pub search: SearchSettings,
    pub thumbnails: ThumbnailSettings,
    pub media_meta: MediaMetaSettings,
    pub encryption: EncryptionSettings,
    pub queues: QueuesSettings,
    pub cron: CronSettings,
    pub mail: MailSettings,
    pub appearance: AppearanceSettings,
}

impl Settings {
    /// Reads a table. `env_override` looks up environment variables by full name.
    ///
    /// Without a `secret_key` row the key is drawn afresh, never empty: sessions then end at the
    /// next reload, but nobody can forge one.
    pub fn from_rows(
        rows: &HashMap<String, String>,
        env_override: impl Fn(&str) -> Option<String>,
    ) -> Self {
        Self::read(&Rows {
            stored: rows,
            env: &env_override,
            seen: None,
        })
    }

    fn read(rows: &Rows<'_>) -> Self {
        Self {
            site: SiteSettings::read(rows),
            accounts: AccountSettings::read(rows),
            single_sign_on: SingleSignOnSettings::read(rows),
            captcha: CaptchaSettings::read(rows),
            tokens: TokenSettings::read(rows),
            files: FileSettings::read(rows),
            events: FileEventSettings::read(rows),
            explorer: ExplorerSettings::read(rows),
            search: SearchSettings::read(rows),
            thumbnails: ThumbnailSettings::read(rows),
            media_meta: MediaMetaSettings::read(rows),
            encryption: EncryptionSettings::read(rows),
            queues: QueuesSettings::read(rows),
            cron: CronSettings::read(rows),
            mail: MailSettings::read(rows),
            appearance: AppearanceSettings::read(rows),
        }
    }
}

/// A new site: the seeds, with a site id and secrets of its own each time.
impl Default for Settings {
    fn default() -> Self {
        let rows = seeds(|_| None, &mut rand::rng()).into_iter().collect();
        Self::from_rows(&rows, |_| None)
    }
}

#[cfg(test)]
mod tests;
