//! Opaque page tokens: where the next page begins.
//!
//! Base64url without padding over compact JSON, because the desktop client
//! appends the token to a query without escaping it. Tokens are not signed:
//! they hold a position, never a right.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Serialize, de::DeserializeOwned};

/// Longest token read, in bytes; a position with a 255-byte name stays far below.
pub use crate::limits::PAGE_TOKEN_BYTES as MAX_TOKEN_BYTES;

/// The text is no token of this list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the page token is garbled")]
pub struct BadPageToken;

/// The token for a position.
pub fn encode<T: Serialize>(position: &T) -> String {
    let json =
        serde_json::to_vec(position).expect("positions are plain structs of text and numbers");
    URL_SAFE_NO_PAD.encode(json)
}

/// # Errors
/// [`BadPageToken`] if the text is too long or holds no such position.
pub fn decode<T: DeserializeOwned>(token: &str) -> Result<T, BadPageToken> {
    if token.len() > MAX_TOKEN_BYTES {
        return Err(BadPageToken);
    }
    let json = URL_SAFE_NO_PAD.decode(token).map_err(|_| BadPageToken)?;
    serde_json::from_slice(&json).map_err(|_| BadPageToken)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Position {
        id: i64,
        name: String,
    }

    #[test]
    fn garbage_is_refused() {
        let foreign = encode(&["something", "else"]);
        let long = encode(&Position {
            id: 1,
            name: "x".repeat(MAX_TOKEN_BYTES),
        });
        for token in [
            "",
            "a",
            "%%%",
            "e30",
            "e30=",
            foreign.as_str(),
            long.as_str(),
        ] {
            assert_eq!(decode::<Position>(token), Err(BadPageToken), "{token}");
        }
    }

    #[test]
    fn the_worst_name_fits() {
        let position = Position {
            id: i64::MAX,
            name: "\u{1}".repeat(255),
        };
        assert_eq!(decode::<Position>(&encode(&position)).unwrap(), position);
    }

    proptest! {
        #[test]
        fn positions_survive_and_need_no_escaping(id in any::<i64>(), name in any::<String>()) {
            let position = Position { id, name };
            let token = encode(&position);
            prop_assert!(token.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
            prop_assert_eq!(decode::<Position>(&token).unwrap(), position);
        }
    }
}
