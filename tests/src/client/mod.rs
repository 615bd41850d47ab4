//! A person in front of the API.

mod content;
mod dav;
mod files;
mod session;
mod shares;
mod signed;
mod trees;
mod uploads;
mod vendors;

use std::{
    sync::{Arc, RwLock},
    time::Duration,
};

use bytes::Bytes;
use reqwest::Method;
use serde_json::Value;

pub use content::Transfer;
pub use dav::{DavClient, between, dav_path};
pub use shares::Share;
pub use uploads::UploadSession;

use crate::{Reply, description};

/// Where the server answers; shared, because a restarted server has another port.
pub(crate) type Base = Arc<RwLock<String>>;

/// No answer takes longer, not even a debug build's.
const TIMEOUT: Duration = Duration::from_mins(2);
/// A connection that rested longer is not used again: the server may be closing it just now.
const IDLE: Duration = Duration::from_secs(30);

/// Somebody who calls the API: signed in if there is a token, a stranger otherwise.
///
/// Paths in arguments are `/like/this` in the caller's own drive, or whole file URIs.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base: Base,
    /// The bearer token sent along; tests tamper with it.
    pub access_token: Option<String>,
    pub refresh_token: Option<String>,
    /// Sent as `X-Cr-Client-Id` by those who synchronise.
    pub client_id: Option<uuid::Uuid>,
    /// What the program calls itself.
    agent: Option<String>,
    /// The user's id, empty for a stranger.
    pub id: String,
    /// `alice` of `alice@example.com`, empty for a stranger.
    pub name: String,
}

impl Client {
    pub(crate) fn nobody(base: Base) -> Self {
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(TIMEOUT)
            .pool_idle_timeout(IDLE)
            .build()
            .expect("a client can be made");
        Self {
            http,
            base,
            access_token: None,
            refresh_token: None,
            client_id: None,
            agent: None,
            id: String::new(),
            name: String::new(),
        }
    }

    /// Somebody at a fixed address, such as a [`Program`](crate::Program)'s.
    pub fn at(address: &str) -> Self {
        Self::nobody(Arc::new(RwLock::new(address.to_owned())))
    }

    /// The same person with a connection pool of their own.
    pub fn another_window(&self) -> Self {
        Self {
            http: Self::nobody(self.base.clone()).http,
            ..self.clone()
        }
    }

    /// The same person with a program of this name.
    pub fn using(&self, agent: &str) -> Self {
        Self {
            agent: Some(agent.to_owned()),
            ..self.clone()
        }
    }

    /// The same person as a program that synchronises, with a connection pool of its own.
    pub fn synchronising(&self) -> Self {
        Self {
            client_id: Some(uuid::Uuid::new_v4()),
            ..self.another_window()
        }
    }

    /// Everything about a request but the base address, for what no method covers.
    /// `path` is below `/api/v4` and may carry a query.
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.request_outside(method, &format!("/api/v4{path}"))
    }

    /// Like [`request`](Self::request), with the whole path.
    pub fn request_outside(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let base = self
            .base
            .read()
            .expect("no thread panicked with it")
            .clone();
        let mut request = self.http.request(method, format!("{base}{path}"));
        if let Some(token) = &self.access_token {
            request = request.bearer_auth(token);
        }
        if let Some(agent) = &self.agent {
            request = request.header("User-Agent", agent);
        }
        if let Some(id) = &self.client_id {
            request = request.header("X-Cr-Client-Id", id.to_string());
        }
        request
    }

    /// Sends what [`request`](Self::request) began.
    pub async fn send(&self, request: reqwest::RequestBuilder) -> Reply {
        let (http, request) = request.build_split();
        let request = request.expect("the request is well-formed");
        let asked = format!("{} {}", request.method(), request.url().path());
        match http.execute(request).await {
            Ok(response) => {
                let reply = Reply::read(asked, response).await;
                description::hold(&reply);
                reply
            }
            Err(error) => panic!("{asked} was not answered: {error:?}"),
        }
    }

    /// Sends, and answers `None` if the server went away in the middle.
    pub async fn try_send(&self, request: reqwest::RequestBuilder) -> Option<Reply> {
        let (http, request) = request.build_split();
        let request = request.expect("the request is well-formed");
        let asked = format!("{} {}", request.method(), request.url().path());
        let response = http.execute(request).await.ok()?;
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let body = response.bytes().await.ok()?;
        Some(Reply {
            asked,
            status,
            headers,
            body,
        })
    }

    pub async fn get_json(&self, path: &str, query: &[(&str, &str)]) -> Reply {
        self.send(self.request(Method::GET, path).query(query))
            .await
    }

    pub async fn post(&self, path: &str, body: Value) -> Reply {
        self.send(self.request(Method::POST, path).json(&body))
            .await
    }

    pub async fn put_json(&self, path: &str, body: Value) -> Reply {
        self.send(self.request(Method::PUT, path).json(&body)).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Reply {
        self.send(self.request(Method::PATCH, path).json(&body))
            .await
    }

    pub async fn delete_json(&self, path: &str, body: Value) -> Reply {
        self.send(self.request(Method::DELETE, path).json(&body))
            .await
    }

    /// A body that only claims to be JSON.
    pub async fn send_text(&self, method: Method, path: &str, body: &str) -> Reply {
        let request = self
            .request(method, path)
            .header("Content-Type", "application/json");
        self.send(request.body(body.to_owned())).await
    }

    /// Raw bytes.
    pub async fn send_bytes(&self, method: Method, path: &str, body: Bytes) -> Reply {
        let request = self
            .request(method, path)
            .header("Content-Type", "application/octet-stream");
        self.send(request.body(body)).await
    }
}
