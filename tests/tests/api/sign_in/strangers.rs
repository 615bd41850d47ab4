//! What strangers can find out, and how often they may ask.

use std::time::{Duration, Instant};

use serde_json::json;
use site::secret::PasswordCost;
use tests::{Client, Reply, TestServer};

use crate::code;

async fn prepare(who: &Client, name: &str) -> Reply {
    let email = format!("{name}@example.com");
    who.get_json("/session/prepare", &[("email", &email)]).await
}

#[tokio::test]
async fn where_nobody_can_register_prepare_tells_nobody_who_exists() {
    let server = TestServer::start_with(&[super::SITE_SETTING]).await;
    let alice = server.user("alice").await;
    super::add_passkey(&alice).await;
    let mut server = server;
    server.set(&[("register_enabled", "0")]).await;
    let stranger = server.stranger();
    let known = prepare(&stranger, "alice").await;
    known.ok();
    for name in ["admin", "nobody"] {
        assert_eq!(prepare(&stranger, name).await.json(), known.json());
    }
}

#[tokio::test]
async fn addresses_cannot_be_tried_through() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let stranger = server.stranger();
    let mut refused = 0;
    for n in 0..80 {
        let reply = prepare(&stranger, &format!("u{n}")).await;
        reply.refused_with_any(&[code::NOT_FOUND, code::NO_PERMISSION]);
        refused += i64::from(reply.code() == code::NO_PERMISSION);
    }
    assert!(refused > 5, "{refused}");
    alice.me().await.ok();
}

#[tokio::test]
async fn passwords_cannot_be_tried_through() {
    let server = TestServer::start().await;
    server.user("alice").await;
    let stranger = server.stranger();
    for name in ["alice", "nobody"] {
        let wrong = wrong_tries(&stranger, name).await;
        assert!(wrong >= 20, "{name}: {wrong}");
    }
    // Not even the right one is looked at then; unless a try came back in this very moment.
    for _ in 0..5 {
        wrong_tries(&stranger, "alice").await;
        let reply = stranger.try_sign_in("alice", tests::PASSWORD).await;
        if reply.code() != 0 {
            reply.refused(code::NO_PERMISSION);
            return;
        }
    }
    panic!("the right one is always looked at");
}

/// How many wrong passwords are looked at before one is not.
async fn wrong_tries(who: &Client, name: &str) -> usize {
    for wrong in 0..60 {
        let reply = who.try_sign_in(name, "a wrong one").await;
        if reply.code() == code::NO_PERMISSION {
            return wrong;
        }
        reply.refused(code::PASSWORD_WRONG);
    }
    panic!("{name} may be tried for ever");
}

/// Less than hashing a password takes anywhere, and more than the rest of a sign-in does. A busy
/// machine makes it longer, never shorter.
const ONE_HASHING: Duration = Duration::from_millis(8);

/// The quickest of several tries, so that a busy machine does not matter.
async fn quickest_refusal(who: &Client, name: &str) -> Duration {
    let mut quickest = Duration::MAX;
    for _ in 0..6 {
        let begun = Instant::now();
        let reply = who.try_sign_in(name, "a wrong one").await;
        quickest = quickest.min(begun.elapsed());
        reply.refused(code::PASSWORD_WRONG);
    }
    quickest
}

#[tokio::test]
async fn the_time_that_a_refusal_takes_does_not_tell_who_exists() {
    let server =
        TestServer::start_as(|config| config.password_cost = PasswordCost::default()).await;
    for name in ["alice", "passwordless", "banned", "imported"] {
        server.user(name).await;
    }
    for (name, change) in [
        ("passwordless", "password = NULL"),
        ("banned", "status = 'manual_banned'"),
        // The form of another program, which is quick to check.
        (
            "imported",
            "password = 'A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6:f3427aa92cd8ad4c7b33e496ab9b2fa8703397d3d47f4ad685fadcb8875c330e'",
        ),
    ] {
        let sql = format!("UPDATE users SET {change} WHERE email = '{name}@example.com'");
        server.tamper(&sql).await;
    }
    let stranger = server.stranger();
    for name in ["alice", "nobody", "passwordless", "banned", "imported"] {
        let quickest = quickest_refusal(&stranger, name).await;
        assert!(quickest > ONE_HASHING, "{name} {quickest:?}");
    }
}

#[tokio::test]
async fn line_breaks_do_not_get_into_names_and_addresses() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    for text in [
        "a\r\nBcc: everybody@example.com",
        "a\nb",
        "\u{0}",
        "tab\there",
        "   ",
    ] {
        for field in ["nick", "language"] {
            let reply = alice.change_settings(json!({ field: text })).await;
            assert_eq!(reply.code(), code::PARAMETER, "{field} {text:?}");
        }
    }
    for email in [
        "eve@example.com\r\nBcc: everybody@example.com",
        "eve@example.com\n",
        "\"a\r\nb\"@example.com",
        "eve@exam\u{0}ple.com",
    ] {
        for path in ["/user", "/user/reset", "/session/token"] {
            let body = json!({ "email": email, "password": "some secret" });
            let reply = server.stranger().post(path, body).await;
            assert_eq!(reply.code(), code::PARAMETER, "{path} {email:?}");
        }
    }
    assert_eq!(alice.me().await.ok()["nickname"], "alice");
}

#[tokio::test]
async fn one_mailbox_has_one_account_however_its_address_is_written() {
    let server = TestServer::start().await;
    server.user("alice").await;
    for email in [
        "\u{FF41}lice@example.com",
        "ALICE@\u{FF45}xample.com",
        "alice@example\u{3002}com",
    ] {
        let stranger = server.stranger();
        let body = json!({ "email": email, "password": tests::PASSWORD });
        stranger
            .post("/user", body.clone())
            .await
            .refused(code::EMAIL_EXISTS);
        stranger.post("/session/token", body).await.ok();
    }
}
