//! Requests that the library answers: to it with a clean path and a bounded body, back with the
//! status that says what went wrong.

use super::active_lock::Outlook;
use super::bridge::Bridge;
use super::headers::waits;
use super::location::Location;
use super::lock_info;
use super::lock_system::LockSystem;
use super::visit::{Verb, Visit};
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
pub async fn answer(visit: &Arc<Visit>, mut request: Request) -> Response {
    let sent = request.take_body();
    let is_root = |location: &Location| location.name().is_none();
    let moves = matches!(visit.verb, Verb::Copy | Verb::Move);
    if moves && (is_root(&visit.at) || visit.to.as_ref().is_some_and(is_root)) {
        return plain(StatusCode::FORBIDDEN);
    }
    if visit.verb == Verb::Put {
        let has_begun = Arc::new(AtomicBool::new(!waits(&request)));
        let (feed, rest) = shared_body::shared(body::into_stream(sent));
        let begins = Arc::clone(&has_begun);
        let told = Arc::clone(visit);
        let feed = feed.inspect(move |piece| {
            begins.store(true, Ordering::Relaxed);
            // The library takes it for a server behind us that is late.
            if let Err(error) = piece {
                told.refuse(xml::status_of(error));
            }
        });
        let mut response = handle(visit, &request, feed.boxed()).await;
        if !response.status().is_success() {
            if has_begun.load(Ordering::Relaxed) {
                body::drain(rest, DRAIN_BYTES).await;
            }
        } else if visit.modified.is_some() {
            let accepted = HeaderValue::from_static("accepted");
            response.headers_mut().insert("x-oc-mtime", accepted);
        }
        return response;
    }
    let bytes = match prepared(visit.verb, &mut request, sent).await {
        Ok(bytes) => bytes,
        Err(status) => return plain(status),
    };
    let mut response = handle(visit, &request, once(bytes)).await;
    if let Some(lock) = visit.granted().filter(|_| response.status().is_success()) {
        match Outlook::of(visit).await {
            Ok(outlook) => response.set_body(outlook.granted(&lock)),
            Err(error) => return plain(visit.status_of(&error)),
        }
    }
    if response.status().is_success() && visit.modified.is_some() && visit.to.is_some() {
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
pub async fn handle(visit: &Arc<Visit>, request: &Request, body: ByteStream) -> Response {
    let principal = visit.actor.user_id().map(|id| id.to_string());
    let handler = DavHandler::builder()
        .strip_prefix(PREFIX)
        .filesystem(Box::new(Bridge {
            visit: Arc::clone(visit),
        }))
        .locksystem(Box::new(LockSystem {
            visit: Arc::clone(visit),
        }))
        .principal(principal.unwrap_or_default())
        .build_handler();
    let mut rewritten = http::Request::new(StreamBody::new(body.map_ok(Frame::data)));
    *rewritten.method_mut() = request.method().clone();
    *rewritten.uri_mut() = Uri::try_from(visit.at.href(false)).expect("an encoded path is a URI");
    *rewritten.headers_mut() = headers(visit, request);
    let answered = handler.handle(rewritten).await;
    let (parts, body) = answered.into_parts();
    let mut response = Response::from(parts.status);
    if let Some(status) = visit.refusal().filter(|_| !parts.status.is_success()) {
        response.set_status(status);
    }
    *response.headers_mut() = parts.headers;
    if response.headers().contains_key(CONTENT_LOCATION) {
        let href = HeaderValue::try_from(visit.door.href(&visit.at, true));
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
fn headers(visit: &Visit, request: &Request) -> HeaderMap {
    let mut headers = request.headers().clone();
    // The drive compares it, before anything is seen of the file.
    headers.remove("x-expected-entity-length");
    visit.conditions.write(&mut headers);
    if let Some(to) = &visit.to {
        let href = HeaderValue::try_from(to.href(false)).expect("an encoded path is ASCII");
        headers.insert("destination", href);
        let overwrite = if visit.overwrite { "T" } else { "F" };
        headers.insert("overwrite", HeaderValue::from_static(overwrite));
    }
    if *request.method() == Method::PUT && !headers.contains_key(CONTENT_LENGTH) {
        // Neither a length nor an encoding: there is no body (RFC 9112 §6.3).
        if let Some(0) = body::content_length(request)
            && visit.expected_bytes.is_none()
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
