//! Who asks and under which id the log speaks of it.

use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use poem::http::HeaderMap;
use poem::{Endpoint, IntoResponse, Middleware, Request, Response, Result};
use tracing::Instrument;
use uuid::Uuid;

/// A client may choose the id of its request with this header (V4 API).
const HEADER: &str = "x-cr-correlation-id";

/// The id one request has in answers and logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CorrelationId(pub Uuid);

impl CorrelationId {
    /// The id the [`Correlate`] middleware gave a request; a new one if it did not run.
    pub fn of(request: &Request) -> Self {
        request
            .data()
            .copied()
            .unwrap_or_else(|| Self(Uuid::new_v4()))
    }
}

/// Middleware that gives each request its [`CorrelationId`] (as request data) and a tracing span
/// with method, path, id, status and duration.
///
/// The span holds the path alone, without the secrets in it ([`shown`]): queries carry signatures
/// and tokens.
#[derive(Clone, Copy, Debug, Default)]
pub struct Correlate;

impl<E: Endpoint> Middleware<E> for Correlate {
    type Output = CorrelateEndpoint<E>;

    fn transform(&self, inner: E) -> Self::Output {
        CorrelateEndpoint { inner }
    }
}

/// What [`Correlate`] makes of an endpoint.
#[derive(Debug)]
pub struct CorrelateEndpoint<E> {
    inner: E,
}

impl<E: Endpoint> Endpoint for CorrelateEndpoint<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> Result<Response> {
        let id = chosen_by_client(&request).unwrap_or_else(Uuid::new_v4);
        request.set_data(CorrelationId(id));
        let span = tracing::info_span!(
            "request",
            method = %request.method(),
            path = %shown(request.original_uri().path()),
            %id,
            status = tracing::field::Empty,
            ms = tracing::field::Empty,
        );
        let started = Instant::now();
        let answer = self.inner.call(request).instrument(span.clone()).await;
        let answer = answer.map(IntoResponse::into_response);
        let status = answer
            .as_ref()
            .map_or_else(poem::Error::status, Response::status);
        span.record("status", status.as_u16());
        span.record("ms", started.elapsed().as_secs_f64() * 1000.0);
        span.in_scope(|| {
            if status.is_server_error() {
                tracing::warn!("answered");
            } else {
                tracing::debug!("answered");
            }
        });
        answer
    }
}

/// What stands in for a secret.
const HIDDEN: &str = "…";

/// A path as the log may have it: without the password of a share's link, and without the id of
/// an upload session, by which a visitor's upload can be gone on with.
fn shown(path: &str) -> Cow<'_, str> {
    if let Some((id, password)) = path
        .strip_prefix("/s/")
        .and_then(|rest| rest.split_once('/'))
        && !password.is_empty()
    {
        return Cow::Owned(format!("/s/{id}/{HIDDEN}"));
    }
    match path.split_once("/file/upload/") {
        Some((before, rest)) => {
            let after = rest.find('/').map_or("", |at| &rest[at..]);
            Cow::Owned(format!("{before}/file/upload/{HIDDEN}{after}"))
        }
        None => Cow::Borrowed(path),
    }
}

fn chosen_by_client(request: &Request) -> Option<Uuid> {
    Uuid::parse_str(request.header(HEADER)?.trim()).ok()
}

/// The address of the client, `None` if it is not connected over IP.
///
/// With `proxy_header` set, the first item of that header counts, from any peer: whoever sets it
/// promises that a proxy in front overwrites what clients send (V4 configuration `ProxyHeader`).
/// Without it, `X-Forwarded-For` and `X-Real-IP` count only from a peer on this machine or in a
/// private network, where proxies live, so that nobody on the internet can choose the address
/// that rate limits see; of a forwarding chain the last public address counts. Otherwise, or if
/// the headers hold no address, it is the peer itself.
pub fn client_ip(request: &Request, proxy_header: Option<&str>) -> Option<IpAddr> {
    let peer = request
        .remote_addr()
        .as_socket_addr()
        .map(|peer| peer.ip().to_canonical());
    let headers = request.headers();
    let told = match proxy_header {
        Some(name) => addresses(headers, name).next(),
        None if peer.is_none_or(is_private) => forwarded(headers),
        None => None,
    };
    told.or(peer)
}

fn forwarded(headers: &HeaderMap) -> Option<IpAddr> {
    let chain: Vec<IpAddr> = addresses(headers, "x-forwarded-for").collect();
    let public = chain.iter().rev().find(|ip| !is_private(**ip));
    public
        .or(chain.first())
        .copied()
        .or_else(|| addresses(headers, "x-real-ip").next())
}

/// The addresses in a list header; items that are none are left out.
fn addresses<'a>(headers: &'a HeaderMap, name: &'a str) -> impl Iterator<Item = IpAddr> + 'a {
    let values = headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok());
    values
        .flat_map(|value| value.split(','))
        .filter_map(|item| {
            let item = item.trim();
            let ip = item.parse().ok();
            let with_port = || item.parse::<SocketAddr>().ok().map(|addr| addr.ip());
            ip.or_else(with_port).map(|ip: IpAddr| ip.to_canonical())
        })
}

fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use poem::web::RemoteAddr;
    use poem::{Addr, EndpointExt, handler};

    use super::*;

    #[handler]
    fn id(request: &Request) -> String {
        CorrelationId::of(request).0.to_string()
    }

    async fn given(header: &str) -> String {
        let request = Request::builder().header(HEADER, header).finish();
        let response = id.with(Correlate).call(request).await.unwrap();
        response.into_body().into_string().await.unwrap()
    }

    #[tokio::test]
    async fn a_client_may_choose_its_id_if_it_is_one() {
        let chosen = "3b0f3f52-53b4-4f5e-9f8e-5a5e1b1f8a11";
        assert_eq!(given(chosen).await, chosen);
        let made = Uuid::parse_str(&given("drop tables").await).unwrap();
        assert_eq!(made.get_version_num(), 4);
    }

    #[test]
    fn the_log_has_no_secrets_of_paths() {
        for (path, expected) in [
            ("/s/9xB/k3w8q2pd", "/s/9xB/…"),
            ("/s/9xB/k3w8/q2pd", "/s/9xB/…"),
            ("/s/9xB", "/s/9xB"),
            ("/s/9xB/", "/s/9xB/"),
            ("/api/v4/file/upload/5f0c2a34/7", "/api/v4/file/upload/…/7"),
            ("/api/v4/file/upload/5f0c2a34", "/api/v4/file/upload/…"),
            ("/api/v4/file/upload", "/api/v4/file/upload"),
            ("/api/v4/share/info/9xB", "/api/v4/share/info/9xB"),
        ] {
            assert_eq!(shown(path), expected);
        }
    }

    fn from(peer: &str, headers: &[(&'static str, &str)]) -> Request {
        let peer: SocketAddr = format!("{peer}:9").parse().unwrap();
        let (mut parts, body) = poem::http::Request::new(()).into_parts();
        for (name, value) in headers {
            parts.headers.append(*name, value.parse().unwrap());
        }
        let addr = Addr::SocketAddr(peer);
        let scheme = poem::http::uri::Scheme::HTTP;
        let parts = (
            parts,
            poem::web::LocalAddr(addr.clone()),
            RemoteAddr(addr),
            scheme,
        )
            .into();
        Request::from_parts(parts, body.into())
    }

    fn seen(request: &Request, proxy_header: Option<&str>) -> String {
        client_ip(request, proxy_header).unwrap().to_string()
    }

    #[test]
    fn strangers_cannot_choose_their_address() {
        let request = from("198.51.100.7", &[("x-forwarded-for", "203.0.113.1")]);
        assert_eq!(seen(&request, None), "198.51.100.7");
    }

    #[test]
    fn a_proxy_nearby_is_believed() {
        let chain = [("x-forwarded-for", "203.0.113.9, 198.51.100.7, 10.0.0.2")];
        assert_eq!(seen(&from("127.0.0.1", &chain), None), "198.51.100.7");
        let real = [("x-real-ip", "2001:db8::1")];
        assert_eq!(seen(&from("172.18.0.1", &real), None), "2001:db8::1");
        let inside = [("x-forwarded-for", "192.168.1.5")];
        assert_eq!(
            seen(&from("[::ffff:10.0.0.1]", &inside), None),
            "192.168.1.5"
        );
        assert_eq!(seen(&from("10.0.0.1", &[]), None), "10.0.0.1");
    }

    #[test]
    fn a_configured_header_decides_by_its_first_item() {
        let headers = [
            ("cf-connecting-ip", "203.0.113.9:443, 1.2.3.4"),
            ("x-real-ip", "9.9.9.9"),
        ];
        let request = from("198.51.100.7", &headers);
        assert_eq!(seen(&request, Some("CF-Connecting-IP")), "203.0.113.9");
        assert_eq!(seen(&request, Some("x-absent")), "198.51.100.7");
    }
}
