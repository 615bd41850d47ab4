#![allow(clippy::unwrap_used)]
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::*;

const NOW: i64 = 1_800_000_000;

fn keys() -> TokenKeys {
    TokenKeys::new(b"a secret of the site")
}

fn access() -> AccessClaims {
    AccessClaims {
        subject: "zvha".into(),
        not_before_unix: NOW,
        expires_unix: NOW + 3600,
        oauth: None,
        session_id: None,
    }
}

fn refresh() -> RefreshClaims {
    RefreshClaims {
        subject: "zvha".into(),
        not_before_unix: NOW,
        expires_unix: NOW + 3600,
        state_hash: "hash".into(),
        root_token_id: Uuid::from_u128(7),
        oauth: Some(OAuthClaims {
            client_id: "app".into(),
            scopes: "openid Files.Read".parse().unwrap(),
        }),
    }
}

/// Header and payload, as a client would decode them.
fn parts(token: &str) -> (Value, Value) {
    let json = |part: &str| -> Value {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
    };
    let mut parts = token.split('.');
    (json(parts.next().unwrap()), json(parts.next().unwrap()))
}

#[test]
fn tokens_carry_exactly_the_claims_of_the_api() {
    let (header, payload) = parts(&keys().issue_access(&access()));
    assert_eq!(header, json!({"alg": "HS256", "typ": "JWT"}));
    let expected = json!({"token_type": "access", "sub": "zvha", "nbf": NOW, "exp": NOW + 3600});
    assert_eq!(payload, expected);

    let app = AccessClaims {
        session_id: Some(Uuid::from_u128(7)),
        oauth: refresh().oauth,
        ..access()
    };
    let (_, payload) = parts(&keys().issue_access(&app));
    let expected = json!({
        "token_type": "access", "sub": "zvha", "nbf": NOW, "exp": NOW + 3600,
        "root_token_id": "00000000-0000-0000-0000-000000000007",
        "client_id": "app", "scopes": ["openid", "Files.Read"],
    });
    assert_eq!(payload, expected);

    let (_, payload) = parts(&keys().issue_refresh(&refresh()));
    let expected = json!({
        "token_type": "refresh", "sub": "zvha", "nbf": NOW, "exp": NOW + 3600,
        "state_hash": "hash", "root_token_id": "00000000-0000-0000-0000-000000000007",
        "client_id": "app", "scopes": ["openid", "Files.Read"],
    });
    assert_eq!(payload, expected);
}

#[test]
fn issued_tokens_are_read_back() {
    let mut from_app = access();
    from_app.oauth = refresh().oauth;
    for claims in [access(), from_app] {
        assert_eq!(
            keys().read_access(&keys().issue_access(&claims), NOW),
            Ok(claims)
        );
    }
    let mut own = refresh();
    own.oauth = None;
    for claims in [refresh(), own] {
        assert_eq!(
            keys().read_refresh(&keys().issue_refresh(&claims), NOW),
            Ok(claims)
        );
    }
}

#[test]
fn times_are_exact() {
    let token = keys().issue_access(&access());
    assert!(keys().read_access(&token, NOW + 3599).is_ok());
    assert_eq!(
        keys().read_access(&token, NOW + 3600),
        Err(TokenError::Expired)
    );
    assert_eq!(
        keys().read_access(&token, NOW - 1),
        Err(TokenError::NotYetValid)
    );
}

#[test]
fn the_other_type_is_told_apart() {
    let (a, r) = (
        keys().issue_access(&access()),
        keys().issue_refresh(&refresh()),
    );
    assert_eq!(keys().read_access(&r, NOW), Err(TokenError::WrongType));
    assert_eq!(keys().read_refresh(&a, NOW), Err(TokenError::WrongType));
    // Expiry is told first, so that it stays a silent sign-out.
    assert_eq!(keys().read_access(&r, NOW + 3600), Err(TokenError::Expired));
}

fn forged(header: &Header, payload: &Value, key: &[u8]) -> String {
    jsonwebtoken::encode(header, payload, &EncodingKey::from_secret(key)).unwrap()
}

#[test]
fn forged_tokens_are_invalid() {
    let (_, payload) = parts(&keys().issue_access(&access()));
    let secret = b"a secret of the site";
    let good = Header::new(Algorithm::HS256);
    assert!(
        keys()
            .read_access(&forged(&good, &payload, secret), NOW)
            .is_ok()
    );

    let other_algorithm = forged(&Header::new(Algorithm::HS512), &payload, secret);
    let other_key = forged(&good, &payload, b"guess");
    let body = URL_SAFE_NO_PAD.encode(payload.to_string());
    let none = format!(
        "{}.{body}.",
        URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#)
    );
    let unknown_type = forged(
        &good,
        &json!({"token_type": "x", "sub": "", "nbf": 0, "exp": NOW * 2}),
        secret,
    );
    let untyped = forged(
        &good,
        &json!({"sub": "zvha", "nbf": 0, "exp": NOW * 2}),
        secret,
    );
    let long = "a".repeat(MAX_TOKEN_BYTES + 1);
    for token in [
        "",
        "a.b.c",
        &other_algorithm,
        &other_key,
        &none,
        &unknown_type,
        &untyped,
        &long,
    ] {
        assert_eq!(
            keys().read_access(token, NOW),
            Err(TokenError::Invalid),
            "{token}"
        );
    }
}

#[test]
fn refresh_tokens_need_a_root_and_a_state() {
    let (_, full) = parts(&keys().issue_refresh(&refresh()));
    for claim in ["root_token_id", "state_hash"] {
        let mut payload = full.clone();
        payload.as_object_mut().unwrap().remove(claim);
        let token = forged(
            &Header::new(Algorithm::HS256),
            &payload,
            b"a secret of the site",
        );
        assert_eq!(
            keys().read_refresh(&token, NOW),
            Err(TokenError::Invalid),
            "{claim}"
        );
    }
}

#[test]
fn a_client_without_scopes_may_do_nothing() {
    let payload = json!({
        "token_type": "access", "sub": "zvha", "nbf": NOW, "exp": NOW + 1, "client_id": "app",
    });
    let token = forged(
        &Header::new(Algorithm::HS256),
        &payload,
        b"a secret of the site",
    );
    let oauth = keys().read_access(&token, NOW).unwrap().oauth.unwrap();
    assert!(oauth.scopes.is_empty());
}

#[test]
fn state_hashes_match_existing_sites() {
    let digest = "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6:\
                  f3427aa92cd8ad4c7b33e496ab9b2fa8703397d3d47f4ad685fadcb8875c330e";
    let hash = state_hash(
        "dora@example.com",
        digest,
        "5f0c2a34-9b1e-4c7a-8a55-0d7b6f1e2c33",
    );
    assert_eq!(hash, "VOP/sAbBNrwIVfkEUKfhW19BrJtF567prChm3e0Qwps=");
}
