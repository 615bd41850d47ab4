//! A bucket of Google Cloud Storage, in the server that `tests/scripts/with-gcs.sh` starts.

use std::sync::OnceLock;

use aws_lc_rs::{
    encoding::{AsDer as _, Pkcs8V1Der},
    rsa::KeySize,
    signature::RsaKeyPair,
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytes::Bytes;
use reqwest::Url;
use serde_json::{Value, json};

use crate::running::Running;

fn endpoint() -> &'static str {
    static SERVER: OnceLock<Running> = OnceLock::new();
    let server = SERVER.get_or_init(|| Running::of("with-gcs.sh", "ALCOVE_TEST_GCS"));
    &server.endpoint
}

/// The file of a service account of nobody: the server believes every key.
fn key() -> &'static str {
    static KEY: OnceLock<String> = OnceLock::new();
    KEY.get_or_init(|| {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).expect("a key");
        let der: Pkcs8V1Der<'_> = pair.as_der().expect("it can be written");
        let base64 = BASE64_STANDARD.encode(der.as_ref());
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{base64}\n-----END PRIVATE KEY-----\n");
        let file = json!({
            "type": "service_account", "client_email": "alcove@project.iam.gserviceaccount.com",
            "private_key": pem, "private_key_id": "1",
        });
        serde_json::to_string_pretty(&file).expect("it can be written")
    })
}

/// A bucket that nobody else writes to.
#[derive(Clone, Debug)]
pub struct GoogleBucket {
    pub endpoint: String,
    pub name: String,
}

impl GoogleBucket {
    pub async fn fresh() -> Self {
        let bucket = Self {
            endpoint: endpoint().to_owned(),
            name: format!("b-{}", uuid::Uuid::new_v4().simple()),
        };
        let made = reqwest::Client::new()
            .post(format!("{}/storage/v1/b?project=p", bucket.endpoint))
            .json(&json!({ "name": bucket.name }));
        let made = made.send().await.expect("it answers");
        assert!(made.status().is_success(), "{made:?}");
        bucket
    }

    /// What the form of the console sends for it, with these settings besides.
    #[must_use]
    pub fn policy(&self, name: &str, more: &Value) -> Value {
        let mut policy = json!({
            "id": 0, "name": name, "type": "local", "server": self.endpoint,
            "bucket_name": self.name, "is_private": true,
            "access_key": "", "secret_key": key(),
            "dir_name_rule": "uploads/{uid}/{path}", "file_name_rule": "{uuid}_{originname}",
            "settings": { "backend": "gcs", "chunk_size": 1 << 20, "file_type": null },
            "edges": {},
        });
        for (key, value) in more.as_object().into_iter().flatten() {
            policy["settings"][key] = value.clone();
        }
        policy
    }
}

/// What is in it, told by a client that shares nothing with ours.
impl GoogleBucket {
    fn objects(&self) -> Url {
        let objects = format!("{}/storage/v1/b/{}/o", self.endpoint, self.name);
        Url::parse(&objects).expect("an address")
    }

    /// Names of all objects, those of parts that are no blob yet too.
    pub async fn keys(&self) -> Vec<String> {
        let listed = reqwest::get(self.objects()).await.expect("it answers");
        let listed: Value = listed.json().await.expect("JSON");
        assert_eq!(listed["kind"], "storage#objects");
        let items = listed["items"].as_array().into_iter().flatten();
        let name = |item: &Value| item["name"].as_str().expect("a name").to_owned();
        items.map(name).collect()
    }

    /// What an object holds.
    pub async fn content(&self, key: &str) -> Bytes {
        let mut url = self.objects();
        url.path_segments_mut().expect("a web address").push(key);
        url.set_query(Some("alt=media"));
        let answer = reqwest::get(url).await.expect("it answers");
        assert!(answer.status().is_success(), "{answer:?}");
        answer.bytes().await.expect("the whole answer")
    }
}
