//! `/admin/entity`: stored versions of bytes, whichever files hold them.

use super::group::path_id;
use super::list::{IdsRequest, ListRequest, PagePlace};
use super::stored::{StoredEntity, StoredFileRow};
use crate::api::authority::{AdminRead, AdminWrite, Needs};
use crate::api::{ApiError, ApiResult, NoData, Tag, address, done, ok};
use crate::services::Services;
use ::wire::{IdKind, PublicIds};
use admin::{BlobFilter, BlobRow};
use entity::{BlobId, BlobKind, PolicyId, UserId};
use poem::Request;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use std::sync::Arc;

/// `/admin/entity`
#[derive(Debug)]
pub struct BlobsApi {
    pub(in crate::api) services: Arc<Services>,
}

/// A page of blobs.
#[derive(Debug, Object, Serialize)]
struct EntityPage {
    entities: Vec<StoredEntity>,
    pagination: PagePlace,
}

/// Blobs to remove.
#[derive(Object)]
struct DeleteEntities {
    ids: Vec<i64>,
    /// Forget them even where their bytes cannot be removed.
    #[oai(default)]
    force: bool,
}

fn view(row: &BlobRow, ids: &PublicIds) -> StoredEntity {
    StoredEntity::of(
        &row.blob,
        (row.creator.as_deref(), row.policy.as_deref()),
        ids,
    )
}

fn detail(row: &BlobRow, ids: &PublicIds) -> StoredEntity {
    let mut view = view(row, ids);
    let holders = row.holders.iter();
    let files = holders.map(|(file, owner)| StoredFileRow::of(file, owner.as_deref()));
    view.edges.file = Some(files.collect::<Vec<_>>()).filter(|files| !files.is_empty());
    let owners = row.holders.iter().map(|(file, _)| file.owner_id.0);
    let owners = owners.map(|id| (id.to_string(), ids.encode(IdKind::User, id)));
    view.user_hash_id_map = Some(owners.collect());
    view
}

fn filter(request: &ListRequest) -> Result<BlobFilter, ApiError> {
    let kind = match request.condition("entity_type") {
        None => None,
        Some("0") => Some(BlobKind::Version),
        Some("1") => Some(BlobKind::Thumbnail),
        Some("2") => Some(BlobKind::LivePhoto),
        Some(_) => return Err(ApiError::binding("Invalid entity type")),
    };
    Ok(BlobFilter {
        creator: request.id_condition("entity_user", "user")?.map(UserId),
        policy: request
            .id_condition("entity_policy", "policy")?
            .map(PolicyId),
        kind,
    })
}

#[OpenApi(tag = "Tag::Admin")]
impl BlobsApi {
    /// A page of the blobs, ordered by `size`, `updated_at` or `reference_count`, else by id.
    /// Conditions: `entity_user` (who brought it), `entity_policy` (raw ids), `entity_type` (0:
    /// version, 1: thumbnail, 2: live photo).
    #[oai(path = "/admin/entity", method = "post", operation_id = "listEntities")]
    async fn list(
        &self,
        actor: Needs<AdminRead>,
        body: Json<ListRequest>,
    ) -> ApiResult<EntityPage> {
        let (request, filter) = (body.page()?, filter(&body)?);
        let page = self
            .services
            .admin
            .blobs
            .list(&actor, &request, &filter)
            .await?;
        let live = self.services.core.settings();
        ok(EntityPage {
            pagination: PagePlace::of(&request, &page),
            entities: page.rows.iter().map(|row| view(row, &live.ids)).collect(),
        })
    }

    /// One blob.
    #[oai(path = "/admin/entity/:id", method = "get", operation_id = "getEntity")]
    async fn get(&self, actor: Needs<AdminRead>, id: Path<i64>) -> ApiResult<StoredEntity> {
        let id = BlobId(path_id(*id)?);
        let row = self.services.admin.blobs.get(&actor, id).await?;
        ok(detail(&row, &self.services.core.settings().ids))
    }

    /// A link under which a blob is saved, for an hour.
    #[oai(
        path = "/admin/entity/url/:id",
        method = "get",
        operation_id = "getEntityUrl"
    )]
    async fn url(
        &self,
        actor: Needs<AdminRead>,
        id: Path<i64>,
        request: &Request,
    ) -> ApiResult<String> {
        let id = BlobId(path_id(*id)?);
        let link = self.services.admin.blobs.link(&actor, id).await?;
        let site = address::site(request, &self.services.core.settings());
        ok(format!("{site}{}", link.path_and_query))
    }

    /// Removes blobs whoever holds them: files go on with the newest version they have left, or
    /// with none.
    #[oai(
        path = "/admin/entity/batch/delete",
        method = "post",
        operation_id = "deleteEntities"
    )]
    async fn delete(
        &self,
        actor: Needs<AdminWrite>,
        body: Json<DeleteEntities>,
    ) -> ApiResult<NoData> {
        let ids = IdsRequest::of(&body.ids)?;
        let ids: Vec<BlobId> = ids.iter().copied().map(BlobId).collect();
        self.services
            .admin
            .blobs
            .delete(&actor, &ids, body.force)
            .await?;
        done()
    }
}
