//! A passkey, and the browser in front of it.

use serde_json::{Value, json};
use webauthn_authenticator_rs::{
    AuthenticatorBackend, prelude::WebauthnAuthenticator, softpasskey::SoftPasskey,
};

/// A passkey that lives in memory. It knows whose it is, as discoverable ones do.
pub struct Passkey {
    key: SoftPasskey,
    /// What the site said the account's handle is.
    pub handle: Value,
    /// Base64url.
    pub id: String,
}

impl Passkey {
    /// Makes one as `navigator.credentials.create` does, for a page at `origin`. Answers it and
    /// what the browser sends.
    pub fn create(origin: &str, options: &Value) -> (Self, Value) {
        let mut key = SoftPasskey::new(true);
        let handle = options["publicKey"]["user"]["id"].clone();
        let mut options = options.clone();
        // This one cannot remember accounts; `handle` does that for it.
        let selection = &mut options["publicKey"]["authenticatorSelection"];
        selection["requireResidentKey"] = false.into();
        selection["residentKey"] = "discouraged".into();
        let made = register(&mut key, origin, options);
        let answer = json!({
            "id": made["id"],
            "rawId": made["rawId"],
            "type": "public-key",
            "response": {
                "attestationObject": made["response"]["attestationObject"],
                "clientDataJSON": made["response"]["clientDataJSON"],
            },
        });
        let id = made["rawId"].as_str().expect("base64url").to_owned();
        (Self { key, handle, id }, answer)
    }

    /// Answers as `navigator.credentials.get` does, on a page at `origin`.
    pub fn answer(&mut self, origin: &str, options: &Value) -> Value {
        let mut options = options.clone();
        options["publicKey"]["allowCredentials"] = json!([{ "type": "public-key", "id": self.id }]);
        if options["publicKey"].get("userVerification").is_none() {
            options["publicKey"]["userVerification"] = "preferred".into();
        }
        let options = serde_json::from_value(options).expect("options for a browser");
        let origin = origin.parse().expect("a URL");
        let given = self.key.do_authentication(origin, options);
        let given = given.expect("the passkey answers");
        let mut answer = serde_json::to_value(given).expect("an answer");
        answer["response"]["userHandle"] = self.handle.clone();
        answer
    }
}

fn register(key: &mut impl AuthenticatorBackend, origin: &str, options: Value) -> Value {
    let options = serde_json::from_value(options).expect("options for a browser");
    let made = key.do_registration(origin.parse().expect("a URL"), options);
    serde_json::to_value(made.expect("the passkey is made")).expect("an answer")
}
