//! Accounts that an administrator makes for people.

use serde_json::json;
use tests::{MailServer, TestServer};

use crate::code;

#[tokio::test]
async fn who_is_invited_chooses_a_password_and_comes_in() {
    let mail = MailServer::start().await;
    // Nobody can register by themselves.
    let server = TestServer::start_with_mail(&mail, &[("register_enabled", "0")]).await;
    let body = json!({ "email": "Carol@example.com", "nick": "Carol", "language": "fr-FR" });
    let user = server.admin().post("/admin/user/invite", body).await.ok();
    assert_eq!(user["email"], "carol@example.com");
    assert_eq!(user["nickname"], "Carol");
    assert_eq!(user["status"], "inactive");
    let letter = mail.next().await;
    assert!(letter.html.contains(r#"lang="fr-FR""#));
    assert_eq!(letter.link().path(), "/session/reset");

    let stranger = server.stranger();
    let path = format!("/user/reset/{}", letter.parameter("id"));
    let body = json!({ "password": "my own secret", "secret": letter.parameter("secret") });
    let user = stranger.patch(&path, body.clone()).await.ok();
    assert_eq!(user["status"], "active");
    stranger
        .patch(&path, body)
        .await
        .refused(code::MAIL_SECRET_WRONG);
    let carol = stranger.sign_in("carol", "my own secret").await;
    assert_eq!(carol.me().await.ok()["group"]["name"], "User");
    assert_eq!(server.journal("invite").await.len(), 1);
}

#[tokio::test]
async fn invitations_lead_into_the_group_of_the_inviters_choice() {
    let mail = MailServer::start().await;
    let server = TestServer::start_with_mail(&mail, &[]).await;
    let admins = server.admin().me().await.ok()["group"]["id"].clone();
    let body = json!({ "email": "carol@example.com", "group": admins });
    server.admin().post("/admin/user/invite", body).await.ok();
    let letter = mail.next().await;
    let path = format!("/user/reset/{}", letter.parameter("id"));
    let body = json!({ "password": "my own secret", "secret": letter.parameter("secret") });
    server.stranger().patch(&path, body).await.ok();
    let carol = server.stranger().sign_in("carol", "my own secret").await;
    assert_eq!(carol.me().await.ok()["group"]["name"], "Admin");
}

#[tokio::test]
async fn only_administrators_invite_and_only_people_who_are_new() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let body = json!({ "email": "carol@example.com" });
    alice
        .post("/admin/user/invite", body.clone())
        .await
        .refused(code::NO_PERMISSION);
    server
        .stranger()
        .post("/admin/user/invite", body)
        .await
        .refused(code::LOGIN_REQUIRED);
    let admin = server.admin();
    for (body, code) in [
        (json!({ "email": "alice@example.com" }), code::EMAIL_EXISTS),
        (json!({ "email": "x" }), code::PARAMETER),
        (json!({}), code::PARAMETER),
        (
            json!({ "email": "c@example.com", "group": "nonsense" }),
            code::PARAMETER,
        ),
        (
            json!({ "email": "c@example.com", "nick": "C\r\nBcc: x@y.z" }),
            code::PARAMETER,
        ),
        (
            json!({ "email": "c@example.com\r\nBcc: x@y.z" }),
            code::PARAMETER,
        ),
    ] {
        let reply = admin.post("/admin/user/invite", body.clone()).await;
        assert_eq!(reply.code(), code, "{body}");
    }
    let ids = wire::PublicIds::new(&server.setting("hash_id_salt").await);
    let group = ids.encode(wire::IdKind::Group, 4711);
    let body = json!({ "email": "c@example.com", "group": group });
    admin
        .post("/admin/user/invite", body)
        .await
        .refused(code::GROUP_NOT_FOUND);
}

#[tokio::test]
async fn who_did_not_come_is_invited_again_and_the_old_link_is_worthless() {
    let mail = MailServer::start().await;
    let server = TestServer::start_with_mail(&mail, &[("register_enabled", "0")]).await;
    let stranger = server.stranger();
    let body = json!({ "email": "carol@example.com" });
    let choose = async |letter: &tests::Mail| {
        let body = json!({ "password": "my own secret", "secret": letter.parameter("secret") });
        let path = format!("/user/reset/{}", letter.parameter("id"));
        stranger.patch(&path, body).await
    };
    let invite = async || {
        server
            .admin()
            .post("/admin/user/invite", body.clone())
            .await
    };
    let id = invite().await.ok()["id"].clone();
    let first = mail.next().await;
    assert_eq!(invite().await.ok()["id"], id);
    let second = mail.next().await;
    choose(&first).await.refused(code::MAIL_SECRET_WRONG);
    // Before that, a link of their own asking does as well.
    stranger.post("/user/reset", body.clone()).await.done();
    let third = mail.next().await;
    assert_eq!(third.link().path(), "/session/reset");
    choose(&second).await.refused(code::MAIL_SECRET_WRONG);
    assert_eq!(choose(&third).await.ok()["status"], "active");
    invite().await.refused(code::EMAIL_EXISTS);
    server.mail_is_out().await;
    assert!(mail.is_empty().await);
}
