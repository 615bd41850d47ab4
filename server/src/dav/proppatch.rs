//! PROPPATCH: the library's, but for the times that Windows sets after each copy, which it would
//! acknowledge and forget.

use super::library::{handle, once, plain};
use super::visit::Visit;
use super::{times, xml};
use drive::dav::Times;
use poem::http::StatusCode;
use poem::{Body, Request, Response};
use std::sync::Arc;
use xmltree::Element;

const MICROSOFT: &str = "urn:schemas-microsoft-com:";

pub async fn answer(visit: &Arc<Visit>, mut request: Request) -> Response {
    let body = match xml::read(request.take_body()).await {
        Ok(body) => body,
        Err(status) => return plain(status),
    };
    let wanted = match xml::parse(&body) {
        Ok(tree) if xml::is_dav(&tree, "propertyupdate") && names_something(&tree) => {
            times_in(&tree)
        }
        _ => return plain(StatusCode::BAD_REQUEST),
    };
    let mut response = handle(visit, &request, once(body)).await;
    if response.status() != StatusCode::MULTI_STATUS {
        return response;
    }
    let Ok(answered) = response.take_body().into_bytes().await else {
        return plain(StatusCode::INTERNAL_SERVER_ERROR);
    };
    // Nothing may be changed if anything was refused.
    let refused = String::from_utf8_lossy(&answered).contains("<D:status>HTTP/1.1 4");
    if let Some(wanted) = wanted.filter(|_| !refused) {
        let (uri, held) = (visit.uri(), visit.held());
        let set = visit.dav().set_times(&visit.actor, &uri, wanted, &held);
        if let Err(error) = set.await {
            return plain(visit.status_of(&error));
        }
    }
    response.set_body(Body::from_bytes(answered));
    response
}

fn props<'a>(tree: &'a Element, step: &'static str) -> impl Iterator<Item = &'a Element> {
    xml::children(tree)
        .filter(move |child| xml::is_dav(child, step))
        .flat_map(xml::children)
        .filter(|child| xml::is_dav(child, "prop"))
        .flat_map(xml::children)
}

fn names_something(tree: &Element) -> bool {
    props(tree, "set")
        .chain(props(tree, "remove"))
        .next()
        .is_some()
}

/// The times a client sets, if any.
fn times_in(tree: &Element) -> Option<Times> {
    let mut found = Times::default();
    for prop in props(tree, "set").filter(|prop| prop.namespace.as_deref() == Some(MICROSOFT)) {
        let time = prop.get_text().and_then(|text| times::parse(&text));
        match prop.name.as_str() {
            "Win32LastModifiedTime" => found.modified = time.or(found.modified),
            "Win32CreationTime" => found.created = time.or(found.created),
            _ => {}
        }
    }
    (found.created.is_some() || found.modified.is_some()).then_some(found)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn windows_times_are_found() {
        let text = "<D:propertyupdate xmlns:D='DAV:' xmlns:Z='urn:schemas-microsoft-com:'><D:set>\
            <D:prop><Z:Win32CreationTime>Fri, 02 Jan 2026 03:04:05 GMT</Z:Win32CreationTime>\
            <Z:Win32LastModifiedTime>Sat, 03 Jan 2026 03:04:05 GMT</Z:Win32LastModifiedTime>\
            <Z:Win32FileAttributes>00000020</Z:Win32FileAttributes></D:prop></D:set>\
            </D:propertyupdate>";
        let tree = xml::parse(text.as_bytes()).unwrap();
        let found = times_in(&tree).unwrap();
        assert_eq!(found.created.unwrap().unix_secs(), 1_767_323_045);
        assert_eq!(found.modified.unwrap().unix_secs(), 1_767_409_445);
        assert!(names_something(&tree));
    }
}
