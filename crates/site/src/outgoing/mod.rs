//! Asking other servers: the only way in which HTTP requests leave.
//!
//! They never reach this machine or its neighbours, unless an operator configured that very host
//! (server-side request forgery). Addresses are judged after names are resolved, by the resolver
//! that the connection uses, so a name cannot point elsewhere between check and use. Redirects are
//! not followed, proxies of the environment not used; time and size of an answer are bounded.

mod address;

use address::is_public;
use futures_util::StreamExt as _;
use http::header::CONTENT_TYPE;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use store::in_change;
use url::{Host, Url, form_urlencoded};

/// How long an answer may take, and to connect.
const TIMEOUT: Duration = Duration::from_secs(10);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Longest answer read.
const MAX_ANSWER_BYTES: usize = 1 << 20;

/// A question: what is sent.
pub type Question = http::Request<Vec<u8>>;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum OutgoingError {
    #[error("{0} is not an address that may be asked")]
    Refused(String),
    #[error("the answer is longer than {MAX_ANSWER_BYTES} bytes")]
    TooLong,
    #[error("the answer has status {0}")]
    Status(u16),
    #[error("the answer makes no sense: {0}")]
    Garbled(#[from] serde_json::Error),
    #[error(transparent)]
    Http(#[from] reqwest::Error),
    #[error(transparent)]
    Form(#[from] http::Error),
}

/// An HTTP client that is choosy about addresses.
#[derive(Clone, Debug)]
pub struct Outgoing {
    client: reqwest::Client,
    trusted: Arc<[String]>,
}

impl Outgoing {
    /// May reach public addresses, and these hosts wherever they are.
    /// # Errors
    /// `Http` if the machine's certificates cannot be read.
    pub fn trusting(hosts: impl IntoIterator<Item = String>) -> Result<Self, OutgoingError> {
        let trusted: Arc<[String]> = hosts.into_iter().map(|host| bare(&host)).collect();
        let resolver = Choosy {
            trusted: Arc::clone(&trusted),
        };
        let client = reqwest::Client::builder()
            .user_agent("Alcove")
            .dns_resolver(resolver)
            .redirect(reqwest::redirect::Policy::none())
            // A proxy would resolve names by itself.
            .no_proxy()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            // Questions are rare and most are good once (a code of a provider): a kept connection
            // that its server closes just then would lose one of them.
            .pool_max_idle_per_host(0)
            .build()?;
        Ok(Self { client, trusted })
    }

    /// Asks and reads the whole answer, whatever its status.
    /// # Errors
    /// [`OutgoingError`] but `Status` and `Garbled`.
    pub async fn send(&self, question: Question) -> Result<http::Response<Vec<u8>>, OutgoingError> {
        in_change::must_not_wait_for("another server");
        let request = reqwest::Request::try_from(question)?;
        self.check(request.url())?;
        let answer = self.client.execute(request).await?;
        let mut builder = http::Response::builder().status(answer.status());
        for (name, value) in answer.headers() {
            builder = builder.header(name, value);
        }
        let mut body = Vec::new();
        let mut stream = answer.bytes_stream();
        while let Some(piece) = stream.next().await {
            body.extend_from_slice(&piece?);
            if body.len() > MAX_ANSWER_BYTES {
                return Err(OutgoingError::TooLong);
            }
        }
        Ok(builder.body(body)?)
    }

    /// Asks for JSON.
    /// # Errors
    /// [`OutgoingError`]; `Status` for any answer that is no success, a redirect for example.
    pub async fn ask<T: DeserializeOwned>(&self, question: Question) -> Result<T, OutgoingError> {
        let answer = self.send(question).await?;
        if !answer.status().is_success() {
            return Err(OutgoingError::Status(answer.status().as_u16()));
        }
        Ok(serde_json::from_slice(answer.body())?)
    }

    /// Addresses in numbers never come to the resolver.
    fn check(&self, url: &Url) -> Result<(), OutgoingError> {
        let refused = || OutgoingError::Refused(url.origin().ascii_serialization());
        if !matches!(url.scheme(), "http" | "https") {
            return Err(refused());
        }
        let address = match url.host().ok_or_else(refused)? {
            Host::Domain(_) => return Ok(()),
            Host::Ipv4(address) => IpAddr::V4(address),
            Host::Ipv6(address) => IpAddr::V6(address),
        };
        let named = self.trusted.contains(&address.to_string());
        if named || is_public(address) {
            Ok(())
        } else {
            Err(refused())
        }
    }
}

/// Posts a form.
/// # Errors
/// `Form` if the URL cannot be sent.
pub fn post_form(url: &Url, fields: &[(&str, &str)]) -> Result<Question, OutgoingError> {
    let form = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    let question = http::Request::post(url.as_str());
    let question = question.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    Ok(question.body(form.into_bytes())?)
}

/// Posts JSON.
/// # Errors
/// `Form` if the URL cannot be sent, `Garbled` if the value cannot be written.
pub fn post_json(url: &Url, value: &impl Serialize) -> Result<Question, OutgoingError> {
    let question = http::Request::post(url.as_str()).header(CONTENT_TYPE, "application/json");
    Ok(question.body(serde_json::to_vec(value)?)?)
}

/// A host without brackets and in lower case.
fn bare(host: &str) -> String {
    host.trim_matches(['[', ']']).to_lowercase()
}

#[derive(Debug)]
struct Choosy {
    trusted: Arc<[String]>,
}

impl Resolve for Choosy {
    fn resolve(&self, name: Name) -> Resolving {
        let host = bare(name.as_str());
        let trusted = self.trusted.contains(&host);
        Box::pin(async move {
            let found = tokio::net::lookup_host((host.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> = found
                .filter(|address| trusted || is_public(address.ip()))
                .collect();
            if allowed.is_empty() {
                let why = format!("{host} is not at an address that may be asked");
                return Err(io::Error::new(io::ErrorKind::PermissionDenied, why).into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests;
