//! Identity tokens as attackers would make them.

#![allow(clippy::unwrap_used)]
use super::*;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair, RsaPublicKeyComponents};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::json;
use sha2::Sha256;
use std::str::FromStr as _;

const ISSUER: &str = "https://id.example";
const NONCE: &str = "the nonce";
const SECRET: &str = "what both sides know";

struct Forge {
    key: RsaKeyPair,
    public: Value,
    provider: Discovered,
    settings: OpenIdSettings,
}

impl Forge {
    fn new() -> Self {
        let key = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let parts = RsaPublicKeyComponents::<Vec<u8>>::from(key.public_key());
        let public = json!({
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": "k",
            "n": URL_SAFE_NO_PAD.encode(parts.n), "e": URL_SAFE_NO_PAD.encode(parts.e),
        });
        let metadata: CoreProviderMetadata = serde_json::from_value(json!({
            "issuer": ISSUER,
            "authorization_endpoint": "https://id.example/authorize",
            "token_endpoint": "https://id.example/token",
            // Nobody is there: an unknown key cannot be looked up.
            "jwks_uri": "http://127.0.0.1:9/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
        }))
        .unwrap();
        let keys: CoreJsonWebKeySet =
            serde_json::from_value(json!({ "keys": [public.clone()] })).unwrap();
        Self {
            key,
            public,
            provider: Discovered {
                metadata: metadata.set_jwks(keys),
                outgoing: Outgoing::trusting([]).unwrap(),
            },
            settings: OpenIdSettings {
                issuer: ISSUER.to_owned(),
                client_id: "drive".to_owned(),
                client_secret: site::settings::Secret::new(SECRET),
                ..OpenIdSettings::default()
            },
        }
    }

    fn rs256(&self, message: &[u8]) -> Vec<u8> {
        let mut signature = vec![0; self.key.public_modulus_len()];
        let random = SystemRandom::new();
        self.key
            .sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
            .unwrap();
        signature
    }

    async fn verdict(&self, token: &str) -> Result<bool, SsoError> {
        let token = CoreIdToken::from_str(token).map_err(unconfirmed)?;
        self.provider.verify(&self.settings, &token, NONCE).await
    }
}

fn signed(header: &Value, claims: &Value, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", part(header), part(claims));
    let signature = URL_SAFE_NO_PAD.encode(sign(message.as_bytes()));
    format!("{message}.{signature}")
}

fn claims() -> Value {
    let now = chrono::Utc::now().timestamp();
    json!({
        "iss": ISSUER, "aud": "drive", "sub": "carol", "nonce": NONCE,
        "iat": now, "exp": now + 600,
    })
}

fn hs256(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}

#[tokio::test]
async fn a_token_signed_by_a_published_key_is_believed() {
    let forge = Forge::new();
    let header = json!({ "alg": "RS256", "kid": "k" });
    let token = signed(&header, &claims(), |message| forge.rs256(message));
    assert!(!forge.verdict(&token).await.unwrap());
}

#[tokio::test]
async fn no_other_algorithm_is_believed_whatever_the_provider_lists() {
    let forge = Forge::new();
    let modulus = forge.public["n"].as_str().unwrap().as_bytes().to_vec();
    let raw = URL_SAFE_NO_PAD.decode(&modulus).unwrap();
    let public = forge.public.to_string().into_bytes();
    for key in [SECRET.as_bytes(), &modulus, &raw, &public, b""] {
        for header in [
            json!({ "alg": "HS256", "kid": "k" }),
            json!({ "alg": "HS256" }),
        ] {
            let token = signed(&header, &claims(), |message| hs256(key, message));
            assert!(forge.verdict(&token).await.is_err(), "{header}");
        }
    }
    for algorithm in ["none", "None", "NONE", ""] {
        let header = json!({ "alg": algorithm, "kid": "k" });
        let token = signed(&header, &claims(), |_| Vec::new());
        assert!(forge.verdict(&token).await.is_err(), "{algorithm}");
    }
    // Signed well, but said to be something else.
    let header = json!({ "alg": "PS256", "kid": "k" });
    let token = signed(&header, &claims(), |message| forge.rs256(message));
    assert!(forge.verdict(&token).await.is_err());
}

#[tokio::test]
async fn a_token_for_others_by_others_or_of_another_time_is_not_believed() {
    let forge = Forge::new();
    let now = chrono::Utc::now().timestamp();
    let header = json!({ "alg": "RS256", "kid": "k" });
    for (name, value) in [
        ("aud", json!("another app")),
        ("aud", json!(["drive", "another app"])),
        ("iss", json!("https://evil.example")),
        ("iss", json!("https://id.example/")),
        ("exp", json!(now - 1)),
        ("nonce", json!("another")),
        ("nonce", Value::Null),
    ] {
        let mut claims = claims();
        claims[name] = value.clone();
        let token = signed(&header, &claims, |message| forge.rs256(message));
        assert!(forge.verdict(&token).await.is_err(), "{name} {value}");
    }
    let other = Forge::new();
    for kid in ["k", "other"] {
        let header = json!({ "alg": "RS256", "kid": kid });
        let token = signed(&header, &claims(), |message| other.rs256(message));
        assert!(forge.verdict(&token).await.is_err(), "{kid}");
    }
    // A key that comes along with the token is worth nothing.
    let header = json!({ "alg": "RS256", "kid": "k", "jwk": other.public });
    let token = signed(&header, &claims(), |message| other.rs256(message));
    assert!(forge.verdict(&token).await.is_err());
}
