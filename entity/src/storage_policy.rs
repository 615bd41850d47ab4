//! Storage policies: where new bytes go.

use crate::{NodeId, PolicyId, SecretText, Timestamp};
use sea_orm::{FromJsonQueryResult, entity::prelude::*};
use serde::{Deserialize, Serialize};

/// Where and how the bytes of new blobs are stored.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "storage_policies")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: PolicyId,
    pub name: String,
    /// Driver: `local`, `s3`, …
    pub kind: String,
    pub server: String,
    pub bucket_name: String,
    pub is_private: bool,
    pub access_key: SecretText,
    pub secret_key: SecretText,
    /// Largest file, bytes; 0 = no limit.
    pub max_size: i64,
    pub dir_name_rule: String,
    pub file_name_rule: String,
    pub settings: Settings,
    pub node_id: Option<NodeId>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl Model {
    /// The name of the driver: that of the kind, unless the settings name one that other clients do not
    /// know.
    #[must_use]
    pub fn driver(&self) -> &str {
        self.settings.backend().unwrap_or(&self.kind)
    }
}

/// The kind of policies whose bytes clients send to this server, and to nobody else. They may be kept
/// by another driver than that of local disks.
pub const LOCAL: &str = "local";

/// The driver of policies whose bytes lie in Azure Blob Storage. See [`Settings::BACKEND`].
pub const AZURE: &str = "azure";

/// The driver of policies whose bytes lie in Google Cloud Storage. See [`Settings::BACKEND`].
pub const GCS: &str = "gcs";

/// The driver of policies whose bytes lie in a folder on a WebDAV server. See [`Settings::BACKEND`].
pub const WEBDAV: &str = "webdav";

/// The kind of policies that keep no bytes themselves: new ones are spread over others.
pub const LOAD_BALANCE: &str = "load_balance";

/// Driver options.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(default)]
pub struct Settings {
    /// Secret of vendors that sign their download URLs with one of its own.
    pub token: SecretText,
    /// Extensions without dot; see `is_file_type_deny_list`.
    pub file_type: Option<Vec<String>>,
    pub is_file_type_deny_list: bool,
    pub file_regexp: String,
    pub is_name_regexp_deny_list: bool,
    /// Bytes of one upload chunk; 0 = whole file in one piece.
    pub chunk_size: i64,
    pub chunk_concurrency: i64,
    pub pre_allocate: bool,
    /// Uploads come through this server, though the vendor would take them itself.
    pub relay: bool,
    /// So do downloads.
    pub internal_proxy: bool,
    pub encryption: bool,
    /// Options of drivers this version does not know, kept as they are.
    #[serde(flatten)]
    pub other: std::collections::BTreeMap<String, Json>,
}

impl Settings {
    /// The folder that a local policy keeps its files below; empty: that of the data. Other clients
    /// send it back without knowing it.
    pub const ROOT: &str = "root";

    /// The driver of a policy, where clients know no kind of that name: they see one that is local, and
    /// send this back without knowing it.
    pub const BACKEND: &str = "backend";

    /// See [`Self::BACKEND`].
    #[must_use]
    pub fn backend(&self) -> Option<&str> {
        let backend = self.other.get(Self::BACKEND).and_then(Json::as_str);
        backend.filter(|backend| !backend.is_empty())
    }

    /// Whether one of the other options is on.
    #[must_use]
    pub fn is_on(&self, key: &str) -> bool {
        self.other.get(key).and_then(Json::as_bool) == Some(true)
    }

    /// See [`Self::ROOT`].
    #[must_use]
    pub fn root(&self) -> &str {
        let root = self.other.get(Self::ROOT).and_then(Json::as_str);
        root.unwrap_or_default().trim()
    }
}

impl ActiveModelBehavior for ActiveModel {}
