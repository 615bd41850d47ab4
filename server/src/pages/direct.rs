//! `/f`: direct links.

use super::redirect;
use crate::api::{ApiError, address};
use crate::http::correlation::CorrelationId;
use crate::services::Services;
use drive::blob::LinkError;
use drive::error::FileError;
use poem::http::header::CACHE_CONTROL;
use poem::http::{HeaderValue, Method, StatusCode};
use poem::web::{Data, Path};
use poem::{Endpoint, EndpointExt, IntoResponse, Request, Response, Result, handler};
use std::sync::Arc;

/// Errors as their readers expect them: what is not there is a real 404.
pub fn with_errors<E: Endpoint + 'static>(endpoint: E) -> impl Endpoint {
    endpoint.around(|inner, request| async move {
        let correlation = CorrelationId::of(&request);
        Ok(match inner.call(request).await {
            Ok(response) => response.into_response(),
            Err(error) => match error.downcast_ref::<ApiError>() {
                Some(error) => dressed(error, correlation),
                None => error.into_response(),
            },
        })
    })
}

fn dressed(error: &ApiError, correlation: CorrelationId) -> Response {
    let mut response = error.answer(correlation);
    if matches!(error, ApiError::File(FileError::Link(LinkError::Gone))) {
        response.set_status(StatusCode::NOT_FOUND);
    }
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    response
}

/// Sends to the content, to be shown.
#[handler]
pub async fn show(
    request: &Request,
    services: Data<&Arc<Services>>,
    Path((id, name)): Path<(String, String)>,
) -> Result<Response> {
    visit(request, services.0, &id, &name, false).await
}

/// Sends to the content, to be saved.
#[handler]
pub async fn save(
    request: &Request,
    services: Data<&Arc<Services>>,
    Path((id, name)): Path<(String, String)>,
) -> Result<Response> {
    visit(request, services.0, &id, &name, true).await
}

async fn visit(
    request: &Request,
    services: &Services,
    id: &str,
    name: &str,
    download: bool,
) -> Result<Response> {
    let counts = request.method() != Method::HEAD;
    let links = &services.direct_links;
    let visit = links.visit(id, name, download, counts).await;
    let visit = visit.map_err(ApiError::from)?;
    // Below this site, or of whoever stands before it.
    let site = match visit.to.proxy {
        Some(_) => address::site(request, &services.core.settings()),
        None => String::new(),
    };
    let target = HeaderValue::from_str(&visit.to.at(&site))
        .map_err(|_| ApiError::Internal("a bad redirect"))?;
    let mut response = redirect(target);
    let rule = format!("public, max-age={}", visit.max_age_secs);
    if let Ok(rule) = HeaderValue::from_str(&rule) {
        response.headers_mut().insert(CACHE_CONTROL, rule);
    }
    Ok(response)
}
