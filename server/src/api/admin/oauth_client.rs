//! `/admin/oauthClient`: apps that may ask people to act for them.

use super::group::path_id;
use super::list::{IdsRequest, ListRequest, PagePlace, some};
use super::stored::NothingLoaded;
use crate::api::authority::{AdminRead, AdminWrite, Needs};
use crate::api::time::{since, wire};
use crate::api::{ApiError, ApiResult, NoData, Tag, done, ok};
use crate::services::Services;
use admin::{AppEdit, AppFilter, AppRow};
use chrono::{DateTime, Utc};
use entity::ClientId;
use entity::oauth_client::Props;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use std::sync::Arc;

/// `/admin/oauthClient`
#[derive(Debug)]
pub struct AppsApi {
    pub(in crate::api) services: Arc<Services>,
}

/// An app as it is stored, without its secret; what is zero or empty is left out.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
struct StoredApp {
    id: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    guid: String,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    homepage_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    redirect_uris: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scopes: Option<Vec<String>>,
    props: StoredAppProps,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_enabled: Option<bool>,
    edges: NothingLoaded,
    /// It came with the program.
    is_system: bool,
    /// People who let it act for them; only of one app.
    #[serde(skip_serializing_if = "Option::is_none")]
    total_grants: Option<u64>,
}

/// What is never searched for.
#[derive(Debug, Default, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
struct StoredAppProps {
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    /// Address of a picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    icon: Option<String>,
    /// How long it may stay away, seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token_ttl: Option<i64>,
}

impl From<AppRow> for StoredApp {
    fn from(row: AppRow) -> Self {
        let app = row.app;
        Self {
            id: app.id.0,
            created_at: wire(app.created_at),
            updated_at: wire(app.updated_at),
            guid: app.guid,
            name: app.name,
            homepage_url: some(app.homepage_url),
            redirect_uris: some(app.redirect_uris.0),
            scopes: some(app.scopes.0),
            props: StoredAppProps {
                description: some(app.props.description),
                icon: some(app.props.icon),
                refresh_token_ttl: some(app.props.refresh_token_ttl),
            },
            is_enabled: some(app.is_enabled),
            edges: NothingLoaded {},
            is_system: row.is_system,
            total_grants: row.grants,
        }
    }
}

/// A page of apps.
#[derive(Debug, Object, Serialize)]
struct AppPage {
    clients: Vec<StoredApp>,
    pagination: PagePlace,
}

/// An app to make or to replace.
#[derive(Object)]
struct AppUpsert {
    client: SentApp,
}

/// An app as clients send it back: what is derived is ignored.
#[derive(Object)]
struct SentApp {
    #[oai(default)]
    id: i64,
    /// Of a new app; empty: one is drawn.
    #[oai(default, validator(max_length = 64))]
    guid: String,
    /// Empty: the one it has, or one is drawn.
    #[oai(default, validator(max_length = 255))]
    secret: String,
    name: String,
    #[oai(default)]
    homepage_url: String,
    #[oai(default)]
    redirect_uris: Vec<String>,
    #[oai(default)]
    scopes: Vec<String>,
    #[oai(default)]
    props: StoredAppProps,
    #[oai(default)]
    is_enabled: bool,
}

/// How long an app may stay away if nobody says it, seconds (V4 API).
const REFRESH_TTL_SECS: i64 = 2_592_000;

impl SentApp {
    fn edit(self) -> AppEdit {
        let ttl = self.props.refresh_token_ttl.filter(|ttl| *ttl > 0);
        AppEdit {
            guid: self.guid,
            secret: self.secret,
            name: self.name,
            homepage_url: self.homepage_url,
            redirect_uris: self.redirect_uris,
            scopes: self.scopes,
            props: Props {
                description: self.props.description.unwrap_or_default(),
                icon: self.props.icon.unwrap_or_default(),
                refresh_token_ttl: ttl.unwrap_or(REFRESH_TTL_SECS),
            },
            is_enabled: self.is_enabled,
        }
    }
}

#[OpenApi(tag = "Tag::Admin")]
impl AppsApi {
    /// A page of the apps, ordered by `name`, `created_at` or `is_enabled`, else by id. Condition:
    /// `is_enabled`; search: `name` (a part).
    #[oai(
        path = "/admin/oauthClient",
        method = "post",
        operation_id = "listApps"
    )]
    async fn list(&self, actor: Needs<AdminRead>, body: Json<ListRequest>) -> ApiResult<AppPage> {
        let request = body.page()?;
        let filter = AppFilter {
            is_enabled: body.condition("is_enabled").map(|text| text == "true"),
            name: body.search("name").map(str::to_owned),
        };
        let page = self
            .services
            .admin
            .apps
            .list(&actor, &request, &filter)
            .await?;
        ok(AppPage {
            pagination: PagePlace::of(&request, &page),
            clients: page.rows.into_iter().map(StoredApp::from).collect(),
        })
    }

    /// One app.
    #[oai(
        path = "/admin/oauthClient/:id",
        method = "get",
        operation_id = "getAdminApp"
    )]
    async fn get(&self, actor: Needs<AdminRead>, id: Path<i64>) -> ApiResult<StoredApp> {
        let id = ClientId(path_id(*id)?);
        ok(self.services.admin.apps.get(&actor, id).await?.into())
    }

    /// Adds an app. Its secret is shown in no answer: who needs it sends one.
    #[oai(
        path = "/admin/oauthClient",
        method = "put",
        operation_id = "createApp"
    )]
    async fn create(
        &self,
        actor: Needs<AdminWrite>,
        body: Json<AppUpsert>,
    ) -> ApiResult<StoredApp> {
        let sent = body.0.client;
        if sent.id != 0 {
            return Err(ApiError::binding("ID must be 0"));
        }
        ok(self
            .services
            .admin
            .apps
            .create(&actor, sent.edit())
            .await?
            .into())
    }

    /// Replaces an app; its guid stays.
    #[oai(
        path = "/admin/oauthClient/:id",
        method = "put",
        operation_id = "replaceApp"
    )]
    async fn replace(
        &self,
        actor: Needs<AdminWrite>,
        id: Path<i64>,
        /// Refused if it was changed since then: `updated_at` as it was read. Ours.
        seen: Query<Option<DateTime<Utc>>>,
        body: Json<AppUpsert>,
    ) -> ApiResult<StoredApp> {
        let (id, sent) = (path_id(*id)?, body.0.client);
        if sent.id != id {
            return Err(ApiError::binding("The ids of path and body differ"));
        }
        let id = ClientId(id);
        ok(self
            .services
            .admin
            .apps
            .replace(&actor, (id, since(*seen)), sent.edit())
            .await?
            .into())
    }

    /// Removes an app with all its grants.
    #[oai(
        path = "/admin/oauthClient/:id",
        method = "delete",
        operation_id = "deleteApp"
    )]
    async fn delete(&self, actor: Needs<AdminWrite>, id: Path<i64>) -> ApiResult<NoData> {
        let id = ClientId(path_id(*id)?);
        self.services.admin.apps.delete(&actor, id).await?;
        done()
    }

    /// Removes several; those that came with the program, or are not there, are passed over.
    #[oai(
        path = "/admin/oauthClient/batch/delete",
        method = "post",
        operation_id = "deleteApps"
    )]
    async fn delete_many(
        &self,
        actor: Needs<AdminWrite>,
        body: Json<IdsRequest>,
    ) -> ApiResult<NoData> {
        let ids: Vec<ClientId> = body.checked()?.iter().copied().map(ClientId).collect();
        self.services.admin.apps.delete_many(&actor, &ids).await?;
        done()
    }
}
