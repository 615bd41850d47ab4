//! The key of a service account: the file that Google makes of it.

use crate::http::BadOptions;
use crate::refusal::garbage;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};
use std::fmt;
use storage::DriverError;

/// What is used of the file.
#[derive(Deserialize, Serialize)]
struct File {
    #[serde(default)]
    client_email: String,
    #[serde(default)]
    private_key: String,
    #[serde(default)]
    private_key_id: String,
}

/// Signs in the name of a service account.
pub(super) struct AccountKey {
    pub email: String,
    pair: RsaKeyPair,
    /// The file as the library reads it, without what would lead it elsewhere.
    pub file: String,
}

impl fmt::Debug for AccountKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccountKey({})", self.email)
    }
}

impl AccountKey {
    pub fn read(text: &str) -> Result<Self, BadOptions> {
        let no_file = || BadOptions("the key is not the JSON file of a service account".to_owned());
        let file: File = serde_json::from_str(text.trim()).map_err(|_| no_file())?;
        if file.client_email.is_empty() || file.private_key.is_empty() {
            return Err(no_file());
        }
        let no_key = || BadOptions("the key in the JSON file is damaged".to_owned());
        let der = der_of(&file.private_key).ok_or_else(no_key)?;
        let pair = RsaKeyPair::from_pkcs8(&der).map_err(|_| no_key())?;
        Ok(Self {
            pair,
            file: serde_json::to_string(&file).map_err(BadOptions::of)?,
            email: file.client_email,
        })
    }

    /// RSASSA-PKCS1-v1_5 with SHA-256.
    pub fn sign(&self, text: &[u8]) -> Result<Vec<u8>, DriverError> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        let random = SystemRandom::new();
        self.pair
            .sign(&RSA_PKCS1_SHA256, &random, text, &mut signature)
            .map_err(|error| garbage(error.to_string()))?;
        Ok(signature)
    }

    #[cfg(test)]
    pub fn public(&self) -> Vec<u8> {
        use aws_lc_rs::signature::KeyPair as _;
        self.pair.public_key().as_ref().to_vec()
    }
}

/// What stands between the lines of a PEM file.
fn der_of(pem: &str) -> Option<Vec<u8>> {
    let lines = pem.lines().map(str::trim);
    let text: String = lines.filter(|line| !line.starts_with('-')).collect();
    BASE64_STANDARD.decode(text).ok()
}

#[cfg(test)]
pub(super) mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
    use aws_lc_rs::rsa::KeySize;

    /// A file as Google writes it.
    pub fn file() -> String {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let der: Pkcs8V1Der<'_> = pair.as_der().unwrap();
        let base64 = BASE64_STANDARD.encode(der.as_ref());
        serde_json::json!({
            "type": "service_account",
            "client_email": "alcove@project.iam.gserviceaccount.com",
            "private_key": format!("-----BEGIN PRIVATE KEY-----\n{base64}\n-----END PRIVATE KEY-----\n"),
            "private_key_id": "1",
            "token_uri": "https://oauth2.googleapis.com/token",
            "gcs_base_url": "http://elsewhere.invalid",
            "disable_oauth": true,
        })
        .to_string()
    }

    #[test]
    fn of_the_file_nothing_is_used_but_the_key() {
        let key = AccountKey::read(&file()).unwrap();
        assert!(!key.file.contains("elsewhere"), "{}", key.file);
        assert!(!key.file.contains("disable"), "{}", key.file);
        assert_eq!(format!("{key:?}"), format!("AccountKey({})", key.email));
    }

    #[test]
    fn what_is_no_file_of_a_service_account_is_refused() {
        for (text, why) in [
            ("", "not the JSON file"),
            ("AIzaSyA", "not the JSON file"),
            (r#"{"type":"authorized_user"}"#, "not the JSON file"),
            (r#"{"client_email":"a@b","private_key":"x"}"#, "damaged"),
        ] {
            let refused = AccountKey::read(text).unwrap_err().to_string();
            assert!(refused.contains(why), "{text}: {refused}");
        }
    }
}
