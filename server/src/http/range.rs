//! Which part of a representation a request is to get: conditional requests and byte ranges.
//!
//! Pure functions over headers. Source of the rules: RFC 9110 §13 (conditions, in the order of
//! §13.2.2) and §14 (ranges). Content here has no modification date, so conditions on dates are
//! ignored, and an If-Range with a date never matches.

use std::ops::Range;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use poem::http::header::{HeaderMap, IF_MATCH, IF_NONE_MATCH, IF_RANGE, RANGE};
use poem::http::{HeaderName, HeaderValue, Method};

/// A Range header asking for more parts than this is ignored: nobody needs it, and preparing
/// thousands of parts is a known way to exhaust a server (RFC 9110 §14.2, §17.15).
use site::limits::RANGES as MAX_RANGES;
/// ASCII outside `etagc` (RFC 9110 §8.8.3).
const NOT_IN_A_TAG: AsciiSet = CONTROLS.add(b' ').add(b'"');

/// A strong entity tag: equal tags promise equal bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ETag(String);

impl ETag {
    /// Quotes `opaque`; characters a tag cannot hold are percent-encoded.
    pub fn strong(opaque: &str) -> Self {
        Self(format!(
            "\"{}\"",
            utf8_percent_encode(opaque, &NOT_IN_A_TAG)
        ))
    }

    /// The tag with its quotes, as it stands in headers.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The tag as a header value.
    pub fn header(&self) -> HeaderValue {
        HeaderValue::from_str(&self.0).expect("a tag is visible ASCII by construction")
    }
}

/// What to answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Plan {
    /// 200 with everything.
    Full,
    /// 206 with these parts: at least one, none empty, none touching another, all inside the
    /// content, in the order asked unless some had to be joined.
    Partial(Vec<Range<u64>>),
    /// 304: the client has it already.
    NotModified,
    /// 412: the client wanted another version.
    PreconditionFailed,
    /// 416: no range asked for lies inside the content.
    Unsatisfiable,
}

/// Decides the answer to a request for content of `size` bytes tagged `etag`.
///
/// A Range header that is malformed, has too many parts, comes twice, or is not on a GET is
/// ignored, as it is for empty content: an empty answer says more than 416 to clients that put a
/// range on every request.
pub fn plan(headers: &HeaderMap, method: &Method, size: u64, etag: &ETag) -> Plan {
    if headers.contains_key(IF_MATCH) && !lists(headers, &IF_MATCH, etag, false) {
        return Plan::PreconditionFailed;
    }
    let reading = matches!(*method, Method::GET | Method::HEAD);
    if lists(headers, &IF_NONE_MATCH, etag, true) {
        return if reading {
            Plan::NotModified
        } else {
            Plan::PreconditionFailed
        };
    }
    if *method != Method::GET || size == 0 || !if_range_holds(headers, etag) {
        return Plan::Full;
    }
    let mut asked = headers.get_all(RANGE).iter();
    let (Some(range), None) = (asked.next(), asked.next()) else {
        return Plan::Full;
    };
    let Some(specs) = range.to_str().ok().and_then(parse) else {
        return Plan::Full;
    };
    let wanted: Vec<_> = specs.iter().filter_map(|spec| spec.within(size)).collect();
    if wanted.is_empty() {
        Plan::Unsatisfiable
    } else {
        Plan::Partial(join(wanted))
    }
}

/// Whether a header holding `*` or a list of tags names `etag`. Weak comparison also accepts
/// `W/"…"` (RFC 9110 §8.8.3.2).
fn lists(headers: &HeaderMap, name: &HeaderName, etag: &ETag, weak: bool) -> bool {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| {
            value.trim() == "*"
                || tags(value).any(|tag| {
                    let tag = if weak {
                        tag.strip_prefix("W/").unwrap_or(tag)
                    } else {
                        tag
                    };
                    tag == etag.as_str()
                })
        })
}

/// The tags of a list. Commas may stand inside quotes, so splitting at commas would not do.
fn tags(list: &str) -> impl Iterator<Item = &str> {
    let mut rest = list;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let open = rest.find('"')?;
        let close = open + 1 + rest[open + 1..].find('"')?;
        let (tag, after) = rest.split_at(close + 1);
        rest = after;
        Some(tag)
    })
}

/// If-Range lets the Range header count only while the tag still matches, strongly.
fn if_range_holds(headers: &HeaderMap, etag: &ETag) -> bool {
    headers
        .get(IF_RANGE)
        .is_none_or(|value| value.to_str().is_ok_and(|tag| tag.trim() == etag.as_str()))
}

/// One element of a Range header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spec {
    /// `first-last`, both included; `first-` has the largest number as last.
    FromTo(u64, u64),
    /// `-length`.
    Last(u64),
}

impl Spec {
    /// The bytes meant, or nothing if they lie outside the content.
    fn within(self, size: u64) -> Option<Range<u64>> {
        let range = match self {
            Self::FromTo(first, last) => first..last.saturating_add(1).min(size),
            Self::Last(length) => size.saturating_sub(length)..size,
        };
        (!range.is_empty()).then_some(range)
    }
}

/// Reads a Range header; nothing if it is malformed, of another unit, or too long.
fn parse(value: &str) -> Option<Vec<Spec>> {
    let (unit, set) = value.trim().split_once('=')?;
    if !unit.trim_end().eq_ignore_ascii_case("bytes") {
        return None;
    }
    let elements = set
        .split(',')
        .map(|element| element.trim_matches([' ', '\t']));
    let mut specs = Vec::new();
    for element in elements.filter(|element| !element.is_empty()) {
        if specs.len() == MAX_RANGES {
            return None;
        }
        specs.push(parse_spec(element)?);
    }
    (!specs.is_empty()).then_some(specs)
}

fn parse_spec(element: &str) -> Option<Spec> {
    match element.split_once('-')? {
        ("", length) => Some(Spec::Last(number(length)?)),
        (first, "") => Some(Spec::FromTo(number(first)?, u64::MAX)),
        (first, last) => {
            let (first, last) = (number(first)?, number(last)?);
            (first <= last).then_some(Spec::FromTo(first, last))
        }
    }
}

/// Decimal digits; a number too large for us counts as the largest we know, since it is valid
/// and lies past the end of everything.
fn number(digits: &str) -> Option<u64> {
    let valid = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    valid.then(|| digits.parse().unwrap_or(u64::MAX))
}

/// Joins ranges that overlap or touch; the rest keep the order they were asked in
/// (RFC 9110 §15.3.7.2).
fn join(ranges: Vec<Range<u64>>) -> Vec<Range<u64>> {
    let mut by_start: Vec<(usize, Range<u64>)> = ranges.into_iter().enumerate().collect();
    by_start.sort_by_key(|(_, range)| range.start);
    let mut joined: Vec<(usize, Range<u64>)> = Vec::with_capacity(by_start.len());
    for (place, range) in by_start {
        match joined.last_mut() {
            Some((first_place, last)) if range.start <= last.end => {
                last.end = last.end.max(range.end);
                *first_place = place.min(*first_place);
            }
            _ => joined.push((place, range)),
        }
    }
    joined.sort_by_key(|(place, _)| *place);
    joined.into_iter().map(|(_, range)| range).collect()
}

#[cfg(test)]
mod tests;
