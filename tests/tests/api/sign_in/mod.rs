//! Coming in by other ways than a password, and what guards all of them.

mod activation;
mod audit;
mod captcha;
mod flood;
mod guessing;
mod invitation;
mod journal;
mod mail;
mod passkey;
mod passkey_attacks;
mod redirects;
mod reset;
mod sealed;
mod sessions;
mod strangers;
mod two_factor;
mod two_factor_attacks;

use serde_json::{Value, json};
use tests::{Client, PASSWORD, Passkey, Reply};

/// Where pages of the test site are.
const SITE: &str = "https://drive.example";
const SITE_SETTING: (&str, &str) = ("siteURL", "https://drive.example,https://other.example");

/// The same person with the tokens of a sign-in.
fn signed_in(who: &Client, reply: &Reply) -> Client {
    let data = reply.ok();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut client = who.another_window();
    client.access_token = Some(text(&data["token"]["access_token"]));
    client.refresh_token = Some(text(&data["token"]["refresh_token"]));
    client.id = text(&data["user"]["id"]);
    client
}

/// Registers a passkey for somebody who is signed in.
async fn add_passkey(who: &Client) -> Passkey {
    let options = who.put_json("/user/authn", json!({})).await.ok();
    let (passkey, answer) = Passkey::create(SITE, &options);
    let body = json!({ "response": answer.to_string(), "name": "{browser} on {os}", "ua": UA });
    who.post("/user/authn", body).await.ok();
    passkey
}

const UA: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

/// What begins a passkey sign-in.
async fn begin(who: &Client) -> (Value, String) {
    let begun = who.put_json("/session/authn", json!({})).await.ok();
    let session = begun["session_id"].as_str().unwrap().to_owned();
    (begun["options"].clone(), session)
}

async fn finish(who: &Client, session: &str, answer: &Value) -> Reply {
    let body = json!({ "response": answer.to_string(), "session_id": session });
    who.post("/session/authn", body).await
}

/// An app that shows codes.
struct App(totp_rs::Totp);

impl App {
    fn of(secret: &str) -> Self {
        let secret = totp_rs::Secret::try_from_base32(secret).unwrap();
        Self(
            totp_rs::Builder::new()
                .with_secret(secret)
                .build_noncompliant(),
        )
    }

    /// The code so many steps from now.
    fn code(&self, steps: i64) -> String {
        let now = chrono::Utc::now().timestamp();
        let time = u64::try_from(now + 30 * steps).unwrap();
        self.0.generate(time).to_string()
    }
}

/// Switches the second factor of somebody on, with the code of the step before this one, so that
/// those of this step and the next are still unused.
async fn switch_on(who: &Client) -> App {
    let secret = who.get_json("/user/setting/2fa", &[]).await.ok();
    let app = App::of(secret.as_str().unwrap());
    let change = json!({ "two_fa_enabled": true, "two_fa_code": app.code(-1) });
    who.change_settings(change).await.done();
    app
}

/// Signs in as far as the second factor; answers the session.
async fn first_step(who: &Client, name: &str) -> String {
    let reply = who.try_sign_in(name, PASSWORD).await;
    let json = reply.json();
    assert_eq!(json["code"], crate::code::CONTINUE, "{json}");
    json["data"].as_str().unwrap().to_owned()
}

async fn second_step(who: &Client, session: &str, code: &str) -> Reply {
    let body = json!({ "session_id": session, "otp": code });
    who.post("/session/token/2fa", body).await
}
