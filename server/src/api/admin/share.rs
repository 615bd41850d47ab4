//! `/admin/share`: shares of everybody.

use super::group::path_id;
use super::list::{IdsRequest, ListRequest, PagePlace, some};
use super::stored::{StoredAccount, StoredFileRow};
use crate::api::authority::{AdminRead, AdminWrite, Needs};
use crate::api::share::share_url;
use crate::api::time::wire;
use crate::api::{ApiError, ApiResult, NoData, Tag, address, done, ok};
use crate::services::Services;
use ::wire::{IdKind, PublicIds};
use admin::{ShareFilter, ShareRow};
use chrono::{DateTime, Utc};
use entity::{FileId, ShareId, UserId};
use poem::Request;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use std::sync::Arc;

/// `/admin/share`
#[derive(Debug)]
pub struct AdminSharesApi {
    pub(in crate::api) services: Arc<Services>,
}

/// A share as it is stored; what is zero or empty is left out.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
struct StoredShare {
    id: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    /// In clear; empty for apps.
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    views: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    downloads: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<DateTime<Utc>>,
    /// Downloads left.
    #[serde(skip_serializing_if = "Option::is_none")]
    remain_downloads: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    props: Option<ShareProps>,
    edges: ShareEdges,
    /// Public id of its owner.
    user_hash_id: String,
    /// Where it opens, with its password.
    share_link: String,
}

/// How a share is shown.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
struct ShareProps {
    #[serde(skip_serializing_if = "Option::is_none")]
    share_view: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    show_read_me: Option<bool>,
}

/// What belongs to a share.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
struct ShareEdges {
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<StoredAccount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<StoredFileRow>,
}

impl StoredShare {
    fn of(row: ShareRow, ids: &PublicIds, site: &str) -> Self {
        let ShareRow { share, .. } = row;
        let public = ids.encode(IdKind::Share, share.public_number);
        let known = row
            .password
            .as_deref()
            .filter(|password| !password.is_empty());
        let has_props = share.share_view || share.show_readme;
        Self {
            id: share.id.0,
            created_at: wire(share.created_at),
            updated_at: wire(share.updated_at),
            share_link: share_url(site, &public, known),
            password: row.password,
            views: some(share.views),
            downloads: some(share.downloads),
            expires: share.expires_at.map(wire),
            remain_downloads: share.remaining_downloads,
            props: has_props.then_some(ShareProps {
                share_view: some(share.share_view),
                show_read_me: some(share.show_readme),
            }),
            user_hash_id: ids.encode(IdKind::User, share.owner_id.0),
            edges: ShareEdges {
                user: row.owner.as_deref().map(StoredAccount::from),
                file: row.file.as_ref().map(|file| StoredFileRow::of(file, None)),
            },
        }
    }
}

/// A page of shares.
#[derive(Debug, Object, Serialize)]
struct StoredSharePage {
    shares: Vec<StoredShare>,
    pagination: PagePlace,
}

fn filter(request: &ListRequest) -> Result<ShareFilter, ApiError> {
    let parse = |text: &str| {
        let ids = text.split(',').map(|id| id.trim().parse().map(ShareId));
        let ids: Result<Vec<_>, _> = ids.collect();
        ids.map_err(|_| ApiError::binding("Invalid share ID"))
    };
    Ok(ShareFilter {
        owner: request.id_condition("share_user_id", "user")?.map(UserId),
        file: request.id_condition("share_file_id", "file")?.map(FileId),
        ids: request.condition("share_id").map(parse).transpose()?,
    })
}

#[OpenApi(tag = "Tag::Admin")]
impl AdminSharesApi {
    /// A page of the shares, ordered by `views`, `downloads` or `remain_downloads`, else by id.
    /// Conditions: `share_user_id`, `share_file_id` (raw ids), `share_id` (raw ids with commas).
    #[oai(
        path = "/admin/share",
        method = "post",
        operation_id = "listAdminShares"
    )]
    async fn list(
        &self,
        actor: Needs<AdminRead>,
        request: &Request,
        body: Json<ListRequest>,
    ) -> ApiResult<StoredSharePage> {
        let (wanted, filter) = (body.page()?, filter(&body)?);
        let page = self
            .services
            .admin
            .shares
            .list(&actor, &wanted, &filter)
            .await?;
        let pagination = PagePlace::of(&wanted, &page);
        let live = self.services.core.settings();
        let site = address::site(request, &live);
        let view = |row| StoredShare::of(row, &live.ids, &site);
        ok(StoredSharePage {
            pagination,
            shares: page.rows.into_iter().map(view).collect(),
        })
    }

    /// One share.
    #[oai(
        path = "/admin/share/:id",
        method = "get",
        operation_id = "getAdminShare"
    )]
    async fn get(
        &self,
        actor: Needs<AdminRead>,
        id: Path<i64>,
        request: &Request,
    ) -> ApiResult<StoredShare> {
        let id = ShareId(path_id(*id)?);
        let row = self.services.admin.shares.get(&actor, id).await?;
        let live = self.services.core.settings();
        let site = address::site(request, &live);
        ok(StoredShare::of(row, &live.ids, &site))
    }

    /// Takes shares back; those that are not there are passed over.
    #[oai(
        path = "/admin/share/batch/delete",
        method = "post",
        operation_id = "deleteAdminShares"
    )]
    async fn delete(&self, actor: Needs<AdminWrite>, body: Json<IdsRequest>) -> ApiResult<NoData> {
        let ids: Vec<ShareId> = body.checked()?.iter().copied().map(ShareId).collect();
        self.services.admin.shares.delete(&actor, &ids).await?;
        done()
    }
}
