//! Asking other servers, without being sent into one's own network.
//!
//! Names are resolved here, and addresses of this machine and of private networks count as
//! unknown, unless an operator named that very host in a setting. Redirects are not followed, and
//! answers are read up to a limit.

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Client, RequestBuilder};
use serde::de::DeserializeOwned;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use url::{Host, Url};

/// From asking to the end of the answer.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Longest answer read.
const MAX_ANSWER_BYTES: usize = 1 << 20;

/// Who chose the host that is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// An operator, in a setting: it may be anywhere.
    Operator,
    /// The program, or somebody who uses it: it must be on the public internet.
    Nobody,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    #[error("{0} is not on the public internet")]
    Private(String),
    #[error("no client: {0}")]
    Client(String),
    #[error(transparent)]
    Http(#[from] reqwest::Error),
    #[error("the answer has status {0}")]
    Status(u16),
    #[error("the answer is longer than {MAX_ANSWER_BYTES} bytes")]
    TooLong,
    #[error("the answer makes no sense: {0}")]
    Garbled(#[from] serde_json::Error),
}

/// Asks. Clients are made when first needed.
#[derive(Debug, Default)]
pub struct Fetch {
    wary: OnceLock<Client>,
    trusting: OnceLock<Client>,
}

impl Fetch {
    /// Posts to `url` what `body` adds, and reads the JSON that comes back.
    /// # Errors
    /// [`FetchError`]
    pub async fn post_json<T: DeserializeOwned>(
        &self,
        url: &Url,
        trust: Trust,
        body: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> Result<T, FetchError> {
        let client = self.client(url, trust)?;
        let mut answer = body(client.post(url.clone())).send().await?;
        if !answer.status().is_success() {
            return Err(FetchError::Status(answer.status().as_u16()));
        }
        let mut bytes = Vec::new();
        while let Some(piece) = answer.chunk().await? {
            bytes.extend_from_slice(&piece);
            if bytes.len() > MAX_ANSWER_BYTES {
                return Err(FetchError::TooLong);
            }
        }
        Ok(serde_json::from_slice(&bytes)?)
    }

    fn client(&self, url: &Url, trust: Trust) -> Result<&Client, FetchError> {
        let place = match trust {
            Trust::Operator => &self.trusting,
            Trust::Nobody => {
                // Addresses in a URL are never resolved.
                let literal = match url.host() {
                    Some(Host::Ipv4(ip)) => Some(IpAddr::V4(ip)),
                    Some(Host::Ipv6(ip)) => Some(IpAddr::V6(ip)),
                    Some(Host::Domain(_)) | None => None,
                };
                if literal.is_some_and(|ip| !is_public(ip)) {
                    return Err(FetchError::Private(
                        url.host_str().unwrap_or_default().to_owned(),
                    ));
                }
                &self.wary
            }
        };
        if let Some(client) = place.get() {
            return Ok(client);
        }
        let client = build(trust).map_err(|error| FetchError::Client(error.to_string()))?;
        Ok(place.get_or_init(|| client))
    }
}

fn build(trust: Trust) -> reqwest::Result<Client> {
    let builder = Client::builder()
        .user_agent("Alcove")
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(TIMEOUT);
    match trust {
        Trust::Operator => builder,
        Trust::Nobody => builder.dns_resolver(Arc::new(PublicOnly)),
    }
    .build()
}

/// Resolves names to public addresses only.
#[derive(Debug)]
struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|found| is_public(found.ip())).collect();
            if public.is_empty() {
                return Err(FetchError::Private(name.as_str().to_owned()).into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

/// Whether an address can be anybody's on the internet (IANA special-purpose registries).
fn is_public(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let special = ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_documentation()
        || ip.is_multicast()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (18..20).contains(&b));
    !special
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let segments = ip.segments();
    // Only global unicast; not what carries an IPv4 address inside, nor documentation.
    let global = segments[0] & 0xe000 == 0x2000;
    let tunnel = segments[0] == 0x2002 || (segments[0] == 0x2001 && segments[1] == 0);
    let documentation = segments[0] == 0x2001 && segments[1] == 0x0db8;
    global && !tunnel && !documentation
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_the_internet_is_public() {
        for public in [
            "1.1.1.1",
            "203.0.114.1",
            "100.63.0.1",
            "2606:4700::1111",
            "2001:4860::8",
        ] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
        for private in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "192.0.0.1",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001:db8::1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
    }

    #[tokio::test]
    async fn what_nobody_vouches_for_is_not_asked_in_private() {
        let fetch = Fetch::default();
        // Nobody listens on port 1: it is refused before anything is sent.
        for url in [
            "http://127.0.0.1:1/",
            "http://[::1]:1/",
            "http://localhost:1/",
        ] {
            let url = Url::parse(url).unwrap();
            let answer: Result<serde_json::Value, _> = fetch
                .post_json(&url, Trust::Nobody, |request| request)
                .await;
            let why = format!("{:?}", answer.unwrap_err());
            assert!(why.contains("Private"), "{url}: {why}");
        }
    }
}
