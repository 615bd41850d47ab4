//! The settings in force, and what is derived from them.

use super::Settings;
use crate::secret::{Signer, TokenKeys};
use crate::store::{self, Store, StoreResult};
use crate::wire::{MetadataRules, PublicIds};
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
    /// Reads every row.
    pub async fn load(store: &Store) -> StoreResult<Self> {
        Ok(Self {
            current: RwLock::new(Arc::new(read(store).await?)),
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
    pub async fn refresh(&self, store: &Store) -> StoreResult<()> {
        if store::settings::revision(store).await? != self.current().revision {
            self.replace(read(store).await?);
        }
        Ok(())
    }

    /// Writes settings and puts them in force here at once; other replicas follow.
    pub async fn put(&self, store: &Store, rows: Vec<(String, String)>) -> StoreResult<()> {
        store::settings::put(store, rows).await?;
        self.replace(read(store).await?);
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

async fn read(store: &Store) -> StoreResult<LiveSettings> {
    // The revision first: a change in between is then read again, never missed.
    let revision = store::settings::revision(store).await?;
    let rows = store::settings::all(store).await?;
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
