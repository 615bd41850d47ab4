//! Choosing a new password by mail.

use reqwest::Method;
use serde_json::{Value, json};
use site::secret::{Purpose, SignedText, Signer};
use tests::{Client, Mail, MailServer, PASSWORD, Reply, TestServer};

use crate::code;

async fn ask(who: &Client, name: &str) -> Reply {
    let body = json!({ "email": format!("{name}@example.com") });
    who.post("/user/reset", body).await
}

async fn choose(who: &Client, mail: &Mail, password: &str) -> Reply {
    let body = json!({ "password": password, "secret": mail.parameter("secret") });
    who.patch(&format!("/user/reset/{}", mail.parameter("id")), body)
        .await
}

#[tokio::test]
async fn the_link_of_a_mail_sets_a_password_once_and_ends_every_sign_in() {
    let mail = MailServer::start().await;
    let server = TestServer::start_with_mail(&mail, &[]).await;
    let alice = server.user("alice").await;
    let stranger = server.stranger();
    ask(&stranger, "alice").await.done();
    let letter = mail.next().await;
    assert_eq!(letter.to, ["alice@example.com"]);
    assert_eq!(letter.parameter("id"), alice.id);
    assert_eq!(letter.parameter("secret").len(), 32);
    assert_eq!(letter.link().path(), "/session/reset");

    let reply = choose(&stranger, &letter, "another secret").await;
    let user = reply.ok();
    assert_eq!(user["email"], "alice@example.com");
    assert!(user.get("group").is_none());
    choose(&stranger, &letter, "a third secret")
        .await
        .refused(code::MAIL_SECRET_WRONG);
    stranger
        .try_sign_in("alice", PASSWORD)
        .await
        .refused(code::PASSWORD_WRONG);
    stranger.try_sign_in("alice", "another secret").await.ok();
    alice.refresh().await.refused(code::CREDENTIAL_INVALID);
    alice.me().await.refused(code::LOGIN_REQUIRED);
    let entries = server.journal("reset_asked").await;
    assert_eq!(entries[0]["ip"], "127.0.0.1");
}

#[tokio::test]
async fn only_the_secret_of_the_newest_mail_counts() {
    let mail = MailServer::start().await;
    let server = TestServer::start_with_mail(&mail, &[]).await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    let stranger = server.stranger();
    ask(&stranger, "alice").await.done();
    let first = mail.next().await;
    ask(&stranger, "alice").await.done();
    let second = mail.next().await;
    choose(&stranger, &first, "another secret")
        .await
        .refused(code::MAIL_SECRET_WRONG);
    let path = |id: &str| format!("/user/reset/{id}");
    let secret = second.parameter("secret");
    // Wrong secrets use nothing up, and hers is nobody else's.
    for (id, secret) in [
        (alice.id.as_str(), "x".repeat(32)),
        (&alice.id, String::new()),
        (&bob.id, secret.clone()),
        (&server.admin().id, secret.clone()),
        ("nonsense", secret.clone()),
    ] {
        let body = json!({ "password": "another secret", "secret": secret });
        let reply = stranger.patch(&path(id), body).await;
        reply.refused(code::MAIL_SECRET_WRONG);
    }
    choose(&stranger, &second, "short")
        .await
        .refused(code::PARAMETER);
    choose(&stranger, &second, "another secret").await.ok();
}

#[tokio::test]
async fn a_link_that_is_too_old_opens_nothing() {
    let mail = MailServer::start().await;
    let server = TestServer::start_with_mail(&mail, &[]).await;
    server.user("alice").await;
    ask(&server.stranger(), "alice").await.done();
    let letter = mail.next().await;
    server
        .tamper("UPDATE tickets SET expires_at = 1 WHERE kind = 'password_reset'")
        .await;
    choose(&server.stranger(), &letter, "another secret")
        .await
        .refused(code::MAIL_SECRET_WRONG);
}

#[tokio::test]
async fn secrets_are_neither_in_the_database_nor_in_the_queue() {
    let mail = MailServer::start().await;
    let server = TestServer::start_with_mail(&mail, &[]).await;
    server.user("alice").await;
    ask(&server.stranger(), "alice").await.done();
    let secret = mail.next().await.parameter("secret");
    let ticket = server
        .ask("SELECT value FROM tickets WHERE kind = 'password_reset'")
        .await;
    let task = server
        .ask("SELECT private_state AS value FROM tasks WHERE kind = 'send_mail'")
        .await;
    assert!(
        !ticket.contains(&secret) && !task.contains(&secret),
        "{ticket} {task}"
    );
}

#[tokio::test]
async fn every_address_is_answered_alike() {
    let mail = MailServer::start().await;
    let server = TestServer::start_with_mail(&mail, &[]).await;
    for name in ["alice", "banned"] {
        server.user(name).await;
    }
    server
        .tamper("UPDATE users SET status = 'manual_banned' WHERE email = 'banned@example.com'")
        .await;
    let stranger = server.stranger();
    for name in ["nobody", "banned", "alice"] {
        ask(&stranger, name).await.done();
    }
    server.mail_is_out().await;
    let letter = mail.next().await;
    assert_eq!(letter.to, ["alice@example.com"]);
    assert!(mail.is_empty().await, "nobody else gets a mail");
    for body in [json!({}), json!({ "email": "" }), json!({ "email": "x" })] {
        let reply = stranger.post("/user/reset", body).await;
        reply.refused(code::PARAMETER);
    }
}

#[tokio::test]
async fn links_lead_to_the_site_whatever_the_request_says() {
    let mail = MailServer::start().await;
    let server = TestServer::start_with_mail(&mail, &[]).await;
    server.user("alice").await;
    let stranger = server.stranger();
    let headers = [
        ("Host", "evil.example"),
        ("Host", "other.example"),
        ("X-Forwarded-Host", "evil.example"),
        ("X-Forwarded-Proto", "https"),
        ("Forwarded", "host=evil.example"),
        ("Origin", "https://evil.example"),
    ];
    for (at, (name, value)) in headers.into_iter().enumerate() {
        // A mailbox takes five in a row.
        let person = format!("u{at}");
        server.user(&person).await;
        let request = stranger
            .request(Method::POST, "/user/reset")
            .header(name, value)
            .json(&json!({ "email": format!("{person}@example.com") }));
        stranger.send(request).await.done();
        let letter = mail.next().await;
        assert_eq!(
            letter.link().origin().ascii_serialization(),
            "https://drive.example"
        );
        assert!(!letter.html.contains("evil"), "{name}: {}", letter.html);
        assert!(!letter.text.contains("evil"), "{name}: {}", letter.text);
    }
}

#[tokio::test]
async fn one_mailbox_is_not_flooded() {
    let mail = MailServer::start().await;
    let server = TestServer::start_with_mail(&mail, &[]).await;
    server.user("alice").await;
    let stranger = server.stranger();
    for name in ["alice", "nobody"] {
        for _ in 0..5 {
            ask(&stranger, name).await.done();
        }
        // The same for those who do not exist.
        ask(&stranger, name).await.refused(code::NO_PERMISSION);
    }
}

#[tokio::test]
async fn a_reset_does_not_get_around_the_second_factor() {
    let mail = MailServer::start().await;
    let server = TestServer::start_with_mail(&mail, &[]).await;
    let alice = server.user("alice").await;
    super::switch_on(&alice).await;
    ask(&server.stranger(), "alice").await.done();
    let letter = mail.next().await;
    choose(&server.stranger(), &letter, "another secret")
        .await
        .ok();
    let reply = server
        .stranger()
        .try_sign_in("alice", "another secret")
        .await;
    assert_eq!(reply.code(), code::CONTINUE);
    assert_ne!(reply.data(), Value::Null);
}

#[tokio::test]
async fn links_do_not_open_what_was_blocked_meanwhile() {
    let mail = MailServer::start().await;
    let server = TestServer::start_with_mail(&mail, &[]).await;
    let alice = server.user("alice").await;
    let stranger = server.stranger();
    ask(&stranger, "alice").await.done();
    let reset = mail.next().await;
    let body = json!({ "email": "carol@example.com" });
    server.admin().post("/admin/user/invite", body).await.ok();
    let invitation = mail.next().await;
    server
        .tamper("UPDATE users SET status = 'manual_banned' WHERE id > 1")
        .await;
    for letter in [&reset, &invitation] {
        choose(&stranger, letter, "another secret")
            .await
            .refused(code::USER_NOT_FOUND);
    }
    let banned = "SELECT CAST(COUNT(*) AS TEXT) AS value FROM users WHERE status = 'manual_banned'";
    assert_eq!(server.ask(banned).await, "2");
    // Nor does the link that confirms an address.
    let key = server.setting("secret_key").await;
    let signer = Signer::new(key.as_bytes());
    let path = format!("/user/activate/{}", alice.id);
    let text = SignedText::new(Purpose::Activation, [alice.id.as_str()]);
    let sign = signer.sign(&text, 0);
    stranger
        .get_json(&path, &[("sign", &sign)])
        .await
        .refused(code::CANNOT_ACTIVATE);
}
