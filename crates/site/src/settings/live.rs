//! The settings in force, and what is derived from them.

use super::tokens::SECRET_KEY_CHARS;
use super::{Settings, is_known, random_alphanumeric, sealed};
use crate::secret::{Sealer, Signer, TokenKeys};
use std::collections::HashMap;
use std::sync::{Arc, RwLock};
use store::{self, Store, StoreResult, Tx};
use wire::{MetadataRules, PublicIds};

const SECRET_KEY: &str = "secret_key";

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
        let tx = store.begin().await?;
        self.put_in(store, sealer, tx, rows).await
    }

    /// The same, with what else the transaction changes.
    /// # Errors
    /// Only the database's.
    pub async fn put_in(
        &self,
        store: &Store,
        sealer: &Sealer,
        tx: Tx,
        rows: Vec<(String, String)>,
    ) -> StoreResult<()> {
        let rows = rows.into_iter().map(|(key, value)| {
            let value = sealed::seal(sealer, &key, value);
            (key, value)
        });
        store::settings::put_in(tx, rows.collect()).await?;
        // They are changed: what cannot be read now is read by the next look at the revision.
        match read(store, sealer).await {
            Ok(live) => self.replace(live),
            Err(error) => tracing::error!(%error, "cannot read the settings that were written"),
        }
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
    let mut rows = rows(store, sealer).await?;
    if !rows.contains_key(SECRET_KEY) {
        // Every replica must sign with the same.
        let drawn = random_alphanumeric(SECRET_KEY_CHARS, &mut rand::rng());
        let drawn = sealed::seal(sealer, SECRET_KEY, drawn);
        let agreed = store::settings::agreed(store, SECRET_KEY, drawn).await?;
        if let Ok(key) = sealed::open(sealer, SECRET_KEY, &agreed) {
            rows.insert(SECRET_KEY.to_owned(), key);
        }
    }
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::secret::MasterKey;

    #[tokio::test]
    async fn replicas_that_miss_the_secret_key_agree_on_a_new_one() {
        let data = tempfile::tempdir().unwrap();
        let store = store::open(None, data.path()).await.unwrap();
        let sealer = Sealer::new(&MasterKey::from_bytes([1; 32]));
        let key = async || {
            let handle = SettingsHandle::load(&store, &sealer).await.unwrap();
            handle
                .current()
                .settings
                .tokens
                .secret_key
                .expose()
                .to_owned()
        };
        let first = key().await;
        assert_eq!(first.len(), SECRET_KEY_CHARS);
        assert_eq!(key().await, first);
        store::settings::forget(&store, &[SECRET_KEY])
            .await
            .unwrap();
        let second = key().await;
        assert_ne!(second, first);
        assert_eq!(key().await, second);
    }
}
