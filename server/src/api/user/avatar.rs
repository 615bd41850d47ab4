//! Faces over HTTP.

use crate::api::{ApiError, Picture, Raw};
use crate::http::content::{Content, ContentSource, respond};
use crate::http::range::ETag;
use crate::services::Services;
use drive::account::AccountError;
use drive::account::avatar::Avatar;
use entity::UserId;
use poem::http::header::LOCATION;
use poem::http::{HeaderValue, StatusCode};
use poem::{Request, Response};
use std::sync::Arc;

/// How long a face may be kept, in seconds (V4 API, setting `public_resource_maxage`).
fn kept(services: &Services) -> Option<HeaderValue> {
    let secs = services
        .core
        .settings()
        .settings
        .files
        .public_max_age
        .as_secs();
    HeaderValue::try_from(format!("public, max-age={secs}")).ok()
}

/// The picture, a redirect to it, or 404 without a body: clients then draw initials.
pub async fn answer(
    services: &Services,
    request: &Request,
    id: UserId,
    no_cache: bool,
) -> Result<Raw<Picture>, ApiError> {
    let avatar = services
        .accounts
        .avatar(id)
        .await
        .map_err(|error| match error {
            AccountError::NotFound => ApiError::UserNotFound,
            error => error.into(),
        })?;
    Ok(Raw::new(match avatar {
        Avatar::None => StatusCode::NOT_FOUND.into(),
        Avatar::Gravatar(url) => Response::builder()
            .status(StatusCode::FOUND)
            .header(LOCATION, url)
            .finish(),
        Avatar::File {
            file,
            size_bytes,
            version,
        } => {
            let source = ContentSource::File(Arc::new(file));
            let kind = HeaderValue::from_static("image/png");
            let mut content = Content::new(source, size_bytes, ETag::strong(&version), kind);
            content.cache_control = if no_cache { None } else { kept(services) };
            respond(request, content).await
        }
    }))
}
