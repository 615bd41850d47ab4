//! Wrong tries count wherever they are made, and whatever becomes of the server meanwhile.

use std::time::Instant;

use futures_util::future::join_all;
use serde_json::json;
use tests::{Client, DavClient, Share, TestServer};

use super::switch_on;
use crate::code;

/// Wrong tries in a row for one account, and after how many seconds one more is granted
/// (`docs/security.md`); the same for codes of a second factor.
const PER_ACCOUNT: (usize, u64) = (20, 10);
const PER_CODE: (usize, u64) = (10, 300);

/// Wrong tries until one is refused without being looked at.
async fn until_refused(mut is_told: impl AsyncFnMut() -> bool) -> usize {
    let mut told = 0;
    while is_told().await {
        told += 1;
        assert!(told < 100, "nothing stops this");
    }
    told
}

/// However many servers were asked in turn: together they told no more than one alone.
#[track_caller]
fn assert_shared(told: &[usize], (burst, refill_secs): (usize, u64), began: Instant) {
    let came_back = began.elapsed().as_secs() / refill_secs + 1;
    assert!(told[0] >= burst, "{told:?}");
    let all: usize = told.iter().sum();
    assert!(all as u64 <= burst as u64 + came_back, "{told:?}");
}

async fn sign_in_is_told(who: &Client) -> bool {
    let body = json!({ "email": "alice@example.com", "password": "wrong" });
    told(
        who.post("/session/token", body).await.code(),
        code::PASSWORD_WRONG,
    )
}

async fn share_is_told(who: &Client, share: &Share) -> bool {
    let wrong = share.with_password(Some("wrong"));
    told(
        who.list(&wrong.at("/")).await.code(),
        code::INCORRECT_PASSWORD,
    )
}

async fn secret_is_told(who: &Client, id: &str) -> bool {
    let body = json!({ "password": "another secret", "secret": "x" });
    let reply = who.patch(&format!("/user/reset/{id}"), body).await;
    told(reply.code(), code::MAIL_SECRET_WRONG)
}

async fn code_is_told(who: &Client) -> bool {
    let body = json!({ "two_fa_enabled": false, "two_fa_code": "x" });
    let reply = who.patch("/user/setting", body).await;
    told(reply.code(), code::SECOND_FACTOR_WRONG)
}

async fn dav_is_told(dav: &DavClient) -> bool {
    let status = dav.propfind("/", "0", "").await.status;
    assert!([401, 429].contains(&status), "{status}");
    status == 401
}

#[track_caller]
fn told(code: i64, wrong: i64) -> bool {
    assert!([wrong, code::NO_PERMISSION].contains(&code), "{code}");
    code == wrong
}

#[tokio::test]
async fn tries_are_shared_with_other_servers_and_outlast_a_restart() {
    let mut server = TestServer::start().await;
    server.user("alice").await;
    let began = Instant::now();
    let mut told = Vec::new();
    let stranger = server.stranger();
    told.push(until_refused(async || sign_in_is_told(&stranger).await).await);
    if let Some(other) = server.beside().await {
        let stranger = other.stranger();
        told.push(until_refused(async || sign_in_is_told(&stranger).await).await);
    }
    server.restart().await;
    let stranger = server.stranger();
    told.push(until_refused(async || sign_in_is_told(&stranger).await).await);
    assert_shared(&told, PER_ACCOUNT, began);
}

#[tokio::test]
async fn so_are_those_at_shares() {
    let mut server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/a.txt", "a").await;
    let share = alice.share("/a.txt", json!({ "is_private": true })).await;
    let began = Instant::now();
    let mut told = Vec::new();
    let stranger = server.stranger();
    told.push(until_refused(async || share_is_told(&stranger, &share).await).await);
    if let Some(other) = server.beside().await {
        let stranger = other.stranger();
        told.push(until_refused(async || share_is_told(&stranger, &share).await).await);
    }
    server.restart().await;
    let stranger = server.stranger();
    told.push(until_refused(async || share_is_told(&stranger, &share).await).await);
    assert_shared(&told, PER_ACCOUNT, began);
}

#[tokio::test]
async fn so_are_those_at_secrets_of_mails_and_at_webdav() {
    let mut server = TestServer::start().await;
    let alice = server.user("alice").await;
    let mut dav = server.admin().mount().await;
    dav.password = "wrong".to_owned();
    let began = Instant::now();
    let (mut secrets, mut passwords) = (Vec::new(), Vec::new());
    for _ in 0..2 {
        let stranger = server.stranger();
        secrets.push(until_refused(async || secret_is_told(&stranger, &alice.id).await).await);
        passwords.push(until_refused(async || dav_is_told(&dav).await).await);
        server.restart().await;
    }
    assert_shared(&secrets, PER_ACCOUNT, began);
    assert_shared(&passwords, PER_ACCOUNT, began);
}

#[tokio::test]
async fn so_are_those_at_second_factors() {
    let mut server = TestServer::start().await;
    let alice = server.user("alice").await;
    switch_on(&alice).await;
    let began = Instant::now();
    let before = until_refused(async || code_is_told(&alice).await).await;
    server.restart().await;
    let after = until_refused(async || code_is_told(&alice).await).await;
    assert_shared(&[before, after], PER_CODE, began);
}

#[tokio::test]
async fn parallel_wrong_tries_are_all_counted() {
    let server = TestServer::start().await;
    server.user("alice").await;
    let other = server.beside().await;
    let began = Instant::now();
    let guesses = (0..50).map(|n| {
        let who = match &other {
            Some(other) if n % 2 == 1 => other.stranger(),
            _ => server.stranger(),
        };
        async move { sign_in_is_told(&who).await }
    });
    let told = join_all(guesses).await;
    let told = told.into_iter().filter(|told| *told).count();
    let (burst, refill_secs) = PER_ACCOUNT;
    let came_back = began.elapsed().as_secs() / refill_secs + 1;
    assert!(
        told > 0 && told as u64 <= burst as u64 + came_back,
        "{told}"
    );
}
