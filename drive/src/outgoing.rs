//! Requests to addresses that others named: they never reach this machine or its neighbours,
//! unless an operator configured that host (server-side request forgery).
//!
//! Addresses are judged after names are resolved, by the resolver that the connection uses, so a
//! name cannot point elsewhere between check and use. Redirects are not followed.

use futures_util::StreamExt as _;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use url::{Host, Url};

/// How long an answer may take, and to connect.
const TIMEOUT: Duration = Duration::from_secs(10);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Longest answer read.
const MAX_ANSWER_BYTES: usize = 1 << 20;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum OutgoingError {
    #[error("{0} is not an address that may be asked")]
    Refused(String),
    #[error("the answer is longer than {MAX_ANSWER_BYTES} bytes")]
    TooLong,
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
            .dns_resolver(resolver)
            .redirect(reqwest::redirect::Policy::none())
            // A proxy would resolve names by itself.
            .no_proxy()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            .build()?;
        Ok(Self { client, trusted })
    }

    /// Sends a request and reads the whole answer, whatever its status.
    /// # Errors
    /// [`OutgoingError`]
    pub async fn send(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> Result<http::Response<Vec<u8>>, OutgoingError> {
        let request = reqwest::Request::try_from(request)?;
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

/// Whether an address belongs to the internet at large (IANA special-purpose registries).
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = matches!(
        (a, b, c),
        (0 | 10 | 127 | 224..=255, _, _)
            | (100, 64..=127, _)
            | (169, 254, _)
            | (172, 16..=31, _)
            | (192, 0, 0 | 2)
            | (192, 88, 99)
            | (192, 168, _)
            | (198, 18..=19, _)
            | (198, 51, 100)
            | (203, 0, 113)
    );
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(inner) = address.to_ipv4_mapped() {
        return is_public_v4(inner);
    }
    let segments = address.segments();
    let inner = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match segments {
        // Translated (RFC 6052) and 6to4 (RFC 3056): what is inside counts.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => inner(high, low),
        // Teredo, documentation, benchmarking.
        [0x2001, 0 | 0x2 | 0xdb8, ..] => false,
        // All that is handed out is in 2000::/3.
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn neighbours_are_not_the_internet() {
        for address in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "198.18.0.1",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001:db8::1",
            "::7f00:1",
        ] {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
        for address in [
            "1.1.1.1",
            "172.32.0.1",
            "100.128.0.1",
            "2606:4700::1111",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
        ] {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
    }

    async fn ask(trusted: &[&str], url: &str) -> Result<u16, OutgoingError> {
        let outgoing = Outgoing::trusting(trusted.iter().map(ToString::to_string)).unwrap();
        let request = http::Request::get(url).body(Vec::new()).unwrap();
        Ok(outgoing.send(request).await?.status().as_u16())
    }

    #[tokio::test]
    async fn only_hosts_that_are_trusted_may_be_near() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = tokio::spawn(async move {
            use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
            let mut served = 0;
            while let Ok((mut socket, _)) = listener.accept().await {
                served += 1;
                // A request without a body fits one packet.
                let _ = socket.read(&mut [0; 4096]).await;
                let answer = b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n";
                let _ = socket.write_all(answer).await;
                if served == 2 {
                    break;
                }
            }
        });
        for host in [
            "127.0.0.1",
            "localhost",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "2130706433",
        ] {
            let refused = ask(&[], &format!("http://{host}:{port}/")).await;
            assert!(refused.is_err(), "{host}");
        }
        assert!(ask(&[], "ftp://example.com/").await.is_err());
        assert!(
            ask(&["example.com"], &format!("http://127.0.0.1:{port}/"))
                .await
                .is_err()
        );
        let numbers = ask(&["127.0.0.1"], &format!("http://127.0.0.1:{port}/")).await;
        assert_eq!(numbers.unwrap(), 204);
        let name = ask(&["localhost"], &format!("http://localhost:{port}/")).await;
        assert_eq!(name.unwrap(), 204);
        server.await.unwrap();
    }
}
