//! `/user/activate` and `/user/reset`: what links of mails do.

use super::{UserView, own_view};
use crate::api::authority::{From, Needs, Public};
use crate::api::{ApiError, ApiResult, NoData, Tag, done, ok};
use crate::services::Services;
use entity::UserId;
use identity::account::{AccountError, CaptchaAnswer, CaptchaPurpose};
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use std::sync::Arc;
use wire::IdKind;

/// `/user/activate` and `/user/reset`
#[derive(Debug)]
pub struct ByMailApi {
    pub(in crate::api) services: Arc<Services>,
}

/// Somebody who forgot a password.
#[derive(Object)]
struct AskReset {
    #[oai(validator(min_length = 1))]
    email: String,
    /// Such as `en-US`; for accounts that chose none.
    #[oai(default, validator(max_length = 255))]
    language: String,
    /// The answer to the captcha.
    #[oai(default)]
    captcha: String,
    /// The captcha's ticket.
    #[oai(default)]
    ticket: String,
}

/// A new password, with the secret of the mail.
#[derive(Object)]
struct Reset {
    #[oai(validator(min_length = 6, max_length = 128))]
    password: String,
    #[oai(default, validator(max_length = 128))]
    secret: String,
}

#[OpenApi(prefix_path = "/user", tag = "Tag::User")]
impl ByMailApi {
    /// Confirms the address of a new account.
    #[oai(
        path = "/activate/:id",
        method = "get",
        operation_id = "activateAccount"
    )]
    async fn activate(
        &self,
        _actor: Needs<Public>,
        From(origin): From,
        id: Path<String>,
        /// From the mail.
        #[oai(default)]
        sign: Query<String>,
    ) -> ApiResult<UserView> {
        let user = self.services.accounts.activate(&id, &sign, &origin).await?;
        ok(own_view(&self.services, &user))
    }

    /// Sends a mail that lets its reader choose a new password. The answer is the same whether
    /// the address is anybody's or not.
    #[oai(
        path = "/reset",
        method = "post",
        operation_id = "requestPasswordReset"
    )]
    async fn ask_reset(
        &self,
        _actor: Needs<Public>,
        From(origin): From,
        body: Json<AskReset>,
    ) -> ApiResult<NoData> {
        let accounts = &self.services.accounts;
        let captcha = CaptchaAnswer {
            answer: &body.captcha,
            ticket: &body.ticket,
        };
        accounts
            .check_captcha(CaptchaPurpose::Reset, captcha)
            .await?;
        let email = crate::api::session::email(&body.email)?;
        accounts
            .ask_reset(&email, body.language.clone(), &origin)
            .await?;
        done()
    }

    /// Sets a password by the secret of a mail, after a reset or an invitation. Every sign-in of
    /// the account ends.
    #[oai(path = "/reset/:id", method = "patch", operation_id = "resetPassword")]
    async fn reset(
        &self,
        _actor: Needs<Public>,
        From(origin): From,
        id: Path<String>,
        body: Json<Reset>,
    ) -> ApiResult<UserView> {
        let ids = &self.services.core.settings().ids;
        let id = ids.decode(IdKind::User, &id).map(UserId);
        let id = id.ok_or(ApiError::Account(AccountError::MailSecretWrong))?;
        let user = self
            .services
            .accounts
            .reset_password(id, &body.secret, &body.password, &origin)
            .await?;
        ok(own_view(&self.services, &user))
    }
}
