//! `/admin/tool`.

use std::os::unix::fs::PermissionsExt;

use reqwest::Method;
use serde_json::json;
use tests::{App, MailServer, Program, TestServer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

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

const DISCOVERY: &str = r#"<wopi-discovery><net-zone name="external-http"><app name="Calc"
    favIconUrl="http://o.example/c.ico"><action name="edit" ext="ods" urlsrc="http://o.example/e?"/>
    <action name="view" ext="xls" urlsrc="http://o.example/v?"/></app></net-zone></wopi-discovery>"#;

/// Answers every request the same; where it is.
async fn office(status: &'static str, body: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let length = body.len();
            let head = format!(
                "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
            );
            let _ = stream.write_all((head + body).as_bytes()).await;
        }
    });
    format!("http://{address}/hosting/discovery")
}

#[tokio::test]
async fn an_office_server_is_asked_what_it_opens() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let ask = async |endpoint: &str| {
        admin
            .get_json("/admin/tool/wopi", &[("endpoint", endpoint)])
            .await
    };
    let found = ask(&office("200 OK", DISCOVERY).await).await.ok();
    let viewer = &found["viewers"][0];
    assert_eq!(
        (&viewer["display_name"], &viewer["type"]),
        (&json!("Calc"), &json!("wopi"))
    );
    assert_eq!(viewer["exts"], json!(["ods", "xls"]));
    assert_eq!(
        viewer["wopi_actions"]["ods"],
        json!({ "edit": "http://o.example/e?" })
    );
    // As it is, it is an entry of the setting.
    let viewers = json!([{ "viewers": found["viewers"] }]).to_string();
    let change = json!({ "settings": { "file_viewers": viewers } });
    admin.patch("/admin/settings", change).await.ok();

    let wrong = ask(&office("404 Not Found", "").await).await;
    wrong.refused(code::INTERNAL_SETTING);
    let wrong = ask("http://127.0.0.1:1/").await;
    wrong.refused(code::INTERNAL_SETTING);
    // Apps do not learn what answers in the neighbourhood, nor what is on this machine.
    let app = App::registered(&server, "https://app.example/cb", "openid Admin.Write");
    let app = app.let_in(admin, "openid Admin.Write").await;
    let near = office("200 OK", DISCOVERY).await;
    let asked = app
        .get_json("/admin/tool/wopi", &[("endpoint", &near)])
        .await;
    asked.refused(code::INTERNAL_SETTING);
    assert!(asked.text().contains("may be asked"), "{}", asked.text());
    let body = json!({ "name": "vips", "executable": "/bin/sh" });
    let tried = app.post("/admin/tool/thumbExecutable", body).await;
    tried.refused(code::PARAMETER);
    assert!(tried.text().contains("Apps"), "{}", tried.text());
    let html = office("200 OK", "<html></html>").await;
    for endpoint in [html.as_str(), "", "nowhere", "file:///etc/passwd"] {
        let reply = ask(endpoint).await;
        assert_ne!(reply.code(), 0, "{endpoint}");
    }
}

#[tokio::test]
async fn programs_are_tried_confined() {
    let data = tempfile::tempdir().unwrap();
    let server = Program::serve(data.path(), tests::Refusal::Nothing).await;
    let admin = server.user("admin").await;
    let tools = tempfile::tempdir_in("/usr/local").unwrap();
    let program = |name: &str, text: &str| {
        let path = tools.path().join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        for path in [path.as_path(), tools.path()] {
            std::fs::set_permissions(path, PermissionsExt::from_mode(0o755)).unwrap();
        }
        path.display().to_string()
    };
    let route = "/admin/tool/thumbExecutable";
    let try_it = async |name: &str, executable: String| {
        let body = json!({ "name": name, "executable": executable });
        admin.post(route, body).await
    };
    let good = program("vips", "echo vips-8.16 \"$@\"");
    let said = try_it("vips", good.clone()).await.ok();
    assert_eq!(said, "vips-8.16 --version\n");
    let cameras = program("raw", "echo Sony A; echo Canon B");
    assert_eq!(
        try_it("libraw", cameras).await.ok(),
        "N/A, 2 cameras supported"
    );

    let secret = data.path().join("master.key").display().to_string();
    let curious = program("curious", &format!("cat {secret} && echo vips"));
    let fails = program("fails", "echo vips; exit 3");
    for (name, executable) in [
        ("ffmpeg", good.clone()),
        ("vips", curious),
        ("vips", fails),
        ("vips", "/nonexistent".to_owned()),
        ("vips", "/etc".to_owned()),
        ("vips", String::new()),
        ("sh", good),
    ] {
        let reply = try_it(name, executable.clone()).await;
        reply.refused(code::PARAMETER);
    }
    assert!(server.stop());
}

#[tokio::test]
async fn no_address_of_a_blob_is_kept() {
    let server = TestServer::start().await;
    let request = Method::DELETE;
    let admin = server.admin();
    let asked = admin.request(request, "/admin/tool/entityUrlCache");
    admin.send(asked).await.done();
}
