//! Who comes in, and with which rights: an address with a WebDAV password, or an access token.

use super::dav_request::{Principal, Verb};
use super::headers::waits;
use crate::api::authority::origin_of;
use crate::http::body;
use crate::services::Services;
use base64::{Engine, engine::general_purpose::STANDARD};
use identity::account::AccountError;
use poem::http::header::{AUTHORIZATION, CONTENT_LENGTH, RETRY_AFTER, WWW_AUTHENTICATE};
use poem::http::{HeaderValue, StatusCode};
use poem::{Request, Response};
use site::actor::Actor;
use site::secret::Scope;
use wire::{BitSet, DavOption, FileSystem, FileUri, GroupPermission};

const CHALLENGE: HeaderValue =
    HeaderValue::from_static("Basic realm=\"Alcove\", charset=\"UTF-8\"");
/// Bytes of a refused body that are read away, so that the client sees the answer; fewer of
/// somebody unknown.
const DRAIN_BYTES: u64 = 64 << 20;
const DRAIN_UNKNOWN_BYTES: u64 = 1 << 20;

/// Why somebody stays outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Nobody, or nobody with this password.
    Unknown,
    TooManyTries(i64),
    Status(StatusCode),
}

impl From<StatusCode> for Refusal {
    fn from(status: StatusCode) -> Self {
        Self::Status(status)
    }
}

/// Lets somebody in. `None`: OPTIONS of somebody who does not say who they are.
pub async fn enter(
    services: &Services,
    request: &Request,
    verb: Verb,
) -> Result<Option<Principal>, Refusal> {
    let Some(header) = request.header(AUTHORIZATION) else {
        return match verb {
            Verb::Options => Ok(None),
            _ => Err(Refusal::Unknown),
        };
    };
    let (scheme, rest) = header.trim().split_once(' ').unwrap_or_default();
    let mut principal = if scheme.eq_ignore_ascii_case("basic") {
        by_password(services, request, rest.trim()).await?
    } else if scheme.eq_ignore_ascii_case("bearer") {
        by_token(services, rest.trim(), verb).await?
    } else {
        return Err(Refusal::Unknown);
    };
    let origin = origin_of(request, &services.proxies);
    principal.actor = principal.actor.coming_from(&origin);
    if !principal.actor.may(GroupPermission::WebDav) {
        return Err(StatusCode::FORBIDDEN.into());
    }
    if verb.writes() && principal.options.has(DavOption::ReadOnly) {
        return Err(StatusCode::FORBIDDEN.into());
    }
    Ok(Some(principal))
}

async fn by_password(
    services: &Services,
    request: &Request,
    credentials: &str,
) -> Result<Principal, Refusal> {
    let decoded = STANDARD.decode(credentials).map_err(|_| Refusal::Unknown)?;
    let text = String::from_utf8(decoded).map_err(|_| Refusal::Unknown)?;
    let (email, password) = text.split_once(':').ok_or(Refusal::Unknown)?;
    let origin = origin_of(request, &services.proxies);
    let (accounts, from) = (&services.accounts, origin.ip);
    let entered = services.dav_accounts.enter(email, password, from).await;
    let entrance = match entered {
        Ok(Ok(Some(entrance))) => entrance,
        Ok(Ok(None)) => {
            let noted = accounts.note_webdav_failure(email, &origin).await;
            noted.map_err(|error| broken(&error))?;
            return Err(Refusal::Unknown);
        }
        Ok(Err(tries)) => return Err(Refusal::TooManyTries(tries.retry_after_secs)),
        Err(error) => return Err(broken(&error)),
    };
    let actor = match accounts.living(entrance.owner, &entrance.stamp).await {
        Ok(actor) => actor,
        Err(AccountError::AccountGone) => return Err(Refusal::Unknown),
        Err(error) => return Err(broken(&error)),
    };
    accounts.note_webdav(entrance.owner, &origin);
    Ok(Principal {
        actor: actor.coming_from(&origin),
        root: entrance.root,
        options: entrance.options,
    })
}

/// A token opens the whole drive, as far as its scopes go.
async fn by_token(services: &Services, token: &str, verb: Verb) -> Result<Principal, Refusal> {
    let actor: Actor = match services.accounts.actor_of(token).await {
        Ok(actor) if actor.signed_in().is_some() => actor,
        Ok(_)
        | Err(
            AccountError::AccountGone
            | AccountError::SubjectUnknown
            | AccountError::CredentialInvalid,
        ) => return Err(Refusal::Unknown),
        Err(error) => return Err(broken(&error)),
    };
    let scope = if verb.writes() {
        Scope::FilesWrite
    } else {
        Scope::FilesRead
    };
    if actor.scopes().is_some_and(|granted| !granted.allows(scope)) {
        return Err(StatusCode::FORBIDDEN.into());
    }
    Ok(Principal {
        actor,
        root: FileUri::root(FileSystem::My),
        options: BitSet::EMPTY,
    })
}

fn broken(error: &dyn std::error::Error) -> Refusal {
    tracing::error!(%error, "cannot find out who a WebDAV client is");
    StatusCode::INTERNAL_SERVER_ERROR.into()
}

/// The answer to somebody who stays outside.
pub async fn refused(mut request: Request, refusal: Refusal) -> Response {
    let most = match refusal {
        Refusal::Status(_) => DRAIN_BYTES,
        Refusal::Unknown | Refusal::TooManyTries(_) => DRAIN_UNKNOWN_BYTES,
    };
    if !waits(&request) {
        body::drain(body::into_stream(request.take_body()), most).await;
    }
    let status = match refusal {
        Refusal::Unknown => StatusCode::UNAUTHORIZED,
        Refusal::TooManyTries(_) => StatusCode::TOO_MANY_REQUESTS,
        Refusal::Status(status) => status,
    };
    let mut response = Response::from(status);
    let headers = response.headers_mut();
    headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
    match refusal {
        Refusal::Unknown => {
            headers.insert(WWW_AUTHENTICATE, CHALLENGE);
        }
        Refusal::TooManyTries(seconds) => {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        Refusal::Status(_) => {}
    }
    response
}
