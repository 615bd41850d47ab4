//! One question to a server, with the redirects that it leads to, each checked.

use crate::DownloaderError;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CONTENT_DISPOSITION, CONTENT_RANGE, ETAG, IF_RANGE,
    LAST_MODIFIED, LOCATION, RANGE, RETRY_AFTER,
};
use http::{HeaderMap, HeaderName, StatusCode};
use percent_encoding::percent_decode_str;
use site::outgoing::{AddressRules, Outgoing, OutgoingError};
use site::task::causes;
use std::time::Duration;
use url::Url;

/// Redirects followed for one question.
const MOST_HOPS: usize = 10;
/// Longest wait that a server may ask for.
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// Why there is no content.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum FetchError {
    /// And never will be.
    Final(String),
    /// But perhaps later.
    Later(String, Option<Duration>),
    /// It is other content than before.
    Changed,
}

impl FetchError {
    pub fn later(why: impl Into<String>) -> Self {
        Self::Later(why.into(), None)
    }
}

impl From<std::io::Error> for FetchError {
    fn from(error: std::io::Error) -> Self {
        Self::Final(DownloaderError::Io(error).to_string())
    }
}

/// What is asked: where, and with which name and password there.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub url: Url,
    login: Option<String>,
}

impl Target {
    /// A link. What it says for its own server alone leaves it.
    pub fn of(mut url: Url) -> Self {
        let login = login_in(&mut url);
        Self { url, login }
    }

    /// Where it redirects to. Another server is not told the password.
    fn redirected(&self, place: &str) -> Option<Self> {
        let next = Self::of(self.url.join(place).ok()?);
        let login = next.login.or_else(|| {
            let is_same = next.url.origin() == self.url.origin();
            self.login.clone().filter(|_| is_same)
        });
        Some(Self {
            url: next.url,
            login,
        })
    }
}

/// An answer whose content comes.
#[derive(Debug)]
pub(super) struct Answer {
    pub response: reqwest::Response,
    /// Where it came from in the end: its other parts are there too.
    pub target: Target,
    /// Where the content begins, if a part of it comes.
    pub from: Option<u64>,
    /// Length of the whole.
    pub total: Option<u64>,
    pub validator: Option<String>,
}

impl Answer {
    pub fn disposition(&self) -> Option<&[u8]> {
        let header = self.response.headers().get(CONTENT_DISPOSITION);
        header.map(http::HeaderValue::as_bytes)
    }
}

/// Asks under rules.
#[derive(Debug)]
pub(super) struct Fetcher {
    rules: AddressRules,
    usual: Outgoing,
    /// Where this site is, host and port: it may be asked wherever it is.
    own: Vec<(String, u16)>,
    site: Outgoing,
}

impl Fetcher {
    pub fn new(rules: AddressRules, own: Vec<(String, u16)>) -> Result<Self, OutgoingError> {
        let hosts = own.iter().map(|(host, _)| host.clone());
        Ok(Self {
            usual: Outgoing::fetching(rules.clone())?,
            site: Outgoing::fetching(AddressRules::new(hosts, []))?,
            rules,
            own,
        })
    }

    pub fn is_for(&self, rules: &AddressRules, own: &[(String, u16)]) -> bool {
        self.rules == *rules && self.own == own
    }

    /// Asks for content from a byte on, or to another: what was there before, if `if_range` is so.
    pub async fn ask(
        &self,
        target: &Target,
        range: Option<(u64, Option<u64>)>,
        if_range: Option<&str>,
    ) -> Result<Answer, FetchError> {
        let mut target = target.clone();
        for _ in 0..=MOST_HOPS {
            let response = self.one(&target, range, if_range).await?;
            if !response.status().is_redirection() {
                return judge(response, target);
            }
            let place = response.headers().get(LOCATION);
            let place = place.and_then(|place| std::str::from_utf8(place.as_bytes()).ok());
            let next = place.and_then(|place| target.redirected(place));
            target = next
                .ok_or_else(|| FetchError::Final("the server redirects to nowhere".to_owned()))?;
        }
        Err(FetchError::Final("the link leads around in circles".into()))
    }

    async fn one(
        &self,
        Target { url, login }: &Target,
        range: Option<(u64, Option<u64>)>,
        if_range: Option<&str>,
    ) -> Result<reqwest::Response, FetchError> {
        if !matches!(url.scheme(), "http" | "https") {
            let why = format!(
                "this server itself fetches http and https, not {}",
                url.scheme()
            );
            return Err(FetchError::Final(why));
        }
        let mut question = http::Request::get(url.as_str()).header(ACCEPT_ENCODING, "identity");
        if let Some((from, to)) = range {
            let to = to.map_or_else(String::new, |to| (to - 1).to_string());
            question = question.header(RANGE, format!("bytes={from}-{to}"));
        }
        if let Some(tag) = if_range {
            question = question.header(IF_RANGE, tag);
        }
        if let Some(login) = login {
            question = question.header(AUTHORIZATION, login);
        }
        let wrong = |error: http::Error| FetchError::Final(error.to_string());
        let question = question.body(Vec::new()).map_err(wrong)?;
        let outgoing = if self.is_own(url) {
            &self.site
        } else {
            let refused = |error| FetchError::Final(DownloaderError::of_link(error).to_string());
            match self.rules.check_all(url).await {
                Err(OutgoingError::NoSuchHost(host)) => {
                    return Err(FetchError::later(format!("there is no host called {host}")));
                }
                checked => checked.map_err(refused)?,
            }
            &self.usual
        };
        outgoing.open(question).await.map_err(|error| match error {
            OutgoingError::Http(error) => FetchError::later(said(error)),
            other => FetchError::Final(DownloaderError::of_link(other).to_string()),
        })
    }

    fn is_own(&self, url: &Url) -> bool {
        let port = url.port_or_known_default().unwrap_or(0);
        let host = url.host_str().unwrap_or_default();
        self.own.iter().any(|(own, at)| own == host && *at == port)
    }
}

/// Without the address, which may carry what is secret.
pub(super) fn said(error: reqwest::Error) -> String {
    causes(&error.without_url())
}

/// Name and password in a link, which no request carries there.
fn login_in(url: &mut Url) -> Option<String> {
    if url.username().is_empty() && url.password().is_none() {
        return None;
    }
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let password = url.password().map(decoded).unwrap_or_default();
    let login = format!("{}:{password}", decoded(url.username()));
    // Only URLs without a host refuse.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    Some(format!("Basic {}", STANDARD.encode(login)))
}

fn judge(response: reqwest::Response, target: Target) -> Result<Answer, FetchError> {
    let headers = response.headers();
    let answers = format!("the server answers {}", response.status());
    let (from, total) = match response.status() {
        StatusCode::OK => (None, response.content_length()),
        StatusCode::PARTIAL_CONTENT => {
            let part = text(headers, CONTENT_RANGE).and_then(range_of);
            let Some((from, total)) = part else {
                return Err(FetchError::Final(
                    "the server says not what it sends".into(),
                ));
            };
            (Some(from), total)
        }
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS => {
            return Err(FetchError::Later(answers, wait(headers)));
        }
        status if status.is_server_error() => {
            return Err(FetchError::Later(answers, wait(headers)));
        }
        StatusCode::RANGE_NOT_SATISFIABLE => return Err(FetchError::Changed),
        _ => return Err(FetchError::Final(answers)),
    };
    Ok(Answer {
        from,
        total,
        validator: validator(headers),
        response,
        target,
    })
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// `bytes 5-9/10`: where it begins, and how long the whole is.
fn range_of(text: &str) -> Option<(u64, Option<u64>)> {
    let (range, total) = text.trim().strip_prefix("bytes ")?.split_once('/')?;
    let (from, to) = range.trim().split_once('-')?;
    let (from, to): (u64, u64) = (from.parse().ok()?, to.parse().ok()?);
    let total: Option<u64> = match total.trim() {
        "*" => None,
        total => Some(total.parse().ok()?),
    };
    (from <= to && total.is_none_or(|total| to < total)).then_some((from, total))
}

/// What a later question can name: a weak tag cannot (RFC 9110, If-Range).
fn validator(headers: &HeaderMap) -> Option<String> {
    let tag = text(headers, ETAG).filter(|tag| tag.starts_with('"'));
    tag.or_else(|| text(headers, LAST_MODIFIED))
        .map(str::to_owned)
}

fn wait(headers: &HeaderMap) -> Option<Duration> {
    let secs = text(headers, RETRY_AFTER)?.trim().parse().ok()?;
    Some(Duration::from_secs(secs).min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn ranges_are_read_strictly() {
        assert_eq!(range_of("bytes 5-9/10"), Some((5, Some(10))));
        assert_eq!(range_of("bytes 0-0/*"), Some((0, None)));
        for text in [
            "",
            "bytes 5-9/9",
            "bytes 9-5/10",
            "bytes */10",
            "items 0-1/2",
            "bytes -5-9/10",
        ] {
            assert_eq!(range_of(text), None, "{text}");
        }
    }

    #[test]
    fn a_login_leaves_the_link_and_goes_into_a_header() {
        let mut url = Url::parse("http://a%40b:c%3Ad@host/x").unwrap();
        let login = login_in(&mut url).unwrap();
        assert_eq!(login, format!("Basic {}", STANDARD.encode("a@b:c:d")));
        assert_eq!(url.as_str(), "http://host/x");
        assert_eq!(login_in(&mut url), None);
    }

    #[test]
    fn the_own_server_alone_is_told_the_password() {
        let target = Target::of(Url::parse("http://a:b@host/x").unwrap());
        let login = target.login.clone();
        assert!(login.is_some());
        for (place, knows) in [
            ("/y", true),
            ("http://host/y", true),
            ("http://host:81/y", false),
            ("https://host/y", false),
            ("http://other/y", false),
        ] {
            let next = target.redirected(place).unwrap();
            assert_eq!(next.login, login.clone().filter(|_| knows), "{place}");
        }
        let other = target.redirected("http://c:d@other/y").unwrap();
        assert!(other.login.is_some_and(|other| Some(other) != login));
        assert_eq!(other.url.as_str(), "http://other/y");
    }
}
