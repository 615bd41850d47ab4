//! A WebDAV client in front of `/dav`.

use bytes::Bytes;
use reqwest::Method;
use serde_json::{Value, json};

use super::Client;
use crate::{Reply, escape};

/// A program that mounted a drive. Paths in arguments are `/like/this` below its root.
#[derive(Clone)]
pub struct DavClient {
    /// Nobody: the credentials go along with each request.
    nobody: Client,
    pub email: String,
    pub password: String,
    /// The account's id, for its owner.
    pub id: String,
}

impl Client {
    /// Makes a WebDAV account for a folder and mounts it; `more` is merged into the request.
    pub async fn mount_with(&self, folder: &str, more: Value) -> DavClient {
        let mut body = json!({ "uri": crate::uri(folder), "name": "a mount" });
        let fields = body.as_object_mut().expect("an object");
        fields.extend(more.as_object().cloned().unwrap_or_default());
        let account = self.put_json("/devices/dav", body).await.ok();
        let text = |name: &str| account[name].as_str().expect("a text").to_owned();
        DavClient {
            nobody: Self::nobody(self.base.clone()),
            email: format!("{}@example.com", self.name),
            password: text("password"),
            id: text("id"),
        }
    }

    /// Mounts the whole drive.
    pub async fn mount(&self) -> DavClient {
        self.mount_with("/", json!({})).await
    }

    /// Where the server answers: `http://127.0.0.1:…`.
    pub fn address(&self) -> String {
        let base = self.base.read().expect("no thread panicked with it");
        base.clone()
    }
}

/// `/a b` → `/dav/a%20b`.
pub fn dav_path(path: &str) -> String {
    let names = path.split('/').map(escape);
    format!("/dav{}", names.collect::<Vec<_>>().join("/"))
}

impl DavClient {
    /// Where the mount is, without credentials.
    pub fn url(&self) -> String {
        format!("{}/dav/", self.nobody.address())
    }

    /// Host and port.
    pub fn host(&self) -> String {
        self.nobody
            .address()
            .trim_start_matches("http://")
            .to_owned()
    }

    /// The value of the Authorization header.
    pub fn authorization(&self) -> String {
        let request = self.request("GET", "/").build().expect("it is well-formed");
        let header = &request.headers()["authorization"];
        header.to_str().expect("it is ASCII").to_owned()
    }

    pub fn request(&self, verb: &str, path: &str) -> reqwest::RequestBuilder {
        let method = Method::from_bytes(verb.as_bytes()).expect("a method");
        self.nobody
            .request_outside(method, &dav_path(path))
            .basic_auth(&self.email, Some(&self.password))
    }

    pub async fn send(&self, request: reqwest::RequestBuilder) -> Reply {
        self.nobody.send(request).await
    }

    /// Sends, and answers `None` if the server went away in the middle.
    pub async fn try_send(&self, request: reqwest::RequestBuilder) -> Option<Reply> {
        self.nobody.try_send(request).await
    }

    /// A request without a body.
    pub async fn ask(&self, verb: &str, path: &str, headers: &[(&str, &str)]) -> Reply {
        self.tell(verb, path, headers, Bytes::new()).await
    }

    /// A request with a body.
    pub async fn tell(
        &self,
        verb: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Reply {
        let mut request = self.request(verb, path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = body.into();
        if !body.is_empty() || verb == "PUT" {
            request = request.body(body);
        }
        self.send(request).await
    }

    pub async fn put(&self, path: &str, body: impl Into<Bytes>) -> Reply {
        self.tell("PUT", path, &[], body).await
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.ask("GET", path, &[]).await
    }

    pub async fn mkcol(&self, path: &str) -> Reply {
        self.ask("MKCOL", path, &[]).await
    }

    pub async fn delete(&self, path: &str) -> Reply {
        self.ask("DELETE", path, &[]).await
    }

    /// COPY or MOVE.
    pub async fn transfer(&self, verb: &str, from: &str, to: &str, more: &[(&str, &str)]) -> Reply {
        let to = dav_path(to);
        let mut headers = vec![("Destination", to.as_str())];
        headers.extend(more);
        self.ask(verb, from, &headers).await
    }

    /// Locks, and answers the token.
    pub async fn lock(&self, path: &str, headers: &[(&str, &str)], owner: &str) -> (Reply, String) {
        let body = format!(
            "<?xml version=\"1.0\"?><D:lockinfo xmlns:D=\"DAV:\"><D:lockscope><D:exclusive/>\
             </D:lockscope><D:locktype><D:write/></D:locktype><D:owner>{owner}</D:owner>\
             </D:lockinfo>"
        );
        let reply = self.tell("LOCK", path, headers, body).await;
        let token = reply.header("lock-token");
        let token = token.trim_matches(['<', '>']).to_owned();
        (reply, token)
    }

    /// A listing, which is well-formed whatever is in it.
    pub async fn propfind(&self, path: &str, depth: &str, body: &str) -> Reply {
        let depth = [("Depth", depth)];
        let reply = self.tell("PROPFIND", path, &depth, body.to_owned()).await;
        if reply.status == 207 {
            let tree = xmltree::Element::parse(&reply.body[..]);
            assert!(tree.is_ok(), "{tree:?}: {}", reply.text());
        }
        reply
    }

    /// The `href`s of a PROPFIND, in order.
    pub async fn hrefs(&self, path: &str, depth: &str) -> Vec<String> {
        let reply = self.propfind(path, depth, "").await;
        assert_eq!(reply.status, 207, "{}", reply.text());
        between(reply.text(), "<D:response><D:href>", "</D:href>")
    }
}

/// Every text between two others.
pub fn between(text: &str, start: &str, end: &str) -> Vec<String> {
    text.split(start)
        .skip(1)
        .filter_map(|rest| rest.split(end).next())
        .map(str::to_owned)
        .collect()
}
