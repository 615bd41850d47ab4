//! `/admin/user/invite`: accounts for people who then choose their password.

use crate::api::authority::{AdminWrite, From, Needs};
use crate::api::user::{UserView, own_view};
use crate::api::{ApiError, ApiResult, Tag, ok};
use crate::services::Services;
use entity::GroupId;
use identity::account::Invitation;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use std::sync::Arc;
use wire::IdKind;

/// `/admin/user/invite`
#[derive(Debug)]
pub struct InvitationApi {
    pub(in crate::api) services: Arc<Services>,
}

/// Somebody who is to have an account.
#[derive(Object)]
struct Invite {
    #[oai(validator(min_length = 1))]
    email: String,
    /// Without it, what stands before the `@`.
    #[oai(validator(min_length = 1, max_length = 255))]
    nick: Option<String>,
    /// Of mails, such as `en-US`.
    #[oai(default, validator(max_length = 255))]
    language: String,
    /// Public id; without it, the group of those who register.
    group: Option<String>,
    /// Raw id, as the lists of administrators have it; instead of the public one.
    group_id: Option<i64>,
}

#[OpenApi(prefix_path = "/admin/user", tag = "Tag::Admin")]
impl InvitationApi {
    /// Makes an account and sends its owner a mail, whose link sets a password within seven days.
    /// Registering may be switched off.
    #[oai(path = "/invite", method = "post", operation_id = "inviteUser")]
    async fn invite(
        &self,
        actor: Needs<AdminWrite>,
        From(origin): From,
        body: Json<Invite>,
    ) -> ApiResult<UserView> {
        let Json(body) = body;
        let ids = &self.services.core.settings().ids;
        let group = match &body.group {
            Some(id) => {
                let id = ids.decode(IdKind::Group, id).ok_or(ApiError::BadId)?;
                Some(GroupId(id))
            }
            None => body.group_id.map(GroupId),
        };
        let invitation = Invitation {
            email: crate::api::session::email(&body.email)?,
            nick: body.nick,
            language: body.language,
            group,
        };
        let user = self
            .services
            .accounts
            .invite(&actor, invitation, &origin)
            .await?;
        ok(own_view(&self.services, &user))
    }
}
