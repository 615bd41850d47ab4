//! What opens drives at Microsoft: a token that lives an hour, got with one that lives for months and
//! lies sealed in its policy. Each new one of the first may come with a new one of the second.

use super::{PolicyError, secrets};
use entity::storage_policy::Model;
use entity::{PolicyId, SecretText, Timestamp};
use futures_util::future::BoxFuture;
use moka::future::Cache;
use onedrive::{App, Login, OnedriveError, Tokens};
use serde_json::Value;
use site::clock::Clock;
use site::secret::Sealer;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::{Store, StoreError, StoreResult, policies};
use url::Url;

/// The kind of policies that are signed in to.
pub const KIND: &str = "onedrive";
/// The setting that says where somebody comes back to who let the site in (V4 API).
pub const REDIRECT: &str = "od_redirect";
/// The setting that says when the token was renewed last, microseconds since 1970. Ours: other
/// clients send it back without knowing it.
pub const RENEWED_AT: &str = "od_renewed_at";
/// A token is not used any more this long before it ends.
const MARGIN: Duration = Duration::from_mins(10);

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum CredentialError {
    #[error("this policy is of another kind")]
    OtherKind,
    #[error("nobody has let this site in yet")]
    NotSignedIn,
    #[error("somebody has signed in anew meanwhile")]
    Changed,
    #[error(transparent)]
    Policy(#[from] PolicyError),
    #[error(transparent)]
    Onedrive(#[from] OnedriveError),
    /// The same failure as that of another who waited for the same token.
    #[error(transparent)]
    Shared(#[from] Arc<Self>),
}

impl From<StoreError> for CredentialError {
    fn from(error: StoreError) -> Self {
        Self::Policy(error.into())
    }
}

/// A token and how long it may be used.
#[derive(Clone)]
struct Kept {
    access: String,
    life: Duration,
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Kept(for {:?})", self.life)
    }
}

struct Life;

impl moka::Expiry<PolicyId, Kept> for Life {
    fn expire_after_create(&self, _: &PolicyId, kept: &Kept, _: Instant) -> Option<Duration> {
        Some(kept.life.saturating_sub(MARGIN))
    }
}

/// The tokens of all policies of this kind.
#[derive(Debug)]
pub struct Credentials {
    store: Store,
    sealer: Arc<Sealer>,
    clock: Arc<dyn Clock>,
    /// Another place to sign in than Microsoft's.
    login: Option<Url>,
    kept: Cache<PolicyId, Kept>,
}

impl Credentials {
    pub(super) fn new(
        store: Store,
        sealer: Arc<Sealer>,
        clock: Arc<dyn Clock>,
        login: Option<Url>,
    ) -> Self {
        let kept = Cache::builder().max_capacity(256).expire_after(Life);
        let kept = kept.build();
        Self {
            store,
            sealer,
            clock,
            login,
            kept,
        }
    }

    /// Where people sign in to let this policy in.
    /// # Errors
    /// `Onedrive`
    pub fn login(&self, row: &Model) -> Result<Login, OnedriveError> {
        Login::of_graph(&row.server, self.login.as_ref())
    }

    /// A token that opens the drive for ten minutes at least. Those who ask at once wait for one.
    /// # Errors
    /// [`CredentialError`]
    pub async fn token(&self, id: PolicyId) -> Result<String, CredentialError> {
        let renewed: BoxFuture<'_, _> = Box::pin(self.renew(id));
        let kept = self.kept.try_get_with(id, renewed).await?;
        Ok(kept.access)
    }

    /// The next token is a new one.
    pub async fn forget(&self, id: PolicyId) {
        self.kept.invalidate(&id).await;
    }

    /// Gets tokens for the code that somebody came back with, keeps them, and tries whether they
    /// can be renewed.
    /// # Errors
    /// [`CredentialError`]
    pub async fn accept(&self, row: &Model, code: &str) -> Result<(), CredentialError> {
        let tokens = self.login(row)?.exchange(&self.app(row)?, code).await?;
        let Some(refresh) = tokens.refresh else {
            let why = "it gave no token that lives on";
            return Err(OnedriveError::Unusable(why.to_owned()).into());
        };
        let tx = self.store.begin().await?;
        let locked = policies::locked(tx.db(), row.id).await?;
        let mut locked = locked.ok_or(CredentialError::Changed)?;
        locked.access_key = SecretText(refresh);
        secrets::seal_policy(&self.sealer, &mut locked);
        policies::set_secrets(tx.db(), &locked).await?;
        tx.commit().await?;
        self.forget(row.id).await;
        self.token(row.id).await?;
        Ok(())
    }

    async fn renew(&self, id: PolicyId) -> Result<Kept, CredentialError> {
        let row = policies::by_id(self.store.read(), id).await?;
        let row = row.ok_or(PolicyError::Missing(id))?;
        if row.kind != KIND {
            return Err(CredentialError::OtherKind);
        }
        let keys = self.keys(&row)?;
        if keys.access_key.is_empty() {
            return Err(CredentialError::NotSignedIn);
        }
        let login = self.login(&row)?;
        let tokens = login.renew(&self.app(&row)?, &keys.access_key).await?;
        self.keep(&row, &tokens).await?;
        let Tokens { access, life, .. } = tokens;
        Ok(Kept { access, life })
    }

    /// Writes down when a token was renewed, and what gets the next one.
    async fn keep(&self, row: &Model, tokens: &Tokens) -> Result<(), CredentialError> {
        let tx = self.store.begin().await?;
        let locked = policies::locked(tx.db(), row.id).await?;
        let mut locked = locked.ok_or(CredentialError::Changed)?;
        if locked.access_key != row.access_key || locked.kind != row.kind {
            return Err(CredentialError::Changed);
        }
        if let Some(refresh) = &tokens.refresh {
            locked.access_key = SecretText(refresh.clone());
        }
        secrets::seal_policy(&self.sealer, &mut locked);
        let now = Value::from(self.clock.now().0);
        locked.settings.other.insert(RENEWED_AT.to_owned(), now);
        policies::set_secrets(tx.db(), &locked).await?;
        tx.commit().await?;
        Ok(())
    }

    fn app(&self, row: &Model) -> Result<App, CredentialError> {
        let redirect = row.settings.other.get(REDIRECT).and_then(Value::as_str);
        let secret = self.keys(row)?.secret_key;
        Ok(App::new(
            &row.bucket_name,
            &secret,
            redirect.unwrap_or_default(),
        )?)
    }

    fn keys(&self, row: &Model) -> Result<super::PolicyKeys, PolicyError> {
        secrets::keys_of(&self.sealer, row).map_err(|error| PolicyError::Sealed(row.id, error))
    }

    /// The policies that somebody has signed in to.
    /// # Errors
    /// Only the database's.
    pub async fn signed_in(&self) -> StoreResult<Vec<PolicyId>> {
        let all = policies::all(self.store.read()).await?;
        let signed_in = all.into_iter();
        let signed_in = signed_in.filter(|row| row.kind == KIND && !row.access_key.0.is_empty());
        Ok(signed_in.map(|row| row.id).collect())
    }
}

/// When the token of a policy was renewed last.
#[must_use]
pub fn renewed_at(row: &Model) -> Option<Timestamp> {
    row.settings.other.get(RENEWED_AT)?.as_i64().map(Timestamp)
}
