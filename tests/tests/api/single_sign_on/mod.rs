//! Others who say who somebody is: an OpenID provider (another drive), and an LDAP directory.

mod directory;
mod openid;
mod openid_attacks;

use serde_json::{Value, json};
use tests::{App, Client, Reply, TestServer};

/// Where the drive that relies on the provider says it is.
const SITE: &str = "https://drive.example";
const BACK: &str = "https://drive.example/callback/openid/2";

/// Two drives: one vouches for people, the other relies on it.
struct Two {
    provider: TestServer,
    drive: TestServer,
}

impl Two {
    /// With these rules for people who come for the first time. The provider vouches for
    /// addresses, because strangers cannot register there.
    async fn with(rules: Value) -> Self {
        let mut provider = TestServer::start().await;
        provider.user("alice").await;
        provider.user("carol").await;
        provider
            .tamper("UPDATE settings SET value = '0' WHERE name = 'register_enabled'")
            .await;
        provider.restart().await;
        Self::on(provider, rules).await
    }

    async fn on(provider: TestServer, rules: Value) -> Self {
        let app = App::registered(&provider, BACK, "openid profile email");
        let mut config = json!({
            "issuer": provider.address(), "client_id": app.id, "client_secret": app.secret,
            "display_name": "The other drive",
        });
        for (name, value) in rules.as_object().unwrap() {
            config[name] = value.clone();
        }
        let drive = TestServer::start_with(&[
            ("siteURL", SITE),
            ("oidc_enabled", "1"),
            ("oidc_config", &config.to_string()),
        ])
        .await;
        Self { provider, drive }
    }

    /// Somebody at the provider.
    async fn there(&self, name: &str) -> Client {
        self.provider
            .stranger()
            .sign_in(name, tests::PASSWORD)
            .await
    }

    /// Begins at the drive; the address the browser is sent to.
    async fn begin(&self, who: &Client, linking: bool) -> url::Url {
        let body = json!({ "provider": 2, "linking": linking });
        let url = who.put_json("/session/openid", body).await.ok();
        url::Url::parse(url.as_str().unwrap()).unwrap()
    }

    /// Consents at the provider to what an address asks; the code.
    async fn consent(&self, who: &Client, asked: &url::Url) -> String {
        let reply = who.post("/session/oauth/consent", query(asked)).await;
        reply.ok()["code"].as_str().unwrap().to_owned()
    }

    /// Comes back to the drive.
    async fn finish(&self, who: &Client, asked: &url::Url, code: &str) -> Reply {
        let session = query(asked)["state"].clone();
        let body = json!({ "code": code, "session_id": session, "provider_id": 2 });
        who.post("/session/openid", body).await
    }

    /// The whole way of `name` at the provider, for `who` at the drive.
    async fn go(&self, who: &Client, name: &str, linking: bool) -> Reply {
        let asked = self.begin(who, linking).await;
        let code = self.consent(&self.there(name).await, &asked).await;
        self.finish(who, &asked, &code).await
    }
}

/// The query of an address as JSON, as the provider's page reads it.
fn query(url: &url::Url) -> Value {
    let pairs = url.query_pairs();
    pairs
        .map(|(name, value)| (name.into_owned(), Value::from(value.into_owned())))
        .collect()
}

/// Whoever an answer signed in.
fn signed_in(drive: &TestServer, reply: &Reply) -> Client {
    let data = reply.ok();
    let mut client = drive.stranger();
    client.id.push_str(data["user"]["id"].as_str().unwrap());
    client.access_token = data["token"]["access_token"].as_str().map(str::to_owned);
    client.refresh_token = data["token"]["refresh_token"].as_str().map(str::to_owned);
    client
}
