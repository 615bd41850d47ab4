//! `/session/oauth`: apps that people let in, and the drive as provider of identities.

mod apps;
mod attacks;
mod consent;
mod provider;
mod tokens;

use serde_json::Value;

use crate::session::decode_base64url;

/// What apps of these tests ask for, if nothing else matters.
const ALL: &str = "openid profile email offline_access Files.Write";

/// The payload of a token, unchecked.
fn payload(token: &str) -> Value {
    let payload = token.split('.').nth(1).expect("three parts");
    serde_json::from_slice(&decode_base64url(payload)).unwrap()
}
