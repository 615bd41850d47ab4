//! `/session/oauth`: people let apps in, and apps learn whom they act for.

#![expect(clippy::unused_async, reason = "the API macro awaits every handler")]

use super::token::{TokenAnswer, TokenForm, tokens};
use crate::api::authority::{From, Needs, Person, Public, SignedIn, UserSecurityWrite};
use crate::api::user::own;
use crate::api::{ApiError, ApiResult, Bare, NoData, Tag, done, ok, site_url};
use crate::http::correlation::CorrelationId;
use crate::services::Services;
use identity::oauth::{Claims, ConsentRequest, OAuthError};
use poem::Request;
use poem_openapi::param::Path;
use poem_openapi::payload::{Form, Json};
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use site::actor::Actor;
use site::secret::{Scope, ScopeSet};
use std::sync::Arc;

/// `/session/oauth`
#[derive(Debug)]
pub struct OAuthApi {
    services: Arc<Services>,
}

/// An app as people see it before they let it in.
#[derive(Debug, Object, Serialize)]
struct AppView {
    /// A UUID.
    id: String,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    homepage_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    icon: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    /// What whoever asks has granted before.
    #[serde(skip_serializing_if = "Option::is_none")]
    consented_scopes: Option<Vec<String>>,
}

/// Somebody lets an app in.
#[derive(Object)]
struct Consent {
    #[oai(validator(min_length = 1))]
    client_id: String,
    /// `code`.
    #[oai(validator(min_length = 1))]
    response_type: String,
    /// One of the app's, to the letter.
    #[oai(validator(min_length = 1))]
    redirect_uri: String,
    /// Comes back.
    #[oai(default, validator(max_length = 4096))]
    state: String,
    /// Separated by single spaces; `openid` must be among them.
    #[oai(validator(min_length = 1))]
    scope: String,
    #[oai(default, validator(max_length = 255))]
    code_challenge: String,
    /// `S256`, also when left out.
    #[oai(default)]
    code_challenge_method: String,
    /// Comes back in the identity token.
    #[oai(default)]
    nonce: String,
}

/// What to hand to the app.
#[derive(Debug, Object, Serialize)]
struct ConsentView {
    /// Good once, for ten minutes.
    code: String,
    state: String,
}

/// Who somebody is, as far as the app may know (OpenID Connect).
#[derive(Debug, Object, Serialize)]
struct UserInfoView {
    sub: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    preferred_username: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    picture: Option<String>,
    /// Unix seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    updated_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email_verified: Option<bool>,
}

impl UserInfoView {
    fn of(claims: Claims) -> Self {
        Self {
            sub: claims.sub,
            name: claims.name,
            preferred_username: claims.preferred_username,
            picture: claims.picture,
            updated_at: claims.updated_at,
            email: claims.email,
            email_verified: claims.email_verified,
        }
    }
}

impl OAuthApi {
    pub fn new(services: Arc<Services>) -> Self {
        Self { services }
    }

    fn claims(&self, actor: &Actor, request: &Request) -> Result<Bare<UserInfoView>, ApiError> {
        let everything = || ScopeSet::EMPTY.with(Scope::Profile).with(Scope::Email);
        let scopes = match actor.scopes() {
            Some(granted) if !granted.allows(Scope::OpenId) => {
                return Err(OAuthError::NotIdentified.into());
            }
            Some(granted) => *granted,
            None => everything(),
        };
        let live = self.services.core.settings();
        let site = site_url(request, &live);
        let claims = Claims::of(&own(actor)?.user, &live, &site, scopes);
        Ok(Bare::new(&UserInfoView::of(claims)))
    }
}

fn text(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

#[OpenApi(prefix_path = "/session/oauth", tag = "Tag::Session")]
impl OAuthApi {
    /// Describes an app that wants to be let in.
    #[oai(path = "/app/:guid", method = "get", operation_id = "describeApp")]
    async fn app(&self, actor: Needs<Public>, guid: Path<String>) -> ApiResult<AppView> {
        let app = self.services.oauth.app(&guid).await?;
        let consented = match actor.user_id() {
            Some(_) => self.services.oauth.granted(&actor, app.id).await?,
            None => Vec::new(),
        };
        ok(AppView {
            id: app.guid,
            name: app.name,
            homepage_url: text(app.homepage_url),
            icon: text(app.props.icon),
            description: text(app.props.description),
            consented_scopes: Some(consented).filter(|scopes| !scopes.is_empty()),
        })
    }

    /// Lets an app do what it asks for. Only people can, not apps.
    #[oai(path = "/consent", method = "post", operation_id = "consentToApp")]
    async fn consent(
        &self,
        actor: Needs<Person>,
        From(origin): From,
        body: Json<Consent>,
    ) -> ApiResult<ConsentView> {
        let Json(body) = body;
        if body.response_type != "code" {
            return Err(OAuthError::BadValue("The response type is not supported").into());
        }
        let request = ConsentRequest {
            client_id: body.client_id,
            redirect_uri: body.redirect_uri,
            scope: body.scope,
            code_challenge: body.code_challenge,
            code_challenge_method: body.code_challenge_method,
            nonce: body.nonce,
        };
        let code = self
            .services
            .oauth
            .consent(&actor, request, &origin)
            .await?;
        ok(ConsentView {
            code,
            state: body.state,
        })
    }

    /// Gives an app tokens for a code or a refresh token (RFC 6749). The app names itself in the
    /// body or by HTTP Basic. Failures have HTTP status 400.
    #[oai(path = "/token", method = "post", operation_id = "requestAppTokens")]
    async fn token(
        &self,
        _actor: Needs<Public>,
        From(origin): From,
        request: &Request,
        body: Form<TokenForm>,
    ) -> Result<TokenAnswer, ApiError> {
        let Form(form) = body;
        let form = form.complete(request)?;
        let answer = tokens(&self.services, &form, request, &origin).await;
        Ok(match answer {
            Ok(view) => TokenAnswer(Bare::new(&view)),
            Err(error) => super::token::refusal(error, CorrelationId::of(request)),
        })
    }

    /// Tells an app whom it acts for (OpenID Connect Core §5.3).
    #[oai(path = "/userinfo", method = "get", operation_id = "userInfo")]
    async fn user_info(
        &self,
        actor: Needs<SignedIn>,
        request: &Request,
    ) -> Result<Bare<UserInfoView>, ApiError> {
        self.claims(&actor, request)
    }

    /// The same, for clients that post.
    #[oai(path = "/userinfo", method = "post", operation_id = "postUserInfo")]
    async fn post_user_info(
        &self,
        actor: Needs<SignedIn>,
        request: &Request,
    ) -> Result<Bare<UserInfoView>, ApiError> {
        self.claims(&actor, request)
    }

    /// Shuts an app out: its tokens die at once.
    #[oai(path = "/grant/:guid", method = "delete", operation_id = "revokeGrant")]
    async fn revoke(
        &self,
        actor: Needs<UserSecurityWrite>,
        From(origin): From,
        guid: Path<String>,
    ) -> ApiResult<NoData> {
        self.services.oauth.revoke(&actor, &guid, &origin).await?;
        done()
    }
}
