//! A passkey, and the browser in front of it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use webauthn_authenticator_rs::{
    AuthenticatorBackend, AuthenticatorBackendHashedClientData, prelude::WebauthnAuthenticator,
    softpasskey::SoftPasskey,
};

/// For a key that answers at once.
const TIMEOUT_MILLIS: u32 = 60_000;

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

    /// Answers as `navigator.credentials.get` does, on a page at `origin`; but unlike a browser's
    /// it lets any page ask.
    pub fn answer(&mut self, origin: &str, options: &Value) -> Value {
        let mut options = options.clone();
        options["publicKey"]["allowCredentials"] = json!([{ "type": "public-key", "id": self.id }]);
        if options["publicKey"].get("userVerification").is_none() {
            options["publicKey"]["userVerification"] = "preferred".into();
        }
        let client_data = json!({
            "type": "webauthn.get",
            "challenge": options["publicKey"]["challenge"],
            "origin": origin,
            "crossOrigin": false,
        });
        let client_data = client_data.to_string();
        let options = serde_json::from_value(options["publicKey"].take());
        let options = options.expect("options for a browser");
        let hash = Sha256::digest(&client_data).to_vec();
        let given = AuthenticatorBackendHashedClientData::perform_auth(
            &mut self.key,
            hash,
            options,
            TIMEOUT_MILLIS,
        );
        let given = given.expect("the passkey answers");
        let mut answer = serde_json::to_value(given).expect("an answer");
        answer["response"]["clientDataJSON"] = URL_SAFE_NO_PAD.encode(client_data).into();
        answer["response"]["userHandle"] = self.handle.clone();
        answer
    }
}

fn register(key: &mut impl AuthenticatorBackend, origin: &str, options: Value) -> Value {
    let options = serde_json::from_value(options).expect("options for a browser");
    let made = key.do_registration(origin.parse().expect("a URL"), options);
    serde_json::to_value(made.expect("the passkey is made")).expect("an answer")
}
