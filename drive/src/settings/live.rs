//! The settings in force, and what is derived from them.

use super::{Settings, is_known, sealed};
use crate::secret::{Sealer, Signer, TokenKeys};
use crate::store::{self, Store, StoreResult};
use crate::wire::{MetadataRules, PublicIds};
use std::collections::HashMap;
use std::sync::{Arc, RwLock};

/// One state of the settings. Requests hold on to the state they began with.
#[derive(Debug)]
pub struct LiveSettings {
    pub settings: Settings,
    /// Public ids, salted with `hash_id_salt`.
    pub ids: PublicIds,
    /// Signs URLs with `secret_key`.
    pub signer: Signer,
    /// Signs access and refresh tokens with `secret_key`.
    pub tokens: TokenKeys,
    /// What users may write into metadata.
    pub metadata_rules: MetadataRules,
    /// Equal revisions: equal settings.
    pub revision: String,
}

impl std::ops::Deref for LiveSettings {
    type Target = Settings;

    fn deref(&self) -> &Settings {
        &self.settings
    }
}

/// Hands out the current state and replaces it when rows change.
#[derive(Debug)]
pub struct SettingsHandle {
    current: RwLock<Arc<LiveSettings>>,
}

impl SettingsHandle {
    /// Reads every row, and seals secrets that lie there in plain text.
    /// # Errors
    /// Only the database's.
    pub async fn load(store: &Store, sealer: &Sealer) -> StoreResult<Self> {
        let rows = store::settings::all(store).await?;
        let mut unknown: Vec<_> = rows.keys().filter(|name| !is_known(name)).collect();
        unknown.sort();
        if !unknown.is_empty() {
            let names = unknown.iter().map(|name| name.as_str());
            let names = names.collect::<Vec<_>>().join(", ");
            tracing::warn!(names, "the settings table has rows that mean nothing");
        }
        let plain = sealed::in_plain(sealer, &rows);
        if !plain.is_empty() {
            store::settings::replace(store, plain).await?;
        }
        Ok(Self {
            current: RwLock::new(Arc::new(read(store, sealer).await?)),
        })
    }

    /// The settings as of now.
    pub fn current(&self) -> Arc<LiveSettings> {
        let current = self
            .current
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        Arc::clone(&current)
    }

    /// Reads the rows again if somebody, on this or another replica, changed them.
    /// # Errors
    /// Only the database's.
    pub async fn refresh(&self, store: &Store, sealer: &Sealer) -> StoreResult<()> {
        if store::settings::revision(store).await? != self.current().revision {
            self.replace(read(store, sealer).await?);
        }
        Ok(())
    }

    /// Writes settings, secrets sealed, and puts them in force here at once; other replicas follow.
    /// # Errors
    /// Only the database's.
    pub async fn put(
        &self,
        store: &Store,
        sealer: &Sealer,
        rows: Vec<(String, String)>,
    ) -> StoreResult<()> {
        let rows = rows.into_iter().map(|(key, value)| {
            let value = sealed::seal(sealer, &key, value);
            (key, value)
        });
        store::settings::put(store, rows.collect()).await?;
        self.replace(read(store, sealer).await?);
        Ok(())
    }

    fn replace(&self, live: LiveSettings) {
        let mut current = self
            .current
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        *current = Arc::new(live);
    }
}

/// Every row as an administrator sets it: secrets are open.
/// # Errors
/// Only the database's.
pub async fn rows(store: &Store, sealer: &Sealer) -> StoreResult<HashMap<String, String>> {
    Ok(sealed::open_all(sealer, store::settings::all(store).await?))
}

async fn read(store: &Store, sealer: &Sealer) -> StoreResult<LiveSettings> {
    // The revision first: a change in between is then read again, never missed.
    let revision = store::settings::revision(store).await?;
    let rows = rows(store, sealer).await?;
    let settings = Settings::from_rows(&rows, |name| std::env::var(name).ok());
    let metadata_rules = MetadataRules {
        emoji_preset: settings.explorer.emoji_presets.clone(),
        custom_props: settings.explorer.custom_props.clone(),
    };
    Ok(LiveSettings {
        metadata_rules,
        ids: PublicIds::new(settings.tokens.hash_id_salt.expose()),
        signer: Signer::new(settings.tokens.secret_key.expose().as_bytes()),
        tokens: TokenKeys::new(settings.tokens.secret_key.expose().as_bytes()),
        settings,
        revision,
    })
}
