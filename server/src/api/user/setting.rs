//! `/user/setting`: what people change about themselves.

use super::own;
use super::passkey::PasskeyView;
use crate::api::authority::{From, Needs, UserInfoRead, UserInfoWrite, require_person};
use crate::api::{AnyBytes, ApiError, ApiResult, NoData, Nullable, Tag, done, ok, time};
use crate::http::body::{content_length, drain, into_stream};
use crate::services::Services;
use bytes::BytesMut;
use chrono::{DateTime, Utc};
use entity::external_identity;
use futures_util::StreamExt as _;
use identity::account::{AccountError, PasswordChange, ProfileChange, TwoFactorChange};
use identity::oauth::Grant;
use poem::{Body, Request};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use std::sync::Arc;
use uuid::Uuid;

/// `/user/setting`
#[derive(Debug)]
pub struct SettingApi {
    services: Arc<Services>,
}

/// One's own settings.
#[derive(Debug, Object, Serialize)]
struct SettingsView {
    version_retention_enabled: bool,
    /// Left out: all extensions.
    #[serde(skip_serializing_if = "Option::is_none")]
    version_retention_ext: Option<Vec<String>>,
    /// Left out: unlimited.
    #[serde(skip_serializing_if = "Option::is_none")]
    version_retention_max: Option<i64>,
    /// Left out: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    passkeys: Option<Vec<PasskeyView>>,
    /// There is no password to sign in with.
    passwordless: bool,
    two_fa_enabled: bool,
    disable_view_sync: bool,
    /// One gets a mail when a task has ended that took longer than ten minutes.
    task_mail: bool,
    share_links_in_profile: String,
    /// Apps that were let in.
    #[serde(skip_serializing_if = "Option::is_none")]
    oauth_grants: Option<Vec<GrantView>>,
    /// Who one is elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    open_id: Option<Vec<IdentityView>>,
}

/// Who one is at another provider.
#[derive(Debug, Object, Serialize)]
struct IdentityView {
    /// 0 Logto, 2 OpenID, 3 directory.
    provider: i16,
    linked_at: DateTime<Utc>,
}

impl IdentityView {
    fn of(identity: external_identity::Model) -> Self {
        Self {
            provider: identity.provider,
            linked_at: time::wire(identity.linked_at),
        }
    }
}

/// An app that was let in.
#[derive(Debug, Object, Serialize)]
struct GrantView {
    client_id: String,
    client_name: String,
    client_logo: String,
    scopes: Vec<String>,
    /// Null: never.
    last_used_at: Nullable<DateTime<Utc>>,
}

impl GrantView {
    fn of(grant: Grant) -> Self {
        Self {
            client_id: grant.app.guid,
            client_name: grant.app.name,
            client_logo: grant.app.props.icon,
            scopes: grant.scopes,
            last_used_at: Nullable(grant.last_used_at.map(time::wire)),
        }
    }
}

/// Wanted changes; what is missing or null stays as it is.
#[derive(Object)]
struct ChangeSettings {
    #[oai(validator(min_length = 1, max_length = 255))]
    nick: Option<String>,
    #[oai(validator(min_length = 1, max_length = 255))]
    language: Option<String>,
    /// A CSS colour.
    preferred_theme: Option<String>,
    version_retention_enabled: Option<bool>,
    version_retention_ext: Option<Vec<String>>,
    /// 0 is unlimited.
    #[oai(validator(minimum(value = "0")))]
    version_retention_max: Option<i64>,
    #[oai(validator(min_length = 4, max_length = 128))]
    current_password: Option<String>,
    #[oai(validator(min_length = 6, max_length = 128))]
    new_password: Option<String>,
    two_fa_enabled: Option<bool>,
    two_fa_code: Option<String>,
    disable_view_sync: Option<bool>,
    /// A mail when a task has ended that took longer than ten minutes.
    task_mail: Option<bool>,
    share_links_in_profile: Option<String>,
}

impl ChangeSettings {
    /// Either password alone is ignored (V4 API).
    fn password(&self, session_id: Option<Uuid>) -> Option<PasswordChange> {
        let (current, new) = self
            .current_password
            .clone()
            .zip(self.new_password.clone())?;
        Some(PasswordChange {
            current,
            new,
            session_id,
        })
    }
}

impl SettingApi {
    pub fn new(services: Arc<Services>) -> Self {
        Self { services }
    }
}

#[OpenApi(prefix_path = "/user/setting", tag = "Tag::User")]
impl SettingApi {
    /// Tells one's settings.
    #[oai(path = "/", method = "get", operation_id = "getSettings")]
    async fn settings(&self, actor: Needs<UserInfoRead>) -> ApiResult<SettingsView> {
        let user = &own(&actor)?.user;
        let passkeys = self.services.accounts.passkeys(&actor).await?;
        let passkeys: Vec<_> = passkeys.into_iter().map(PasskeyView::of).collect();
        let settings = &user.settings;
        let extensions = settings.version_retention_ext.clone();
        let grants = self.services.oauth.grants(&actor).await?;
        let grants: Vec<_> = grants.into_iter().map(GrantView::of).collect();
        let linked = self.services.accounts.identities(&actor).await?;
        let linked: Vec<_> = linked.into_iter().map(IdentityView::of).collect();
        ok(SettingsView {
            version_retention_enabled: settings.version_retention,
            version_retention_ext: Some(extensions).filter(|list| !list.is_empty()),
            version_retention_max: Some(settings.version_retention_max).filter(|max| *max > 0),
            passkeys: Some(passkeys).filter(|list| !list.is_empty()),
            passwordless: user.password.as_deref().unwrap_or_default().is_empty(),
            two_fa_enabled: user
                .two_factor_secret
                .as_deref()
                .is_some_and(|secret| !secret.is_empty()),
            disable_view_sync: settings.disable_view_sync,
            task_mail: settings.task_mail,
            share_links_in_profile: settings.share_links_in_profile.clone(),
            oauth_grants: Some(grants).filter(|grants| !grants.is_empty()),
            open_id: Some(linked).filter(|linked| !linked.is_empty()),
        })
    }

    /// Changes some of one's settings, all or none. A new password ends every refresh token, and
    /// every other sign-in.
    #[oai(path = "/", method = "patch", operation_id = "changeSettings")]
    async fn change(
        &self,
        actor: Needs<UserInfoWrite>,
        From(origin): From,
        body: Json<ChangeSettings>,
    ) -> ApiResult<NoData> {
        let Json(body) = body;
        let password = body.password(actor.session_id);
        if password.is_some() || body.two_fa_enabled.is_some() {
            require_person(&actor)?;
        }
        let two_factor = body.two_fa_enabled.map(|enable| TwoFactorChange {
            enable,
            code: body.two_fa_code.unwrap_or_default(),
        });
        let change = ProfileChange {
            nick: body.nick,
            language: body.language,
            preferred_theme: body.preferred_theme,
            version_retention: body.version_retention_enabled,
            version_retention_ext: body.version_retention_ext,
            version_retention_max: body.version_retention_max,
            disable_view_sync: body.disable_view_sync,
            task_mail: body.task_mail,
            share_links_in_profile: body.share_links_in_profile,
            password,
            two_factor,
        };
        self.services
            .accounts
            .change_profile(&actor, change, &origin)
            .await?;
        done()
    }

    /// Makes the body one's face; an empty body shows the one Gravatar has.
    #[oai(path = "/avatar", method = "put", operation_id = "setAvatar")]
    async fn avatar(
        &self,
        actor: Needs<UserInfoWrite>,
        request: &Request,
        body: AnyBytes,
    ) -> ApiResult<NoData> {
        let limit = self
            .services
            .core
            .settings()
            .settings
            .accounts
            .avatar
            .max_upload_bytes;
        let picture = read(request, body.0, limit).await?;
        if picture.is_empty() {
            self.services.accounts.use_gravatar(&actor).await?;
        } else {
            let accounts = &self.services.accounts;
            accounts.set_avatar(&actor, picture.freeze()).await?;
        }
        done()
    }
}

/// A body within the limit; one that declares to be longer is read away.
async fn read(request: &Request, body: Body, limit_bytes: u64) -> Result<BytesMut, ApiError> {
    let too_large = || AccountError::PictureTooLarge { limit_bytes };
    let mut stream = into_stream(body);
    if content_length(request).is_some_and(|length| length > limit_bytes) {
        drain(stream, limit_bytes).await;
        return Err(too_large().into());
    }
    let mut bytes = BytesMut::new();
    while let Some(piece) = stream.next().await {
        bytes.extend_from_slice(&piece.map_err(|_| ApiError::binding("Parameter error"))?);
        if bytes.len() as u64 > limit_bytes {
            return Err(too_large().into());
        }
    }
    Ok(bytes)
}
