//! Confirming one's address.

use serde_json::json;
use site::secret::{Purpose, SignedText, Signer};
use tests::{Client, Mail, MailServer, PASSWORD, Reply, TestServer, escape};

use crate::code;

async fn register(who: &Client, name: &str, password: &str) -> Reply {
    let body = json!({
        "email": format!("{name}@example.com"), "password": password, "language": "de-DE",
    });
    who.post("/user", body).await
}

async fn follow(who: &Client, mail: &Mail) -> Reply {
    let (id, sign) = (mail.parameter("id"), mail.parameter("sign"));
    who.get_json(&format!("/user/activate/{id}"), &[("sign", &sign)])
        .await
}

async fn site(mail: &MailServer) -> TestServer {
    TestServer::start_with_mail(mail, &[("email_active", "1")]).await
}

#[tokio::test]
async fn an_account_opens_after_a_click_in_its_mail() {
    let mail = MailServer::start().await;
    let server = site(&mail).await;
    let stranger = server.stranger();
    let reply = register(&stranger, "carol", PASSWORD).await;
    assert_eq!(reply.json(), json!({ "code": 203, "msg": "" }));
    stranger
        .try_sign_in("carol", PASSWORD)
        .await
        .refused(code::NOT_ACTIVATED);

    let letter = mail.next().await;
    assert_eq!(letter.to, ["carol@example.com"]);
    let link = letter.link();
    assert_eq!(link.origin().ascii_serialization(), "https://drive.example");
    assert_eq!(link.path(), "/session/activate");
    let user = follow(&stranger, &letter).await.ok();
    assert_eq!(user["status"], "active");
    assert_eq!(user["id"], letter.parameter("id"));
    assert!(user.get("group").is_none());
    follow(&stranger, &letter)
        .await
        .refused(code::CANNOT_ACTIVATE);
    stranger.try_sign_in("carol", PASSWORD).await.ok();
}

#[tokio::test]
async fn the_signature_is_for_one_account_and_one_day() {
    let mail = MailServer::start().await;
    let server = site(&mail).await;
    let stranger = server.stranger();
    register(&stranger, "carol", PASSWORD).await;
    let carols = mail.next().await;
    register(&stranger, "dave", PASSWORD).await;
    let daves = mail.next().await;
    let (id, sign) = (carols.parameter("id"), carols.parameter("sign"));
    let path = format!("/user/activate/{id}");
    let crossed = daves.parameter("sign");
    let (mac, expires) = sign.rsplit_once(':').unwrap();
    let longer = format!("{mac}:{}", expires.parse::<i64>().unwrap() + 1);
    for wrong in [crossed.as_str(), &longer, "x:9999999999", ":", "x"] {
        let reply = stranger.get_json(&path, &[("sign", wrong)]).await;
        reply.refused_with_any(&[code::SIGNATURE_INVALID, code::NO_PERMISSION]);
    }
    stranger
        .get_json(&path, &[])
        .await
        .refused(code::NO_PERMISSION);
    let secret = server.setting("secret_key").await;
    let signer = Signer::new(secret.as_bytes());
    let past = chrono::Utc::now().timestamp() - 1;
    let text = SignedText::new(Purpose::Activation, [id.as_str()]);
    let old = signer.sign(&text, past);
    let old = format!("{path}?sign={}", escape(&old));
    stranger
        .get_json(&old, &[])
        .await
        .refused(code::SIGNATURE_EXPIRED);
    let day = expires.parse::<i64>().unwrap() - chrono::Utc::now().timestamp();
    assert!((86_300..=86_400).contains(&day), "{day}");
}

#[tokio::test]
async fn registering_again_sends_the_mail_again_and_trusts_nobodys_password() {
    let mail = MailServer::start().await;
    let server = site(&mail).await;
    let stranger = server.stranger();
    // Somebody else claims the address first, and then its owner.
    register(&stranger, "carol", "mallorys secret").await;
    mail.next().await;
    register(&stranger, "carol", PASSWORD)
        .await
        .refused(code::MAIL_SENT_AGAIN);
    let letter = mail.next().await;
    follow(&stranger, &letter).await.ok();
    for password in ["mallorys secret", PASSWORD] {
        stranger
            .try_sign_in("carol", password)
            .await
            .refused(code::PASSWORD_WRONG);
    }
    // With the same password both times it is the same person.
    register(&stranger, "dave", PASSWORD).await;
    mail.next().await;
    register(&stranger, "dave", PASSWORD)
        .await
        .refused(code::MAIL_SENT_AGAIN);
    follow(&stranger, &mail.next().await).await.ok();
    stranger.try_sign_in("dave", PASSWORD).await.ok();
    register(&stranger, "dave", PASSWORD)
        .await
        .refused(code::EMAIL_EXISTS);
}

#[tokio::test]
async fn who_forgot_a_password_before_confirming_gets_the_link_to_confirm() {
    let mail = MailServer::start().await;
    let server = site(&mail).await;
    let stranger = server.stranger();
    register(&stranger, "carol", PASSWORD).await;
    mail.next().await;
    let body = json!({ "email": "carol@example.com" });
    stranger.post("/user/reset", body).await.done();
    let letter = mail.next().await;
    assert_eq!(letter.link().path(), "/session/activate");
    follow(&stranger, &letter).await.ok();
}

#[tokio::test]
async fn mails_speak_the_language_of_their_reader() {
    let mail = MailServer::start().await;
    let server = site(&mail).await;
    let stranger = server.stranger();
    register(&stranger, "carol", PASSWORD).await;
    let german = mail.next().await;
    assert!(german.html.contains(r#"lang="de-DE""#), "{}", german.html);
    let body = json!({ "email": "dave@example.com", "password": PASSWORD, "language": "tlh" });
    stranger.post("/user", body).await;
    let other = mail.next().await;
    assert!(other.html.contains(r#"lang="en-US""#), "{}", other.html);
    assert!(other.html.contains("Hello dave,"), "{}", other.html);
    assert!(other.header("subject").starts_with("[Alcove] "));
}
