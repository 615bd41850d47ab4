//! A folder on the WebDAV server that `tests/scripts/with-webdav.sh` starts.

use std::sync::OnceLock;

use bytes::Bytes;
use percent_encoding::percent_decode_str;
use reqwest::{Method, RequestBuilder, Response, Url};
use serde_json::{Value, json};

use crate::{between, proxy::Proxy, running::Running};

/// The server's only user.
const USER: &str = "alcove";
const PASSWORD: &str = "a secret: key";

fn endpoint() -> &'static str {
    static SERVER: OnceLock<Running> = OnceLock::new();
    let server = SERVER.get_or_init(|| Running::of("with-webdav.sh", "ALCOVE_TEST_WEBDAV"));
    &server.endpoint
}

/// A folder that nobody else writes to.
#[derive(Clone, Debug)]
pub struct DavFolder {
    pub endpoint: String,
    pub name: String,
}

impl DavFolder {
    /// It is made by whoever tries its policy.
    #[must_use]
    pub fn fresh() -> Self {
        Self {
            endpoint: endpoint().to_owned(),
            name: format!("site {}/my files", uuid::Uuid::new_v4().simple()),
        }
    }

    /// The same folder, spoken to by way of whoever stands before it.
    #[must_use]
    pub fn behind(&self, proxy: &Proxy) -> Self {
        Self {
            endpoint: proxy.endpoint.clone(),
            name: self.name.clone(),
        }
    }

    /// What the form of the console sends for it, with these settings besides.
    #[must_use]
    pub fn policy(&self, name: &str, more: &Value) -> Value {
        let mut policy = json!({
            "id": 0, "name": name, "type": "local", "server": self.endpoint,
            "bucket_name": self.name, "access_key": USER, "secret_key": PASSWORD,
            "dir_name_rule": "uploads/{uid}/{path}", "file_name_rule": "{uuid}_{originname}",
            "settings": { "backend": "webdav", "chunk_size": 1 << 20, "file_type": null },
            "edges": {},
        });
        for (key, value) in more.as_object().into_iter().flatten() {
            policy["settings"][key] = value.clone();
        }
        policy
    }
}

/// What is in it, told by a client that shares nothing with ours.
impl DavFolder {
    fn request(&self, verb: &str, path: &str) -> RequestBuilder {
        let mut url = Url::parse(endpoint()).expect("an address");
        let below = self.name.split('/').chain(path.split('/'));
        let below = below.filter(|part| !part.is_empty());
        url.path_segments_mut()
            .expect("a web address")
            .extend(below);
        let verb = Method::from_bytes(verb.as_bytes()).expect("a method");
        let asked = reqwest::Client::new().request(verb, url);
        asked.basic_auth(USER, Some(PASSWORD))
    }

    async fn ask(asked: RequestBuilder) -> Response {
        let answer = asked.send().await.expect("it answers");
        assert!(answer.status().is_success(), "{answer:?}");
        answer
    }

    /// Paths of all files, those of unfinished uploads too, in order.
    pub async fn files(&self) -> Vec<String> {
        let asked = self.request("PROPFIND", "").header("depth", "infinity");
        let listed = Self::ask(asked).await.text().await.expect("text");
        let all = between(&listed, "<D:response>", "</D:response>");
        let files = all.iter().filter(|told| !told.contains("<D:collection"));
        let mut files: Vec<String> = files
            .map(|told| {
                let href = between(told, "<D:href>", "</D:href>").remove(0);
                let path = percent_decode_str(&href).decode_utf8().expect("text");
                let path = path.trim_start_matches('/').to_owned();
                let path = path.strip_prefix(&self.name).expect("it lies here");
                path.trim_start_matches('/').replace("&#39;", "'")
            })
            .collect();
        files.sort_unstable();
        files
    }

    /// What a file holds.
    pub async fn content(&self, path: &str) -> Bytes {
        let answer = Self::ask(self.request("GET", path)).await;
        answer.bytes().await.expect("the whole answer")
    }

    /// Lays a file there, in folders that are made.
    pub async fn lay(&self, path: &str, content: &str) {
        for (at, _) in path.match_indices('/') {
            let made = self.request("MKCOL", &path[..at]).send().await;
            made.expect("it answers");
        }
        Self::ask(self.request("PUT", path).body(content.to_owned())).await;
    }

    /// Removes a file, or a folder with all that lies in it.
    pub async fn remove(&self, path: &str) {
        Self::ask(self.request("DELETE", path)).await;
    }
}
