//! `/.well-known`: how other software finds its way to the provider of identities.

use crate::api::{ApiError, site_url};
use crate::services::Services;
use poem::http::StatusCode;
use poem::http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS,
};
use poem::web::Data;
use poem::{Request, Response, handler};
use serde_json::Value;
use std::sync::Arc;

/// OpenID Connect Discovery §4.
#[handler]
pub fn openid(request: &Request, services: Data<&Arc<Services>>) -> Response {
    let live = services.core.settings();
    answer(&services.oauth.discovery(&site_url(request, &live)))
}

/// The public keys that identity tokens are signed with (RFC 7517 §5).
#[handler]
pub async fn key_set(services: Data<&Arc<Services>>) -> Response {
    match services.oauth.key_set().await {
        Ok(keys) => answer(&keys),
        Err(error) => {
            tracing::error!(error = %ApiError::from(error), "no signing keys");
            StatusCode::INTERNAL_SERVER_ERROR.into()
        }
    }
}

/// Public, and the same for scripts of any origin.
fn answer(json: &Value) -> Response {
    Response::builder()
        .header(CONTENT_TYPE, "application/json; charset=utf-8")
        .header(X_CONTENT_TYPE_OPTIONS, "nosniff")
        .header(CACHE_CONTROL, "public, max-age=300")
        .header(ACCESS_CONTROL_ALLOW_ORIGIN, "*")
        .body(json.to_string())
}
