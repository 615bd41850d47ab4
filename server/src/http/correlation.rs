//! Under which id the log speaks of a request.

use std::borrow::Cow;
use std::time::Instant;

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

/// A path as the log may have it: without the password of a share's link, without the secret of a
/// callback, and without the id of an upload session, by which a visitor's upload can be gone on
/// with.
fn shown(path: &str) -> Cow<'_, str> {
    if let Some((id, password)) = path
        .strip_prefix("/s/")
        .and_then(|rest| rest.split_once('/'))
        && !password.is_empty()
    {
        return Cow::Owned(format!("/s/{id}/{HIDDEN}"));
    }
    if let Some((before, rest)) = path.split_once("/callback/") {
        let kind = rest.split('/').next().unwrap_or_default();
        return Cow::Owned(format!("{before}/callback/{kind}/{HIDDEN}"));
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use poem::{EndpointExt, handler};

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
            ("/api/v4/callback/s3/5f0c2a34/k3w8", "/api/v4/callback/s3/…"),
            ("/api/v4/share/info/9xB", "/api/v4/share/info/9xB"),
        ] {
            assert_eq!(shown(path), expected);
        }
    }
}
