//! `/dav`: WebDAV (RFC 4918) over the drive's services.
//!
//! The protocol is `dav-server`'s: it reads headers, evaluates conditions and `If`, and calls our
//! file system ([`bridge`]) and lock system ([`lock_system`]). Both are made for one request and
//! know it, which lets them do in one transaction of the drive what the library would do step by
//! step: to it every source and destination of DELETE, COPY and MOVE is a single file.
//!
//! What the library cannot do is done before or after it:
//! - PROPFIND ([`propfind`]): the library asks several times per entry, leaves missing properties
//!   out instead of answering 404, and refuses infinite depth.
//! - GET and HEAD ([`content`]): our content answers, with `sendfile` and strict ranges.
//! - Paths and `Destination` ([`location`]) are checked and written anew before the library sees
//!   them; bodies of XML ([`xml`]) are bounded and may not declare entities.
//! - Statuses that the library's errors cannot express ([`status`]).
//! - What PROPPATCH sets ([`proppatch`]).

mod active_lock;
mod bridge;
mod checksum;
mod conditions;
mod content;
mod dav_request;
mod entrance;
mod headers;
mod incoming;
mod library;
mod location;
mod lock_info;
mod lock_system;
mod metadata;
mod mount_point;
mod options;
pub mod parsers;
mod propfind;
mod proppatch;
mod status;
mod times;
mod xml;

use crate::services::Services;
use dav_request::{DavRequest, Principal, Verb};
use location::{BadPath, Location};
use mount_point::MountPoint;
use poem::http::header::{ALLOW, CACHE_CONTROL};
use poem::http::{HeaderValue, StatusCode};
use poem::{Endpoint, Request, Response, Result, Route};
use std::sync::Arc;

pub use options::Announce;

/// Where the mount is.
pub const PREFIX: &str = "/dav";
/// Of every answer (V4 API, WebDAV).
const NOT_KEPT: HeaderValue = HeaderValue::from_static("private, no-cache");

/// Adds the mount.
pub fn mount(route: Route, services: &Arc<Services>) -> Route {
    let mount = || Mount {
        services: Arc::clone(services),
    };
    let route = route.at("/dav", mount()).at("/dav/*path", mount());
    route.at("/remote.php/*path", mount())
}

/// Answers every request below [`PREFIX`], and where Nextcloud has its files ([`mount_point`]).
struct Mount {
    services: Arc<Services>,
}

impl Endpoint for Mount {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let mut response = self.answer(request).await;
        response.headers_mut().insert(CACHE_CONTROL, NOT_KEPT);
        Ok(response)
    }
}

impl Mount {
    async fn answer(&self, request: Request) -> Response {
        let Some(verb) = Verb::of(request.method()) else {
            let mut response = Response::from(StatusCode::METHOD_NOT_ALLOWED);
            response.headers_mut().insert(ALLOW, options::EVERYTHING);
            return response;
        };
        let entered = entrance::enter(&self.services, &request, verb).await;
        let principal = match entered {
            Ok(Some(principal)) => principal,
            Ok(None) => return options::to_anybody(),
            Err(refusal) => return entrance::refused(request, refusal).await,
        };
        let dav_request = match DavRequest::of(&self.services, &request, verb, principal) {
            Ok(dav_request) => Arc::new(dav_request),
            Err(status) => return entrance::refused(request, status.into()).await,
        };
        match verb {
            Verb::Options => options::answer(&dav_request).await,
            Verb::PropFind => propfind::answer(&dav_request, request).await,
            Verb::Get => content::answer(&dav_request, &request).await,
            Verb::PropPatch => proppatch::answer(&dav_request, request).await,
            _ => library::answer(&dav_request, request).await,
        }
    }
}

/// The location that a path names, and the mount point it is below; only one's own is there.
fn location_of(path: &str, principal: &Principal) -> Result<(MountPoint, Location), StatusCode> {
    let location = Location::parse(path).map_err(BadPath::status)?;
    let (mount_point, _) = MountPoint::split(path).map_err(BadPath::status)?;
    let account = principal.actor.signed_in();
    let is_own = account.is_some_and(|account| mount_point.opens_to(&account.user.email));
    if !is_own {
        return Err(StatusCode::NOT_FOUND);
    }
    Ok((mount_point, location))
}
