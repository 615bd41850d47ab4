//! What browsers ask for outside the API.

use crate::services::Services;
use drive::settings::manifest;
use poem::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use poem::web::Data;
use poem::{Response, handler};
use std::sync::Arc;

/// The web manifest (V4 API, static files); the desktop client reads name and icon from it.
#[handler]
pub fn web_manifest(services: Data<&Arc<Services>>) -> Response {
    let manifest = manifest(&services.core.settings().settings);
    let json = serde_json::to_vec(&manifest).expect("a manifest is text");
    Response::builder()
        .header(CONTENT_TYPE, "application/json; charset=utf-8")
        .header(CACHE_CONTROL, "public, no-cache")
        .body(json)
}
