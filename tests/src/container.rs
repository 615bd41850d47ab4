//! A container of Azure Blob Storage, in the Azurite that `tests/scripts/with-azure.sh` starts.

use std::sync::OnceLock;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytes::Bytes;
use hmac::{Hmac, KeyInit as _, Mac as _};
use reqwest::{Method, Url};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::running::Running;

/// Account and key that every Azurite has.
const ACCOUNT: &str = "devstoreaccount1";
const KEY: &str =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

fn endpoint() -> &'static str {
    static SERVER: OnceLock<Running> = OnceLock::new();
    let server = SERVER.get_or_init(|| Running::of("with-azure.sh", "ALCOVE_TEST_AZURE"));
    &server.endpoint
}

/// A container that nobody else writes to.
#[derive(Clone, Debug)]
pub struct Container {
    pub endpoint: String,
    pub name: String,
}

impl Container {
    pub async fn fresh() -> Self {
        let container = Self {
            endpoint: endpoint().to_owned(),
            name: format!("c{}", uuid::Uuid::new_v4().simple()),
        };
        container
            .ask(Method::PUT, "", &[("restype", "container")])
            .await;
        container
    }

    /// What the form of the console sends for it, with these settings besides.
    #[must_use]
    pub fn policy(&self, name: &str, more: &Value) -> Value {
        let mut policy = json!({
            "id": 0, "name": name, "type": "local", "server": self.endpoint,
            "bucket_name": self.name, "is_private": true,
            "access_key": ACCOUNT, "secret_key": KEY,
            "dir_name_rule": "uploads/{uid}/{path}", "file_name_rule": "{uuid}_{originname}",
            "settings": { "backend": "azure", "chunk_size": 1 << 20, "file_type": null },
            "edges": {},
        });
        for (key, value) in more.as_object().into_iter().flatten() {
            policy["settings"][key] = value.clone();
        }
        policy
    }
}

/// What is in it, told by a client that shares nothing with ours.
impl Container {
    /// Keys of all blobs.
    pub async fn keys(&self) -> Vec<String> {
        let query = [("comp", "list"), ("restype", "container")];
        let listed = self.ask(Method::GET, "", &query).await;
        let listed = String::from_utf8(listed.into()).expect("names are text");
        let names = listed.split("<Name>").skip(1);
        let names = names.map(|rest| rest.split("</Name>").next().unwrap_or_default());
        names
            .map(|name| name.replace("&apos;", "'").replace("&amp;", "&"))
            .collect()
    }

    /// What a blob holds.
    pub async fn content(&self, key: &str) -> Bytes {
        self.ask(Method::GET, key, &[]).await
    }

    /// A request signed with the account's key. The query is in the order of its names.
    async fn ask(&self, method: Method, key: &str, query: &[(&str, &str)]) -> Bytes {
        let mut url = Url::parse(&self.endpoint).expect("an address");
        let mut path = url.path_segments_mut().expect("a web address");
        path.push(&self.name);
        path.extend(key.split('/').filter(|part| !part.is_empty()));
        drop(path);
        let date = chrono::Utc::now().format("%a, %d %b %Y %H:%M:%S GMT");
        let (date, version) = (date.to_string(), "2021-12-02");
        let about = query
            .iter()
            .map(|(name, value)| format!("\n{name}:{value}"));
        // Nothing but the method, the headers of the store itself and the place: the rest is empty.
        let text = format!(
            "{method}{}x-ms-date:{date}\nx-ms-version:{version}\n/{ACCOUNT}{}{}",
            "\n".repeat(12),
            url.path(),
            about.collect::<String>()
        );
        let secret = BASE64_STANDARD.decode(KEY).expect("base64");
        let mut mac = Hmac::<Sha256>::new_from_slice(&secret).expect("any length");
        mac.update(text.as_bytes());
        let signature = BASE64_STANDARD.encode(mac.finalize().into_bytes());
        let asked = reqwest::Client::new().request(method, url).query(query);
        let asked = asked
            .header("x-ms-date", date)
            .header("x-ms-version", version)
            .header("authorization", format!("SharedKey {ACCOUNT}:{signature}"));
        let answer = asked.send().await.expect("it answers");
        let status = answer.status();
        let body = answer.bytes().await.expect("the whole answer");
        assert!(status.is_success(), "{status} {body:?}");
        body
    }
}
