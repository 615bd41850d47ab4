//! Who may call: every handler declares the least authority it needs as the type of its first
//! argument, and the API description shows it as a security scheme of that name.
//!
//! [`Login`] resolves who asks once a request; [`Needs`] then checks the declaration. What may be
//! done to a particular file is decided in `site::access`, not here.

use super::error::ApiError;
use crate::http::proxies::Proxies;
use crate::services::Services;
use poem::http::header::{AUTHORIZATION, HOST, USER_AGENT};
use poem::{
    Endpoint, FromRequest, IntoResponse, Middleware, Request, RequestBody, Response, Result,
};
use poem_openapi::registry::{MetaSecurityScheme, Registry};
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};
use site::access;
use site::actor::Actor;
use site::actor::Origin;
use site::secret::Scope;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;
use url::Url;
use uuid::Uuid;

/// A least authority.
pub trait Authority: Send + Sync + 'static {
    /// Name of the security scheme.
    const NAME: &'static str;
    const ABOUT: &'static str;
    /// Strangers are answered 401.
    const SIGNED_IN: bool;
    /// Others than administrators are answered 403.
    const ADMIN: bool = false;
    /// Apps are refused, whatever they were granted.
    const PERSON: bool = false;
    /// What a token issued to an app must have been granted; ordinary tokens have all.
    const SCOPE: Option<Scope> = None;
    /// What is enough instead of that.
    const OR_SCOPE: Option<Scope> = None;
}

macro_rules! authorities {
    ($($(#[doc = $about:literal])+ $name:ident = $text:literal { $($constant:ident: $value:expr),* },)*) => {$(
        $(#[doc = $about])+
        #[derive(Clone, Copy, Debug)]
        pub struct $name;

        impl Authority for $name {
            const NAME: &'static str = $text;
            const ABOUT: &'static str = concat!($($about),+);
            $(authorities!(@ $constant $value);)*
        }
    )*};
    (@ signed_in $value:expr) => { const SIGNED_IN: bool = $value; };
    (@ admin $value:expr) => { const ADMIN: bool = $value; };
    (@ person $value:expr) => { const PERSON: bool = $value; };
    (@ scope $value:expr) => { const SCOPE: Option<Scope> = Some($value); };
    (@ or_scope $value:expr) => { const OR_SCOPE: Option<Scope> = Some($value); };
}

authorities! {
    /// Anybody.
    Public = "public" { signed_in: false },
    /// Anybody; an app's token sent along must be allowed to refresh.
    Refreshing = "refreshing" { signed_in: false, scope: Scope::OfflineAccess },
    /// Anybody with an account.
    SignedIn = "signed_in" { signed_in: true },
    /// Somebody who signed in themselves, not an app they let in.
    Person = "person" { signed_in: true, person: true },
    /// Reads files; visitors without an account may read what is shared with them.
    FilesRead = "files_read" { signed_in: false, scope: Scope::FilesRead },
    /// Changes files; visitors without an account may change what is shared with them.
    FilesWrite = "files_write" { signed_in: false, scope: Scope::FilesWrite },
    /// Reads one's own account.
    UserInfoRead = "user_info_read" { signed_in: true, scope: Scope::UserInfoRead },
    /// Changes one's own account.
    UserInfoWrite = "user_info_write" { signed_in: true, scope: Scope::UserInfoWrite },
    /// Changes how one signs in. Not for apps: a passkey or a WebDAV password opens everything, so
    /// no scope could hold an app that may add or read one.
    UserSecurityWrite = "user_security_write" { signed_in: true, person: true },
    /// Sees one's own tasks.
    WorkflowRead = "workflow_read" { signed_in: true, scope: Scope::WorkflowRead },
    /// Starts and ends one's own tasks.
    WorkflowWrite = "workflow_write" { signed_in: true, scope: Scope::WorkflowWrite },
    /// Sees shares.
    SharesRead = "shares_read" { signed_in: false, scope: Scope::SharesRead },
    /// Makes and changes one's own shares.
    SharesWrite = "shares_write" { signed_in: true, scope: Scope::SharesWrite },
    /// Makes and takes back links to content, as changing files or sharing them does.
    LinksWrite = "links_write" { signed_in: true, scope: Scope::FilesWrite, or_scope: Scope::SharesWrite },
    /// Sees one's own WebDAV accounts, and their passwords. Not for apps.
    DavAccountRead = "dav_account_read" { signed_in: true, person: true },
    /// Changes one's own WebDAV accounts. Not for apps.
    DavAccountWrite = "dav_account_write" { signed_in: true, person: true },
    /// Sees how the site is run.
    AdminRead = "admin_read" { signed_in: true, admin: true, scope: Scope::AdminRead },
    /// Changes how the site is run.
    AdminWrite = "admin_write" { signed_in: true, admin: true, scope: Scope::AdminWrite },
}

/// Who asks, with at least the authority `A`.
#[derive(Clone, Debug)]
pub struct Needs<A> {
    actor: Actor,
    authority: PhantomData<A>,
}

impl<A> Deref for Needs<A> {
    type Target = Actor;

    fn deref(&self) -> &Actor {
        &self.actor
    }
}

impl<'a, A: Authority> ApiExtractor<'a> for Needs<A> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::SecurityScheme];
    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        let scheme = MetaSecurityScheme {
            ty: "http",
            description: Some(A::ABOUT.trim()),
            name: None,
            key_in: None,
            scheme: Some("bearer"),
            bearer_format: Some("JWT"),
            flows: None,
            openid_connect_url: None,
        };
        registry.create_security_scheme(A::NAME, scheme);
    }

    fn security_schemes() -> Vec<&'static str> {
        vec![A::NAME]
    }

    fn has_security_fallback() -> bool {
        !A::SIGNED_IN
    }

    async fn from_request(
        request: &'a Request,
        _body: &mut RequestBody,
        _options: ExtractParamOptions<()>,
    ) -> Result<Self> {
        let actor = request
            .data::<Actor>()
            .ok_or(ApiError::Internal("nobody resolved the login"));
        let actor = actor?.clone();
        check::<A>(&actor)?;
        Ok(Self {
            actor,
            authority: PhantomData,
        })
    }
}

/// Refuses who has less than the authority `A`.
/// # Errors
/// `LoginRequired`, `AdminRequired`, and what forbids it to an app
pub fn check<A: Authority>(actor: &Actor) -> Result<(), ApiError> {
    if A::SIGNED_IN && actor.signed_in().is_none() {
        return Err(ApiError::LoginRequired);
    }
    if A::PERSON {
        require_person(actor)?;
    }
    if let Some(scope) = A::SCOPE {
        let or = A::OR_SCOPE.is_some_and(|scope| require_scope(actor, scope).is_ok());
        if !or {
            require_scope(actor, scope)?;
        }
    }
    if A::ADMIN {
        access::administrator(actor).map_err(|_| ApiError::AdminRequired)?;
    }
    Ok(())
}

/// Refuses an app's token that lacks a scope, for calls whose need depends on the body.
/// # Errors
/// `InsufficientScope`
pub fn require_scope(actor: &Actor, scope: Scope) -> Result<(), ApiError> {
    match actor.scopes() {
        Some(granted) if !granted.allows(scope) => Err(ApiError::InsufficientScope(scope.as_str())),
        _ => Ok(()),
    }
}

/// Refuses every app's token, for what would widen what apps may do.
/// # Errors
/// `InsufficientScope`
pub fn require_person(actor: &Actor) -> Result<(), ApiError> {
    match actor.scopes() {
        Some(_) => Err(ApiError::InsufficientScope("a sign-in of one's own")),
        None => Ok(()),
    }
}

/// Where a request comes from, as a handler's argument.
#[derive(Clone, Debug)]
pub struct From(pub Origin);

impl<'a> FromRequest<'a> for From {
    async fn from_request(request: &'a Request, _body: &mut RequestBody) -> Result<Self> {
        let services = request
            .data::<Arc<Services>>()
            .ok_or(ApiError::Internal("nobody resolved the login"))?;
        Ok(Self(origin_of(request, &services.proxies)))
    }
}

/// Where a request comes from.
pub fn origin_of(request: &Request, proxies: &Proxies) -> Origin {
    Origin {
        ip: proxies.client_ip(request),
        user_agent: request.header(USER_AGENT).unwrap_or_default().to_owned(),
    }
}

/// The address of the site for which a request came, as a handler's argument: one of the settings,
/// if it names one of them.
#[derive(Clone, Debug)]
pub struct AskedSite(pub Url);

impl<'a> FromRequest<'a> for AskedSite {
    async fn from_request(request: &'a Request, _body: &mut RequestBody) -> Result<Self> {
        let services = request
            .data::<Arc<Services>>()
            .ok_or(ApiError::Internal("nobody resolved the login"))?;
        let host = request.header(HOST).unwrap_or_default();
        // Set by a proxy that speaks TLS for us.
        let scheme = request
            .header("x-forwarded-proto")
            .filter(|scheme| *scheme == "https");
        let live = services.core.settings();
        let site = live.site.url_for_request(scheme.unwrap_or("http"), host);
        Ok(Self(site))
    }
}

/// Middleware that finds out who asks: puts the [`Actor`] and the [`Services`] into the request.
#[derive(Clone, Debug)]
pub struct Login {
    pub services: Arc<Services>,
}

impl<E: Endpoint> Middleware<E> for Login {
    type Output = LoginEndpoint<E>;

    fn transform(&self, inner: E) -> Self::Output {
        LoginEndpoint {
            inner,
            services: Arc::clone(&self.services),
        }
    }
}

/// What [`Login`] makes of an endpoint.
#[derive(Debug)]
pub struct LoginEndpoint<E> {
    inner: E,
    services: Arc<Services>,
}

impl<E: Endpoint> Endpoint for LoginEndpoint<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> Result<Response> {
        let accounts = &self.services.accounts;
        let actor = match token(&request) {
            Some(token) => accounts.actor_of(token).await,
            None => accounts.nobody().await,
        };
        let client = request
            .header("x-cr-client-id")
            .and_then(|id| Uuid::parse_str(id).ok());
        let origin = origin_of(&request, &self.services.proxies);
        let actor = actor.map_err(ApiError::from)?;
        let actor = actor.with_client(client).coming_from(&origin);
        request.set_data(actor);
        request.set_data(Arc::clone(&self.services));
        self.inner
            .call(request)
            .await
            .map(IntoResponse::into_response)
    }
}

/// The token of a request: `Bearer <jwt>` or the bare JWT. `Bearer Cr <sign>` is a signature and
/// not ours to judge (V4 API, tokens).
fn token(request: &Request) -> Option<&str> {
    let header = request.header(AUTHORIZATION)?.trim();
    let (scheme, rest) = header.split_once(' ').unwrap_or((header, ""));
    let token = if scheme.eq_ignore_ascii_case("bearer") {
        rest.trim()
    } else {
        header
    };
    (!token.is_empty() && !token.starts_with("Cr ")).then_some(token)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn token_of(header: &str) -> Option<String> {
        let request = Request::builder().header(AUTHORIZATION, header).finish();
        token(&request).map(str::to_owned)
    }

    #[test]
    fn tokens_come_with_or_without_bearer() {
        assert_eq!(token_of("Bearer a.b.c").unwrap(), "a.b.c");
        assert_eq!(token_of("bearer  a.b.c ").unwrap(), "a.b.c");
        assert_eq!(token_of("a.b.c").unwrap(), "a.b.c");
    }

    #[test]
    fn signatures_and_blanks_are_no_tokens() {
        assert_eq!(token_of("Bearer Cr abc=:0"), None);
        assert_eq!(token_of("Bearer "), None);
        assert_eq!(token_of(""), None);
    }
}
