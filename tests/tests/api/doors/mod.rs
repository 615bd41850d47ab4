//! Every operation of the description, called by those who may not: by nobody, by somebody else,
//! and by an app whose token was not granted the scope.
//!
//! The description (`openapi.json`) names the least authority of each operation as its security
//! scheme. The table in [`calls`] knows how to call each operation on something that is Alice's; an
//! operation that is missing there fails a test, so a new route cannot be forgotten.

mod addresses;
mod calls;
mod scopes;
mod unlisted;

pub(crate) use scopes::Consent;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tests::TestServer;

use crate::code;
pub(crate) use calls::{Hers, call, furnish};

/// (method, path with `{}` for parameters) → the scheme it needs.
pub(crate) fn operations() -> BTreeMap<(String, String), String> {
    let api: Value = serde_json::from_str(&server::app::openapi_json()).unwrap();
    let mut operations = BTreeMap::new();
    for (path, methods) in api["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            if !["get", "put", "post", "delete", "patch", "head", "options"].contains(&&**method) {
                continue;
            }
            let key = (method.clone(), normalise(path));
            let schemes: BTreeSet<_> = operation["security"]
                .as_array()
                .unwrap_or_else(|| panic!("{method} {path} names no authority"))
                .iter()
                .flat_map(|alternative| alternative.as_object().unwrap().keys().cloned())
                .collect();
            assert_eq!(
                schemes.len(),
                1,
                "{method} {path} needs exactly one of {schemes:?}"
            );
            operations.insert(key, schemes.into_iter().next().unwrap());
        }
    }
    operations
}

/// `/api/v4/user/info/{id}` → `/user/info/{}`.
fn normalise(path: &str) -> String {
    let path = path
        .strip_prefix("/api/v4")
        .unwrap_or(path)
        .trim_end_matches('/');
    path.split('/')
        .map(|segment| {
            if segment.starts_with('{') || segment.starts_with(':') {
                "{}"
            } else {
                segment
            }
        })
        .collect::<Vec<_>>()
        .join("/")
}

/// Schemes that ask for nothing.
fn is_public(scheme: &str) -> bool {
    matches!(scheme, "public" | "refreshing")
}

/// Operations that go by an id, a session or a token that nobody but its holder knows, and so
/// may answer a stranger like somebody who asks for something that does not exist.
const BY_SECRET: [&str; 5] = [
    "/file/info",
    "/file/upload/{}",
    "/file/upload/{}/{}",
    "/file/lock",
    "/share/info/{}",
];

/// Operations that work for everybody who is signed in, on what is theirs.
const ON_ONESELF: [(&str, &str); 23] = [
    ("get", "/devices/dav"),
    ("post", "/session/oauth/consent"),
    ("get", "/session/oauth/userinfo"),
    ("post", "/session/oauth/userinfo"),
    ("get", "/user/me"),
    ("get", "/user/capacity"),
    ("get", "/user/search"),
    ("get", "/group/list"),
    ("get", "/user/setting"),
    ("patch", "/user/setting"),
    ("get", "/user/setting/policies"),
    ("get", "/user/setting/2fa"),
    ("get", "/user/setting/2fa/recovery"),
    ("get", "/user/setting/sessions"),
    ("delete", "/user/setting/sessions"),
    ("put", "/user/authn"),
    ("delete", "/file/trash"),
    ("get", "/share"),
    ("get", "/share/received"),
    // Skips what belongs to others.
    ("delete", "/share"),
    ("put", "/file/pin"),
    ("delete", "/file/pin"),
    ("get", "/workflow"),
];

#[test]
fn every_operation_names_its_authority_and_is_known_here() {
    let operations = operations();
    assert!(
        operations.len() > 30,
        "the description is not empty: {operations:?}"
    );
    let imagined = Hers::imagined();
    let unknown: Vec<_> = operations
        .keys()
        .filter(|(method, path)| imagined.call(method, path).is_none())
        .collect();
    assert!(
        unknown.is_empty(),
        "no row in the table of calls for {unknown:?}"
    );
}

#[tokio::test]
async fn nobody_gets_past_a_door_that_needs_a_sign_in() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let hers = furnish(&alice).await;
    let before = alice.everything().await;
    let stranger = server.stranger();
    for ((method, path), scheme) in operations() {
        if is_public(&scheme) {
            continue;
        }
        let reply = call(&stranger, &hers.call(&method, &path).unwrap()).await;
        let code = reply.inner_code();
        if BY_SECRET.contains(&path.as_str()) {
            assert_ne!(code, 0, "{method} {path} ({scheme}): {}", reply.text());
        } else {
            // A URI of somebody's drive is closed even before anybody is asked to sign in.
            let codes = [code::LOGIN_REQUIRED, code::NO_PERMISSION];
            assert!(
                codes.contains(&code),
                "{method} {path} ({scheme}): {}",
                reply.text()
            );
        }
    }
    assert_eq!(alice.everything().await, before);
}

#[tokio::test]
async fn nobody_has_a_drive_of_their_own() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let own = furnish(&alice).await.belonging();
    let before = alice.everything().await;
    let stranger = server.stranger();
    for ((method, path), scheme) in operations() {
        if is_public(&scheme) || BY_SECRET.contains(&path.as_str()) {
            continue;
        }
        let reply = call(&stranger, &own.call(&method, &path).unwrap()).await;
        let code = reply.inner_code();
        assert_eq!(
            code,
            code::LOGIN_REQUIRED,
            "{method} {path} ({scheme}): {}",
            reply.text()
        );
    }
    stranger
        .info("/docs/secret.txt")
        .await
        .refused(code::LOGIN_REQUIRED);
    assert_eq!(alice.everything().await, before);
}

#[tokio::test]
async fn somebody_else_gets_nothing_of_hers() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    let hers = furnish(&alice).await;
    let everything = async || {
        (
            alice.everything().await,
            alice.me().await.ok(),
            alice.get_json("/user/setting", &[]).await.ok(),
            alice.get("/docs/secret.txt").await,
            alice.versions("/docs/secret.txt").await,
            alice.get_json("/share", &[("page_size", "10")]).await.ok()["shares"].clone(),
        )
    };
    let before = everything().await;
    for ((method, path), scheme) in operations() {
        let reply = call(&bob, &hers.call(&method, &path).unwrap()).await;
        // What works for Bob works on what is his, and shows nothing of hers.
        if !is_public(&scheme) && !ON_ONESELF.contains(&(method.as_str(), path.as_str())) {
            let code = reply.inner_code();
            assert_ne!(code, 0, "{method} {path} ({scheme}): {}", reply.text());
        }
        assert!(!reply.text().contains("classified"), "{method} {path}");
    }
    assert_eq!(everything().await, before);
    // Her upload is untouched, too.
    alice
        .send_chunk(&hers.session, 0, "0123456789")
        .await
        .done();
}

#[tokio::test]
async fn a_deleted_description_is_not_the_way_in() {
    let server = TestServer::start().await;
    let stranger = server.stranger();
    for path in [
        "/admin",
        "/admin/user",
        "/slave/ping",
        "/debug/pprof",
        "/file/..%2Fadmin",
    ] {
        let reply = stranger.get_json(path, &[]).await;
        assert_eq!(reply.status, 404, "{path}: {}", reply.text());
    }
}

#[test]
fn the_program_prints_the_same_description() {
    let data = tempfile::tempdir().unwrap();
    let output = tests::Program::run(data.path(), ["openapi"]);
    assert!(output.status.success());
    let printed: Value = serde_json::from_slice(&output.stdout).unwrap();
    let own: Value = serde_json::from_str(&server::app::openapi_json()).unwrap();
    assert_eq!(printed, own);
    assert_eq!(
        std::fs::read_dir(data.path()).unwrap().count(),
        0,
        "it touches no data"
    );
}
