//! `/user`: accounts, one's own and others'; and `/file/pin`, which is kept in the account.

#![expect(clippy::unused_async, reason = "the API macro awaits every handler")]

mod avatar;
mod by_mail;
mod passkey;
mod pin;
mod security;
mod setting;
mod view;

use super::authority::{From, Needs, Public, UserInfoRead};
use super::{ApiError, ApiResult, Picture, Raw, Tag, more, ok};
use crate::services::Services;
use entity::{UserId, UserStatus, user};
use identity::account::{CaptchaAnswer, CaptchaPurpose, NewAccount};
use poem::Request;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use site::actor::{Account, Actor};
use std::sync::Arc;
use store::quota::quota_bytes;
use wire::IdKind;

pub use by_mail::ByMailApi;
pub use passkey::PasskeyApi;
pub use pin::PinApi;
pub use security::SecurityApi;
pub use setting::SettingApi;
pub use view::{GroupView, UserView};

/// Every API object of this area.
pub type Apis = (
    UserApi,
    ByMailApi,
    PasskeyApi,
    SettingApi,
    SecurityApi,
    PinApi,
);

pub fn apis(services: &Arc<Services>) -> Apis {
    let services = || Arc::clone(services);
    (
        UserApi::new(services()),
        ByMailApi {
            services: services(),
        },
        PasskeyApi {
            services: services(),
        },
        SettingApi::new(services()),
        SecurityApi {
            services: services(),
        },
        PinApi::new(services()),
    )
}

/// `/user`
#[derive(Debug)]
pub struct UserApi {
    services: Arc<Services>,
}

/// Somebody who wants an account.
#[derive(Object)]
struct Register {
    #[oai(validator(min_length = 1))]
    email: String,
    #[oai(validator(min_length = 6, max_length = 128))]
    password: String,
    /// Such as `en-US`.
    #[oai(default, validator(max_length = 255))]
    language: String,
    /// The answer to the captcha.
    #[oai(default)]
    captcha: String,
    /// The captcha's ticket.
    #[oai(default)]
    ticket: String,
}

/// Bytes an account may hold and holds.
#[derive(Debug, Object, Serialize)]
struct CapacityView {
    total: i64,
    used: i64,
}

impl UserApi {
    pub fn new(services: Arc<Services>) -> Self {
        Self { services }
    }

    fn user_id(&self, id: &str) -> Result<UserId, ApiError> {
        let id = self.services.core.settings().ids.decode(IdKind::User, id);
        id.map(UserId).ok_or(ApiError::BadId)
    }

    fn redacted(&self, account: &Account, viewer: &Actor) -> UserView {
        let live = self.services.core.settings();
        UserView::redacted(account, viewer, &live)
    }
}

/// The account of an actor whose authority demands one.
pub(super) fn own(actor: &Actor) -> Result<&Arc<Account>, ApiError> {
    actor.signed_in().ok_or(ApiError::LoginRequired)
}

/// An account as its owner sees it right after a change, without the group.
pub(super) fn own_view(services: &Services, user: &user::Model) -> UserView {
    UserView::without_group(user, &services.core.settings().ids)
}

#[OpenApi(prefix_path = "/user", tag = "Tag::User")]
impl UserApi {
    /// Registers an account. The first one administers the site. Code 203: a mail is on its way,
    /// whose link confirms the address.
    #[oai(path = "/", method = "post", operation_id = "register")]
    async fn register(
        &self,
        _actor: Needs<Public>,
        From(origin): From,
        body: Json<Register>,
    ) -> ApiResult<UserView> {
        let accounts = &self.services.accounts;
        let Json(body) = body;
        accounts.begin_registering(&origin).await?;
        let captcha = CaptchaAnswer {
            answer: &body.captcha,
            ticket: &body.ticket,
        };
        accounts
            .check_captcha(CaptchaPurpose::Register, captcha)
            .await?;
        let email = super::session::email(&body.email)?;
        let new = NewAccount {
            email,
            password: body.password,
            language: body.language,
        };
        let user = accounts.register(new, &origin).await?;
        if user.status != UserStatus::Active {
            return more(None);
        }
        ok(own_view(&self.services, &user))
    }

    /// Tells who somebody is.
    #[oai(path = "/info/:id", method = "get", operation_id = "getUser")]
    async fn info(&self, actor: Needs<Public>, id: Path<String>) -> ApiResult<UserView> {
        let account = self.services.accounts.find(self.user_id(&id)?).await?;
        ok(self.redacted(&account, &actor))
    }

    /// Shows somebody's face: a PNG, or 404 without a body.
    #[oai(path = "/avatar/:id", method = "get", operation_id = "getAvatar")]
    async fn avatar(
        &self,
        _actor: Needs<Public>,
        request: &Request,
        id: Path<String>,
        /// Any value: the picture is not to be kept.
        nocache: Query<Option<String>>,
    ) -> Result<Raw<Picture>, ApiError> {
        let id = self.user_id(&id)?;
        avatar::answer(&self.services, request, id, nocache.0.is_some()).await
    }

    /// Tells who one is.
    #[oai(path = "/me", method = "get", operation_id = "getOwnAccount")]
    async fn me(&self, actor: Needs<UserInfoRead>) -> ApiResult<UserView> {
        ok(UserView::full(
            own(&actor)?,
            &self.services.core.settings().ids,
        ))
    }

    /// Tells how much one may hold and holds.
    #[oai(path = "/capacity", method = "get", operation_id = "getCapacity")]
    async fn capacity(&self, actor: Needs<UserInfoRead>) -> ApiResult<CapacityView> {
        let account = own(&actor)?;
        let used = self.services.accounts.used_bytes(&actor).await?;
        ok(CapacityView {
            total: quota_bytes(&account.user, &account.group),
            used,
        })
    }

    /// Finds at most ten active accounts by mail address or nickname.
    #[oai(path = "/search", method = "get", operation_id = "searchUsers")]
    async fn search(
        &self,
        actor: Needs<UserInfoRead>,
        #[oai(validator(min_length = 2, max_length = 255))] keyword: Query<String>,
    ) -> ApiResult<Vec<UserView>> {
        let found = self.services.accounts.search(&keyword).await?;
        ok(found
            .iter()
            .map(|account| self.redacted(account, &actor))
            .collect())
    }
}
