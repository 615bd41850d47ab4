//! `/admin/policy`: where bytes go.

use super::group::path_id;
use super::list::{ListRequest, PagePlace, some};
use super::stored::{StoredGroupRow, StoredNodeRow, without_zeros};
use crate::api::authority::{AdminRead, AdminWrite, Needs};
use crate::api::time::{since, wire};
use crate::api::{ApiError, ApiResult, NoData, Tag, done, ok};
use crate::services::Services;
use admin::{NewPolicy, PolicyRow};
use chrono::{DateTime, Utc};
use entity::storage_policy::Settings;
use entity::{NodeId, PolicyId, SecretText, Timestamp};
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::types::Any;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use serde_json::Value;
use std::sync::Arc;

/// `/admin/policy`
#[derive(Debug)]
pub struct PoliciesApi {
    pub(in crate::api) services: Arc<Services>,
}

/// What a policy works without.
#[derive(Debug, Object, Serialize)]
struct PolicyTrial {
    /// Sentences.
    warnings: Vec<String>,
}

/// A storage policy as it is stored; what is zero or empty is left out.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
struct StoredPolicy {
    id: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    name: String,
    /// Kind of storage, such as `local` or `s3`.
    r#type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    server: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bucket_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_private: Option<bool>,
    /// In clear; none for apps.
    #[serde(skip_serializing_if = "Option::is_none")]
    access_key: Option<String>,
    /// In clear; none for apps.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret_key: Option<String>,
    /// Largest file, bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    max_size: Option<i64>,
    /// Where blobs go, with variables.
    #[serde(skip_serializing_if = "Option::is_none")]
    dir_name_rule: Option<String>,
    /// How they are called.
    #[serde(skip_serializing_if = "Option::is_none")]
    file_name_rule: Option<String>,
    /// Options of the kind.
    settings: Any<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    node_id: Option<i64>,
    edges: PolicyEdges,
    /// Blobs it keeps, where they were counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    entities_count: Option<u64>,
    /// Their bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    entities_size: Option<i64>,
}

/// What belongs to a policy.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
struct PolicyEdges {
    /// Whose files go there.
    #[serde(skip_serializing_if = "Option::is_none")]
    groups: Option<Vec<StoredGroupRow>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    node: Option<StoredNodeRow>,
}

/// Keys that are there though they are empty (V4 API).
fn options(settings: &Settings) -> Value {
    let all = serde_json::to_value(settings).unwrap_or_default();
    let mut fields = without_zeros(all.clone());
    let token = all.get("token").cloned().unwrap_or_else(|| Value::from(""));
    fields.insert("token".to_owned(), token);
    let types = all.get("file_type").cloned().unwrap_or_default();
    fields.insert("file_type".to_owned(), types);
    fields
        .entry("s3_path_style")
        .or_insert_with(|| Value::from(false));
    // Automatic unless it was ever set.
    if let Some(native) = settings.other.get("native_media_processing") {
        fields.insert("native_media_processing".to_owned(), native.clone());
    }
    Value::Object(fields)
}

impl From<PolicyRow> for StoredPolicy {
    fn from(row: PolicyRow) -> Self {
        let policy = row.policy;
        let groups: Vec<_> = row.groups.into_iter().map(StoredGroupRow::from).collect();
        Self {
            id: policy.id.0,
            created_at: wire(policy.created_at),
            updated_at: wire(policy.updated_at),
            settings: Any(options(&policy.settings)),
            name: policy.name,
            r#type: policy.kind,
            server: some(policy.server),
            bucket_name: some(policy.bucket_name),
            is_private: some(policy.is_private),
            access_key: some(policy.access_key.0),
            secret_key: some(policy.secret_key.0),
            max_size: some(policy.max_size),
            dir_name_rule: some(policy.dir_name_rule),
            file_name_rule: some(policy.file_name_rule),
            node_id: policy.node_id.map(|id| id.0),
            edges: PolicyEdges {
                groups: Some(groups).filter(|groups| !groups.is_empty()),
                node: row.node.as_ref().map(StoredNodeRow::from),
            },
            entities_count: row.kept.map(|(blobs, _)| blobs),
            entities_size: row.kept.map(|(_, bytes)| bytes),
        }
    }
}

/// A page of policies.
#[derive(Debug, Object, Serialize)]
struct PolicyPage {
    policies: Vec<StoredPolicy>,
    pagination: PagePlace,
}

/// A policy to make, to replace or to try.
#[derive(Object)]
struct PolicyUpsert {
    policy: SentStoredPolicy,
}

/// A policy as clients send it back: what is derived is ignored.
#[derive(Object)]
struct SentStoredPolicy {
    #[oai(default)]
    id: i64,
    name: String,
    r#type: String,
    #[oai(default)]
    server: String,
    #[oai(default)]
    bucket_name: String,
    #[oai(default)]
    is_private: bool,
    #[oai(default)]
    access_key: String,
    #[oai(default)]
    secret_key: String,
    #[oai(default)]
    max_size: i64,
    #[oai(default)]
    dir_name_rule: String,
    #[oai(default)]
    file_name_rule: String,
    /// Options of the kind.
    settings: Option<Any<Value>>,
    #[oai(default)]
    node_id: i64,
}

impl SentStoredPolicy {
    fn checked(self) -> Result<NewPolicy, ApiError> {
        let settings = match self.settings {
            None | Some(Any(Value::Null)) => Settings::default(),
            Some(Any(value)) => serde_json::from_value(value)
                .map_err(|error| ApiError::binding(format!("settings: {error}")))?,
        };
        Ok(NewPolicy {
            id: PolicyId(self.id),
            name: self.name,
            kind: self.r#type,
            server: self.server,
            bucket_name: self.bucket_name,
            is_private: self.is_private,
            access_key: SecretText(self.access_key),
            secret_key: SecretText(self.secret_key),
            max_size: self.max_size,
            dir_name_rule: self.dir_name_rule,
            file_name_rule: self.file_name_rule,
            settings,
            node_id: some(self.node_id).map(NodeId),
            created_at: Timestamp(0),
            updated_at: Timestamp(0),
        })
    }
}

#[OpenApi(tag = "Tag::Admin")]
impl PoliciesApi {
    /// A page of the policies, ordered by `updated_at`, else by id. Condition: `policy_type`.
    #[oai(path = "/admin/policy", method = "post", operation_id = "listPolicies")]
    async fn list(
        &self,
        actor: Needs<AdminRead>,
        body: Json<ListRequest>,
    ) -> ApiResult<PolicyPage> {
        let request = body.page()?;
        let kind = body.condition("policy_type");
        let page = self
            .services
            .admin
            .policies
            .list(&actor, &request, kind)
            .await?;
        ok(PolicyPage {
            pagination: PagePlace::of(&request, &page),
            policies: page.rows.into_iter().map(StoredPolicy::from).collect(),
        })
    }

    /// One policy.
    #[oai(path = "/admin/policy/:id", method = "get", operation_id = "getPolicy")]
    async fn get(
        &self,
        actor: Needs<AdminRead>,
        id: Path<i64>,
        /// Anything but nothing: count what it keeps.
        #[oai(name = "countEntity")]
        count_entity: Query<Option<String>>,
    ) -> ApiResult<StoredPolicy> {
        let count = count_entity.0.is_some_and(|text| !text.is_empty());
        let id = PolicyId(path_id(*id)?);
        ok(self
            .services
            .admin
            .policies
            .get(&actor, id, count)
            .await?
            .into())
    }

    /// Adds a policy.
    #[oai(path = "/admin/policy", method = "put", operation_id = "createPolicy")]
    async fn create(
        &self,
        actor: Needs<AdminWrite>,
        body: Json<PolicyUpsert>,
    ) -> ApiResult<StoredPolicy> {
        let new = body.0.policy.checked()?;
        ok(self
            .services
            .admin
            .policies
            .create(&actor, new)
            .await?
            .into())
    }

    /// Replaces a policy.
    #[oai(
        path = "/admin/policy/:id",
        method = "put",
        operation_id = "replacePolicy"
    )]
    async fn replace(
        &self,
        actor: Needs<AdminWrite>,
        id: Path<i64>,
        /// Refused if it was changed since then: `updated_at` as it was read. Ours.
        seen: Query<Option<DateTime<Utc>>>,
        body: Json<PolicyUpsert>,
    ) -> ApiResult<StoredPolicy> {
        let (id, sent) = (path_id(*id)?, body.0.policy);
        if sent.id != 0 && sent.id != id {
            return Err(ApiError::binding("The ids of path and body differ"));
        }
        let (id, new) = (PolicyId(id), sent.checked()?);
        ok(self
            .services
            .admin
            .policies
            .replace(&actor, (id, since(*seen)), new)
            .await?
            .into())
    }

    /// Removes a policy that keeps nothing and that no group uses.
    #[oai(
        path = "/admin/policy/:id",
        method = "delete",
        operation_id = "deletePolicy"
    )]
    async fn delete(&self, actor: Needs<AdminWrite>, id: Path<i64>) -> ApiResult<NoData> {
        let id = PolicyId(path_id(*id)?);
        self.services.admin.policies.delete(&actor, id).await?;
        done()
    }

    /// Tries a policy that need not be saved: a few bytes are written, read and removed. Its keys
    /// have to be sent. Data only if there is something to say of one that works; ours.
    #[oai(
        path = "/admin/policy/test",
        method = "post",
        operation_id = "testPolicy"
    )]
    async fn test(
        &self,
        actor: Needs<AdminWrite>,
        body: Json<PolicyUpsert>,
    ) -> ApiResult<Option<PolicyTrial>> {
        let new = body.0.policy.checked()?;
        let warnings = self.services.admin.policies.test(&actor, new).await?;
        if warnings.is_empty() {
            return Ok(done()?.into_any());
        }
        ok(Some(PolicyTrial { warnings }))
    }

    /// Lets browsers send bytes to the bucket of a policy that need not be saved.
    #[oai(
        path = "/admin/policy/cors",
        method = "post",
        operation_id = "setPolicyCors"
    )]
    async fn cors(&self, actor: Needs<AdminWrite>, body: Json<PolicyUpsert>) -> ApiResult<NoData> {
        let new = body.0.policy.checked()?;
        self.services.admin.policies.set_cors(&actor, new).await?;
        done()
    }
}
