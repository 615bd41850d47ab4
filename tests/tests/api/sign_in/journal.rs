//! What the journal tells of those who came in and those who did not.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Client, PASSWORD, TestServer};

use super::switch_on;
use crate::code;

/// Entries of one kind, once there are so many: some are written a moment later.
async fn entries(server: &TestServer, op: &str, count: usize) -> Vec<Value> {
    let patience = Instant::now() + Duration::from_secs(20);
    loop {
        let found = server.journal(op).await;
        if found.len() >= count {
            assert_eq!(found.len(), count, "{found:?}");
            return found;
        }
        assert!(Instant::now() < patience, "{op}: {found:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[track_caller]
fn tells(entry: &Value, details: &[(&str, &str)]) {
    assert_eq!(entry["ip"], "127.0.0.1", "{entry}");
    assert_eq!(entry["user_agent"], "burglar", "{entry}");
    for (name, value) in details {
        assert_eq!(entry[name], *value, "{entry}");
    }
}

/// A request of somebody whose program calls itself a burglar.
fn burglar(who: &Client, method: Method, path: &str) -> reqwest::RequestBuilder {
    who.request(method, path).header("User-Agent", "burglar")
}

async fn sign_in(server: &TestServer, password: &str) -> tests::Reply {
    let stranger = server.stranger();
    let body = json!({ "email": "alice@example.com", "password": password });
    let request = burglar(&stranger, Method::POST, "/session/token").json(&body);
    stranger.send(request).await
}

#[tokio::test]
async fn sign_ins_and_tries_are_told_with_address_and_program() {
    let server = TestServer::start().await;
    sign_in(&server, PASSWORD)
        .await
        .refused(code::PASSWORD_WRONG);
    let alice = server.user("alice").await;
    sign_in(&server, "a wrong one")
        .await
        .refused(code::PASSWORD_WRONG);
    sign_in(&server, PASSWORD).await.ok();
    alice.sign_out().await.ok();
    let came = server.journal("sign_in").await;
    tells(came.last().unwrap(), &[("method", "password")]);
    let failed = entries(&server, "sign_in_failed", 2).await;
    tells(
        &failed[0],
        &[("why", "no account or no password: alice@example.com")],
    );
    tells(&failed[1], &[("why", "wrong password")]);
    assert_eq!(server.journal("sign_out").await.len(), 1);
}

#[tokio::test]
async fn proofs_that_were_wrong_are_told_too() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    switch_on(&alice).await;
    let setting = |body: Value| {
        let request = burglar(&alice, Method::PATCH, "/user/setting").json(&body);
        alice.send(request)
    };
    setting(json!({ "current_password": "wrong", "new_password": "another secret" }))
        .await
        .refused(code::INCORRECT_PASSWORD);
    setting(json!({ "two_fa_enabled": false, "two_fa_code": "x" }))
        .await
        .refused(code::SECOND_FACTOR_WRONG);
    let body = json!({ "two_fa_code": "x" });
    let request = burglar(&alice, Method::POST, "/user/setting/2fa/recovery").json(&body);
    alice.send(request).await.refused(code::SECOND_FACTOR_WRONG);
    let path = format!("/user/reset/{}", alice.id);
    let body = json!({ "password": "another secret", "secret": "x" });
    let request = burglar(&server.stranger(), Method::PATCH, &path).json(&body);
    server
        .stranger()
        .send(request)
        .await
        .refused(code::MAIL_SECRET_WRONG);
    let told = entries(&server, "proof_failed", 4).await;
    for (entry, why) in told.iter().zip([
        "wrong current password",
        "wrong code",
        "wrong code",
        "wrong secret of a mail",
    ]) {
        tells(entry, &[("why", why)]);
    }
}

#[tokio::test]
async fn passwords_of_shares_are_told_to_the_owners_journal() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/a.txt", "a").await;
    let share = alice.share("/a.txt", json!({ "is_private": true })).await;
    let right = share.password.as_deref().unwrap();
    let stranger = server.stranger();
    for password in ["wrong", right] {
        let path = format!("/share/info/{}?password={password}", share.id);
        stranger
            .send(burglar(&stranger, Method::GET, &path))
            .await
            .ok();
    }
    let failed = entries(&server, "proof_failed", 1).await;
    let opened = entries(&server, "share_opened", 1).await;
    tells(&failed[0], &[]);
    tells(&opened[0], &[]);
    assert_eq!(failed[0]["share"], opened[0]["share"]);
}

#[tokio::test]
async fn a_webdav_client_is_told_once_while_it_stays_and_each_time_it_fails() {
    let server = TestServer::start().await;
    let mut dav = server.admin().mount().await;
    let look = async |dav: &tests::DavClient| {
        let headers = [("Depth", "0"), ("User-Agent", "burglar")];
        dav.ask("PROPFIND", "/", &headers).await.status
    };
    for _ in 0..3 {
        assert_eq!(look(&dav).await, 207);
    }
    dav.password = "wrong".to_owned();
    for _ in 0..2 {
        assert_eq!(look(&dav).await, 401);
    }
    let failed = entries(&server, "sign_in_failed", 2).await;
    tells(
        &failed[0],
        &[("method", "webdav"), ("why", "wrong WebDAV password")],
    );
    // The administrator signed in with a password once before.
    let came = entries(&server, "sign_in", 2).await;
    tells(&came[1], &[("method", "webdav")]);
}
