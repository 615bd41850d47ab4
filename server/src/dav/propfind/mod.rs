//! PROPFIND: a page of rows at a time from the drive's own listing, one query a page and one for
//! its dead properties where they are asked for.
//!
//! A short answer is built whole and kept under the drive's stamp, like a listing of the API; the
//! rest of a long one is streamed, with one page in memory. A failure on the way breaks the connection off:
//! half a listing must not look like a whole one.

mod ask;
mod walk;
mod write;

use super::dav_request::DavRequest;
use super::library::plain;
use super::xml;
use ask::Question;
pub(super) use ask::{DAV, Live, MICROSOFT};
use bytes::Bytes;
use drive::error::FileError;
use drive::tree::TreeError;
use poem::http::header::{CONTENT_TYPE, USER_AGENT};
use poem::http::{HeaderValue, StatusCode};
use poem::{Body, Request, Response};
use std::sync::Arc;
use walk::Walk;

const XML: HeaderValue = HeaderValue::from_static("text/xml; charset=utf-8");
/// Bytes of an answer that is built whole: some two thousand entries with all their properties.
const WHOLE: usize = 2 << 20;
/// RFC 4918 §9.1.1.
const ONLY_FINITE: &str = concat!(
    "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n",
    "<D:error xmlns:D=\"DAV:\"><D:propfind-finite-depth/></D:error>",
);

pub async fn answer(dav_request: &Arc<DavRequest>, mut request: Request) -> Response {
    let body = match xml::read(request.take_body()).await {
        Ok(body) => body,
        Err(status) => return plain(status),
    };
    let from_windows = request
        .header(USER_AGENT)
        .is_some_and(|agent| agent.contains("Microsoft"));
    let mut question = match Question::read(&body, from_windows) {
        Ok(question) => question,
        Err(status) => return plain(status),
    };
    if request
        .header("prefer")
        .is_some_and(|prefer| prefer.contains("return=minimal"))
    {
        question.tell_missing = false;
    }
    let settings = dav_request.services.core.settings();
    let asked = format!(
        "PROPFIND {} {} {:?} {question:?}",
        dav_request.root,
        dav_request.mount_point.href(&dav_request.at, true),
        dav_request.depth
    );
    let answers = &dav_request.services.answers;
    let asked = answers.question(&dav_request.actor, &settings, asked);
    if let Some(kept) = answers.get(&asked) {
        return multistatus(Body::from_bytes(kept));
    }
    let mut walk = match Walk::begin(dav_request, question).await {
        Ok(walk) => walk,
        Err(FileError::Tree(TreeError::WalkLimit(_))) => return too_deep(),
        Err(error) => return plain(dav_request.status_of(&error)),
    };
    let mut whole = String::new();
    match walk.write(&mut whole, WHOLE).await {
        Ok(true) => multistatus(walk.stream(whole.into())),
        Ok(false) => {
            whole.shrink_to_fit();
            let whole = Bytes::from(whole);
            if walk.may_be_kept() {
                answers.keep(asked, &whole);
            }
            multistatus(Body::from_bytes(whole))
        }
        Err(FileError::Tree(TreeError::WalkLimit(_))) => too_deep(),
        Err(error) => plain(dav_request.status_of(&error)),
    }
}

/// Reads a body as a question.
/// # Errors
/// 400 for a body of another form
pub(super) fn read_question(body: &[u8]) -> Result<(), StatusCode> {
    Question::read(body, true).map(drop)
}

fn multistatus(body: Body) -> Response {
    let mut response = Response::from(StatusCode::MULTI_STATUS);
    response.headers_mut().insert(CONTENT_TYPE, XML);
    response.set_body(body);
    response
}

fn too_deep() -> Response {
    let mut response = Response::from(StatusCode::FORBIDDEN);
    response.headers_mut().insert(CONTENT_TYPE, XML);
    response.set_body(ONLY_FINITE);
    response
}
