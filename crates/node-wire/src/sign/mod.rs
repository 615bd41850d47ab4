//! Signatures between a master and a node.
//!
//! They are those of signed links ([`wire::expiring`]). What the text is, [`Request`] knows.

mod go_json;
mod request;

pub use request::{Checked, Request};

use std::fmt;

use wire::expiring::{SigningKey, Unsigned};

pub use wire::expiring::NEVER;

/// The key of a node, by which both sides sign.
#[derive(Clone)]
pub struct NodeKey(SigningKey);

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

impl From<Unsigned> for SignError {
    fn from(why: Unsigned) -> Self {
        match why {
            Unsigned::Empty => Self::Empty,
            Unsigned::Malformed => Self::Malformed,
            Unsigned::Expired => Self::Expired,
            Unsigned::Wrong => Self::Wrong,
        }
    }
}

impl NodeKey {
    pub fn new(key: &[u8]) -> Self {
        Self(SigningKey::new(key))
    }

    fn sign(&self, text: &str, expires_unix: i64) -> String {
        self.0.sign(text, expires_unix)
    }

    /// Answers the expiry.
    fn check(&self, text: &str, sign: &str, now_unix: i64) -> Result<i64, SignError> {
        Ok(self.0.check(text, sign, now_unix)?)
    }
}

impl fmt::Debug for NodeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NodeKey(…)")
    }
}
