//! Bytes in small calls and out of the drive.

use bytes::Bytes;
use reqwest::Method;
use serde_json::{Value, json};
use url::Url;

use super::Client;
use crate::{EventStream, Reply, escape, uri};

/// A download that may still be running.
pub struct Transfer {
    pub status: u16,
    response: reqwest::Response,
}

impl Transfer {
    /// The next piece, `None` at the end.
    pub async fn next(&mut self) -> Option<Bytes> {
        self.response.chunk().await.expect("the download goes on")
    }

    /// Hash and length of the rest, without holding it.
    pub async fn hash(mut self) -> (blake3::Hash, u64) {
        let mut hasher = blake3::Hasher::new();
        while let Some(piece) = self.next().await {
            hasher.update(&piece);
        }
        (hasher.finalize(), hasher.count())
    }
}

impl Client {
    /// Writes a whole small file through the editor's route.
    pub async fn put_content(&self, path: &str, bytes: impl Into<Bytes>) -> Reply {
        let route = format!("/file/content?uri={}", escape(&uri(path)));
        self.send_bytes(Method::PUT, &route, bytes.into()).await
    }

    /// The same, if the current version still is `previous`.
    pub async fn put_content_over(&self, path: &str, previous: &str, bytes: &[u8]) -> Reply {
        let route = format!(
            "/file/content?uri={}&previous={previous}",
            escape(&uri(path))
        );
        self.send_bytes(Method::PUT, &route, Bytes::copy_from_slice(bytes))
            .await
    }

    /// Asks for download URLs; `more` is merged into the body.
    pub async fn try_urls<P: AsRef<str>>(&self, paths: &[P], more: Value) -> Reply {
        let uris: Vec<_> = paths.iter().map(|path| uri(path.as_ref())).collect();
        let mut body = json!({ "uris": uris });
        let fields = body.as_object_mut().expect("an object");
        fields.extend(more.as_object().cloned().unwrap_or_default());
        self.post("/file/url", body).await
    }

    /// The download URL of a file.
    pub async fn url(&self, path: &str) -> String {
        self.url_with(path, json!({})).await
    }

    pub async fn url_with(&self, path: &str, more: Value) -> String {
        let data = self.try_urls(&[path], more).await.ok();
        data["urls"][0]["url"].as_str().expect("a URL").to_owned()
    }

    /// The URL of one zip of these.
    pub async fn archive_url<P: AsRef<str>>(&self, paths: &[P]) -> String {
        let data = self.try_urls(paths, json!({ "archive": true })).await.ok();
        data["urls"][0]["url"].as_str().expect("a URL").to_owned()
    }

    /// A file's bytes, by the way every client takes: ask for a URL, fetch it.
    pub async fn get(&self, path: &str) -> Bytes {
        let url = self.url(path).await;
        let reply = self.fetch(&url).await;
        assert_eq!(reply.status, 200, "{path}: {}", reply.text());
        reply.body
    }

    /// Fetches a URL the server gave, at the address it really has, without a token.
    pub async fn fetch(&self, url: &str) -> Reply {
        self.send(self.fetch_request(Method::GET, url)).await
    }

    pub fn fetch_request(&self, method: Method, url: &str) -> reqwest::RequestBuilder {
        let nobody = Self {
            access_token: None,
            client_id: None,
            ..self.clone()
        };
        nobody.request_outside(method, &path_and_query(url))
    }

    /// Starts a download without reading it.
    pub async fn transfer(&self, url: &str) -> Transfer {
        let request = self.fetch_request(Method::GET, url);
        let response = request.send().await.expect("the download starts");
        Transfer {
            status: response.status().as_u16(),
            response,
        }
    }

    /// Asks for the thumbnail of a file.
    pub async fn try_thumb(&self, path: &str) -> Reply {
        self.get_json("/file/thumb", &[("uri", &uri(path))]).await
    }

    /// The thumbnail of a file, as it is served.
    pub async fn thumb(&self, path: &str) -> Reply {
        let data = self.try_thumb(path).await.ok();
        self.fetch(data["url"].as_str().expect("a URL")).await
    }

    /// What an archive holds, without unpacking it.
    pub async fn archive_listing(&self, path: &str) -> Reply {
        self.get_json("/file/archive", &[("uri", &uri(path))]).await
    }

    /// Subscribes to the changes below a folder.
    pub async fn events(&self, path: &str) -> EventStream {
        let request = self
            .request(Method::GET, "/file/events")
            .query(&[("uri", uri(path))]);
        EventStream::open(request).await
    }

    /// The same, told as well what others share with this account by name.
    pub async fn events_with_received(&self, path: &str) -> EventStream {
        self.events_with(path, &[("received", "true")]).await
    }

    /// The same, told more.
    pub async fn events_with(&self, path: &str, more: &[(&str, &str)]) -> EventStream {
        let request = self
            .request(Method::GET, "/file/events")
            .query(&[("uri", uri(path))])
            .query(more);
        EventStream::open(request).await
    }
}

/// Links name the site's public address, which is not where the test's server listens.
fn path_and_query(url: &str) -> String {
    let Ok(url) = Url::parse(url) else {
        return url.to_owned();
    };
    match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    }
}
