//! PROPPATCH. What a client wants is read here; the library then evaluates conditions and locks
//! with a body of ours, and calls back to have it done in one transaction ([`super::bridge`]).
//!
//! The library alone would refuse every property of WebDAV's, Microsoft's and Apache's namespaces
//! that it does not know, acknowledge the times Windows sets after each copy without setting them,
//! and name no reason for a refusal.

use super::dav_request::DavRequest;
use super::library::{handle, once, plain};
use super::propfind::{DAV, Live, MICROSOFT};
use super::{times, xml};
use drive::dav::{DeadProp, PropChange, PropPatch};
use entity::Timestamp;
use poem::http::header::CONTENT_TYPE;
use poem::http::{HeaderValue, StatusCode};
use poem::{Request, Response};
use std::fmt::Write;
use std::sync::Arc;
use xmltree::Element;

const OWNCLOUD: &str = "http://owncloud.org/ns";
/// Makes the library call `patch_props`, whatever the client's own body says.
const ASK: &[u8] = b"<D:propertyupdate xmlns:D=\"DAV:\"><D:set><D:prop>\
    <x xmlns=\"urn:x\"/></D:prop></D:set></D:propertyupdate>";
const XML: HeaderValue = HeaderValue::from_static("text/xml; charset=utf-8");
/// RFC 4918 §16.
const PROTECTED: &str = "<D:error><D:cannot-modify-protected-property/></D:error>";

/// A property as it is named.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Name {
    namespace: String,
    name: String,
}

/// What a client wants, and what is thought of each wish.
#[derive(Debug, Default)]
struct Wanted {
    patch: PropPatch,
    /// Why a property cannot be as the client wants it; `None` if it can.
    named: Vec<(Name, Option<StatusCode>)>,
}

pub async fn answer(dav_request: &Arc<DavRequest>, mut request: Request) -> Response {
    let body = match xml::read(request.take_body()).await {
        Ok(body) => body,
        Err(status) => return plain(status),
    };
    let Wanted { patch, named } = match wanted(&body) {
        Ok(wanted) => wanted,
        Err(status) => return plain(status),
    };
    let is_refused = named.iter().any(|(_, refusal)| refusal.is_some());
    if !is_refused {
        dav_request.plan(patch);
    }
    let response = handle(dav_request, &request, once(ASK.to_vec())).await;
    if response.status() != StatusCode::MULTI_STATUS {
        return response;
    }
    let mut response = Response::from(StatusCode::MULTI_STATUS);
    response.headers_mut().insert(CONTENT_TYPE, XML);
    response.set_body(told(request.original_uri().path(), &named, is_refused));
    response
}

/// Reads a body, and looks at what would be kept as listings do.
pub(super) fn read_wishes(body: &[u8]) {
    let Ok(wanted) = wanted(body) else { return };
    for change in wanted.patch.changes {
        if let PropChange::Set(prop) = change {
            xml::is_harmless(&prop.namespace, &prop.name, &prop.inner_xml);
        }
    }
}

fn wanted(body: &[u8]) -> Result<Wanted, StatusCode> {
    let tree = xml::parse(body)?;
    if !xml::is_dav(&tree, "propertyupdate") {
        return Err(StatusCode::BAD_REQUEST);
    }
    let mut wanted = Wanted::default();
    for step in xml::children(&tree) {
        let is_set = xml::is_dav(step, "set");
        if !is_set && !xml::is_dav(step, "remove") {
            continue;
        }
        let lang = |element: &Element| element.attributes.get("lang").cloned();
        let of_step = lang(step).or(lang(&tree));
        for props in xml::children(step).filter(|child| xml::is_dav(child, "prop")) {
            let language = lang(props).or(of_step.clone());
            for prop in xml::children(props) {
                if is_set {
                    wanted.set(prop, language.as_ref());
                } else if prop.children.is_empty() {
                    wanted.remove(prop);
                } else {
                    return Err(StatusCode::BAD_REQUEST);
                }
            }
        }
    }
    if wanted.named.is_empty() {
        return Err(StatusCode::BAD_REQUEST);
    }
    Ok(wanted)
}

impl Wanted {
    /// `around`: the language of the elements around it, which holds inside (RFC 4918 §4.3).
    fn set(&mut self, prop: &Element, around: Option<&String>) {
        let at = Name::of(prop);
        let refusal = match (at.namespace.as_str(), at.name.as_str()) {
            (MICROSOFT, "Win32CreationTime") => set_time(&mut self.patch.created, prop),
            // The second is what rclone says to ownCloud.
            (MICROSOFT, "Win32LastModifiedTime") | (DAV, "lastmodified") => {
                set_time(&mut self.patch.modified, prop)
            }
            _ if at.is_protected() => Some(StatusCode::FORBIDDEN),
            _ if at.is_passing() => None,
            _ => {
                self.patch.changes.push(PropChange::Set(DeadProp {
                    inner_xml: xml::inner(prop),
                    language: prop.attributes.get("lang").or(around).cloned(),
                    namespace: at.namespace.clone(),
                    name: at.name.clone(),
                }));
                None
            }
        };
        self.named.push((at, refusal));
    }

    fn remove(&mut self, prop: &Element) {
        let at = Name::of(prop);
        let refusal = at.is_protected().then_some(StatusCode::FORBIDDEN);
        if refusal.is_none() && !at.is_passing() {
            let Name { namespace, name } = at.clone();
            let change = PropChange::Remove { namespace, name };
            self.patch.changes.push(change);
        }
        self.named.push((at, refusal));
    }
}

/// 409 for what is no time (RFC 4918 §9.2.1).
fn set_time(time: &mut Option<Timestamp>, prop: &Element) -> Option<StatusCode> {
    let text = prop.get_text().unwrap_or_default();
    match times::parse(&text).or_else(|| times::of_unix(&text)) {
        Some(parsed) => {
            *time = Some(parsed);
            None
        }
        None => Some(StatusCode::CONFLICT),
    }
}

impl Name {
    fn of(prop: &Element) -> Self {
        Self {
            namespace: prop.namespace.clone().unwrap_or_default(),
            name: prop.name.clone(),
        }
    }

    /// Whether the server alone decides on it.
    fn is_protected(&self) -> bool {
        self.namespace == DAV
            && (self.name == "getcontentlanguage" || Live::named(DAV, &self.name).is_some())
    }

    /// Acknowledged and not kept: what Windows says about attributes and reading, which nothing
    /// here follows, and checksums, which would outlive the content that they are of.
    fn is_passing(&self) -> bool {
        self.namespace == MICROSOFT && self.name.starts_with("Win32")
            || self.namespace == OWNCLOUD && self.name == "checksums"
    }
}

/// The answer: what was done, or, if anything was refused, why nothing was.
fn told(href: &str, named: &[(Name, Option<StatusCode>)], is_refused: bool) -> String {
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
         <D:multistatus xmlns:D=\"DAV:\"><D:response><D:href>",
    );
    xml::escape(&mut out, href);
    out.push_str("</D:href>");
    let without_reason = if is_refused {
        StatusCode::FAILED_DEPENDENCY
    } else {
        StatusCode::OK
    };
    for status in [StatusCode::FORBIDDEN, StatusCode::CONFLICT, without_reason] {
        let mut props = named
            .iter()
            .filter(|(_, refusal)| refusal.unwrap_or(without_reason) == status)
            .peekable();
        if props.peek().is_none() {
            continue;
        }
        out.push_str("<D:propstat><D:prop>");
        for (at, _) in props {
            xml::empty(&mut out, &at.namespace, &at.name);
        }
        let _ = write!(out, "</D:prop><D:status>HTTP/1.1 {status}</D:status>");
        if status == StatusCode::FORBIDDEN {
            out.push_str(PROTECTED);
        }
        out.push_str("</D:propstat>");
    }
    out.push_str("</D:response></D:multistatus>");
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn read(steps: &str) -> Result<Wanted, StatusCode> {
        let text = format!(
            "<D:propertyupdate xmlns:D='DAV:' xmlns:Z='urn:schemas-microsoft-com:'>{steps}\
             </D:propertyupdate>"
        );
        wanted(text.as_bytes())
    }

    #[test]
    fn times_are_found_however_they_are_called() {
        let found = read(
            "<D:set><D:prop><Z:Win32CreationTime>Fri, 02 Jan 2026 03:04:05 GMT</Z:Win32CreationTime>\
             <Z:Win32LastModifiedTime>Sat, 03 Jan 2026 03:04:05 GMT</Z:Win32LastModifiedTime>\
             <Z:Win32FileAttributes>00000020</Z:Win32FileAttributes></D:prop></D:set>",
        );
        let found = found.unwrap();
        assert_eq!(found.patch.created.unwrap().unix_secs(), 1_767_323_045);
        assert_eq!(found.patch.modified.unwrap().unix_secs(), 1_767_409_445);
        assert!(found.patch.changes.is_empty());
        assert_eq!(found.named.len(), 3);
        let found = read("<D:set><D:prop><D:lastmodified>7</D:lastmodified></D:prop></D:set>");
        assert_eq!(found.unwrap().patch.modified.unwrap().unix_secs(), 7);
        let found = read("<D:set><D:prop><D:lastmodified>x</D:lastmodified></D:prop></D:set>");
        assert_eq!(found.unwrap().named[0].1, Some(StatusCode::CONFLICT));
    }

    #[test]
    fn changes_keep_their_order() {
        let found = read(
            "<D:remove><D:prop><a/></D:prop></D:remove><D:set><D:prop><a>1</a></D:prop></D:set>\
             <D:remove><D:prop><a/></D:prop></D:remove>",
        );
        let is_set = |change: &PropChange| matches!(change, PropChange::Set(_));
        let found: Vec<_> = found.unwrap().patch.changes.iter().map(is_set).collect();
        assert_eq!(found, [false, true, false]);
    }

    #[test]
    fn other_forms_are_refused() {
        for steps in [
            "",
            "<D:set/>",
            "<D:set><D:prop/></D:set>",
            "<set><D:prop><a/></D:prop></set>",
            "<D:remove><D:prop><a>1</a></D:prop></D:remove>",
        ] {
            assert!(read(steps).is_err(), "{steps}");
        }
    }
}
