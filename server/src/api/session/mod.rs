//! `/session`: signing in, staying signed in, signing out, and letting apps in.

mod oauth;
mod openid;
mod token;

mod passkey;

use super::authority::{From, Needs, Public, Refreshing};
use super::user::UserView;
use super::{ApiError, ApiResult, Tag, more, ok, time};
use crate::services::Services;
use chrono::{DateTime, Utc};
use identity::account::{CaptchaAnswer, CaptchaPurpose, SignInStep, SignedIn, Tokens};
use poem_openapi::param::Query;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use site::email::Email;
use std::sync::Arc;

pub use oauth::OAuthApi;
pub use openid::{OpenIdApi, browser_mark};
pub use passkey::PasskeySignInApi;

/// Every API object of this area.
pub type Apis = (SessionApi, OAuthApi, OpenIdApi, PasskeySignInApi);

pub fn apis(services: &Arc<Services>) -> Apis {
    let services = || Arc::clone(services);
    (
        SessionApi::new(services()),
        OAuthApi::new(services()),
        OpenIdApi::new(services()),
        PasskeySignInApi {
            services: services(),
        },
    )
}

/// `/session`
#[derive(Debug)]
pub struct SessionApi {
    services: Arc<Services>,
}

/// How an account may sign in.
#[derive(Debug, Object, Serialize)]
struct SignInMethodsView {
    webauthn_enabled: bool,
    password_enabled: bool,
}

/// A sign-in with a password.
#[derive(Object)]
struct SignIn {
    #[oai(validator(min_length = 1))]
    email: String,
    #[oai(validator(min_length = 4, max_length = 128))]
    password: String,
    /// The answer to the captcha.
    #[oai(default)]
    captcha: String,
    /// The captcha's ticket.
    #[oai(default)]
    ticket: String,
}

/// The second step of a sign-in.
#[derive(Object)]
struct Code {
    /// Six digits of the app, or a recovery code.
    #[oai(validator(min_length = 1, max_length = 64))]
    otp: String,
    /// From the first step.
    #[oai(validator(min_length = 1, max_length = 64))]
    session_id: String,
}

/// A refresh token.
#[derive(Object)]
struct RefreshToken {
    #[oai(validator(min_length = 1))]
    refresh_token: String,
}

/// Who signed in, and what to show from now on.
#[derive(Debug, Object, Serialize)]
struct SignedInView {
    user: UserView,
    token: TokensView,
}

impl SignedInView {
    fn of(services: &Services, signed_in: SignedIn) -> Self {
        let ids = &services.core.settings().ids;
        Self {
            user: UserView::full(&signed_in.account, ids),
            token: TokensView::of(signed_in.tokens),
        }
    }
}

/// Tokens and when they end.
#[derive(Debug, Object, Serialize)]
struct TokensView {
    access_token: String,
    refresh_token: String,
    access_expires: DateTime<Utc>,
    refresh_expires: DateTime<Utc>,
}

impl TokensView {
    fn of(tokens: Tokens) -> Self {
        Self {
            access_token: tokens.access,
            refresh_token: tokens.refresh,
            access_expires: time::wire(tokens.access_expires),
            refresh_expires: time::wire(tokens.refresh_expires),
        }
    }
}

impl SessionApi {
    pub fn new(services: Arc<Services>) -> Self {
        Self { services }
    }
}

/// The address of a request's `email`.
pub(super) fn email(text: &str) -> Result<Email, ApiError> {
    Email::parse(text).map_err(|error| ApiError::binding(error.to_string()))
}

#[OpenApi(prefix_path = "/session", tag = "Tag::Session")]
impl SessionApi {
    /// Tells how the account of an address may sign in.
    #[oai(path = "/prepare", method = "get", operation_id = "prepareSignIn")]
    async fn prepare(
        &self,
        _actor: Needs<Public>,
        From(origin): From,
        #[oai(name = "email")] address: Query<String>,
    ) -> ApiResult<SignInMethodsView> {
        let methods = self
            .services
            .accounts
            .sign_in_methods(&email(&address)?, &origin)
            .await?;
        ok(SignInMethodsView {
            webauthn_enabled: methods.passkey,
            password_enabled: methods.password,
        })
    }

    /// Signs in with a password. Code 203 asks for a code of the second factor; its data is the
    /// session for it.
    #[oai(path = "/token", method = "post", operation_id = "signIn")]
    async fn sign_in(
        &self,
        _actor: Needs<Public>,
        From(origin): From,
        body: Json<SignIn>,
    ) -> ApiResult<SignedInView> {
        let accounts = &self.services.accounts;
        let captcha = CaptchaAnswer {
            answer: &body.captcha,
            ticket: &body.ticket,
        };
        accounts
            .check_captcha(CaptchaPurpose::SignIn, captcha)
            .await?;
        let step = accounts
            .sign_in(&email(&body.email)?, &body.password, &origin)
            .await?;
        match step {
            SignInStep::Done(signed_in) => ok(SignedInView::of(&self.services, signed_in)),
            SignInStep::SecondFactor { session } => more(Some(session)),
        }
    }

    /// Ends a sign-in by a code of the second factor.
    #[oai(path = "/token/2fa", method = "post", operation_id = "finishSignIn")]
    async fn sign_in_with_code(
        &self,
        _actor: Needs<Public>,
        From(origin): From,
        body: Json<Code>,
    ) -> ApiResult<SignedInView> {
        let signed_in = self
            .services
            .accounts
            .sign_in_with_code(&body.session_id, &body.otp, &origin)
            .await?;
        ok(SignedInView::of(&self.services, signed_in))
    }

    /// Answers new tokens for a refresh token, which stays good.
    #[oai(
        path = "/token/refresh",
        method = "post",
        operation_id = "refreshTokens"
    )]
    async fn refresh(
        &self,
        _actor: Needs<Refreshing>,
        From(origin): From,
        body: Json<RefreshToken>,
    ) -> ApiResult<TokensView> {
        let accounts = &self.services.accounts;
        let tokens = accounts.refresh(&body.refresh_token, &origin).await?;
        ok(TokensView::of(tokens))
    }

    /// Signs out: every refresh token of the same sign-in ends.
    #[oai(path = "/token", method = "delete", operation_id = "signOut")]
    async fn sign_out(
        &self,
        _actor: Needs<Public>,
        From(origin): From,
        body: Json<RefreshToken>,
    ) -> ApiResult<String> {
        self.services
            .accounts
            .sign_out(&body.refresh_token, &origin)
            .await?;
        ok(String::new())
    }
}
