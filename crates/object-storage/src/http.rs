//! How requests are sent to a store: with how much patience, and how often again.

use crate::answer::{Answer, Refusal, is_passing, retries_of};
use object_store::{ClientOptions, RetryConfig};
use reqwest::{Client, RequestBuilder};
use std::fmt;
use std::time::Duration;
use tokio::time::Instant;
use url::Url;

/// Until a connection stands.
const CONNECT_SECS: u64 = 10;
/// Until the next bytes of an answer come.
pub(crate) const READ_SECS: u64 = 60;
/// How often a request is sent again that failed in passing, and for how long.
const RETRIES: usize = 4;
const RETRY_SECS: u64 = 60;

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

/// A client of our own, for what the library has no words for.
pub(crate) fn client() -> Result<Client, BadOptions> {
    let client = Client::builder()
        .connect_timeout(Duration::from_secs(CONNECT_SECS))
        .read_timeout(Duration::from_secs(READ_SECS))
        .redirect(reqwest::redirect::Policy::none())
        .build();
    client.map_err(BadOptions::of)
}

/// The same for that of the library.
pub(crate) fn client_options() -> ClientOptions {
    ClientOptions::new()
        // Whoever administers the site wrote it: it is their network.
        .with_allow_http(true)
        .with_timeout_disabled()
        .with_connect_timeout(Duration::from_secs(CONNECT_SECS))
        .with_read_timeout(Duration::from_secs(READ_SECS))
}

pub(crate) fn retries() -> RetryConfig {
    RetryConfig {
        max_retries: RETRIES,
        retry_timeout: Duration::from_secs(RETRY_SECS),
        ..RetryConfig::default()
    }
}

/// One request, sent as often as it fails in passing. Only for answers that are short.
#[derive(Debug)]
pub(crate) struct Tries {
    begun: Instant,
    tries: usize,
}

impl Tries {
    pub fn begin() -> Self {
        Self {
            begun: Instant::now(),
            tries: 0,
        }
    }

    /// Sends it once. `None`, after a pause: it is to be sent again.
    pub async fn send(&mut self, request: RequestBuilder) -> Option<Result<Answer, Refusal>> {
        let answer = Answer::read(request.send().await).await;
        self.tries += 1;
        match answer {
            Err(refusal) if self.tries <= retries_of(&refusal, RETRIES) && is_passing(&refusal) => {
                let pause = refusal.pause(self.tries);
                // A store that names a later time is not asked before.
                if self.begun.elapsed() + pause >= Duration::from_secs(RETRY_SECS) {
                    return Some(Err(refusal));
                }
                tokio::time::sleep(pause).await;
                None
            }
            answer => Some(answer),
        }
    }
}
