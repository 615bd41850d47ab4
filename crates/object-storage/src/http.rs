//! How requests are sent to a store: with how much patience, and how often again.

use crate::answer::{Answer, LONGEST_ANSWER, READ_SECS};
use crate::refusal::{Refusal, is_passing, retries_of};
use async_trait::async_trait;
use futures_util::TryStreamExt as _;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpService,
};
use object_store::{ClientOptions, RetryConfig};
use reqwest::header::{CONTENT_LENGTH, HeaderMap};
use reqwest::{Client, ClientBuilder, IntoUrl, Method, Request, RequestBuilder};
use std::fmt;
use std::io;
use std::time::Duration;
use tokio::time::Instant;
use url::Url;

/// Until a connection stands.
const CONNECT_SECS: u64 = 10;
/// Bytes a second below which a line counts as broken: several parts may share it.
const SLOWEST_BYTES: u64 = 16 << 10;
/// How often a request is sent again that failed in passing, and for how long.
const RETRIES: usize = 4;
pub(crate) const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// What is wrong with options.
#[derive(Debug)]
pub struct BadOptions(pub(crate) String);

impl BadOptions {
    pub(crate) fn of(error: impl fmt::Display) -> Self {
        Self(error.to_string())
    }
}

impl fmt::Display for BadOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BadOptions {}

/// The address that somebody wrote down.
pub(crate) fn endpoint(text: &str) -> Result<Url, BadOptions> {
    let text = text.trim();
    let with_scheme = if text.contains("://") {
        text.to_owned()
    } else {
        format!("https://{text}")
    };
    let url = Url::parse(&with_scheme).ok();
    let url = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    url.ok_or_else(|| BadOptions(format!("the endpoint {text:?} is no web address")))
}

/// Clients of our own, for what the library has no words for.
#[derive(Clone, Debug)]
pub(crate) struct Http {
    pub asking: Client,
    /// A body takes as long as the line needs, and the time of an answer begins behind it: the one
    /// above would not wait for that.
    sending: Client,
}

impl Http {
    pub fn new() -> Result<Self, BadOptions> {
        Self::with(HeaderMap::new())
    }

    /// With headers that go with each request.
    fn with(headers: HeaderMap) -> Result<Self, BadOptions> {
        let sending = builder().default_headers(headers.clone()).build();
        let asking = builder().default_headers(headers);
        let asking = asking.read_timeout(Duration::from_secs(READ_SECS)).build();
        Ok(Self {
            asking: asking.map_err(BadOptions::of)?,
            sending: sending.map_err(BadOptions::of)?,
        })
    }

    pub fn request(&self, method: Method, url: impl IntoUrl) -> RequestBuilder {
        self.asking.request(method, url)
    }

    pub fn get(&self, url: impl IntoUrl) -> RequestBuilder {
        self.asking.get(url)
    }

    /// Sends a request with as much patience as its body needs, until its answer begins: some
    /// stores begin at once, and go on saying nothing until they are done.
    async fn send(&self, request: RequestBuilder) -> Result<Answer, Refusal> {
        let (asking, request) = request.build_split();
        let request = request.map_err(Refusal::unsent)?;
        let length = length_of(&request);
        if length == 0 {
            return Answer::read(asking.execute(request).await).await;
        }
        let sent = self.sending.execute(request);
        match tokio::time::timeout(patience_for(length), sent).await {
            Ok(sent) => Answer::read(sent).await,
            Err(_) => Err(Refusal::silent()),
        }
    }
}

fn length_of(request: &Request) -> u64 {
    let told = request.headers().get(CONTENT_LENGTH);
    let told = told.and_then(|length| length.to_str().ok()?.parse().ok());
    let body = request.body().and_then(reqwest::Body::as_bytes);
    told.unwrap_or_else(|| body.map_or(0, |body| body.len() as u64))
}

/// How long a body of so many bytes may take, with the answer to it.
fn patience_for(length: u64) -> Duration {
    Duration::from_secs(READ_SECS + length / SLOWEST_BYTES)
}

/// A store that sends its clients elsewhere has them ask whom it likes, in the network of this server:
/// nobody follows.
fn builder() -> ClientBuilder {
    Client::builder()
        .connect_timeout(Duration::from_secs(CONNECT_SECS))
        .redirect(reqwest::redirect::Policy::none())
}

/// What the library may do. Whoever administers the site wrote the address: it is their network.
pub(crate) fn client_options() -> ClientOptions {
    ClientOptions::new().with_allow_http(true)
}

/// The same client for the library, whose own one would go wherever a store sends it.
#[derive(Debug)]
pub(crate) struct Connector(Http);

impl Connector {
    /// With headers that go with each request.
    pub fn with(headers: HeaderMap) -> Result<Self, BadOptions> {
        Http::with(headers).map(Self)
    }
}

impl HttpConnector for Connector {
    fn connect(&self, _options: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(Bounded(self.0.clone())))
    }
}

/// Whatever is no object is as short as an answer.
#[derive(Debug)]
struct Bounded(Http);

impl Bounded {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let length = request.body().content_length() as u64;
        if length == 0 {
            return self.0.asking.call(request).await;
        }
        let sent = self.0.sending.call(request);
        let late = |error| HttpError::new(HttpErrorKind::Timeout, error);
        let sent = tokio::time::timeout(patience_for(length), sent).await;
        sent.map_err(late)?
    }
}

#[async_trait]
impl HttpService for Bounded {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let is_object = request.method() == Method::GET;
        let response = self.send(request).await?;
        if is_object && response.status().is_success() {
            return Ok(response);
        }
        let (parts, body) = response.into_parts();
        let mut pieces = body.bytes_stream();
        let mut whole = Vec::new();
        let late = |error| HttpError::new(HttpErrorKind::Timeout, error);
        let longest = Duration::from_secs(READ_SECS);
        loop {
            let next = tokio::time::timeout(longest, pieces.try_next()).await;
            let Some(piece) = next.map_err(late)?? else {
                break;
            };
            if whole.len() + piece.len() > LONGEST_ANSWER {
                let why = io::Error::other("the answer does not end");
                return Err(HttpError::new(HttpErrorKind::Decode, why));
            }
            whole.extend_from_slice(&piece);
        }
        Ok(HttpResponse::from_parts(parts, whole.into()))
    }
}

pub(crate) fn retries() -> RetryConfig {
    RetryConfig {
        max_retries: RETRIES,
        retry_timeout: LONGEST_WAIT,
        ..RetryConfig::default()
    }
}

/// One request, sent as often as it fails in passing. Only for answers that are short.
#[derive(Debug)]
pub(crate) struct Tries<'a> {
    http: &'a Http,
    /// Spent on waiting, and for answers: not on sending what arrived.
    spent: Duration,
    sent: usize,
}

impl<'a> Tries<'a> {
    pub fn begin(http: &'a Http) -> Self {
        Self {
            http,
            spent: Duration::ZERO,
            sent: 0,
        }
    }

    /// Sends it once. `None`, after a pause: it is to be sent again.
    pub async fn send(&mut self, request: RequestBuilder) -> Option<Result<Answer, Refusal>> {
        let begun = Instant::now();
        let answer = self.http.send(request).await;
        self.sent += 1;
        // Who answered, in whatever words, had all of it.
        if !matches!(&answer, Err(refusal) if refusal.status.is_some()) {
            self.spent += begun.elapsed();
        }
        match answer {
            Err(refusal) if self.sent <= retries_of(&refusal, RETRIES) && is_passing(&refusal) => {
                let pause = refusal.pause(self.sent);
                // A store that names a later time is not asked before.
                if self.spent + pause >= LONGEST_WAIT {
                    return Some(Err(refusal));
                }
                tokio::time::sleep(pause).await;
                self.spent += pause;
                None
            }
            answer => Some(answer),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use bytes::Bytes;

    #[test]
    fn a_body_may_take_as_long_as_a_slow_line_needs() {
        let http = Http::new().unwrap();
        let length = |request: RequestBuilder| length_of(&request.build().unwrap());
        let put = || http.request(Method::PUT, "http://a.test/");
        assert_eq!(length(put()), 0);
        let part = Bytes::from(vec![0; 5 << 20]);
        assert_eq!(length(put().body(part)), 5 << 20);
        let stream = futures_util::stream::iter([Ok::<_, io::Error>(Bytes::from_static(b"abc"))]);
        let told = put().header(CONTENT_LENGTH, "3");
        assert_eq!(length(told.body(reqwest::Body::wrap_stream(stream))), 3);
        // Eight of them, on a line of 5 Mbit/s.
        assert!(patience_for(5 << 20) > Duration::from_secs(70));
        assert!(patience_for(1) < Duration::from_secs(READ_SECS + 1));
    }
}
