//! The key of a service account of nobody.

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::RsaKeyPair;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use std::sync::OnceLock;

/// A file as Google writes it, made once for all tests of this process.
pub fn file() -> String {
    static FILE: OnceLock<String> = OnceLock::new();
    let make = || {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let der: Pkcs8V1Der<'_> = pair.as_der().unwrap();
        let base64 = BASE64_STANDARD.encode(der.as_ref());
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{base64}\n-----END PRIVATE KEY-----\n");
        serde_json::json!({
            "type": "service_account",
            "client_email": "alcove@project.iam.gserviceaccount.com",
            "private_key": pem,
            "private_key_id": "1",
        })
        .to_string()
    };
    FILE.get_or_init(make).clone()
}
