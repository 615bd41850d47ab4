//! `/admin/file`: files of everybody.

use super::group::path_id;
use super::list::{IdsRequest, ListRequest, PagePlace, some};
use super::stored::{
    StoredAccount, StoredDirectLink, StoredEntity, StoredMetadata, StoredPolicyRow, StoredShareRow,
    without_zeros,
};
use crate::api::authority::{AdminRead, AdminWrite, Needs};
use crate::api::file::views::direct_link_url;
use crate::api::time::wire;
use crate::api::{ApiError, ApiResult, NoData, Tag, address, done, ok};
use crate::services::Services;
use ::wire::{IdKind, PublicIds};
use admin::{FileEdit, FileFilter, FileRow, metadata_id};
use chrono::{DateTime, Utc};
use entity::{DirectLinkId, FileId, PolicyId, UserId, direct_link};
use poem::Request;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::types::Any;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// `/admin/file`
#[derive(Debug)]
pub struct FilesApi {
    pub(in crate::api) services: Arc<Services>,
}

/// A file as it is stored; what is zero or empty is left out.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
struct StoredFile {
    id: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    name: String,
    owner_id: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<i64>,
    /// What it shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    primary_entity: Option<i64>,
    /// The folder it lies in.
    #[serde(skip_serializing_if = "Option::is_none")]
    file_children: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    props: Option<FileProps>,
    /// Where what it shows is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    storage_policy_files: Option<i64>,
    edges: FileEdges,
    /// Public id of its owner.
    user_hash_id: String,
    /// Public id.
    file_hash_id: String,
    /// Addresses of its direct links; only of one file.
    #[serde(skip_serializing_if = "Option::is_none")]
    direct_link_map: Option<BTreeMap<String, String>>,
}

/// What is kept with a file.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
struct FileProps {
    /// How its owner wants to see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    view: Option<Any<Value>>,
}

/// What belongs to a file.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
struct FileEdges {
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<StoredAccount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    storage_policies: Option<StoredPolicyRow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<Vec<StoredMetadata>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    entities: Option<Vec<StoredEntity>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shares: Option<Vec<StoredShareRow>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    direct_links: Option<Vec<StoredDirectLink>>,
}

fn list<T>(rows: Vec<T>) -> Option<Vec<T>> {
    Some(rows).filter(|rows| !rows.is_empty())
}

impl StoredFile {
    fn of(row: FileRow, ids: &PublicIds) -> Self {
        let FileRow { file, .. } = row;
        let current = row
            .blobs
            .iter()
            .find(|blob| Some(blob.id) == file.current_blob_id);
        let policy = current.map(|blob| blob.policy_id);
        let entity = |blob: &entity::blob::Model| {
            let creator = blob.created_by.and_then(|id| row.creators.get(&id));
            let policy = row.policies.get(&blob.policy_id);
            StoredEntity::of(blob, (creator.map(|a| &**a), policy.map(|p| &**p)), ids)
        };
        let view = file
            .view
            .as_deref()
            .and_then(|text| serde_json::from_str(text).ok());
        let metadata = row.metadata.into_iter();
        Self {
            id: file.id.0,
            created_at: wire(file.created_at),
            updated_at: wire(file.updated_at),
            owner_id: file.owner_id.0,
            size: some(file.size_bytes),
            primary_entity: file.current_blob_id.map(|id| id.0),
            file_children: file.parent_id.map(|id| id.0),
            props: view.map(|view: Value| FileProps {
                view: Some(Any(Value::Object(without_zeros(view)))),
            }),
            storage_policy_files: policy.map(|id| id.0),
            user_hash_id: ids.encode(IdKind::User, file.owner_id.0),
            file_hash_id: ids.encode(IdKind::File, file.id.0),
            direct_link_map: None,
            edges: FileEdges {
                owner: row.owner.as_deref().map(StoredAccount::from),
                storage_policies: policy
                    .and_then(|id| row.policies.get(&id))
                    .map(|policy| StoredPolicyRow::from(&**policy)),
                metadata: list(metadata.map(|one| StoredMetadata::of(one, &file)).collect()),
                entities: list(row.blobs.iter().map(entity).collect()),
                shares: list(row.shares.iter().map(StoredShareRow::from).collect()),
                direct_links: list(
                    row.direct_links
                        .iter()
                        .map(StoredDirectLink::from)
                        .collect(),
                ),
            },
            name: file.name,
        }
    }
}

/// A page of files.
#[derive(Debug, Object, Serialize)]
struct StoredFilePage {
    files: Vec<StoredFile>,
    pagination: PagePlace,
}

/// A file as it is to be.
#[derive(Object)]
struct FileUpsert {
    file: SentFile,
}

/// A file as clients send it back: what is derived is ignored.
#[derive(Object)]
struct SentFile {
    #[oai(default)]
    id: i64,
    name: String,
    /// Where what it shows is kept; cannot be changed here.
    #[oai(default)]
    storage_policy_files: i64,
    // Without it all that belongs to the file stays.
    edges: Option<SentFileEdges>,
}

/// What is to stay with a file; what is not named goes.
#[derive(Object)]
struct SentFileEdges {
    #[oai(default)]
    metadata: Vec<SentMetadata>,
    #[oai(default)]
    direct_links: Vec<SentLink>,
}

/// An entry of metadata that is to stay.
#[derive(Object)]
struct SentMetadata {
    id: i64,
    #[oai(default)]
    name: String,
    #[oai(default)]
    value: String,
}

/// A direct link that is to stay.
#[derive(Object)]
struct SentLink {
    id: i64,
}

impl SentFile {
    fn edit(self) -> FileEdit {
        // By its id: a name that is not the one it was shown under names nothing.
        let is_named = |one: &SentMetadata| one.id == metadata_id(&one.name);
        let (metadata, links) = match self.edges {
            Some(edges) => (Some(edges.metadata), Some(edges.direct_links)),
            None => (None, None),
        };
        FileEdit {
            name: self.name,
            policy: some(self.storage_policy_files).map(PolicyId),
            metadata: metadata.map(|all| {
                let named = all.into_iter().filter(is_named);
                named.map(|one| (one.name, one.value)).collect()
            }),
            direct_links: links
                .map(|all| all.into_iter().map(|link| DirectLinkId(link.id)).collect()),
        }
    }
}

fn filter(request: &ListRequest) -> Result<FileFilter, ApiError> {
    let text = |name: &str| request.condition(name).map(str::to_owned);
    let is = |name: &str| matches!(request.condition(name), Some("1" | "true"));
    Ok(FileFilter {
        name: text("file_name"),
        owner: request.id_condition("file_user", "user")?.map(UserId),
        policy: request.id_condition("file_policy", "policy")?.map(PolicyId),
        metadata: text("file_metadata"),
        is_shared: is("file_shared"),
        has_direct_link: is("file_direct_link"),
    })
}

#[OpenApi(tag = "Tag::Admin")]
impl FilesApi {
    /// A page of the files of all accounts, ordered by `name`, `size`, `created_at` or
    /// `updated_at`, else by id. Conditions: `file_name` (a part), `file_user`, `file_policy` (raw
    /// ids), `file_metadata` (a key), `file_shared`, `file_direct_link` (`1` or `true`).
    #[oai(path = "/admin/file", method = "post", operation_id = "listAdminFiles")]
    async fn list(
        &self,
        actor: Needs<AdminRead>,
        body: Json<ListRequest>,
    ) -> ApiResult<StoredFilePage> {
        let (request, filter) = (body.page()?, filter(&body)?);
        let page = self
            .services
            .admin
            .files
            .list(&actor, &request, &filter)
            .await?;
        let pagination = PagePlace::of(&request, &page);
        let live = self.services.core.settings();
        let view = |row| StoredFile::of(row, &live.ids);
        ok(StoredFilePage {
            pagination,
            files: page.rows.into_iter().map(view).collect(),
        })
    }

    /// One file.
    #[oai(
        path = "/admin/file/:id",
        method = "get",
        operation_id = "getAdminFile"
    )]
    async fn get(
        &self,
        actor: Needs<AdminRead>,
        id: Path<i64>,
        request: &Request,
    ) -> ApiResult<StoredFile> {
        let id = FileId(path_id(*id)?);
        let row = self.services.admin.files.get(&actor, id).await?;
        ok(self.detail(row, request))
    }

    /// Renames a file. Metadata and direct links that are not named go.
    #[oai(
        path = "/admin/file/:id",
        method = "put",
        operation_id = "changeAdminFile"
    )]
    async fn change(
        &self,
        actor: Needs<AdminWrite>,
        id: Path<i64>,
        request: &Request,
        body: Json<FileUpsert>,
    ) -> ApiResult<StoredFile> {
        let (id, sent) = (path_id(*id)?, body.0.file);
        if sent.id != id {
            return Err(ApiError::binding("The ids of path and body differ"));
        }
        let files = &self.services.admin.files;
        let row = files.edit(&actor, FileId(id), sent.edit()).await?;
        ok(self.detail(row, request))
    }

    /// A link under which a browser shows what a file holds, for an hour.
    #[oai(
        path = "/admin/file/url/:id",
        method = "get",
        operation_id = "getAdminFileUrl"
    )]
    async fn url(
        &self,
        actor: Needs<AdminRead>,
        id: Path<i64>,
        request: &Request,
    ) -> ApiResult<String> {
        let id = FileId(path_id(*id)?);
        let link = self.services.admin.files.link(&actor, id).await?;
        ok(self.address(request, &link.path_and_query))
    }

    /// Deletes files for good; those that are not there are passed over.
    #[oai(
        path = "/admin/file/batch/delete",
        method = "post",
        operation_id = "deleteAdminFiles"
    )]
    async fn delete(&self, actor: Needs<AdminWrite>, body: Json<IdsRequest>) -> ApiResult<NoData> {
        let ids: Vec<FileId> = body.checked()?.iter().copied().map(FileId).collect();
        self.services.admin.files.delete(&actor, &ids).await?;
        done()
    }

    fn detail(&self, row: FileRow, request: &Request) -> StoredFile {
        let live = self.services.core.settings();
        let site = address::site(request, &live);
        let address =
            |link: &direct_link::Model| (link.id.to_string(), direct_link_url(link, &live, &site));
        let addresses: BTreeMap<String, String> = row.direct_links.iter().map(address).collect();
        StoredFile {
            direct_link_map: Some(addresses).filter(|all| !all.is_empty()),
            ..StoredFile::of(row, &live.ids)
        }
    }

    fn address(&self, request: &Request, path_and_query: &str) -> String {
        let site = address::site(request, &self.services.core.settings());
        format!("{site}{path_and_query}")
    }
}
