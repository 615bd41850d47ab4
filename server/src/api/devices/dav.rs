//! `/devices/dav`: WebDAV accounts.

use crate::api::authority::{DavAccountRead, DavAccountWrite, Needs};
use crate::api::time::wire;
use crate::api::{ApiError, ApiResult, NoData, Tag, done, ok};
use crate::services::Services;
use chrono::{DateTime, Utc};
use drive::dav::{DavAccount, DavAccountChange};
use entity::DavAccountId;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use site::settings::live::LiveSettings;
use std::sync::Arc;
use wire::IdKind;

/// `/devices/dav`
pub struct DavApi {
    pub services: Arc<Services>,
}

/// What an account is to be.
#[derive(Debug, Object)]
struct DavAccountRequest {
    /// URI of the folder that clients see as their root, in `my` or `share`.
    #[oai(validator(min_length = 1))]
    uri: String,
    #[oai(validator(min_length = 1, max_length = 255))]
    name: String,
    #[oai(default)]
    readonly: bool,
    /// Send bytes through this server; ignored unless the group may.
    #[oai(default)]
    proxy: bool,
    /// Refuse files whose name begins with a dot.
    #[oai(default)]
    disable_sys_files: bool,
}

impl From<DavAccountRequest> for DavAccountChange {
    fn from(request: DavAccountRequest) -> Self {
        Self {
            name: request.name,
            uri: request.uri,
            read_only: request.readonly,
            proxy: request.proxy,
            block_system_files: request.disable_sys_files,
        }
    }
}

/// A WebDAV account.
#[derive(Debug, Object, Serialize)]
struct DavAccountView {
    id: String,
    created_at: DateTime<Utc>,
    name: String,
    uri: String,
    password: String,
    /// Bit set in base64: 0 read-only, 1 proxy, 2 block system files.
    options: String,
}

impl DavAccountView {
    fn of(account: DavAccount, settings: &LiveSettings) -> Self {
        Self {
            id: settings.ids.encode(IdKind::DavAccount, account.id.0),
            created_at: wire(account.created_at),
            name: account.name,
            uri: account.uri,
            password: account.password,
            options: account.options.to_base64(),
        }
    }
}

/// How a page stands among the others.
#[derive(Debug, Object, Serialize)]
struct DavPaginationView {
    page: u32,
    page_size: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
    is_cursor: bool,
}

/// Some WebDAV accounts, newest first.
#[derive(Debug, Object, Serialize)]
struct DavAccountsView {
    accounts: Vec<DavAccountView>,
    pagination: DavPaginationView,
}

const NOT_FOUND: ApiError = ApiError::NotFound("WebDAV account");

impl DavApi {
    fn id(&self, text: &str) -> Result<DavAccountId, ApiError> {
        let ids = &self.services.core.settings().ids;
        let id = ids.decode(IdKind::DavAccount, text);
        id.map(DavAccountId).ok_or(ApiError::BadId)
    }
}

#[OpenApi(prefix_path = "/devices/dav", tag = "Tag::Devices")]
impl DavApi {
    /// Lists one's WebDAV accounts with their passwords.
    #[oai(path = "/", method = "get", operation_id = "listDavAccounts")]
    async fn list(
        &self,
        actor: Needs<DavAccountRead>,
        #[oai(validator(minimum(value = "10"), maximum(value = "100")))] page_size: Query<u64>,
        next_page_token: Query<Option<String>>,
    ) -> ApiResult<DavAccountsView> {
        let token = next_page_token.0.filter(|token| !token.is_empty());
        let accounts = &self.services.dav_accounts;
        let page = accounts.list(&actor, page_size.0, token.as_deref()).await?;
        let settings = self.services.core.settings();
        let views = page.accounts.into_iter();
        ok(DavAccountsView {
            accounts: views
                .map(|account| DavAccountView::of(account, &settings))
                .collect(),
            pagination: DavPaginationView {
                page: 0,
                page_size: page_size.0,
                next_token: page.next_token,
                is_cursor: true,
            },
        })
    }

    /// Makes a WebDAV account with a new password.
    #[oai(path = "/", method = "put", operation_id = "createDavAccount")]
    async fn create(
        &self,
        actor: Needs<DavAccountWrite>,
        body: Json<DavAccountRequest>,
    ) -> ApiResult<DavAccountView> {
        let accounts = &self.services.dav_accounts;
        let account = accounts.create(&actor, &body.0.into()).await?;
        ok(DavAccountView::of(account, &self.services.core.settings()))
    }

    /// Replaces name, folder and options of a WebDAV account; its password stays.
    #[oai(path = "/:id", method = "patch", operation_id = "updateDavAccount")]
    async fn update(
        &self,
        actor: Needs<DavAccountWrite>,
        id: Path<String>,
        body: Json<DavAccountRequest>,
    ) -> ApiResult<DavAccountView> {
        let id = self.id(&id.0)?;
        let accounts = &self.services.dav_accounts;
        let account = accounts.update(&actor, id, &body.0.into()).await?;
        let account = account.ok_or(NOT_FOUND)?;
        ok(DavAccountView::of(account, &self.services.core.settings()))
    }

    /// Removes a WebDAV account; whoever is connected with it is out at once.
    #[oai(path = "/:id", method = "delete", operation_id = "deleteDavAccount")]
    async fn delete(&self, actor: Needs<DavAccountWrite>, id: Path<String>) -> ApiResult<NoData> {
        let id = self.id(&id.0)?;
        if self.services.dav_accounts.delete(&actor, id).await? {
            done()
        } else {
            Err(NOT_FOUND)
        }
    }
}
