//! XML from clients, within bounds; XML for clients ([`write`]), escaped.

mod write;

pub use write::{empty, escape, inner, open};

use super::dav_request::Verb;
use crate::http::body::{self, BadBody};
use futures_util::TryStreamExt;
use poem::Body;
use poem::http::StatusCode;
use std::io;
use wire::is_namespace;
use xml::ParserConfig;
use xml::reader::XmlEvent;
use xmltree::{Element, XMLNode};

/// Longest body; a PROPPATCH with every property it may set fits.
use site::limits::XML_BYTES as MAX_BYTES;
/// Deepest nesting.
use site::limits::XML_DEPTH as MAX_DEPTH;
/// Most elements.
use site::limits::XML_ELEMENTS as MAX_ELEMENTS;

/// Reads a body that is XML or empty, and checks that it is harmless: no entities or document
/// types, bounded in length, depth and number of elements. Namespaces are such that every client can
/// read them when they come back.
/// # Errors
/// 413 if it is too long, 400 if it is malformed or harmful
pub async fn read(sent: Body) -> Result<Vec<u8>, StatusCode> {
    let all = read_bounded(sent).await?;
    Ok(accept(&all)?.to_vec())
}

/// Checks a body that is short enough. Answers what of it is XML; nothing of an empty one.
/// # Errors
/// 400 if it is malformed or harmful
pub fn accept(all: &[u8]) -> Result<&[u8], StatusCode> {
    // Other encodings could hide what is looked for; all clients send UTF-8. Some begin it with a
    // mark or an empty line, which is not quite XML.
    let text = std::str::from_utf8(all).map_err(|_| StatusCode::BAD_REQUEST)?;
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return Ok(&[]);
    }
    if text.contains("<!DOCTYPE") || text.contains("<!ENTITY") || text.contains('\0') {
        return Err(StatusCode::BAD_REQUEST);
    }
    check(text.as_bytes())?;
    Ok(text.as_bytes())
}

async fn read_bounded(sent: Body) -> Result<Vec<u8>, StatusCode> {
    let mut stream = body::into_stream(sent);
    let mut all = Vec::new();
    while let Some(piece) = stream.try_next().await.map_err(|error| status_of(&error))? {
        if all.len() + piece.len() > MAX_BYTES {
            body::drain(stream, 1 << 20).await;
            return Err(StatusCode::PAYLOAD_TOO_LARGE);
        }
        all.extend_from_slice(&piece);
    }
    Ok(all)
}

/// What is told of a body that did not come whole.
pub fn status_of(error: &io::Error) -> StatusCode {
    match BadBody::within(error) {
        Some(BadBody::TooSlow) => StatusCode::REQUEST_TIMEOUT,
        _ => StatusCode::BAD_REQUEST,
    }
}

/// The body of a request that may have one; others are only bounded, for the library to refuse.
/// # Errors
/// As [`read`]
pub async fn read_for(verb: Verb, sent: Body) -> Result<Vec<u8>, StatusCode> {
    match verb {
        Verb::Lock => read(sent).await,
        _ => read_bounded(sent).await,
    }
}

fn check(body: &[u8]) -> Result<(), StatusCode> {
    let config = ParserConfig::new()
        .allow_multiple_root_elements(false)
        .max_attributes(100)
        .max_name_length(1_000);
    let (mut depth, mut elements) = (0, 0);
    for event in config.create_reader(body) {
        match event.map_err(|_| StatusCode::BAD_REQUEST)? {
            XmlEvent::StartElement { namespace, .. } => {
                depth += 1;
                elements += 1;
                if !namespace.0.values().all(|uri| is_namespace(uri)) {
                    return Err(StatusCode::BAD_REQUEST);
                }
            }
            XmlEvent::EndElement { .. } => depth -= 1,
            XmlEvent::Doctype { .. } => return Err(StatusCode::BAD_REQUEST),
            _ => {}
        }
        if depth > MAX_DEPTH || elements > MAX_ELEMENTS {
            return Err(StatusCode::BAD_REQUEST);
        }
    }
    Ok(())
}

/// The tree of a body that [`read`] let through.
pub fn parse(body: &[u8]) -> Result<Element, StatusCode> {
    Element::parse(body).map_err(|_| StatusCode::BAD_REQUEST)
}

/// The elements directly inside another.
pub fn children(element: &Element) -> impl Iterator<Item = &Element> {
    element.children.iter().filter_map(XMLNode::as_element)
}

/// Whether this is an element of WebDAV's own.
pub fn is_dav(element: &Element, name: &str) -> bool {
    element.name == name && element.namespace.as_deref() == Some("DAV:")
}

/// Whether a property's name and inside can be written as they are. What WebDAV clients set can;
/// the API takes any text for metadata.
pub fn is_harmless(namespace: &str, name: &str, inner: &str) -> bool {
    const RESERVED: [&str; 2] = [
        "http://www.w3.org/XML/1998/namespace",
        "http://www.w3.org/2000/xmlns/",
    ];
    let is_odd = |c: char| c.is_whitespace() || c.is_control() || "<>&\"'/=:!?".contains(c);
    if name.contains(is_odd) || RESERVED.contains(&namespace) || !is_namespace(namespace) {
        return false;
    }
    let whole = format!("<{name}>{inner}</{name}>");
    check(whole.as_bytes()).is_ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    async fn status(text: impl Into<Vec<u8>>) -> Option<u16> {
        let read = read(Body::from_vec(text.into())).await;
        read.err().map(|status| status.as_u16())
    }

    #[tokio::test]
    async fn harmful_bodies_are_refused() {
        assert_eq!(status("<a xmlns='DAV:'><b/></a>").await, None);
        assert_eq!(status("").await, None);
        assert_eq!(
            status("\u{feff}\r\n<?xml version='1.0'?><a/>\r\n").await,
            None
        );
        let bomb = "<!DOCTYPE a [<!ENTITY x \"aaaa\">]><a>&x;</a>";
        assert_eq!(status(bomb).await, Some(400));
        let external = "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>";
        assert_eq!(status(external).await, Some(400));
        assert_eq!(status("<a>&unknown;</a>").await, Some(400));
        assert_eq!(status("<a>").await, Some(400));
        assert_eq!(status("no xml").await, Some(400));
        assert_eq!(status("<a/>".repeat(2)).await, Some(400));
        let deep = format!("{}{}", "<a>".repeat(1_000), "</a>".repeat(1_000));
        assert_eq!(status(deep).await, Some(400));
        let wide = format!("<a>{}</a>", "<b/>".repeat(3_000));
        assert_eq!(status(wide).await, Some(400));
        assert_eq!(status(vec![b' '; 70_000]).await, Some(413));
        assert_eq!(status("a<a/>").await, Some(400));
        let utf16: Vec<u8> = "<!DOCTYPE a>"
            .encode_utf16()
            .flat_map(u16::to_be_bytes)
            .collect();
        assert_eq!(status(utf16).await, Some(400));
    }

    #[test]
    fn only_what_reads_as_one_element_is_harmless() {
        for (namespace, name, inner) in [
            ("urn:x", "a", "1 &lt; 2"),
            ("", "ä-1.b", "<b xmlns='urn:y'>]</b>"),
            ("a'b", "_", ""),
        ] {
            assert!(is_harmless(namespace, name, inner), "{name} {inner}");
        }
        for (namespace, name, inner) in [
            ("", "", ""),
            ("", "a b", ""),
            ("", "1", ""),
            ("", "a><b", ""),
            ("", "a/", ""),
            ("", "a:b", ""),
            ("", "a", "<b>"),
            ("", "a", "</a><a>"),
            ("", "a", "&unknown;"),
            ("", "a", "\u{1}"),
            ("", "a", "<p:b/>"),
            ("", "a", "<!DOCTYPE a>"),
            ("http://www.w3.org/2000/xmlns/", "a", ""),
            ("urn:a}b", "a", ""),
            ("a\"b", "a", ""),
            ("", "a", "<b xmlns='urn:a}b'/>"),
            ("", "a", "<b><c xmlns:d='urn:a b'/></b>"),
        ] {
            assert!(!is_harmless(namespace, name, inner), "{name} {inner}");
        }
    }
}
