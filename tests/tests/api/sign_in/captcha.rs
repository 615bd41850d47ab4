//! Captchas that others verify, asked at a stand-in for them.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tests::{PASSWORD, TestServer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::code;

/// Answers every request like those who verify captchas; `human` is the right token.
struct Verifier {
    port: u16,
    /// First line and body of each request.
    asked: Arc<Mutex<Vec<(String, String)>>>,
}

impl Verifier {
    async fn start(answer: fn(&str) -> String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked: Arc<Mutex<Vec<(String, String)>>> = Arc::default();
        let seen = Arc::clone(&asked);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (head, body) = read(&mut stream).await;
                let answer = answer(&body);
                seen.lock().unwrap().push((head, body));
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        Self { port, asked }
    }

    fn asked(&self) -> Vec<(String, String)> {
        self.asked.lock().unwrap().clone()
    }
}

async fn read(stream: &mut tokio::net::TcpStream) -> (String, String) {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                line.to_lowercase()
                    .strip_prefix("content-length: ")?
                    .parse()
                    .ok()
            });
            if body.len() >= length.unwrap_or(0) {
                let line = head.lines().next().unwrap_or_default().to_owned();
                return (line, body.to_owned());
            }
        }
        let mut piece = [0; 4096];
        match stream.read(&mut piece).await {
            Ok(0) | Err(_) => return (String::new(), String::new()),
            Ok(read) => bytes.extend_from_slice(&piece[..read]),
        }
    }
}

fn http(status: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")
}

fn honest(body: &str) -> String {
    let success = body.contains("human");
    http(
        "200 OK",
        &json!({ "success": success, "hostname": "x" }).to_string(),
    )
}

/// What a visitor sends with a token of this kind of captcha.
fn sign_in(kind: &str, token: &str) -> Value {
    let field = if kind == "recaptcha" {
        "captcha"
    } else {
        "ticket"
    };
    json!({ "email": "admin@example.com", "password": PASSWORD, field: token })
}

async fn site(kind: &str, port: u16) -> TestServer {
    let url = format!("http://127.0.0.1:{port}");
    TestServer::start_with(&[
        ("login_captcha", "1"),
        ("captcha_type", kind),
        (
            "captcha_recaptcha_verify_url",
            &format!("{url}/recaptcha/api/siteverify"),
        ),
        (
            "captcha_turnstile_verify_url",
            &format!("{url}/turnstile/v0/siteverify"),
        ),
        ("captcha_cap_instance_url", &format!("{url}/cap/")),
        ("captcha_cap_site_key", "our-site"),
        ("captcha_ReCaptchaSecret", "our secret"),
        ("captcha_turnstile_site_secret", "our secret"),
        ("captcha_cap_secret_key", "our secret"),
    ])
    .await
}

#[tokio::test]
async fn the_verifier_decides_who_is_human() {
    for (kind, path) in [
        ("recaptcha", "/recaptcha/api/siteverify"),
        ("turnstile", "/turnstile/v0/siteverify"),
        ("cap", "/cap/our-site/siteverify"),
    ] {
        let verifier = Verifier::start(honest).await;
        let server = site(kind, verifier.port).await;
        let stranger = server.stranger();
        let attempt = async |token| stranger.post("/session/token", sign_in(kind, token)).await;
        attempt("a robot").await.refused(code::CAPTCHA);
        attempt("human").await.ok();
        let asked = verifier.asked();
        assert_eq!(asked[0].0, format!("POST {path} HTTP/1.1"));
        let body = if kind == "cap" {
            r#"{"response":"human","secret":"our secret"}"#
        } else {
            "secret=our+secret&response=human"
        };
        assert_eq!(asked[1].1, body);
        // Nothing, too much, or the field of another kind is not even asked about.
        for bad in ["", &"human".repeat(4000)] {
            attempt(bad).await.refused(code::CAPTCHA);
        }
        let other = if kind == "recaptcha" {
            "cap"
        } else {
            "recaptcha"
        };
        let reply = stranger
            .post("/session/token", sign_in(other, "human"))
            .await;
        reply.refused(code::CAPTCHA);
        assert_eq!(verifier.asked().len(), 2);
    }
}

#[tokio::test]
async fn a_verifier_that_is_away_or_talks_nonsense_lets_nobody_in() {
    let answers: [fn(&str) -> String; 5] = [
        |_| http("200 OK", "<html>not JSON</html>"),
        |_| http("200 OK", "{}"),
        |_| http("500 Oops", r#"{"success":true}"#),
        |_| {
            http(
                "302 Found\r\nLocation: http://127.0.0.1/",
                r#"{"success":true}"#,
            )
        },
        |_| String::new(),
    ];
    for answer in answers {
        let verifier = Verifier::start(answer).await;
        let server = site("turnstile", verifier.port).await;
        let body = sign_in("turnstile", "human");
        let reply = server.stranger().post("/session/token", body).await;
        reply.refused(code::CAPTCHA);
    }
    let server = site("turnstile", tests::mail::silent_port()).await;
    let body = sign_in("turnstile", "human");
    let reply = server.stranger().post("/session/token", body).await;
    reply.refused(code::CAPTCHA);
}

#[tokio::test]
async fn every_door_that_a_site_guards_asks() {
    let server = TestServer::start_with(&[
        ("login_captcha", "1"),
        ("reg_captcha", "1"),
        ("forget_captcha", "1"),
    ])
    .await;
    let stranger = server.stranger();
    let body = json!({ "email": "admin@example.com", "password": PASSWORD });
    for path in ["/session/token", "/user", "/user/reset"] {
        stranger
            .post(path, body.clone())
            .await
            .refused(code::CAPTCHA);
    }
}

#[tokio::test]
async fn a_picture_rightly_read_opens_once() {
    picture_opens_once("normal").await;
}

#[tokio::test]
async fn the_legacy_kind_is_a_picture_too() {
    picture_opens_once("tcaptcha").await;
}

async fn picture_opens_once(kind: &str) {
    let server = TestServer::start_with(&[("login_captcha", "1"), ("captcha_type", kind)]).await;
    let stranger = server.stranger();
    let ticket = stranger.get_json("/site/captcha", &[]).await.ok()["ticket"].clone();
    let id = ticket.as_str().unwrap();
    let answer = server
        .ask(&format!("SELECT value FROM tickets WHERE id = '{id}'"))
        .await;
    let body = json!({
        "email": "admin@example.com", "password": PASSWORD,
        "captcha": answer.to_lowercase(), "ticket": ticket,
    });
    stranger.post("/session/token", body.clone()).await.ok();
    stranger
        .post("/session/token", body)
        .await
        .refused(code::CAPTCHA);
}
