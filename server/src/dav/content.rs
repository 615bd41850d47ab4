//! GET and HEAD: the content answers of the whole server, with what WebDAV clients expect beside.

use super::dav_request::DavRequest;
use super::metadata::etag;
use super::times;
use crate::api::file::content::{nothing, source};
use crate::http::content::{Content, ContentSource, respond};
use crate::http::range::ETag;
use drive::error::FileError;
use entity::{Timestamp, file};
use poem::http::header::{
    ETAG, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_UNMODIFIED_SINCE, LAST_MODIFIED,
};
use poem::http::{HeaderMap, HeaderValue, Method, StatusCode};
use poem::{Request, Response};
use std::num::NonZeroU64;
use std::sync::Arc;

pub async fn answer(dav_request: &Arc<DavRequest>, request: &Request) -> Response {
    let found = match dav_request
        .dav()
        .find(&dav_request.actor, &dav_request.uri())
        .await
    {
        Ok(found) if found.is_folder() => return folder(request, &found.file),
        Ok(found) => found,
        Err(error) => return Response::from(dav_request.status_of(&error)),
    };
    let response = match content(dav_request, &found.file).await {
        Ok(content) => match by_date(request, found.file.updated_at) {
            Some(status) => {
                let mut response = Response::from(status);
                response.headers_mut().extend(content.headers);
                response.headers_mut().insert(ETAG, content.etag.header());
                response
            }
            None => respond(request, content).await,
        },
        Err(error) => Response::from(dav_request.status_of(&error)),
    };
    if response.status().is_success() && request.method() != Method::HEAD {
        // Bytes are about to go out.
        let counted = dav_request
            .dav()
            .count_download(&dav_request.actor, &found)
            .await;
        if let Err(error) = counted {
            return Response::from(dav_request.status_of(&error));
        }
    }
    response
}

/// There is nothing to get of a folder. Many clients ask with HEAD whether it is there, though
/// (Sardine and dav4jvm, which Android's apps use), and take anything but success for a failure.
fn folder(request: &Request, file: &file::Model) -> Response {
    if request.method() != Method::HEAD {
        return Response::from(StatusCode::METHOD_NOT_ALLOWED);
    }
    let mut response = Response::from(StatusCode::OK);
    *response.headers_mut() = dated(file);
    response
}

async fn content(dav_request: &DavRequest, file: &file::Model) -> Result<Content, FileError> {
    let (source, size_bytes) = match file.current_blob_id {
        None => (ContentSource::Stream(Arc::new(|_| nothing())), 0),
        Some(id) => {
            let blob = dav_request.services.blobs.get(id).await?;
            (source(&blob), blob.size_bytes)
        }
    };
    let settings = dav_request.services.core.settings();
    let content_type = HeaderValue::from_str(settings.files.mime.content_type(&file.name))
        .unwrap_or(HeaderValue::from_static("application/octet-stream"));
    let tag = ETag::strong(&etag(dav_request, file));
    Ok(Content {
        headers: dated(file),
        speed_limit: NonZeroU64::new(dav_request.actor.group().speed_limit.max(0) as u64),
        ..Content::new(source, size_bytes, tag, content_type)
    })
}

fn dated(file: &file::Model) -> HeaderMap {
    let mut date = String::new();
    times::http_date(&mut date, file.updated_at);
    let mut headers = HeaderMap::new();
    if let Ok(date) = HeaderValue::try_from(date) {
        headers.insert(LAST_MODIFIED, date);
    }
    headers
}

/// Clients without our tag may still know the time (RFC 9110 §13.1.3, §13.1.4): 412 or 304, if it
/// decides. An earlier time is another one: clients set times, and what replaced a file may well
/// be older than it.
fn by_date(request: &Request, modified: Timestamp) -> Option<StatusCode> {
    let known = |name| {
        let known = request.header(name).and_then(times::parse);
        known.map(|known: Timestamp| known.unix_secs())
    };
    let modified = modified.unix_secs();
    if request.header(IF_MATCH).is_some() {
        return None;
    }
    if known(IF_UNMODIFIED_SINCE).is_some_and(|known| modified > known) {
        return Some(StatusCode::PRECONDITION_FAILED);
    }
    let is_unchanged = request.header(IF_NONE_MATCH).is_none()
        && known(IF_MODIFIED_SINCE).is_some_and(|known| modified == known);
    is_unchanged.then_some(StatusCode::NOT_MODIFIED)
}
