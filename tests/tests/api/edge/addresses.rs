//! Where a request comes from.

use reqwest::Method;
use serde_json::json;
use server::config::Config;
use server::http::proxies;
use tests::{Client, Reply, TestServer};

use crate::code;

const HEADER: &str = "X-Forwarded-For";

fn behind_a_proxy(config: &mut Config) {
    config.proxy_header = Some(proxies::header(HEADER).unwrap());
}

fn behind_a_proxy_elsewhere(config: &mut Config) {
    behind_a_proxy(config);
    config.trusted_proxies = vec!["10.0.0.0/8".parse().unwrap()];
}

/// A wrong password, told to come from there.
async fn fail_from(who: &Client, chain: &str) {
    let request = who
        .request(Method::POST, "/session/token")
        .header(HEADER, chain)
        .header("X-Real-IP", chain)
        .json(&json!({ "email": "nobody@example.com", "password": "wrong" }));
    who.send(request).await.refused(code::PASSWORD_WRONG);
}

async fn addresses_seen(server: &TestServer, chains: &[&str]) -> Vec<String> {
    for chain in chains {
        fail_from(&server.stranger(), chain).await;
    }
    let told = server.journal("sign_in_failed").await;
    let told = told.iter().map(|entry| entry["ip"].as_str().unwrap());
    told.map(str::to_owned).collect()
}

const CHAINS: [&str; 4] = [
    "203.0.113.9, 198.51.100.7",
    "192.168.1.5",
    "10.9.9.9, 192.168.1.5",
    "nonsense",
];

#[tokio::test]
async fn no_header_chooses_the_address_unless_the_operator_names_it() {
    let server = TestServer::start().await;
    let seen = addresses_seen(&server, &CHAINS).await;
    assert_eq!(seen, ["127.0.0.1"; 4]);
}

#[tokio::test]
async fn a_proxy_that_is_not_named_is_not_believed() {
    let server = TestServer::start_as(behind_a_proxy_elsewhere).await;
    let seen = addresses_seen(&server, &CHAINS).await;
    assert_eq!(seen, ["127.0.0.1"; 4]);
}

#[tokio::test]
async fn of_a_chain_counts_what_the_trusted_proxy_saw() {
    let server = TestServer::start_as(behind_a_proxy).await;
    let seen = addresses_seen(&server, &CHAINS).await;
    assert_eq!(
        seen,
        ["198.51.100.7", "192.168.1.5", "192.168.1.5", "127.0.0.1"]
    );
}

async fn register(who: &Client, from: &str, name: &str) -> Reply {
    let email = format!("{name}@example.com");
    let request = who
        .request(Method::POST, "/user")
        .header(HEADER, from)
        .json(&json!({ "email": email, "password": tests::PASSWORD }));
    who.send(request).await
}

#[tokio::test]
async fn strangers_register_only_so_often_from_one_address() {
    let server = TestServer::start_as(behind_a_proxy).await;
    let stranger = server.stranger();
    let mut looked_at = 0;
    loop {
        // Taken, which costs nothing but tells who has an account.
        let reply = register(&stranger, "198.51.100.7", "admin").await;
        if reply.code() == code::NO_PERMISSION {
            break;
        }
        reply.refused(code::EMAIL_EXISTS);
        looked_at += 1;
        assert!(looked_at < 200, "there is no end to it");
    }
    assert!(looked_at >= 100, "{looked_at}");
    let reply = register(&stranger, "198.51.100.7", "mallory").await;
    reply.refused(code::NO_PERMISSION);
    // Nobody else notices, and who has an account signs in from there.
    register(&stranger, "203.0.113.9", "alice").await.ok();
    let request = stranger
        .request(Method::POST, "/session/token")
        .header(HEADER, "198.51.100.7")
        .json(&json!({ "email": "alice@example.com", "password": tests::PASSWORD }));
    stranger.send(request).await.ok();
}
