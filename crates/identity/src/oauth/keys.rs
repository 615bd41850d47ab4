//! The keys of identity tokens: RSA, because every OpenID client must know RS256 (OpenID Connect
//! Site §15.1). Private halves are sealed in the database, which all replicas share.

use super::id_token::issuer;
use super::{OAuth, OAuthError};
use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair, RsaPublicKeyComponents};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use entity::signing_key;
use moka::future::Cache;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use site::Site;
use std::sync::Arc;
use std::time::Duration;
use store::signing_keys as rows;
use tokio::sync::Mutex;
use url::Url;

pub(super) const RS256: &str = "RS256";
/// What the private halves are sealed for.
const PURPOSE: &str = "identity token signing key";
/// How soon a replica notices that another one changed the key.
const REMEMBERED: Duration = Duration::from_mins(1);
/// Seconds for which signatures of a retired key are still believed.
const BELIEVED_SECS: i64 = 7 * 86_400;

/// A key that signs.
pub(super) struct SigningKey {
    pub(super) kid: String,
    pair: RsaKeyPair,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKey({})", self.kid)
    }
}

impl SigningKey {
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, OAuthError> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                message,
                &mut signature,
            )
            .map_err(|_| OAuthError::Key("cannot sign"))?;
        Ok(signature)
    }
}

/// Keys in the database, and the one in use.
#[derive(Debug)]
pub(super) struct Keys {
    site: Arc<Site>,
    current: Cache<(), Arc<SigningKey>>,
    /// Making a key takes a site for a while: all who wait for the first one wait for one.
    making: Mutex<()>,
}

impl Keys {
    pub(super) fn new(site: Arc<Site>) -> Self {
        let current = Cache::builder()
            .max_capacity(1)
            .time_to_live(REMEMBERED)
            .build();
        Self {
            site,
            current,
            making: Mutex::new(()),
        }
    }

    /// The key that signs; made at first use.
    pub(super) async fn current(&self) -> Result<Arc<SigningKey>, OAuthError> {
        if let Some(key) = self.current.get(&()).await {
            return Ok(key);
        }
        let row = match rows::current(self.site.store.read()).await? {
            Some(row) => row,
            None => self.first().await?,
        };
        let key = Arc::new(self.open(&row)?);
        self.current.insert((), Arc::clone(&key)).await;
        Ok(key)
    }

    async fn first(&self) -> Result<signing_key::Model, OAuthError> {
        let _one = self.making.lock().await;
        if let Some(row) = rows::current(self.site.store.read()).await? {
            return Ok(row);
        }
        let made = self.make().await?;
        let tx = self.site.store.begin().await?;
        // Another replica may have been faster; two at once leave two keys, and both are published.
        if let Some(row) = rows::current(tx.db()).await? {
            return Ok(row);
        }
        rows::insert(tx.db(), made.clone()).await?;
        tx.commit().await?;
        Ok(made)
    }

    async fn make(&self) -> Result<signing_key::Model, OAuthError> {
        let made = tokio::task::spawn_blocking(|| RsaKeyPair::generate(KeySize::Rsa2048)).await;
        let pair = made
            .map_err(|_| OAuthError::Key("interrupted while making one"))?
            .map_err(|_| OAuthError::Key("cannot make one"))?;
        let private: Pkcs8V1Der<'_> = pair
            .as_der()
            .map_err(|_| OAuthError::Key("cannot be written"))?;
        let private = STANDARD.encode(private.as_ref());
        let public = RsaPublicKeyComponents::<Vec<u8>>::from(pair.public_key());
        let n = URL_SAFE_NO_PAD.encode(public.n);
        let e = URL_SAFE_NO_PAD.encode(public.e);
        // The required members in this order and no other (RFC 7638 §3).
        let digest = Sha256::digest(format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#));
        let kid = URL_SAFE_NO_PAD.encode(digest);
        Ok(signing_key::Model {
            algorithm: RS256.to_owned(),
            sealed: self.site.sealer.seal(PURPOSE, &private),
            public_jwk: json!({
                "kty": "RSA", "use": "sig", "alg": RS256, "kid": kid, "n": n, "e": e,
            }),
            created_at: self.site.now(),
            retired_at: None,
            kid,
        })
    }

    fn open(&self, row: &signing_key::Model) -> Result<SigningKey, OAuthError> {
        let private = self.site.sealer.open(PURPOSE, &row.sealed)?;
        let private = STANDARD
            .decode(private)
            .map_err(|_| OAuthError::Key("is garbled"))?;
        let pair = RsaKeyPair::from_pkcs8(&private).map_err(|_| OAuthError::Key("is garbled"))?;
        Ok(SigningKey {
            kid: row.kid.clone(),
            pair,
        })
    }
}

impl OAuth {
    /// The public halves of all keys whose signatures are to be believed (RFC 7517).
    /// # Errors
    /// `Key`
    pub async fn key_set(&self) -> Result<Value, OAuthError> {
        self.keys.current().await?;
        let since = self.site.now().plus_secs(-BELIEVED_SECS);
        let rows = rows::believed(&self.site.store, since).await?;
        let keys: Vec<Value> = rows.into_iter().map(|row| row.public_jwk).collect();
        Ok(json!({ "keys": keys }))
    }

    /// Signs with a new key from now on; the old one is believed for another week. Other replicas
    /// follow within a minute.
    /// # Errors
    /// `Key`
    pub async fn rotate_key(&self) -> Result<String, OAuthError> {
        let made = self.keys.make().await?;
        let now = self.site.now();
        let tx = self.site.store.begin().await?;
        rows::retire_all(tx.db(), now, now.plus_secs(-BELIEVED_SECS)).await?;
        rows::insert(tx.db(), made.clone()).await?;
        tx.commit().await?;
        self.keys.current.invalidate(&()).await;
        Ok(made.kid)
    }

    /// How other software finds its way (OpenID Connect Discovery §3). `site` is where it asked.
    pub fn discovery(&self, site: &Url) -> Value {
        let issuer = issuer(site);
        let api = format!("{issuer}/api/v4/session/oauth");
        let scopes: Vec<&str> = site::secret::Scope::ALL
            .iter()
            .map(|scope| scope.as_str())
            .collect();
        json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{issuer}/session/authorize"),
            "token_endpoint": format!("{api}/token"),
            "userinfo_endpoint": format!("{api}/userinfo"),
            "jwks_uri": format!("{issuer}/.well-known/jwks.json"),
            "scopes_supported": scopes,
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [RS256],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
            "code_challenge_methods_supported": ["S256"],
            "claims_supported": [
                "iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "name",
                "preferred_username", "picture", "updated_at", "email", "email_verified", "groups",
            ],
        })
    }
}
