//! Signatures between a master and a node.
//!
//! `sign = base64url(HMAC-SHA256(key, text + ":" + expires)) + ":" + expires`, with padding; `expires`
//! is in seconds since 1970, `0` never. What the text is, [`Request`] knows.

mod go_json;
mod request;

pub use request::{Checked, Request};

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Expiry of signatures that hold for ever.
pub const NEVER: i64 = 0;

/// Longest signature read, in bytes; real ones have 45 and the expiry's digits.
const MAX_SIGN_BYTES: usize = 128;

/// The key of a node, by which both sides sign.
#[derive(Clone)]
pub struct NodeKey {
    keyed: Hmac<Sha256>,
}

/// Why a request is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    #[error("authorization header is missing")]
    Missing,
    #[error("the signature or its expiry is empty")]
    Empty,
    /// Neither path, headers, body nor signature can be read.
    #[error("invalid sign")]
    Malformed,
    #[error("signature expired")]
    Expired,
    #[error("invalid sign")]
    Wrong,
}

impl SignError {
    /// The code of the envelope that refuses the request.
    pub fn code(self) -> i64 {
        match self {
            Self::Missing | Self::Empty => 403,
            Self::Expired => 40_005,
            Self::Malformed | Self::Wrong => 40_071,
        }
    }
}

impl NodeKey {
    pub fn new(key: &[u8]) -> Self {
        Self {
            keyed: Hmac::new_from_slice(key).expect("HMAC takes keys of any length"),
        }
    }

    fn sign(&self, text: &str, expires_unix: i64) -> String {
        let expires = expires_unix.to_string();
        let code = URL_SAFE.encode(self.mac(text, &expires).finalize().into_bytes());
        format!("{code}:{expires}")
    }

    /// Compares in constant time; the last valid second is the expiry itself.
    fn check(&self, text: &str, sign: &str, now_unix: i64) -> Result<i64, SignError> {
        if sign.is_empty() {
            return Err(SignError::Empty);
        }
        if sign.len() > MAX_SIGN_BYTES {
            return Err(SignError::Malformed);
        }
        let (code, expires) = sign.rsplit_once(':').ok_or(SignError::Malformed)?;
        if code.is_empty() || expires.is_empty() {
            return Err(SignError::Empty);
        }
        let expires_unix: i64 = expires.parse().map_err(|_| SignError::Malformed)?;
        if expires_unix != NEVER && expires_unix < now_unix {
            return Err(SignError::Expired);
        }
        let code = URL_SAFE.decode(code).map_err(|_| SignError::Wrong)?;
        self.mac(text, expires)
            .verify_slice(&code)
            .map_err(|_| SignError::Wrong)?;
        Ok(expires_unix)
    }

    fn mac(&self, text: &str, expires: &str) -> Hmac<Sha256> {
        let mut mac = self.keyed.clone();
        mac.update(text.as_bytes());
        mac.update(b":");
        mac.update(expires.as_bytes());
        mac
    }
}

impl fmt::Debug for NodeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NodeKey(…)")
    }
}
