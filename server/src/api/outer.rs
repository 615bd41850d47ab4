//! The outermost layer of the API: failures get their envelope, answers their cache rule.

use super::binding::{Rejected, rejected};
use super::error::ApiError;
use crate::http::correlation::CorrelationId;
use poem::http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use poem::http::{HeaderValue, StatusCode};
use poem::{Endpoint, Error, IntoResponse, Middleware, Request, Response, Result};

/// What answers of the API are unless they say otherwise (V4 API, caching).
const NOT_KEPT: HeaderValue = HeaderValue::from_static("private, no-cache");

/// No browser takes an answer for something else than it says to be.
const NOT_GUESSED: HeaderValue = HeaderValue::from_static("nosniff");

/// Middleware around the whole API.
#[derive(Clone, Copy, Debug)]
pub struct Outer;

impl<E: Endpoint> Middleware<E> for Outer {
    type Output = OuterEndpoint<E>;

    fn transform(&self, inner: E) -> Self::Output {
        OuterEndpoint { inner }
    }
}

/// What [`Outer`] makes of an endpoint.
#[derive(Debug)]
pub struct OuterEndpoint<E> {
    inner: E,
}

impl<E: Endpoint> Endpoint for OuterEndpoint<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let correlation = CorrelationId::of(&request);
        let mut response = match self.inner.call(request).await {
            Ok(response) => response.into_response(),
            Err(error) => dressed(error, correlation),
        };
        response
            .headers_mut()
            .entry(CACHE_CONTROL)
            .or_insert(NOT_KEPT);
        let headers = response.headers_mut();
        headers.entry(X_CONTENT_TYPE_OPTIONS).or_insert(NOT_GUESSED);
        Ok(response)
    }
}

fn dressed(error: Error, correlation: CorrelationId) -> Response {
    if let Some(error) = error.downcast_ref::<ApiError>() {
        return error.answer(correlation);
    }
    match rejected(&error) {
        Some(Rejected::NoRoute) => no_route(),
        Some(Rejected::Because(reason)) => {
            tracing::debug!(%error, "request of the wrong form");
            reason.answer(correlation)
        }
        None => error.into_response(),
    }
}

/// What unknown routes and wrong methods answer (V4 API).
pub fn no_route() -> Response {
    Response::builder()
        .status(StatusCode::NOT_FOUND)
        .header(CONTENT_TYPE, "text/plain")
        .header(X_CONTENT_TYPE_OPTIONS, NOT_GUESSED)
        .body("404 page not found")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use poem::error::NotFoundError;
    use poem::{EndpointExt, Route, get, handler};

    #[handler]
    fn refused() -> Result<()> {
        Err(ApiError::LoginRequired.into())
    }

    #[handler]
    fn missing() -> Result<()> {
        Err(NotFoundError.into())
    }

    #[handler]
    fn kept() -> Response {
        Response::builder()
            .header(CACHE_CONTROL, "public, max-age=1")
            .finish()
    }

    async fn answer(path: &str) -> Response {
        let app = Route::new()
            .at("/refused", get(refused))
            .at("/missing", get(missing))
            .at("/kept", get(kept));
        app.with(Outer)
            .call(Request::builder().uri_str(path).finish())
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn failures_are_envelopes_with_status_200() {
        let response = answer("/refused").await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.header("cache-control"), Some("private, no-cache"));
        let body = response.into_body().into_string().await.unwrap();
        assert!(body.starts_with(r#"{"code":401,"#), "{body}");
        assert!(body.contains("correlation_id"), "{body}");
    }

    #[tokio::test]
    async fn unknown_routes_are_plain_404s() {
        for path in ["/missing", "/nowhere"] {
            let response = answer(path).await;
            assert_eq!(response.status(), StatusCode::NOT_FOUND);
            assert_eq!(
                response.into_body().into_string().await.unwrap(),
                "404 page not found"
            );
        }
    }

    #[tokio::test]
    async fn a_handler_may_have_its_own_cache_rule() {
        assert_eq!(
            answer("/kept").await.header("cache-control"),
            Some("public, max-age=1")
        );
    }
}
