//! `/admin/tool`.

use serde_json::json;
use tests::{App, MailServer, TestServer};

use crate::code;

#[tokio::test]
async fn a_letter_is_sent_by_settings_that_are_not_saved() {
    let mail = MailServer::start().await;
    let server = TestServer::start().await;
    let admin = server.admin();
    let settings: serde_json::Map<_, _> = mail
        .settings()
        .into_iter()
        .map(|(key, value)| (key, json!(value)))
        .collect();
    let route = "/admin/tool/mail";
    let body = json!({ "to": "alice@example.com", "settings": settings });
    admin.post(route, body.clone()).await.done();
    let got = mail.next().await;
    assert_eq!(got.to, ["alice@example.com"]);
    assert_eq!(
        server.setting("smtpHost").await,
        "localhost",
        "nothing is kept"
    );

    let nowhere = json!({ "to": "alice@example.com", "settings": {
        "smtpHost": "127.0.0.1", "smtpPort": "1", "fromAdress": "a@example.com",
    } });
    let refused = admin.post(route, nowhere).await;
    refused.refused(code::INTERNAL_SETTING);
    assert!(refused.text().contains("127.0.0.1:1"), "{}", refused.text());
    for wrong in [
        json!({ "to": "nobody" }),
        json!({ "to": "alice@example.com", "settings": { "smtpPort": "many" } }),
    ] {
        admin.post(route, wrong).await.refused(code::PARAMETER);
    }
    let app = App::registered(&server, "https://app.example/cb", "openid Admin.Write");
    let app = app.let_in(admin, "openid Admin.Write").await;
    app.post(route, body).await.refused(code::PARAMETER);
}
