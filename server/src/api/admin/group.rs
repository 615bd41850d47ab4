//! `/admin/group`: groups and what their members may.

use super::list::{ListRequest, PagePlace, some};
use crate::api::authority::{AdminRead, AdminWrite, Needs};
use crate::api::time::{since, wire};
use crate::api::{ApiError, ApiResult, NoData, Tag, done, ok};
use crate::services::Services;
use ::wire::BitSet;
use admin::{GroupRow, NewGroup};
use chrono::{DateTime, Utc};
use entity::{GroupId, PolicyId, group, storage_policy};
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::types::{Any, MaybeUndefined};
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use serde_json::Value;
use std::sync::Arc;

/// `/admin/group`
#[derive(Debug)]
pub struct GroupsApi {
    pub(in crate::api) services: Arc<Services>,
}

/// A group as it is stored; what is zero or empty is left out.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(super) struct StoredGroup {
    id: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    name: String,
    /// Bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    max_storage: Option<i64>,
    /// Bytes a second.
    #[serde(skip_serializing_if = "Option::is_none")]
    speed_limit: Option<i64>,
    /// Bit set in base64.
    permissions: String,
    settings: GroupSettings,
    #[serde(skip_serializing_if = "Option::is_none")]
    storage_policy_id: Option<i64>,
    edges: GroupEdges,
    /// How many accounts are in it; only of one group, and 0 where they were not counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    total_users: Option<u64>,
}

/// Limits of a group.
#[derive(Debug, Default, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
struct GroupSettings {
    /// Bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    compress_size: Option<i64>,
    /// Bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    decompress_size: Option<i64>,
    /// For whatever downloads for its members.
    #[serde(skip_serializing_if = "Option::is_none")]
    remote_download_options: Option<Any<Value>>,
    /// Direct links made at once; 0: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    source_batch: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    aria2_batch: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_walked_files: Option<i64>,
    /// Seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    trash_retention: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    redirected_source: Option<bool>,
    /// Policies that members may choose instead of the group's own; left out by a client: as before.
    #[serde(skip_serializing_if = "Option::is_none")]
    other_policies: Option<Vec<i64>>,
}

const DOWNLOAD_OPTIONS: &str = "remote_download_options";

impl From<group::Settings> for GroupSettings {
    fn from(mut stored: group::Settings) -> Self {
        Self {
            compress_size: some(stored.compress_size),
            decompress_size: some(stored.decompress_size),
            remote_download_options: stored.other.remove(DOWNLOAD_OPTIONS).map(Any),
            source_batch: some(stored.source_batch),
            aria2_batch: some(stored.aria2_batch),
            max_walked_files: some(stored.max_walked_files),
            trash_retention: some(stored.trash_retention),
            redirected_source: some(stored.redirected_source),
            other_policies: Some(stored.other_policies)
                .filter(|all| !all.is_empty())
                .map(|all| all.into_iter().map(|id| id.0).collect()),
        }
    }
}

impl From<GroupSettings> for group::Settings {
    fn from(sent: GroupSettings) -> Self {
        let options = sent.remote_download_options;
        let other = options.map(|Any(value)| (DOWNLOAD_OPTIONS.to_owned(), value));
        Self {
            compress_size: sent.compress_size.unwrap_or_default(),
            decompress_size: sent.decompress_size.unwrap_or_default(),
            source_batch: sent.source_batch.unwrap_or_default(),
            aria2_batch: sent.aria2_batch.unwrap_or_default(),
            max_walked_files: sent.max_walked_files.unwrap_or_default(),
            trash_retention: sent.trash_retention.unwrap_or_default(),
            redirected_source: sent.redirected_source.unwrap_or_default(),
            other_policies: Vec::new(),
            other: other.into_iter().collect(),
        }
    }
}

/// What belongs to a group.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
struct GroupEdges {
    /// Where the files of its members go: one policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    storage_policies: Option<PolicyOfGroup>,
}

/// A storage policy, in short.
#[derive(Debug, Object, Serialize)]
struct PolicyOfGroup {
    id: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    name: String,
    r#type: String,
    edges: NoEdges,
}

/// Nothing was loaded.
#[derive(Debug, Object, Serialize)]
struct NoEdges {}

impl From<storage_policy::Model> for PolicyOfGroup {
    fn from(row: storage_policy::Model) -> Self {
        Self {
            id: row.id.0,
            created_at: wire(row.created_at),
            updated_at: wire(row.updated_at),
            name: row.name,
            r#type: row.kind,
            edges: NoEdges {},
        }
    }
}

impl From<GroupRow> for StoredGroup {
    fn from(row: GroupRow) -> Self {
        let group = row.group;
        let permissions = BitSet::from_bytes(&group.permissions).unwrap_or(BitSet::EMPTY);
        Self {
            id: group.id.0,
            created_at: wire(group.created_at),
            updated_at: wire(group.updated_at),
            name: group.name,
            max_storage: some(group.max_storage),
            speed_limit: some(group.speed_limit),
            permissions: permissions.to_base64(),
            settings: group.settings.into(),
            storage_policy_id: group.storage_policy_id.map(|id| id.0),
            edges: GroupEdges {
                storage_policies: row.policy.map(PolicyOfGroup::from),
            },
            total_users: row.members,
        }
    }
}

/// A page of groups.
#[derive(Debug, Object, Serialize)]
struct GroupPage {
    groups: Vec<StoredGroup>,
    pagination: PagePlace,
}

/// A group to make or to replace.
#[derive(Object)]
struct GroupUpsert {
    group: SentGroup,
}

/// A group as clients send it back: what is derived is ignored.
#[derive(Object)]
struct SentGroup {
    #[oai(default)]
    id: i64,
    name: String,
    #[oai(default)]
    max_storage: i64,
    #[oai(default)]
    speed_limit: i64,
    /// Bit set in base64.
    permissions: String,
    #[oai(default)]
    settings: GroupSettings,
    // Without them the policy stays as it is; empty, the group has none.
    edges: MaybeUndefined<SentEdges>,
}

/// What belongs to a group that is sent.
#[derive(Object)]
struct SentEdges {
    storage_policies: Option<SentPolicy>,
}

/// Which policy.
#[derive(Object)]
struct SentPolicy {
    #[oai(default)]
    id: i64,
}

impl SentGroup {
    fn checked(mut self) -> Result<NewGroup, ApiError> {
        let others = self.settings.other_policies.take();
        let permissions = BitSet::from_base64(&self.permissions);
        let keeps_policy = self.edges.is_undefined();
        let policy = self.edges.take().and_then(|edges| edges.storage_policies);
        Ok(NewGroup {
            name: self.name,
            max_storage: self.max_storage,
            speed_limit: self.speed_limit,
            permissions: permissions.map_err(|_| ApiError::binding("Permissions invalid"))?,
            policy: policy
                .filter(|policy| policy.id != 0)
                .map(|policy| PolicyId(policy.id)),
            keeps_policy,
            other_policies: others.map(|all| all.into_iter().map(PolicyId).collect()),
            settings: self.settings.into(),
        })
    }
}

/// An id in a path.
pub(super) fn path_id(id: i64) -> Result<i64, ApiError> {
    if id == 0 {
        return Err(ApiError::binding("ID cannot be empty"));
    }
    Ok(id)
}

#[OpenApi(tag = "Tag::Admin")]
impl GroupsApi {
    /// A page of the groups; ordered by `name` or `max_storage`, else by id.
    #[oai(
        path = "/admin/group",
        method = "post",
        operation_id = "listAdminGroups"
    )]
    async fn list(&self, actor: Needs<AdminRead>, body: Json<ListRequest>) -> ApiResult<GroupPage> {
        let request = body.page()?;
        let page = self.services.admin.groups.list(&actor, &request).await?;
        ok(GroupPage {
            pagination: PagePlace::of(&request, &page),
            groups: page.rows.into_iter().map(StoredGroup::from).collect(),
        })
    }

    /// One group.
    #[oai(
        path = "/admin/group/:id",
        method = "get",
        operation_id = "getAdminGroup"
    )]
    async fn get(
        &self,
        actor: Needs<AdminRead>,
        id: Path<i64>,
        /// Anything but nothing: count the accounts in it.
        #[oai(name = "countUser")]
        count_user: Query<Option<String>>,
    ) -> ApiResult<StoredGroup> {
        let count = count_user.0.is_some_and(|text| !text.is_empty());
        let id = GroupId(path_id(*id)?);
        ok(self
            .services
            .admin
            .groups
            .get(&actor, id, count)
            .await?
            .into())
    }

    /// Adds a group.
    #[oai(path = "/admin/group", method = "put", operation_id = "createGroup")]
    async fn create(
        &self,
        actor: Needs<AdminWrite>,
        body: Json<GroupUpsert>,
    ) -> ApiResult<StoredGroup> {
        let sent = body.0.group;
        if sent.id != 0 {
            return Err(ApiError::binding("ID must be 0"));
        }
        let made = self
            .services
            .admin
            .groups
            .create(&actor, sent.checked()?)
            .await;
        ok(made?.into())
    }

    /// Replaces a group.
    #[oai(
        path = "/admin/group/:id",
        method = "put",
        operation_id = "replaceGroup"
    )]
    async fn replace(
        &self,
        actor: Needs<AdminWrite>,
        id: Path<i64>,
        /// Refused if it was changed since then: `updated_at` as it was read. Ours.
        seen: Query<Option<DateTime<Utc>>>,
        body: Json<GroupUpsert>,
    ) -> ApiResult<StoredGroup> {
        let (id, sent) = (path_id(*id)?, body.0.group);
        if sent.id != id {
            return Err(ApiError::binding("The ids of path and body differ"));
        }
        let groups = &self.services.admin.groups;
        ok(groups
            .replace(&actor, (GroupId(id), since(*seen)), sent.checked()?)
            .await?
            .into())
    }

    /// Removes a group that nobody is in.
    #[oai(
        path = "/admin/group/:id",
        method = "delete",
        operation_id = "deleteGroup"
    )]
    async fn delete(&self, actor: Needs<AdminWrite>, id: Path<i64>) -> ApiResult<NoData> {
        let id = GroupId(path_id(*id)?);
        self.services.admin.groups.delete(&actor, id).await?;
        done()
    }
}
