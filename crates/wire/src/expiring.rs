//! Signatures that expire: who was given one may do what it says until then.
//!
//! `sign = base64url(HMAC-SHA256(key, text + ":" + expires)) + ":" + expires`, with padding; `expires`
//! is in seconds since 1970 (V4 API, HMAC signatures). What the text is, whoever signs knows.

use base64::{Engine, engine::general_purpose::URL_SAFE};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fmt;

/// Expiry of signatures that hold for ever.
pub const NEVER: i64 = 0;

/// Longest signature read, in bytes; real ones have 45 and the expiry's digits.
const MAX_SIGN_BYTES: usize = 128;

/// Signs and checks with one key. Cloning the prepared state instead of preparing the key each time
/// saves half the work on short texts.
#[derive(Clone)]
pub struct SigningKey {
    keyed: Hmac<Sha256>,
}

/// Why a signature is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsigned {
    #[error("the signature or its expiry is empty")]
    Empty,
    #[error("the signature cannot be read")]
    Malformed,
    #[error("the signature has expired")]
    Expired,
    #[error("the signature is wrong")]
    Wrong,
}

impl SigningKey {
    /// With the bytes of a secret.
    pub fn new(key: &[u8]) -> Self {
        Self {
            keyed: Hmac::new_from_slice(key).expect("HMAC takes keys of any length"),
        }
    }

    /// Signs a text until `expires_unix`, or for ever with [`NEVER`].
    pub fn sign(&self, text: &str, expires_unix: i64) -> String {
        let expires = expires_unix.to_string();
        let code = self.mac(text, &expires).finalize().into_bytes();
        let mut sign = String::with_capacity(64);
        URL_SAFE.encode_string(code, &mut sign);
        sign.push(':');
        sign.push_str(&expires);
        sign
    }

    /// Checks what [`sign`](Self::sign) made, in constant time; the last valid second is the expiry
    /// itself. Answers the expiry.
    /// # Errors
    /// [`Unsigned`]: `Wrong` for everything that can be read and this key did not sign.
    pub fn check(&self, text: &str, sign: &str, now_unix: i64) -> Result<i64, Unsigned> {
        if sign.is_empty() {
            return Err(Unsigned::Empty);
        }
        if sign.len() > MAX_SIGN_BYTES {
            return Err(Unsigned::Malformed);
        }
        let (code, expires) = sign.rsplit_once(':').ok_or(Unsigned::Malformed)?;
        if code.is_empty() || expires.is_empty() {
            return Err(Unsigned::Empty);
        }
        let expires_unix: i64 = expires.parse().map_err(|_| Unsigned::Malformed)?;
        if expires_unix != NEVER && expires_unix < now_unix {
            return Err(Unsigned::Expired);
        }
        let code = URL_SAFE.decode(code).map_err(|_| Unsigned::Wrong)?;
        let signed = self.mac(text, expires).verify_slice(&code);
        signed.map_err(|_| Unsigned::Wrong)?;
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

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(…)")
    }
}
