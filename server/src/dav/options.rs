//! OPTIONS: what may be done where.

use super::dav_request::DavRequest;
use drive::error::FileError;
use drive::tree::TreeError;
use poem::http::header::{ALLOW, CONTENT_LENGTH};
use poem::http::{HeaderValue, Method, StatusCode};
use poem::{Endpoint, IntoResponse, Middleware, Request, Response, Result};
use std::sync::Arc;

pub(super) const EVERYTHING: HeaderValue = HeaderValue::from_static(
    "OPTIONS, DELETE, MOVE, COPY, PROPFIND, GET, HEAD, POST, LOCK, UNLOCK, PROPPATCH, PUT, MKCOL",
);
const NOTHING_THERE: HeaderValue = HeaderValue::from_static("OPTIONS, LOCK, PUT, MKCOL");
const OWN_FOLDER: HeaderValue =
    HeaderValue::from_static("OPTIONS, DELETE, MOVE, COPY, PROPFIND, LOCK, UNLOCK, PROPPATCH");
const OWN_FILE: HeaderValue = HeaderValue::from_static(
    "OPTIONS, DELETE, MOVE, COPY, PROPFIND, GET, HEAD, POST, LOCK, UNLOCK, PROPPATCH, PUT",
);
const FOREIGN_FOLDER: HeaderValue = HeaderValue::from_static("OPTIONS, COPY, PROPFIND");
const FOREIGN_FILE: HeaderValue =
    HeaderValue::from_static("OPTIONS, COPY, PROPFIND, GET, HEAD, POST");

/// To a visitor who does not say who they are.
pub fn to_anybody() -> Response {
    allowing(NOTHING_THERE)
}

pub async fn answer(dav_request: &Arc<DavRequest>) -> Response {
    let found = dav_request
        .dav()
        .find(&dav_request.actor, &dav_request.uri())
        .await;
    match found {
        Ok(found) => allowing(match (found.owned, found.is_folder()) {
            (true, true) => OWN_FOLDER,
            (true, false) => OWN_FILE,
            (false, true) => FOREIGN_FOLDER,
            (false, false) => FOREIGN_FILE,
        }),
        Err(FileError::Tree(TreeError::NotFound)) => allowing(NOTHING_THERE),
        Err(error) => Response::from(dav_request.status_of(&error)),
    }
}

fn allowing(methods: HeaderValue) -> Response {
    let mut response = Response::from(StatusCode::OK);
    let headers = response.headers_mut();
    headers.insert(ALLOW, methods);
    headers.insert("dav", HeaderValue::from_static("1, 2"));
    headers.insert("ms-author-via", HeaderValue::from_static("DAV"));
    headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
    response
}

/// Middleware that answers OPTIONS of the site's root and of `*`: Windows asks there before it
/// mounts anything below.
#[derive(Clone, Copy, Debug)]
pub struct Announce;

impl<E: Endpoint> Middleware<E> for Announce {
    type Output = AnnounceEndpoint<E>;

    fn transform(&self, inner: E) -> Self::Output {
        AnnounceEndpoint { inner }
    }
}

/// What [`Announce`] makes of an endpoint.
#[derive(Debug)]
pub struct AnnounceEndpoint<E> {
    inner: E,
}

impl<E: Endpoint> Endpoint for AnnounceEndpoint<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        if *request.method() == Method::OPTIONS
            && matches!(request.original_uri().path(), "/" | "*" | "")
        {
            return Ok(allowing(EVERYTHING));
        }
        self.inner
            .call(request)
            .await
            .map(IntoResponse::into_response)
    }
}
