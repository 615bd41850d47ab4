//! A policy inside other bodies: the JSON of administrators, with secrets and the key of its node.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What a node needs of a policy. The rest is kept as it came.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    #[serde(default)]
    pub id: i64,
    #[serde(default)]
    pub name: String,
    /// `local`, `remote`, `s3`, ….
    #[serde(rename = "type", default)]
    pub kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_private: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_key: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_key: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<Map<String, Value>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node_id: Option<i64>,
    #[serde(default)]
    pub edges: PolicyEdges,
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// Without secrets.
impl fmt::Debug for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Policy")
            .field("id", &self.id)
            .field("name", &self.name)
            .field("kind", &self.kind)
            .field("node_id", &self.node_id)
            .field("edges", &self.edges)
            .finish_non_exhaustive()
    }
}

impl Policy {
    /// In bytes; 0 for one piece.
    pub fn chunk_size(&self) -> u64 {
        let settings = self.settings.as_ref();
        let size = settings.and_then(|all| all.get("chunk_size")?.as_u64());
        size.unwrap_or(0)
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PolicyEdges {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<Node>,
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// Where a policy has its bytes, and the key that both sides sign with.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Node {
    #[serde(default)]
    pub id: i64,
    #[serde(default)]
    pub server: String,
    #[serde(default)]
    pub slave_key: String,
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// Without secrets.
impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Node")
            .field("id", &self.id)
            .field("server", &self.server)
            .finish_non_exhaustive()
    }
}
