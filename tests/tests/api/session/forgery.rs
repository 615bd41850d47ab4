//! Tokens as forgers make them: another algorithm, another key.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Sha256, Sha384, Sha512};
use tests::TestServer;

use super::decode_base64url;
use crate::code;

/// A JWT by hand.
fn jwt(header: &Value, claims: &Value, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", part(header), part(claims));
    let signature = URL_SAFE_NO_PAD.encode(sign(message.as_bytes()));
    format!("{message}.{signature}")
}

fn hmac<M: hmac::Mac + hmac::KeyInit>(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mac = <M as hmac::KeyInit>::new_from_slice(key).unwrap();
    mac.chain_update(message).finalize().into_bytes().to_vec()
}

#[tokio::test]
async fn no_other_algorithm_and_no_other_key_makes_a_token() {
    let server = TestServer::start().await;
    let mut alice = server.user("alice").await;
    let mut forger = server.stranger();
    let key = server.setting("secret_key").await;
    let key = key.as_bytes();
    let payload = alice.access_token.as_deref().unwrap().split('.').nth(1);
    let claims: Value = serde_json::from_slice(&decode_base64url(payload.unwrap())).unwrap();
    let header = |algorithm: &str| json!({ "alg": algorithm, "typ": "JWT" });
    let hs256 = |key: &[u8], message: &[u8]| hmac::<hmac::Hmac<Sha256>>(key, message);

    // By hand, but right: the forgeries below fail for their own reasons.
    alice.access_token = Some(jwt(&header("HS256"), &claims, |message| {
        hs256(key, message)
    }));
    alice.me().await.ok();

    let right = |message: &[u8]| hs256(key, message);
    let mut forged = vec![
        jwt(&header("HS384"), &claims, |m| {
            hmac::<hmac::Hmac<Sha384>>(key, m)
        }),
        jwt(&header("HS512"), &claims, |m| {
            hmac::<hmac::Hmac<Sha512>>(key, m)
        }),
        jwt(&header("HS384"), &claims, right),
        jwt(&header("RS256"), &claims, right),
        jwt(&header("ES256"), &claims, right),
        jwt(&json!({ "typ": "JWT" }), &claims, right),
        jwt(&json!({ "alg": ["HS256"] }), &claims, right),
    ];
    for none in ["none", "None", "NONE", "nOnE", ""] {
        forged.push(jwt(&header(none), &claims, |_| Vec::new()));
        forged.push(jwt(&header(none), &claims, right));
    }
    // Keys that anybody can know.
    let request = forger.request_outside(reqwest::Method::GET, "/.well-known/jwks.json");
    let keys = forger.send(request).await;
    let public = keys.json()["keys"][0].clone();
    let modulus = public["n"].as_str().unwrap().to_owned();
    let id = server.setting("siteID").await;
    let stored = server.stored_setting("secret_key").await;
    for known in [
        b"".to_vec(),
        b"secret".to_vec(),
        vec![0; 256],
        keys.body.to_vec(),
        public.to_string().into_bytes(),
        decode_base64url(&modulus),
        modulus.into_bytes(),
        id.into_bytes(),
        stored.into_bytes(),
    ] {
        forged.push(jwt(&header("HS256"), &claims, |message| {
            hs256(&known, message)
        }));
        // The header names its own key (RFC 7515 §4.1.3).
        let own = json!({ "kty": "oct", "k": URL_SAFE_NO_PAD.encode(&known) });
        let named = json!({ "alg": "HS256", "jwk": own, "kid": "../../dev/null" });
        forged.push(jwt(&named, &claims, |message| hs256(&known, message)));
    }
    for token in forged {
        forger.access_token = Some(token.clone());
        let reply = forger.me().await;
        assert_eq!(reply.code(), code::LOGIN_REQUIRED, "{token}");
        forger.refresh_token = Some(token);
        forger.refresh().await.refused(code::CREDENTIAL_INVALID);
    }
}
