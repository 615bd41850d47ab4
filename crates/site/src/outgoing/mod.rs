//! Asking other servers: the only way in which HTTP requests leave.
//!
//! They never reach this machine or its neighbours, unless an operator configured that very host
//! (server-side request forgery). Addresses are judged after names are resolved, by the resolver
//! that the connection uses, so a name cannot point elsewhere between check and use. Redirects are
//! not followed, proxies of the environment not used; time and size of an answer are bounded.

mod address;
mod rules;

use futures_util::StreamExt as _;
use http::header::CONTENT_TYPE;
use rules::Choosy;
pub use rules::{AddressRules, BadNetwork, Network, is_this_machine};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;
use std::time::Duration;
use store::in_change;
use url::{Url, form_urlencoded};

/// How long an answer may take, and to connect.
const TIMEOUT: Duration = Duration::from_secs(10);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a server may say nothing in the middle of what is fetched.
const STALLED: Duration = Duration::from_secs(30);
/// Longest answer read, where nothing else is said.
const MAX_ANSWER_BYTES: usize = 1 << 20;

/// A question: what is sent.
pub type Question = http::Request<Vec<u8>>;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum OutgoingError {
    #[error("{0} is not an address that may be asked")]
    Refused(String),
    #[error("there is no host called {0}")]
    NoSuchHost(String),
    #[error("the answer is longer than {0} bytes")]
    TooLong(usize),
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
    rules: Arc<AddressRules>,
    longest: usize,
}

impl Outgoing {
    /// May reach public addresses, and these hosts wherever they are.
    /// # Errors
    /// `Http` if the machine's certificates cannot be read.
    pub fn trusting(hosts: impl IntoIterator<Item = String>) -> Result<Self, OutgoingError> {
        Self::built(AddressRules::new(hosts, []), |client| {
            client.timeout(TIMEOUT)
        })
    }

    /// Fetches what takes its time, as long as something comes.
    /// # Errors
    /// `Http` if the machine's certificates cannot be read.
    pub fn fetching(rules: AddressRules) -> Result<Self, OutgoingError> {
        Self::built(rules, |client| client.read_timeout(STALLED))
    }

    fn built(
        rules: AddressRules,
        patience: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder,
    ) -> Result<Self, OutgoingError> {
        let rules = Arc::new(rules);
        let client = reqwest::Client::builder()
            .user_agent("Alcove")
            .dns_resolver(Choosy(Arc::clone(&rules)))
            .redirect(reqwest::redirect::Policy::none())
            // A proxy would resolve names by itself.
            .no_proxy()
            .connect_timeout(CONNECT_TIMEOUT)
            // Questions are rare and most are good once (a code of a provider): a kept connection
            // that its server closes just then would lose one of them.
            .pool_max_idle_per_host(0);
        Ok(Self {
            client: patience(client).build()?,
            rules,
            longest: MAX_ANSWER_BYTES,
        })
    }

    /// The same, reading answers of up to so many bytes.
    pub fn reading(self, longest: usize) -> Self {
        Self { longest, ..self }
    }

    /// Asks, and leaves the answer to be read.
    /// # Errors
    /// `Refused`, `Http`
    pub async fn open(&self, question: Question) -> Result<reqwest::Response, OutgoingError> {
        in_change::must_not_wait_for("another server");
        let request = reqwest::Request::try_from(question)?;
        if !matches!(request.url().scheme(), "http" | "https") {
            let origin = request.url().origin();
            return Err(OutgoingError::Refused(origin.ascii_serialization()));
        }
        // Addresses in numbers never come to the resolver.
        self.rules.check(request.url())?;
        Ok(self.client.execute(request).await?)
    }

    /// Asks and reads the whole answer, whatever its status.
    /// # Errors
    /// [`OutgoingError`] but `Status` and `Garbled`.
    pub async fn send(&self, question: Question) -> Result<http::Response<Vec<u8>>, OutgoingError> {
        let answer = self.open(question).await?;
        let mut builder = http::Response::builder().status(answer.status());
        for (name, value) in answer.headers() {
            builder = builder.header(name, value);
        }
        let mut body = Vec::new();
        let mut stream = answer.bytes_stream();
        while let Some(piece) = stream.next().await {
            body.extend_from_slice(&piece?);
            if body.len() > self.longest {
                return Err(OutgoingError::TooLong(self.longest));
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

#[cfg(test)]
mod tests;
