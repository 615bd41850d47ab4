//! Parsers of what strangers send over HTTP, as plain functions of bytes, for tests that send
//! anything (see `drive::parsers`).

pub use archive::read::parsers::{frames, zip_listing};
pub use work::download::parsers::torrent;

use super::conditions::Conditions;
use super::location::Location;
use super::propfind::read_question;
use super::proppatch::read_wishes;
use super::xml;
use crate::http::range::{ETag, Plan, plan};
use poem::http::header::{COOKIE, IF_MATCH, IF_NONE_MATCH, RANGE};
use poem::http::{HeaderMap, HeaderName, HeaderValue, Method};

fn headers(name: &HeaderName, bytes: &[u8]) -> Option<HeaderMap> {
    let value = HeaderValue::from_bytes(bytes).ok()?;
    Some(HeaderMap::from_iter([(name.clone(), value)]))
}

/// Paths below the mount: what is read is written so that it is read as the same.
pub fn dav_location(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Ok(location) = Location::parse(text) {
        let href = location.href(false);
        assert!(href.bytes().all(|byte| byte.is_ascii_graphic()));
        // Escapes may make it too long to be sent again, and nothing else.
        if href.len() <= text.len() {
            assert_eq!(Location::parse(&href), Ok(location));
        }
    }
}

/// `If`, `If-Match` and `If-None-Match`: what is understood is understood again.
pub fn conditions(bytes: &[u8]) {
    for name in [HeaderName::from_static("if"), IF_MATCH, IF_NONE_MATCH] {
        let Some(mut headers) = headers(&name, bytes) else {
            return;
        };
        if let Ok(found) = Conditions::of(&headers) {
            found.write(&mut headers);
            let again = Conditions::of(&headers);
            assert!(again.is_ok(), "{name}: {headers:?}");
        }
    }
}

/// `Range`: parts are inside the content, not empty, not overlapping and few.
pub fn ranges(bytes: &[u8]) {
    let Some(headers) = headers(&RANGE, bytes) else {
        return;
    };
    let etag = ETag::strong("tag");
    for size in [0, 1, 1_000, u64::MAX] {
        let Plan::Partial(parts) = plan(&headers, &Method::GET, size, &etag) else {
            continue;
        };
        assert!(!parts.is_empty() && parts.len() <= 64);
        let mut sorted: Vec<_> = parts.iter().map(|part| (part.start, part.end)).collect();
        sorted.sort_unstable();
        assert!(
            sorted
                .iter()
                .all(|(start, end)| start < end && *end <= size)
        );
        assert!(sorted.windows(2).all(|pair| pair[0].1 < pair[1].0));
    }
}

/// Bodies of PROPFIND.
pub fn propfind(bytes: &[u8]) {
    if let Ok(body) = xml::accept(bytes) {
        let _ = read_question(body);
    }
}

/// Bodies of PROPPATCH, and what listings make of them.
pub fn proppatch(bytes: &[u8]) {
    if let Ok(body) = xml::accept(bytes) {
        read_wishes(body);
    }
}

/// Cookies of signing in elsewhere.
pub fn cookies(bytes: &[u8]) {
    if let Some(headers) = headers(&COOKIE, bytes) {
        let found = crate::api::session::browser_mark(&headers);
        assert!(found.is_none_or(|mark| mark.len() < bytes.len()));
    }
}
