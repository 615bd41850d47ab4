//! `/admin/node`: this server and its helpers.

use super::group::path_id;
use super::list::{ListRequest, PagePlace, some};
use super::stored::{StoredPolicyRow, bits, without_zeros};
use crate::api::authority::{AdminRead, AdminWrite, Needs};
use crate::api::time::{since, wire};
use crate::api::{ApiError, ApiResult, NoData, Tag, done, ok};
use crate::services::Services;
use ::wire::BitSet;
use admin::NodeRow;
use chrono::{DateTime, Utc};
use entity::{NodeId, SecretText, Timestamp, node};
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::types::Any;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// `/admin/node`
#[derive(Debug)]
pub struct NodesApi {
    pub(in crate::api) services: Arc<Services>,
}

/// A node as it is stored; what is zero or empty is left out.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
struct StoredNode {
    id: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    name: String,
    /// `active` or `suspended`.
    status: String,
    /// `master`: this server, or `slave`.
    r#type: String,
    /// Its address.
    #[serde(skip_serializing_if = "Option::is_none")]
    server: Option<String>,
    /// In clear; none for apps.
    #[serde(skip_serializing_if = "Option::is_none")]
    slave_key: Option<String>,
    /// Bit set in base64.
    capabilities: String,
    /// Its downloader.
    settings: Any<Value>,
    /// How much of the work it gets.
    #[serde(skip_serializing_if = "Option::is_none")]
    weight: Option<i64>,
    edges: NodeEdges,
}

/// What belongs to a node.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
struct NodeEdges {
    /// Whose bytes it keeps.
    #[serde(skip_serializing_if = "Option::is_none")]
    storage_policy: Option<Vec<StoredPolicyRow>>,
}

impl From<NodeRow> for StoredNode {
    fn from(row: NodeRow) -> Self {
        let node = row.node;
        let policies: Vec<_> = row.policies.iter().map(StoredPolicyRow::from).collect();
        Self {
            id: node.id.0,
            created_at: wire(node.created_at),
            updated_at: wire(node.updated_at),
            capabilities: bits(&node.capabilities),
            name: node.name,
            status: node.status,
            r#type: node.kind,
            server: some(node.server),
            slave_key: some(node.slave_key.0),
            settings: Any(Value::Object(without_zeros(node.settings))),
            weight: some(node.weight),
            edges: NodeEdges {
                storage_policy: Some(policies).filter(|all| !all.is_empty()),
            },
        }
    }
}

/// A page of nodes.
#[derive(Debug, Object, Serialize)]
struct NodePage {
    nodes: Vec<StoredNode>,
    pagination: PagePlace,
}

/// A node to make or to replace.
#[derive(Object)]
struct NodeUpsert {
    node: SentNode,
}

/// A node as clients send it back: what is derived is ignored.
#[derive(Object)]
struct SentNode {
    #[oai(default)]
    id: i64,
    name: String,
    #[oai(default = "active")]
    status: String,
    #[oai(default)]
    server: String,
    #[oai(default)]
    slave_key: String,
    /// Bit set in base64.
    #[oai(default)]
    capabilities: String,
    /// Its downloader.
    settings: Option<Any<Value>>,
    #[oai(default)]
    weight: i64,
}

fn active() -> String {
    "active".to_owned()
}

impl SentNode {
    fn checked(self) -> Result<node::Model, ApiError> {
        let capabilities = BitSet::from_base64(&self.capabilities);
        let capabilities = capabilities.map_err(|_| ApiError::binding("Capabilities invalid"))?;
        let settings = match self.settings {
            None | Some(Any(Value::Null)) => json!({}),
            Some(Any(value)) => value,
        };
        Ok(node::Model {
            id: NodeId(self.id),
            name: self.name,
            kind: String::new(),
            status: self.status,
            server: self.server,
            slave_key: SecretText(self.slave_key),
            capabilities: capabilities.to_bytes(),
            weight: self.weight,
            settings,
            created_at: Timestamp(0),
            updated_at: Timestamp(0),
        })
    }
}

#[OpenApi(tag = "Tag::Admin")]
impl NodesApi {
    /// A page of the nodes, ordered by `name`, `weight` or `updated_at`, else by id. Condition:
    /// `node_status`.
    #[oai(path = "/admin/node", method = "post", operation_id = "listNodes")]
    async fn list(&self, actor: Needs<AdminRead>, body: Json<ListRequest>) -> ApiResult<NodePage> {
        let request = body.page()?;
        let status = body.condition("node_status");
        let page = self
            .services
            .admin
            .nodes
            .list(&actor, &request, status)
            .await?;
        ok(NodePage {
            pagination: PagePlace::of(&request, &page),
            nodes: page.rows.into_iter().map(StoredNode::from).collect(),
        })
    }

    /// One node.
    #[oai(path = "/admin/node/:id", method = "get", operation_id = "getNode")]
    async fn get(&self, actor: Needs<AdminRead>, id: Path<i64>) -> ApiResult<StoredNode> {
        let id = NodeId(path_id(*id)?);
        ok(self.services.admin.nodes.get(&actor, id).await?.into())
    }

    /// Adds a helper.
    #[oai(path = "/admin/node", method = "put", operation_id = "createNode")]
    async fn create(
        &self,
        actor: Needs<AdminWrite>,
        body: Json<NodeUpsert>,
    ) -> ApiResult<StoredNode> {
        let sent = body.0.node;
        if sent.id != 0 {
            return Err(ApiError::binding("ID must be 0"));
        }
        ok(self
            .services
            .admin
            .nodes
            .create(&actor, sent.checked()?)
            .await?
            .into())
    }

    /// Replaces a node; what it is stays.
    #[oai(path = "/admin/node/:id", method = "put", operation_id = "replaceNode")]
    async fn replace(
        &self,
        actor: Needs<AdminWrite>,
        id: Path<i64>,
        /// Refused if it was changed since then: `updated_at` as it was read. Ours.
        seen: Query<Option<DateTime<Utc>>>,
        body: Json<NodeUpsert>,
    ) -> ApiResult<StoredNode> {
        let (id, sent) = (path_id(*id)?, body.0.node);
        if sent.id != id {
            return Err(ApiError::binding("The ids of path and body differ"));
        }
        let (id, new) = (NodeId(id), sent.checked()?);
        ok(self
            .services
            .admin
            .nodes
            .replace(&actor, (id, since(*seen)), new)
            .await?
            .into())
    }

    /// Asks a node that need not be saved whether it is there.
    #[oai(path = "/admin/node/test", method = "post", operation_id = "testNode")]
    #[expect(clippy::unused_async, reason = "the macro awaits every handler")]
    async fn test(&self, actor: Needs<AdminWrite>, body: Json<NodeUpsert>) -> ApiResult<NoData> {
        let node = body.0.node.checked()?;
        self.services.admin.nodes.test(&actor, &node)?;
        done()
    }

    /// Asks the downloader of a node that need not be saved which version it is.
    #[oai(
        path = "/admin/node/test/downloader",
        method = "post",
        operation_id = "testDownloader"
    )]
    async fn test_downloader(
        &self,
        actor: Needs<AdminWrite>,
        body: Json<NodeUpsert>,
    ) -> ApiResult<String> {
        let node = body.0.node.checked()?;
        self.services.admin.nodes.require_testable(&actor, &node)?;
        let version = self
            .services
            .downloads
            .fetchers
            .version(&node.settings)
            .await;
        let failed = |error| ApiError::binding(format!("Failed to connect to downloader: {error}"));
        ok(version.map_err(failed)?)
    }

    /// Removes a helper that no policy uses.
    #[oai(
        path = "/admin/node/:id",
        method = "delete",
        operation_id = "deleteNode"
    )]
    async fn delete(&self, actor: Needs<AdminWrite>, id: Path<i64>) -> ApiResult<NoData> {
        let id = NodeId(path_id(*id)?);
        self.services.admin.nodes.delete(&actor, id).await?;
        done()
    }
}
