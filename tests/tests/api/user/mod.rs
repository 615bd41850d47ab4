//! `/user`: accounts and capacity.

pub mod avatar;
mod setting;

use bytes::Bytes;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{PASSWORD, TestServer};

use crate::code;

const GIB: u64 = 1 << 30;

#[tokio::test]
async fn registering_answers_the_user_without_group() {
    let server = TestServer::start().await;
    let body = json!({ "email": "Carol@Example.com", "password": PASSWORD, "language": "de-DE" });
    let reply = server.stranger().post("/user", body).await;
    let user = reply.ok();
    assert_eq!(user["email"], "carol@example.com");
    assert_eq!(user["nickname"], "carol");
    assert!(user.get("group").is_none());
    assert_eq!(reply.shape()["data"]["id"], "[id]");
}

#[tokio::test]
async fn an_address_registers_once_even_in_a_race() {
    let server = TestServer::start().await;
    let body = json!({ "email": "carol@example.com", "password": PASSWORD });
    let stranger = server.stranger();
    let attempts = (0..8).map(|_| stranger.post("/user", body.clone()));
    let replies = futures_util::future::join_all(attempts).await;
    let codes: Vec<_> = replies.iter().map(tests::Reply::code).collect();
    assert_eq!(
        codes.iter().filter(|code| **code == 0).count(),
        1,
        "{codes:?}"
    );
    assert_eq!(
        codes
            .iter()
            .filter(|code| **code == code::EMAIL_EXISTS)
            .count(),
        7,
        "{codes:?}"
    );
}

#[tokio::test]
async fn malformed_registrations_are_refused_and_register_nobody() {
    let server = TestServer::start().await;
    let stranger = server.stranger();
    for body in [
        json!({}),
        json!({ "email": "carol@example.com" }),
        json!({ "email": "carol@example.com", "password": "short" }),
        json!({ "email": "carol@example.com", "password": "x".repeat(129) }),
        json!({ "email": "not an address", "password": PASSWORD }),
        json!({ "email": "", "password": PASSWORD }),
        json!({ "email": "@example.com", "password": PASSWORD }),
        json!({ "email": {}, "password": PASSWORD }),
    ] {
        let reply = stranger.post("/user", body.clone()).await;
        assert_eq!(reply.code(), code::PARAMETER, "{body}");
    }
    let unknown = stranger
        .get_json("/session/prepare", &[("email", "carol@example.com")])
        .await;
    unknown.refused(code::NOT_FOUND);
}

#[tokio::test]
async fn me_is_the_full_user() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let me = alice.me().await;
    let mut shape = me.shape()["data"].take();
    // Left to the server: which optional settings a fresh account carries.
    for optional in ["language", "preferred_theme", "disable_view_sync"] {
        shape.as_object_mut().unwrap().remove(optional);
    }
    let group = shape["group"].as_object_mut().unwrap();
    group.remove("direct_link_batch_size");
    group.remove("trash_retention");
    assert_eq!(
        shape,
        json!({
            "id": "[id]",
            "email": "alice@example.com",
            "nickname": "alice",
            "status": "active",
            "created_at": "[time]",
            "group": { "id": "[id]", "name": "User", "permission": "lAg=" },
        })
    );
}

#[tokio::test]
async fn capacity_is_the_groups_quota() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let capacity = alice.get_json("/user/capacity", &[]).await.ok();
    assert_eq!(capacity, json!({ "total": GIB, "used": 0 }));
    assert_eq!(server.admin().total().await, 1024 * GIB);
}

#[tokio::test]
async fn others_see_a_redacted_user() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    let route = format!("/user/info/{}", alice.id);

    let seen = bob.get_json(&route, &[]).await.ok();
    assert_eq!(seen["nickname"], "alice");
    assert_eq!(seen["email"], "alice@example.com");
    assert!(seen.get("status").is_none());
    assert!(seen["group"].get("permission").is_none());

    let seen = server.stranger().get_json(&route, &[]).await.ok();
    assert_eq!(seen["nickname"], "alice");
    assert!(seen.get("email").is_none(), "strangers see no address");
}

#[tokio::test]
async fn user_info_of_nobody() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    for garbled in ["!!", "no-such-id", "%00", "AAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        let reply = alice.get_json(&format!("/user/info/{garbled}"), &[]).await;
        assert_eq!(reply.code(), code::PARAMETER, "{garbled}");
    }
    // An id of another kind is not a user's.
    let file = alice.create_file("/a.txt").await["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let reply = alice.get_json(&format!("/user/info/{file}"), &[]).await;
    reply.refused(code::PARAMETER);
}

#[tokio::test]
async fn searching_users_finds_names_and_addresses_in_any_case() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    server.user("alina").await;
    server.user("bob").await;
    let mut names: Vec<Value> = Vec::new();
    let found = alice
        .get_json("/user/search", &[("keyword", "ALI")])
        .await
        .ok();
    for user in found.as_array().unwrap() {
        assert!(user["group"].get("permission").is_none());
        names.push(user["nickname"].clone());
    }
    names.sort_by_key(ToString::to_string);
    assert_eq!(names, ["alice", "alina"]);

    let none = alice
        .get_json("/user/search", &[("keyword", "nobody at all")])
        .await
        .ok();
    assert_eq!(none, json!([]));
    // Characters with a meaning in SQL patterns mean themselves.
    let none = alice
        .get_json("/user/search", &[("keyword", "a%e")])
        .await
        .ok();
    assert_eq!(none, json!([]));
    alice
        .get_json("/user/search", &[("keyword", "a")])
        .await
        .refused(code::PARAMETER);
    alice
        .get_json("/user/search", &[])
        .await
        .refused(code::PARAMETER);
}

#[tokio::test]
async fn everything_about_oneself_needs_a_sign_in() {
    let server = TestServer::start().await;
    let stranger = server.stranger();
    for path in [
        "/user/me",
        "/user/capacity",
        "/user/setting",
        "/user/search?keyword=alice",
    ] {
        stranger
            .get_json(path, &[])
            .await
            .refused(code::LOGIN_REQUIRED);
    }
    stranger
        .change_settings(json!({ "nick": "x" }))
        .await
        .refused(code::LOGIN_REQUIRED);
    let avatar = stranger
        .send_bytes(Method::PUT, "/user/setting/avatar", Bytes::new())
        .await;
    avatar.refused(code::LOGIN_REQUIRED);
}

#[tokio::test]
async fn a_closed_site_registers_nobody() {
    let server = TestServer::start_with(&[("register_enabled", "0")]).await;
    let stranger = server.stranger();
    let body = json!({ "email": "carol@example.com", "password": PASSWORD });
    stranger
        .post("/user", body)
        .await
        .refused(code::FEATURE_OFF);
    let login = stranger.get_json("/site/config/login", &[]).await.ok();
    assert!(
        login.get("register_enabled").is_none(),
        "a flag that is off is left out"
    );
    stranger.try_sign_in("admin", PASSWORD).await.ok();
}

#[tokio::test]
async fn a_site_may_hide_addresses_from_everybody() {
    let server = TestServer::start_with(&[("expose_user_email", "0")]).await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    let seen = bob
        .get_json(&format!("/user/info/{}", alice.id), &[])
        .await
        .ok();
    assert!(seen.get("email").is_none(), "{seen}");
    // Nor can one be found out piece by piece.
    for (keyword, count) in [("alice@", 0), ("@example", 0), ("Alice@example.com", 1)] {
        let query = [("keyword", keyword)];
        let found = bob.get_json("/user/search", &query).await.ok();
        assert_eq!(found.as_array().unwrap().len(), count, "{keyword}");
    }
    assert_eq!(alice.me().await.ok()["email"], "alice@example.com");
}

#[tokio::test]
async fn one_is_told_that_one_may_do_nothing() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    server.permit_users("").await;
    assert_eq!(alice.me().await.ok()["group"]["permission"], "");
}
