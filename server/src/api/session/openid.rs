//! `/session/openid`: signing in at another provider, and linking one's account to it.

use super::SignedInView;
use crate::api::authority::{From, Needs, Public, UserSecurityWrite, require_person};
use crate::api::user::own;
use crate::api::{ApiError, ApiResult, NoData, Tag, WithCookie, done, ok, site_url};
use crate::services::Services;
use identity::sso::{Begin, Finish, Outcome, Provider, SsoError};
use poem::Request;
use poem::http::HeaderMap;
use poem::http::header::{COOKIE as COOKIES, ORIGIN};
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use std::sync::Arc;

/// Ties a sign-in to the browser that began it.
const COOKIE: &str = "alcove_openid";

/// `/session/openid`
#[derive(Debug)]
pub struct OpenIdApi {
    services: Arc<Services>,
}

/// Somebody wants to go to a provider.
#[derive(Object)]
struct BeginOpenId {
    /// 0 Logto, 2 OpenID.
    provider: i64,
    /// The address to sign in with, if it is known.
    #[oai(default)]
    hint: String,
    /// To link the account that is signed in instead of signing in.
    #[oai(default)]
    linking: bool,
}

/// Somebody comes back from a provider.
#[derive(Object)]
struct FinishOpenId {
    #[oai(validator(min_length = 1, max_length = 4096))]
    code: String,
    /// The `state` that came back.
    #[oai(validator(min_length = 1, max_length = 255))]
    session_id: String,
    provider_id: i64,
}

impl OpenIdApi {
    pub fn new(services: Arc<Services>) -> Self {
        Self { services }
    }
}

fn provider(number: i64) -> Result<Provider, ApiError> {
    Provider::at(number).ok_or_else(|| SsoError::ProviderOff.into())
}

/// The mark that the browser kept. Programs that are no browsers send no origin and keep no
/// cookies; nobody can lure them to another's sign-in.
fn mark(request: &Request) -> Option<String> {
    browser_mark(request.headers()).or_else(|| request.header(ORIGIN).map(|_| String::new()))
}

/// The mark that the browser was given.
pub fn browser_mark(headers: &HeaderMap) -> Option<String> {
    let cookies = headers.get_all(COOKIES).into_iter();
    let mut pairs = cookies
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    let mark = pairs.find(|(name, _)| *name == COOKIE);
    mark.map(|(_, mark)| mark.to_owned())
}

#[OpenApi(prefix_path = "/session/openid", tag = "Tag::Session")]
impl OpenIdApi {
    /// Answers the address to send the browser to.
    #[oai(path = "/", method = "put", operation_id = "beginOpenId")]
    async fn begin(
        &self,
        actor: Needs<Public>,
        request: &Request,
        body: Json<BeginOpenId>,
    ) -> Result<WithCookie<String>, ApiError> {
        let linking = if body.linking {
            require_person(&actor)?;
            Some(own(&actor)?.user.id)
        } else {
            None
        };
        let site = site_url(request, &self.services.core.settings());
        let wanted = Begin {
            provider: provider(body.provider)?,
            hint: &body.hint,
            linking,
            site: &site,
        };
        let begun = self.services.single_sign_on.begin(wanted).await?;
        let secure = if site.scheme() == "https" {
            "; Secure"
        } else {
            ""
        };
        let cookie = format!(
            "{COOKIE}={}; Path=/api/v4/session/openid; Max-Age={}; HttpOnly; SameSite=Lax{secure}",
            begun.browser, begun.ttl_secs,
        );
        WithCookie::new(ok(begun.url)?, &cookie)
    }

    /// Signs in, or links, with what the provider sent back.
    #[oai(path = "/", method = "post", operation_id = "finishOpenId")]
    async fn finish(
        &self,
        actor: Needs<Public>,
        request: &Request,
        From(origin): From,
        body: Json<FinishOpenId>,
    ) -> ApiResult<Option<SignedInView>> {
        let mark = mark(request);
        let came = Finish {
            provider: provider(body.provider_id)?,
            code: &body.code,
            session: &body.session_id,
            browser: mark.as_deref(),
            user: actor.scopes().is_none().then(|| actor.user_id()).flatten(),
        };
        let services = &self.services;
        let sso = &services.single_sign_on;
        match sso.finish(&services.accounts, came, &origin).await? {
            Outcome::SignedIn(signed_in) => ok(Some(SignedInView::of(services, signed_in))),
            Outcome::Linked => Ok(done()?.into_any()),
        }
    }

    /// Forgets who one is at a provider. The last way into an account stays.
    #[oai(
        path = "/:provider_id",
        method = "delete",
        operation_id = "unlinkOpenId"
    )]
    async fn unlink(
        &self,
        actor: Needs<UserSecurityWrite>,
        From(origin): From,
        provider_id: Path<i64>,
    ) -> ApiResult<NoData> {
        let provider = Provider::linked(provider_id.0).ok_or(SsoError::NothingLinked)?;
        self.services
            .accounts
            .unlink(&actor, provider, &origin)
            .await?;
        done()
    }
}
