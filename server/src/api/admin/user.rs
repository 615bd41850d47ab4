//! `/admin/user`: accounts of others.

use super::group::{StoredGroup, path_id};
use super::list::{IdsRequest, ListRequest, PagePlace, some};
use crate::api::authority::{AdminRead, AdminWrite, Needs};
use crate::api::time::{since, wire};
use crate::api::{ApiError, ApiResult, NoData, Tag, done, ok};
use crate::services::Services;
use ::wire::{IdKind, PublicIds};
use admin::{AccountEdit, AccountFilter, GroupRow, UserRow};
use chrono::{DateTime, Utc};
use entity::{GroupId, UserId, UserStatus, passkey, user};
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::types::Any;
use poem_openapi::{Enum, Object, OpenApi};
use serde::Serialize;
use serde_json::{Map, Value};
use std::sync::Arc;

/// `/admin/user`
#[derive(Debug)]
pub struct UsersApi {
    pub(in crate::api) services: Arc<Services>,
}

/// An account as it is stored; what is zero or empty is left out.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
struct StoredUser {
    id: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    email: String,
    nick: String,
    /// `active`, `inactive`, `manual_banned` or `sys_banned`.
    status: String,
    /// Bytes it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    storage: Option<i64>,
    /// `file` or `gravatar`.
    #[serde(skip_serializing_if = "Option::is_none")]
    avatar: Option<String>,
    /// What its owner chose.
    settings: Any<Value>,
    group_users: i64,
    edges: UserEdges,
    /// Public id.
    hash_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    two_fa_enabled: Option<bool>,
    /// Only of one account.
    #[serde(skip_serializing_if = "Option::is_none")]
    capacity: Option<CapacityOfUser>,
}

/// What belongs to an account.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
struct UserEdges {
    group: StoredGroup,
    #[serde(skip_serializing_if = "Option::is_none")]
    passkey: Option<Vec<StoredPasskey>>,
}

/// A passkey, without what it signs in with.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
struct StoredPasskey {
    id: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    user_id: i64,
    credential_id: String,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    used_at: Option<DateTime<Utc>>,
}

/// Room of an account, bytes.
#[derive(Debug, Object, Serialize)]
struct CapacityOfUser {
    total: i64,
    used: i64,
}

impl From<passkey::Model> for StoredPasskey {
    fn from(row: passkey::Model) -> Self {
        Self {
            id: row.id.0,
            created_at: wire(row.created_at),
            updated_at: wire(row.used_at.unwrap_or(row.created_at)),
            user_id: row.user_id.0,
            credential_id: row.credential_id,
            name: row.name,
            used_at: row.used_at.map(wire),
        }
    }
}

impl StoredUser {
    fn of(row: UserRow, ids: &PublicIds, is_detail: bool) -> Self {
        let UserRow { user, group, .. } = row;
        let group = GroupRow {
            group,
            policy: None,
            members: None,
        };
        let passkeys = row.passkeys.into_iter().map(StoredPasskey::from);
        Self {
            id: user.id.0,
            created_at: wire(user.created_at),
            updated_at: wire(user.updated_at),
            hash_id: ids.encode(IdKind::User, user.id.0),
            two_fa_enabled: some(user.two_factor_secret.is_some()),
            capacity: is_detail.then_some(CapacityOfUser {
                total: row.quota,
                used: user.used_bytes,
            }),
            storage: some(user.used_bytes),
            status: user.status.shown().to_owned(),
            settings: Any(stored(&user.settings)),
            group_users: user.group_id.0,
            edges: UserEdges {
                group: group.into(),
                passkey: Some(passkeys.collect::<Vec<_>>()).filter(|all| !all.is_empty()),
            },
            avatar: some(user.avatar),
            email: user.email,
            nick: user.nick,
        }
    }
}

/// The settings of an account, without those that are zero or empty. Views are stored as text.
fn stored(settings: &user::Settings) -> Value {
    let mut all = match serde_json::to_value(settings) {
        Ok(Value::Object(all)) => all,
        _ => Map::new(),
    };
    if let Some(Value::Object(views)) = all.get_mut("fs_view_map") {
        for view in views.values_mut() {
            let parsed = view
                .as_str()
                .and_then(|text| serde_json::from_str(text).ok());
            *view = parsed.unwrap_or(Value::Null);
        }
    }
    all.retain(|_, value| match value {
        Value::Null | Value::Bool(false) => false,
        Value::Number(number) => number.as_i64() != Some(0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
        Value::Bool(true) => true,
    });
    Value::Object(all)
}

/// A page of accounts.
#[derive(Debug, Object, Serialize)]
struct UserPage {
    users: Vec<StoredUser>,
    pagination: PagePlace,
}

/// Whether somebody may use their account.
#[derive(Clone, Copy, Debug, Enum)]
#[oai(rename_all = "snake_case")]
enum SentStatus {
    Active,
    Inactive,
    ManualBanned,
    SysBanned,
}

impl From<SentStatus> for UserStatus {
    fn from(sent: SentStatus) -> Self {
        match sent {
            SentStatus::Active => Self::Active,
            SentStatus::Inactive => Self::Inactive,
            SentStatus::ManualBanned => Self::ManualBanned,
            SentStatus::SysBanned => Self::SysBanned,
        }
    }
}

/// An account to make or to change.
#[derive(Object)]
struct UserUpsert {
    user: SentUser,
    /// Of a new account, or another one; empty: the one it has.
    #[oai(default, validator(max_length = 128))]
    password: String,
    /// Anything but nothing: without a second factor from now on.
    #[oai(default)]
    two_fa: String,
}

/// An account as clients send it back: what is derived is ignored.
#[derive(Object)]
struct SentUser {
    #[oai(default)]
    id: i64,
    email: String,
    #[oai(default)]
    nick: String,
    /// Empty, `file` or `gravatar`.
    #[oai(default)]
    avatar: String,
    status: SentStatus,
    group_users: i64,
}

/// Shortest password.
const PASSWORD_CHARS: usize = 6;

impl UserUpsert {
    fn edit(self) -> Result<AccountEdit, ApiError> {
        let password = Some(self.password).filter(|text| !text.is_empty());
        let is_short = |text: &String| text.chars().count() < PASSWORD_CHARS;
        if password.as_ref().is_some_and(is_short) {
            return Err(ApiError::binding("Password too short"));
        }
        let email = crate::api::session::email(&self.user.email)?;
        let nick = if self.user.nick.trim().is_empty() {
            email.local_part().to_owned()
        } else {
            self.user.nick
        };
        Ok(AccountEdit {
            email,
            nick,
            avatar: self.user.avatar,
            status: self.user.status.into(),
            group: GroupId(self.user.group_users),
            password,
            ends_second_factor: !self.two_fa.is_empty(),
        })
    }
}

fn filter(request: &ListRequest) -> Result<AccountFilter, ApiError> {
    let status = request.condition("user_status").map(|word| {
        let all = [
            UserStatus::Active,
            UserStatus::Inactive,
            UserStatus::ManualBanned,
            UserStatus::SysBanned,
        ];
        let known = all.into_iter().find(|status| status.as_str() == word);
        known.ok_or_else(|| ApiError::binding("Invalid user status"))
    });
    Ok(AccountFilter {
        status: status.transpose()?,
        group: request.id_condition("user_group", "group")?.map(GroupId),
        nick: request.condition("user_nick").map(str::to_owned),
        email: request.condition("user_email").map(str::to_owned),
    })
}

#[OpenApi(tag = "Tag::Admin")]
impl UsersApi {
    /// A page of the accounts, ordered by `nick`, `email`, `storage` or `updated_at`, else by id.
    /// Conditions: `user_status`, `user_group` (raw id), `user_nick`, `user_email` (a part).
    #[oai(path = "/admin/user", method = "post", operation_id = "listAccounts")]
    async fn list(&self, actor: Needs<AdminRead>, body: Json<ListRequest>) -> ApiResult<UserPage> {
        let (request, filter) = (body.page()?, filter(&body)?);
        let users = &self.services.admin.users;
        let page = users.list(&actor, &request, &filter).await?;
        let pagination = PagePlace::of(&request, &page);
        let live = self.services.core.settings();
        let view = |row| StoredUser::of(row, &live.ids, false);
        ok(UserPage {
            pagination,
            users: page.rows.into_iter().map(view).collect(),
        })
    }

    /// One account.
    #[oai(path = "/admin/user/:id", method = "get", operation_id = "getAccount")]
    async fn get(&self, actor: Needs<AdminRead>, id: Path<i64>) -> ApiResult<StoredUser> {
        let id = UserId(path_id(*id)?);
        let row = self.services.admin.users.get(&actor, id).await?;
        ok(self.detail(row))
    }

    /// Makes an account.
    #[oai(path = "/admin/user", method = "put", operation_id = "createAccount")]
    async fn create(
        &self,
        actor: Needs<AdminWrite>,
        body: Json<UserUpsert>,
    ) -> ApiResult<StoredUser> {
        if body.user.id != 0 {
            return Err(ApiError::binding("ID must be 0"));
        }
        if body.password.is_empty() {
            return Err(ApiError::binding("Password cannot be empty"));
        }
        let users = &self.services.admin.users;
        ok(self.detail(users.create(&actor, body.0.edit()?).await?))
    }

    /// Changes an account.
    #[oai(
        path = "/admin/user/:id",
        method = "put",
        operation_id = "changeAccount"
    )]
    async fn change(
        &self,
        actor: Needs<AdminWrite>,
        id: Path<i64>,
        /// Refused if it was changed since then: `updated_at` as it was read. Ours.
        seen: Query<Option<DateTime<Utc>>>,
        body: Json<UserUpsert>,
    ) -> ApiResult<StoredUser> {
        let id = path_id(*id)?;
        if body.user.id != id {
            return Err(ApiError::binding("The ids of path and body differ"));
        }
        let users = &self.services.admin.users;
        ok(self.detail(
            users
                .edit(&actor, (UserId(id), since(*seen)), body.0.edit()?)
                .await?,
        ))
    }

    /// Deletes accounts with all they have. Nobody sees or enters them from now on; what they have
    /// is removed in the background.
    #[oai(
        path = "/admin/user/batch/delete",
        method = "post",
        operation_id = "deleteAccounts"
    )]
    async fn delete(&self, actor: Needs<AdminWrite>, body: Json<IdsRequest>) -> ApiResult<NoData> {
        let ids: Vec<UserId> = body.checked()?.iter().copied().map(UserId).collect();
        self.services.admin.users.delete(&actor, &ids).await?;
        done()
    }

    /// Counts anew what an account holds.
    #[oai(
        path = "/admin/user/:id/calibrate",
        method = "post",
        operation_id = "calibrateAccount"
    )]
    async fn calibrate(&self, actor: Needs<AdminWrite>, id: Path<i64>) -> ApiResult<StoredUser> {
        let id = UserId(path_id(*id)?);
        ok(self.detail(self.services.admin.users.calibrate(&actor, id).await?))
    }

    fn detail(&self, row: UserRow) -> StoredUser {
        StoredUser::of(row, &self.services.core.settings().ids, true)
    }
}
