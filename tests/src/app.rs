//! An app that people let in.

use reqwest::Method;
use serde_json::{Value, json};

use crate::{Client, Reply, TestServer};

/// RFC 7636, appendix B.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Who an app is, and where its answers go.
#[derive(Clone, Debug)]
pub struct App {
    pub id: String,
    pub secret: String,
    pub redirect_uri: String,
}

impl App {
    /// The desktop client, which every site knows.
    pub fn desktop() -> Self {
        Self {
            id: identity::oauth::DESKTOP.guid.to_owned(),
            secret: identity::oauth::DESKTOP.secret.to_owned(),
            redirect_uri: identity::oauth::DESKTOP.redirect_uri.to_owned(),
        }
    }

    /// Registered by the operator of a server.
    pub fn registered(server: &TestServer, redirect_uri: &str, scope: &str) -> Self {
        let name = "Test app";
        let options = [
            "app",
            "add",
            name,
            "--redirect",
            redirect_uri,
            "--scope",
            scope,
        ];
        let output = server.run(options);
        assert!(output.status.success(), "{output:?}");
        let said = String::from_utf8(output.stdout).expect("the command speaks UTF-8");
        let value = |key: &str| {
            let line = said.lines().find_map(|line| line.strip_prefix(key));
            line.expect("the command tells id and secret").to_owned()
        };
        Self {
            id: value("client_id: "),
            secret: value("client_secret: "),
            redirect_uri: redirect_uri.to_owned(),
        }
    }

    /// What the page sends when somebody consents, with PKCE.
    pub fn consent(&self, scope: &str) -> Value {
        json!({
            "client_id": self.id, "response_type": "code", "redirect_uri": self.redirect_uri,
            "state": "some state", "scope": scope, "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        })
    }

    /// The code of somebody who consents.
    pub async fn code(&self, who: &Client, scope: &str) -> String {
        let consent = who
            .post("/session/oauth/consent", self.consent(scope))
            .await;
        let code = consent.ok()["code"].as_str().map(str::to_owned);
        code.expect("a code")
    }

    /// The form that trades a code.
    pub fn form<'a>(&'a self, code: &'a str) -> Vec<(&'a str, &'a str)> {
        vec![
            ("client_id", &self.id),
            ("client_secret", &self.secret),
            ("grant_type", "authorization_code"),
            ("code", code),
            ("code_verifier", VERIFIER),
        ]
    }

    /// Trades a code for tokens.
    pub async fn exchange(&self, via: &Client, code: &str) -> Reply {
        ask_for_tokens(via, &self.form(code)).await
    }

    /// The app acting for `who`, let in for this.
    pub async fn let_in(&self, who: &Client, scope: &str) -> Client {
        let code = self.code(who, scope).await;
        let mut app = who.another_window();
        app.access_token = None;
        let reply = self.exchange(&app, &code).await;
        let tokens = reply.bare();
        let text = |name: &str| tokens[name].as_str().map(str::to_owned);
        app.access_token = text("access_token");
        app.refresh_token = text("refresh_token");
        app
    }
}

/// Posts a form to the token endpoint.
pub async fn ask_for_tokens(via: &Client, form: &[(&str, &str)]) -> Reply {
    let request = via.request(Method::POST, "/session/oauth/token");
    via.send(request.form(form)).await
}
