//! How mail leaves.

use serde_json::json;
use tests::mail::{settings_for, silent_port};
use tests::{MailServer, TestServer};

async fn ask(server: &TestServer, email: &str) {
    let body = json!({ "email": email });
    server.stranger().post("/user/reset", body).await.done();
}

#[tokio::test]
async fn a_mail_has_what_readers_and_machines_need() {
    let mail = MailServer::start().await;
    let settings = [("replyTo", "help@example.com"), ("siteName", "Attic & Co")];
    let server = TestServer::start_with_mail(&mail, &settings).await;
    let alice = server.user("alice").await;
    let nick = json!({ "nick": "Alice <b>Ünger</b>" });
    alice.change_settings(nick).await.done();
    ask(&server, "alice@example.com").await;
    let letter = mail.next().await;
    assert_eq!(letter.header("From"), "The drive <drive@example.com>");
    assert!(
        letter.header("To").contains("Alice <b>Ünger</b>"),
        "{letter:?}"
    );
    assert!(
        letter.header("To").contains("<alice@example.com>"),
        "{letter:?}"
    );
    assert_eq!(letter.header("Reply-To"), "help@example.com");
    assert_eq!(letter.header("Auto-Submitted"), "auto-generated");
    assert!(letter.header("Message-ID").ends_with("@example.com>"));
    assert!(!letter.header("Date").is_empty());
    assert!(letter.header("Subject").starts_with("[Attic & Co] "));
    assert!(letter.html.contains("Alice &lt;b&gt;Ünger&lt;/b&gt;"));
    assert!(letter.html.contains("Attic &amp; Co"));
    assert!(
        letter
            .html
            .contains("https://drive.example/static/img/logo.svg")
    );
}

#[tokio::test]
async fn one_connection_brings_several_mails() {
    let mail = MailServer::start().await;
    let server = TestServer::start_with_mail(&mail, &[]).await;
    for name in ["alice", "bob", "carol"] {
        server.user(name).await;
    }
    for name in ["alice", "bob", "carol"] {
        ask(&server, &format!("{name}@example.com")).await;
        assert_eq!(mail.next().await.connection, 1);
    }
}

#[tokio::test]
async fn the_server_logs_in_where_it_has_to() {
    let mail = MailServer::start_with(0, &["--user", "drive", "--password", "s3cret"]).await;
    let settings = [("smtpUser", "drive"), ("smtpPass", "s3cret")];
    let server = TestServer::start_with_mail(&mail, &settings).await;
    server.user("alice").await;
    ask(&server, "alice@example.com").await;
    assert_eq!(mail.next().await.login, "drive");
}

#[tokio::test]
async fn a_wrong_login_is_put_right_and_the_mail_still_leaves() {
    let mail = MailServer::start_with(0, &["--user", "drive", "--password", "s3cret"]).await;
    let settings = [("smtpUser", "drive"), ("smtpPass", "wrong")];
    let mut server = TestServer::start_with_mail(&mail, &settings).await;
    server.user("alice").await;
    ask(&server, "alice@example.com").await;
    waits(&server).await;
    server.set(&[("smtpPass", "s3cret")]).await;
    assert_eq!(mail.next().await.to, ["alice@example.com"]);
}

/// Until a mail was tried in vain.
async fn waits(server: &TestServer) {
    let waiting = "SELECT CAST(COUNT(*) AS TEXT) AS value FROM tasks \
                   WHERE kind = 'send_mail' AND state = 'suspending'";
    let patience = std::time::Instant::now() + std::time::Duration::from_mins(1);
    while server.ask(waiting).await == "0" {
        if std::time::Instant::now() > patience {
            let state = server.ask("SELECT state || ' ' || COALESCE(error, '') AS value FROM tasks WHERE kind = 'send_mail'");
            panic!("it does not wait: {}", state.await);
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn nothing_is_lost_while_the_mail_server_is_away() {
    let port = silent_port();
    let settings = settings_for(port);
    let settings: Vec<_> = settings
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let mut server = TestServer::start_with(&settings).await;
    let alice = server.user("alice").await;
    ask(&server, "alice@example.com").await;
    waits(&server).await;
    // Not even when the drive itself goes down meanwhile.
    server.stop();
    let mail = MailServer::start_with(port, &[]).await;
    server.start_again().await;
    let letter = mail.next().await;
    assert_eq!(letter.to, ["alice@example.com"]);
    let body = json!({ "password": "another secret", "secret": letter.parameter("secret") });
    let path = format!("/user/reset/{}", alice.id);
    server.stranger().patch(&path, body).await.ok();
    server.mail_is_out().await;
    assert!(mail.is_empty().await, "it was sent once");
}

#[tokio::test]
async fn a_mailbox_that_is_busy_is_tried_again() {
    let mail = MailServer::start().await;
    let server = TestServer::start_with_mail(&mail, &[]).await;
    server.user("later").await;
    ask(&server, "later@example.com").await;
    for _ in 0..2 {
        assert_eq!(mail.next_event().await["event"], "later");
    }
    waits(&server).await;
}

#[tokio::test]
async fn a_mailbox_that_does_not_exist_is_given_up_with_a_reason() {
    let mail = MailServer::start().await;
    let server = TestServer::start_with_mail(&mail, &[]).await;
    for name in ["refused", "alice"] {
        server.user(name).await;
        ask(&server, &format!("{name}@example.com")).await;
    }
    // It holds nobody else up.
    assert_eq!(mail.next().await.to, ["alice@example.com"]);
    server.mail_is_out().await;
    let error = server
        .ask("SELECT error AS value FROM tasks WHERE kind = 'send_mail' AND state = 'error'")
        .await;
    assert!(
        error.contains("127.0.0.1") && error.contains("550"),
        "{error}"
    );
}

#[tokio::test]
async fn a_connection_that_the_mail_server_closed_is_no_loss() {
    let mail = MailServer::start().await;
    let port = mail.port;
    let server = TestServer::start_with_mail(&mail, &[("mail_keepalive", "3600")]).await;
    for name in ["alice", "bob"] {
        server.user(name).await;
    }
    ask(&server, "alice@example.com").await;
    mail.next().await;
    // Its answer has to arrive, or the letter is rightly sent again.
    server.mail_is_out().await;
    drop(mail);
    let mail = MailServer::start_with(port, &[]).await;
    ask(&server, "bob@example.com").await;
    assert_eq!(mail.next().await.to, ["bob@example.com"]);
    server.mail_is_out().await;
    assert!(mail.is_empty().await, "it was sent once");
}

#[tokio::test]
async fn what_mails_say_is_the_sites_business() {
    let texts = |occasion: &str| {
        let text = |language: &str| {
            json!({
                "language": language,
                "title": format!("{occasion} {language} {{{{ .User.Nick }}}}"),
                "body": format!("<a href=\"{{{{ .Url }}}}\">{{{{.CommonContext.SiteBasic.Name}}}}</a>{{{{ if .Odd }}}}"),
            })
        };
        json!([text("fr-FR"), text("de-DE")]).to_string()
    };
    let mail = MailServer::start().await;
    let server = TestServer::start_with_mail(
        &mail,
        &[
            ("siteName", "Attic"),
            ("mail_reset_template", &texts("reset")),
            ("mail_invitation_template", &texts("invitation")),
        ],
    )
    .await;
    let alice = server.user("alice").await;
    let change = json!({ "language": "DE-de", "nick": "{{ .Url }}" });
    alice.change_settings(change).await.done();
    ask(&server, "alice@example.com").await;
    let letter = mail.next().await;
    // A name is no text to be filled in.
    assert_eq!(letter.header("Subject"), "reset de-DE {{ .Url }}");
    let link = letter.link().to_string().replace('&', "&amp;");
    assert_eq!(letter.html.trim(), format!("<a href=\"{link}\">Attic</a>"));
    // The first text for those whose language there is none of.
    let body = json!({ "email": "carol@example.com", "nick": "Carol", "language": "ja-JP" });
    server.admin().post("/admin/user/invite", body).await.ok();
    let letter = mail.next().await;
    assert_eq!(letter.header("Subject"), "invitation fr-FR Carol");
}
