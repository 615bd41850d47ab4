//! Faces over HTTP.

use crate::api::{ApiError, Picture, Raw};
use crate::http::ByteStream;
use crate::http::content::{Content, ContentSource, respond};
use crate::http::range::ETag;
use crate::services::Services;
use bytes::Bytes;
use entity::UserId;
use futures_util::{FutureExt as _, StreamExt as _, stream};
use identity::account::AccountError;
use identity::account::avatar::Avatar;
use md5::{Digest as _, Md5};
use poem::http::{HeaderValue, StatusCode};
use poem::{Request, Response};
use std::future::ready;
use std::ops::Range;
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

/// The picture, or 404 without a body: clients then draw initials. Nobody is sent elsewhere for it:
/// the address there would tell everybody the mail address, by its hash.
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
        Avatar::Gravatar(face) => {
            let tag = ETag::strong(
                &Md5::digest(&face)
                    .iter()
                    .fold(String::new(), |tag, byte| format!("{tag}{byte:02x}")),
            );
            picture(
                services,
                request,
                no_cache,
                (held(&face), face.len() as u64, tag),
            )
            .await
        }
        Avatar::File {
            file,
            size_bytes,
            version,
        } => {
            let source = ContentSource::File(Arc::new(file));
            let tag = ETag::strong(&version);
            picture(services, request, no_cache, (source, size_bytes, tag)).await
        }
    }))
}

async fn picture(
    services: &Services,
    request: &Request,
    no_cache: bool,
    (source, size_bytes, tag): (ContentSource, u64, ETag),
) -> Response {
    let kind = HeaderValue::from_static("image/png");
    let mut content = Content::new(source, size_bytes, tag, kind);
    content.cache_control = if no_cache { None } else { kept(services) };
    respond(request, content).await
}

/// Bytes in memory as a source.
fn held(bytes: &Bytes) -> ContentSource {
    let bytes = bytes.clone();
    ContentSource::Stream(Arc::new(move |range: Range<u64>| {
        let piece = usize::try_from(range.start)
            .ok()
            .zip(usize::try_from(range.end).ok());
        let piece = piece.map_or_else(Bytes::new, |(start, end)| bytes.slice(start..end));
        let stream: ByteStream = stream::iter([Ok(piece)]).boxed();
        ready(Ok(stream)).boxed()
    }))
}
