//! Open cross-origin access for content routes: their addresses are signed, so any page that
//! holds one may read it.

use poem::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, HeaderMap,
};
use poem::http::{HeaderValue, Method, StatusCode};
use poem::{Endpoint, Middleware, Request, Response, Result};

/// Puts the open CORS headers (V4 API, content routes) on an answer.
pub fn open_to_all_origins(headers: &mut HeaderMap) {
    let rules = [
        (ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD, OPTIONS"),
        (
            ACCESS_CONTROL_ALLOW_HEADERS,
            "Range, If-Range, Authorization, Content-Type",
        ),
        (
            ACCESS_CONTROL_EXPOSE_HEADERS,
            "Content-Range, Accept-Ranges, Content-Length, Content-Disposition, ETag",
        ),
    ];
    for (name, value) in rules {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

/// Middleware for content routes: every answer, errors included, gets the open CORS headers, and
/// OPTIONS is answered with 204 without reaching the route.
///
/// Errors become answers here, so put it outside whatever dresses them.
#[derive(Clone, Copy, Debug, Default)]
pub struct OpenCors;

impl<E: Endpoint> Middleware<E> for OpenCors {
    type Output = OpenCorsEndpoint<E>;

    fn transform(&self, inner: E) -> Self::Output {
        OpenCorsEndpoint { inner }
    }
}

/// What [`OpenCors`] makes of an endpoint.
#[derive(Debug)]
pub struct OpenCorsEndpoint<E> {
    inner: E,
}

impl<E: Endpoint> Endpoint for OpenCorsEndpoint<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let mut response = if request.method() == Method::OPTIONS {
            let mut preflight = Response::from(StatusCode::NO_CONTENT);
            preflight
                .headers_mut()
                .insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
            preflight
        } else {
            self.inner.get_response(request).await
        };
        open_to_all_origins(response.headers_mut());
        Ok(response)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use poem::{EndpointExt, Route, get, handler};

    use super::*;

    #[handler]
    fn missing() -> Result<&'static str> {
        Err(poem::error::NotFoundError.into())
    }

    fn request(method: Method) -> Request {
        Request::builder().method(method).uri_str("/c").finish()
    }

    #[tokio::test]
    async fn preflight_is_answered_without_the_route() {
        let app = Route::new().at("/c", get(missing)).with(OpenCors);
        let response = app.get_response(request(Method::OPTIONS)).await;
        assert_eq!(response.status(), StatusCode::NO_CONTENT);
        let methods = response.header("access-control-allow-methods").unwrap();
        assert_eq!(methods, "GET, HEAD, OPTIONS");
    }

    #[tokio::test]
    async fn errors_are_readable_across_origins_too() {
        let app = Route::new().at("/c", get(missing)).with(OpenCors);
        let response = app.get_response(request(Method::GET)).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
        assert_eq!(response.header("access-control-allow-origin"), Some("*"));
        assert!(
            response
                .header("access-control-expose-headers")
                .unwrap()
                .contains("ETag")
        );
    }
}
