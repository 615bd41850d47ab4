//! Requests that the library answers: to it with a clean path and a bounded body, back with the
//! status that says what went wrong.

use super::active_lock::Outlook;
use super::bridge::Bridge;
use super::dav_request::{DavRequest, Verb};
use super::headers::waits;
use super::location::Location;
use super::lock_info;
use super::lock_system::LockSystem;
use super::{PREFIX, xml};
use crate::http::{ByteStream, body, shared_body};
use bytes::Bytes;
use dav_server::DavHandler;
use dav_server::body::BodyType;
use futures_util::{StreamExt, TryStreamExt, stream};
use http_body_util::StreamBody;
use hyper::body::Frame;
use poem::http::header::{CONTENT_LENGTH, CONTENT_LOCATION, HeaderMap};
use poem::http::{HeaderValue, Method, StatusCode, Uri};
use poem::{Body, Request, Response};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Bytes of a refused body that are read away, so that the client sees the answer.
const DRAIN_BYTES: u64 = 64 << 20;

/// Answers everything that is not ours.
pub async fn answer(dav_request: &Arc<DavRequest>, mut request: Request) -> Response {
    let sent = request.take_body();
    let is_root = |location: &Location| location.name().is_none();
    let moves = matches!(dav_request.verb, Verb::Copy | Verb::Move);
    if moves && (is_root(&dav_request.at) || dav_request.to.as_ref().is_some_and(is_root)) {
        return plain(StatusCode::FORBIDDEN);
    }
    if dav_request.verb == Verb::Put {
        let has_begun = Arc::new(AtomicBool::new(!waits(&request)));
        let (feed, rest) = shared_body::shared(body::into_stream(sent));
        let begins = Arc::clone(&has_begun);
        let told = Arc::clone(dav_request);
        let feed = feed.inspect(move |piece| {
            begins.store(true, Ordering::Relaxed);
            // The library takes it for a server behind us that is late.
            if let Err(error) = piece {
                told.refuse(xml::status_of(error));
            }
        });
        let mut response = handle(dav_request, &request, feed.boxed()).await;
        if !response.status().is_success() {
            if has_begun.load(Ordering::Relaxed) {
                body::drain(rest, DRAIN_BYTES).await;
            }
        } else if dav_request.modified.is_some() {
            let accepted = HeaderValue::from_static("accepted");
            response.headers_mut().insert("x-oc-mtime", accepted);
        }
        return response;
    }
    let bytes = match prepared(dav_request.verb, &mut request, sent).await {
        Ok(bytes) => bytes,
        Err(status) => return plain(status),
    };
    let mut response = handle(dav_request, &request, once(bytes)).await;
    if let Some(lock) = dav_request
        .granted()
        .filter(|_| response.status().is_success())
    {
        match Outlook::of(dav_request).await {
            Ok(outlook) => response.set_body(outlook.granted(&lock)),
            Err(error) => return plain(dav_request.status_of(&error)),
        }
    }
    if response.status().is_success() && dav_request.modified.is_some() && dav_request.to.is_some()
    {
        let accepted = HeaderValue::from_static("accepted");
        response.headers_mut().insert("x-oc-mtime", accepted);
    }
    response
}

/// The body of what is no PUT. Locks are asked for, and given back, in our words.
async fn prepared(verb: Verb, request: &mut Request, sent: Body) -> Result<Vec<u8>, StatusCode> {
    let bytes = xml::read_for(verb, sent).await?;
    match verb {
        Verb::Lock if !bytes.is_empty() => lock_info::read(&bytes),
        Verb::Unlock => {
            let token = lock_info::token(request.headers())?;
            request.headers_mut().insert("lock-token", token);
            Ok(bytes)
        }
        _ => Ok(bytes),
    }
}

/// A body of these bytes.
pub fn once(bytes: Vec<u8>) -> ByteStream {
    let pieces = (!bytes.is_empty()).then(|| Ok(Bytes::from(bytes)));
    stream::iter(pieces).boxed()
}

/// Has the library answer.
pub async fn handle(
    dav_request: &Arc<DavRequest>,
    request: &Request,
    body: ByteStream,
) -> Response {
    let principal = dav_request.actor.user_id().map(|id| id.to_string());
    let handler = DavHandler::builder()
        .strip_prefix(PREFIX)
        .filesystem(Box::new(Bridge {
            request: Arc::clone(dav_request),
        }))
        .locksystem(Box::new(LockSystem {
            request: Arc::clone(dav_request),
        }))
        .principal(principal.unwrap_or_default())
        .build_handler();
    let mut rewritten = http::Request::new(StreamBody::new(body.map_ok(Frame::data)));
    *rewritten.method_mut() = request.method().clone();
    *rewritten.uri_mut() =
        Uri::try_from(dav_request.at.href(false)).expect("an encoded path is a URI");
    *rewritten.headers_mut() = headers(dav_request, request);
    let answered = handler.handle(rewritten).await;
    let (parts, body) = answered.into_parts();
    let mut response = Response::from(parts.status);
    if let Some(status) = dav_request.refusal().filter(|_| !parts.status.is_success()) {
        response.set_status(status);
    }
    *response.headers_mut() = parts.headers;
    if response.headers().contains_key(CONTENT_LOCATION) {
        let href = HeaderValue::try_from(dav_request.mount_point.href(&dav_request.at, true));
        let href = href.expect("an encoded path is ASCII");
        response.headers_mut().insert(CONTENT_LOCATION, href);
    }
    response.set_body(match body.inner {
        BodyType::Empty => Body::empty(),
        BodyType::Bytes(bytes) => Body::from_bytes(bytes.unwrap_or_default()),
        BodyType::AsyncStream(_) => Body::from_bytes_stream(body),
    });
    response
}

/// The headers as the library shall see them.
fn headers(dav_request: &DavRequest, request: &Request) -> HeaderMap {
    let mut headers = request.headers().clone();
    // The drive compares it, before anything is seen of the file.
    headers.remove("x-expected-entity-length");
    dav_request.conditions.write(&mut headers);
    if let Some(to) = &dav_request.to {
        let href = HeaderValue::try_from(to.href(false)).expect("an encoded path is ASCII");
        headers.insert("destination", href);
        let overwrite = if dav_request.overwrite { "T" } else { "F" };
        headers.insert("overwrite", HeaderValue::from_static(overwrite));
    }
    if *request.method() == Method::PUT && !headers.contains_key(CONTENT_LENGTH) {
        // Neither a length nor an encoding: there is no body (RFC 9112 §6.3).
        if let Some(0) = body::content_length(request)
            && dav_request.expected_bytes.is_none()
        {
            headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
    }
    headers
}

/// An answer that is only a status.
pub fn plain(status: StatusCode) -> Response {
    let mut response = Response::from(status);
    let none = HeaderValue::from_static("0");
    response.headers_mut().insert(CONTENT_LENGTH, none);
    response
}
