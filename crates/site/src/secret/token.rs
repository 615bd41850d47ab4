//! Access and refresh tokens: JWTs signed with HMAC-SHA256 under the setting
//! `secret_key` (V4 API, JWT tokens).
//!
//! An access token names its user and is checked on every request without the
//! database. A refresh token also holds a hash of what must not change while it
//! lives (mail, password, site) and the root of its session for revocation.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::scope::ScopeSet;

/// Longest token read, in bytes; ours stay below one kilobyte.
use crate::limits::TOKEN_BYTES as MAX_TOKEN_BYTES;

/// Issues and reads tokens under one secret.
#[derive(Clone)]
pub struct TokenKeys {
    encoding: EncodingKey,
    decoding: DecodingKey,
    validation: Validation,
}

/// Why a token does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    #[error("the token has expired")]
    Expired,
    #[error("the token is not valid yet")]
    NotYetValid,
    /// Garbled, signed by another key or algorithm, or lacking a claim.
    #[error("the token is invalid")]
    Invalid,
    /// A refresh token presented as an access token, or the other way round.
    #[error("the token is of the other type")]
    WrongType,
}

/// What marks a token as issued to an OAuth app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OAuthClaims {
    pub client_id: String,
    pub scopes: ScopeSet,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessClaims {
    /// Public id of the user.
    pub subject: String,
    pub not_before_unix: i64,
    pub expires_unix: i64,
    /// Absent in tokens from signing in; those have every scope.
    pub oauth: Option<OAuthClaims>,
    /// The session it belongs to, so that ending it ends its access tokens, too.
    pub session_id: Option<Uuid>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshClaims {
    /// Public id of the user.
    pub subject: String,
    pub not_before_unix: i64,
    pub expires_unix: i64,
    /// See [`state_hash`].
    pub state_hash: String,
    /// Made at sign-in and kept through refreshes.
    pub root_token_id: Uuid,
    pub oauth: Option<OAuthClaims>,
}

/// The payload as it travels.
#[derive(Serialize, Deserialize)]
struct Payload {
    token_type: TokenType,
    sub: String,
    nbf: i64,
    exp: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    state_hash: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    root_token_id: Option<Uuid>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scopes: Option<ScopeSet>,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum TokenType {
    Access,
    Refresh,
}

/// Hash over what a refresh token depends on: mail address, stored password
/// digest and the setting `siteID`.
pub fn state_hash(email: &str, digest: &str, site_id: &str) -> String {
    STANDARD.encode(Sha256::digest(format!("{email}/{digest}/{site_id}")))
}

impl TokenKeys {
    pub fn new(secret: &[u8]) -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        // Times are checked here, against the caller's clock and without leeway.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        Self {
            encoding: EncodingKey::from_secret(secret),
            decoding: DecodingKey::from_secret(secret),
            validation,
        }
    }

    pub fn issue_access(&self, claims: &AccessClaims) -> String {
        self.issue(&Payload {
            token_type: TokenType::Access,
            sub: claims.subject.clone(),
            nbf: claims.not_before_unix,
            exp: claims.expires_unix,
            state_hash: None,
            root_token_id: claims.session_id,
            client_id: claims.oauth.as_ref().map(|oauth| oauth.client_id.clone()),
            scopes: claims.oauth.as_ref().map(|oauth| oauth.scopes),
        })
    }

    pub fn issue_refresh(&self, claims: &RefreshClaims) -> String {
        self.issue(&Payload {
            token_type: TokenType::Refresh,
            sub: claims.subject.clone(),
            nbf: claims.not_before_unix,
            exp: claims.expires_unix,
            state_hash: Some(claims.state_hash.clone()),
            root_token_id: Some(claims.root_token_id),
            client_id: claims.oauth.as_ref().map(|oauth| oauth.client_id.clone()),
            scopes: claims.oauth.as_ref().map(|oauth| oauth.scopes),
        })
    }

    /// # Errors
    /// Any [`TokenError`]; a token is `WrongType` only if it is otherwise good.
    pub fn read_access(&self, token: &str, now_unix: i64) -> Result<AccessClaims, TokenError> {
        let payload = self.read(token, TokenType::Access, now_unix)?;
        Ok(AccessClaims {
            oauth: payload.oauth(),
            session_id: payload.root_token_id,
            subject: payload.sub,
            not_before_unix: payload.nbf,
            expires_unix: payload.exp,
        })
    }

    /// # Errors
    /// Any [`TokenError`]; a token without root or state hash is `Invalid`.
    pub fn read_refresh(&self, token: &str, now_unix: i64) -> Result<RefreshClaims, TokenError> {
        let payload = self.read(token, TokenType::Refresh, now_unix)?;
        Ok(RefreshClaims {
            oauth: payload.oauth(),
            subject: payload.sub,
            not_before_unix: payload.nbf,
            expires_unix: payload.exp,
            state_hash: payload.state_hash.ok_or(TokenError::Invalid)?,
            root_token_id: payload.root_token_id.ok_or(TokenError::Invalid)?,
        })
    }

    fn issue(&self, payload: &Payload) -> String {
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), payload, &self.encoding)
            .expect("a payload of text and numbers can always be written and signed")
    }

    fn read(&self, token: &str, wanted: TokenType, now_unix: i64) -> Result<Payload, TokenError> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(TokenError::Invalid);
        }
        let token = jsonwebtoken::decode::<Payload>(token, &self.decoding, &self.validation);
        let payload = token.map_err(|_| TokenError::Invalid)?.claims;
        if now_unix >= payload.exp {
            return Err(TokenError::Expired);
        }
        if now_unix < payload.nbf {
            return Err(TokenError::NotYetValid);
        }
        if payload.token_type != wanted {
            return Err(TokenError::WrongType);
        }
        Ok(payload)
    }
}

impl Payload {
    /// A client without scopes may do nothing; scopes without a client mean
    /// nothing.
    fn oauth(&self) -> Option<OAuthClaims> {
        let client_id = self.client_id.clone()?;
        Some(OAuthClaims {
            client_id,
            scopes: self.scopes.unwrap_or_default(),
        })
    }
}

impl fmt::Debug for TokenKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenKeys(…)")
    }
}

#[cfg(test)]
#[path = "token_tests.rs"]
mod tests;
