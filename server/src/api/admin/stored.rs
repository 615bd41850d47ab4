//! Rows as administrators are shown them (V4 API, admin models): ids are plain numbers, and what is
//! zero or empty is left out.

use super::list::some;
use crate::api::time::wire;
use ::wire::{BitSet, IdKind, PublicIds};
use admin::metadata_id;
use chrono::{DateTime, Utc};
use entity::{BlobKind, FileKind, blob, direct_link, file, group, metadata, node, share};
use entity::{storage_policy, user};
use poem_openapi::Object;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Nothing was loaded.
#[derive(Debug, Default, Object, Serialize)]
pub(super) struct NothingLoaded {}

/// An object without what is zero or empty.
pub(super) fn without_zeros(value: Value) -> Map<String, Value> {
    let Value::Object(mut fields) = value else {
        return Map::new();
    };
    fields.retain(|_, value| match value {
        Value::Null | Value::Bool(false) => false,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
        Value::Bool(true) => true,
    });
    fields
}

/// A bit set in base64.
pub(super) fn bits(bytes: &[u8]) -> String {
    BitSet::from_bytes(bytes)
        .unwrap_or(BitSet::EMPTY)
        .to_base64()
}

/// An account, in short.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(super) struct StoredAccount {
    pub(super) id: i64,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
    pub(super) email: String,
    pub(super) nick: String,
    /// `active`, `inactive`, `manual_banned` or `sys_banned`.
    pub(super) status: String,
    /// Bytes it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) storage: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) avatar: Option<String>,
    pub(super) group_users: i64,
    pub(super) edges: NothingLoaded,
}

impl From<&user::Model> for StoredAccount {
    fn from(row: &user::Model) -> Self {
        Self {
            id: row.id.0,
            created_at: wire(row.created_at),
            updated_at: wire(row.updated_at),
            email: row.email.clone(),
            nick: row.nick.clone(),
            status: row.status.shown().to_owned(),
            storage: some(row.used_bytes),
            avatar: some(row.avatar.clone()),
            group_users: row.group_id.0,
            edges: NothingLoaded {},
        }
    }
}

/// A group, in short.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(super) struct StoredGroupRow {
    pub(super) id: i64,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
    pub(super) name: String,
    /// Bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_storage: Option<i64>,
    /// Bit set in base64.
    pub(super) permissions: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) storage_policy_id: Option<i64>,
    pub(super) edges: NothingLoaded,
}

impl From<group::Model> for StoredGroupRow {
    fn from(row: group::Model) -> Self {
        Self {
            id: row.id.0,
            created_at: wire(row.created_at),
            updated_at: wire(row.updated_at),
            name: row.name,
            max_storage: some(row.max_storage),
            permissions: bits(&row.permissions),
            storage_policy_id: row.storage_policy_id.map(|id| id.0),
            edges: NothingLoaded {},
        }
    }
}

/// A storage policy, in short.
#[derive(Debug, Object, Serialize)]
pub(super) struct StoredPolicyRow {
    pub(super) id: i64,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
    pub(super) name: String,
    pub(super) r#type: String,
    pub(super) edges: NothingLoaded,
}

impl From<&storage_policy::Model> for StoredPolicyRow {
    fn from(row: &storage_policy::Model) -> Self {
        Self {
            id: row.id.0,
            created_at: wire(row.created_at),
            updated_at: wire(row.updated_at),
            name: row.name.clone(),
            r#type: row.kind.clone(),
            edges: NothingLoaded {},
        }
    }
}

/// A node, without its keys.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(super) struct StoredNodeRow {
    pub(super) id: i64,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
    pub(super) name: String,
    /// `active` or `suspended`.
    pub(super) status: String,
    /// `master` or `slave`.
    pub(super) r#type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) server: Option<String>,
    /// Bit set in base64.
    pub(super) capabilities: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) weight: Option<i64>,
    pub(super) edges: NothingLoaded,
}

impl From<&node::Model> for StoredNodeRow {
    fn from(row: &node::Model) -> Self {
        Self {
            id: row.id.0,
            created_at: wire(row.created_at),
            updated_at: wire(row.updated_at),
            name: row.name.clone(),
            status: row.status.clone(),
            r#type: row.kind.clone(),
            server: some(row.server.clone()),
            capabilities: bits(&row.capabilities),
            weight: some(row.weight),
            edges: NothingLoaded {},
        }
    }
}

/// A file or folder, in short.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(super) struct StoredFileRow {
    pub(super) id: i64,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
    /// 1: folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) r#type: Option<i32>,
    pub(super) name: String,
    pub(super) owner_id: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) size: Option<i64>,
    /// What it shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) primary_entity: Option<i64>,
    /// The folder it lies in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) file_children: Option<i64>,
    pub(super) edges: OwnerOfFile,
}

/// Whom a file belongs to, where that was loaded.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(super) struct OwnerOfFile {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) owner: Option<StoredAccount>,
}

impl StoredFileRow {
    pub(super) fn of(row: &file::Model, owner: Option<&user::Model>) -> Self {
        Self {
            id: row.id.0,
            created_at: wire(row.created_at),
            updated_at: wire(row.updated_at),
            r#type: (row.kind == FileKind::Folder).then_some(1),
            name: row.name.clone(),
            owner_id: row.owner_id.0,
            size: some(row.size_bytes),
            primary_entity: row.current_blob_id.map(|id| id.0),
            file_children: row.parent_id.map(|id| id.0),
            edges: OwnerOfFile {
                owner: owner.map(StoredAccount::from),
            },
        }
    }
}

/// A stored version of bytes.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(super) struct StoredEntity {
    pub(super) id: i64,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
    /// 1: thumbnail, 2: live photo.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) r#type: Option<i32>,
    /// Its key in the storage.
    pub(super) source: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) size: Option<i64>,
    /// Files that hold it; none: it waits to be removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reference_count: Option<i64>,
    pub(super) storage_policy_entities: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) created_by: Option<i64>,
    /// Its upload runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) upload_session_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) props: Option<EntityProps>,
    pub(super) edges: EntityEdges,
    /// Public id of who brought it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) user_hash_id: Option<String>,
    /// Public ids of owners; only of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) user_hash_id_map: Option<BTreeMap<String, String>>,
}

/// What is kept with a blob.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(super) struct EntityProps {
    /// Its bytes stay when it goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) unlink_only: Option<bool>,
}

/// What belongs to a blob.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(super) struct EntityEdges {
    /// Files that hold it; only of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) file: Option<Vec<StoredFileRow>>,
    /// Who brought it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) user: Option<StoredAccount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) storage_policy: Option<StoredPolicyRow>,
}

impl StoredEntity {
    pub(super) fn of(
        row: &blob::Model,
        (creator, policy): (Option<&user::Model>, Option<&storage_policy::Model>),
        ids: &PublicIds,
    ) -> Self {
        Self {
            id: row.id.0,
            created_at: wire(row.created_at),
            updated_at: wire(row.updated_at),
            r#type: match row.kind {
                BlobKind::Version => None,
                BlobKind::Thumbnail => Some(1),
                BlobKind::LivePhoto => Some(2),
            },
            source: row.key.clone(),
            size: some(row.size_bytes),
            // Below zero: its bytes are being removed.
            reference_count: some(row.reference_count.max(0)),
            storage_policy_entities: row.policy_id.0,
            created_by: row.created_by.map(|id| id.0),
            upload_session_id: row.upload_session_id.clone(),
            props: row.props.unlink_only.then_some(EntityProps {
                unlink_only: Some(true),
            }),
            edges: EntityEdges {
                file: None,
                user: creator.map(StoredAccount::from),
                storage_policy: policy.map(StoredPolicyRow::from),
            },
            user_hash_id: row.created_by.map(|id| ids.encode(IdKind::User, id.0)),
            user_hash_id_map: None,
        }
    }
}

/// An entry of metadata.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(super) struct StoredMetadata {
    /// Of its name: the same as long as it is there.
    pub(super) id: i64,
    /// Of its file.
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
    pub(super) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) value: Option<String>,
    pub(super) file_id: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) is_public: Option<bool>,
    pub(super) edges: NothingLoaded,
}

impl StoredMetadata {
    pub(super) fn of(row: metadata::Model, file: &file::Model) -> Self {
        Self {
            id: metadata_id(&row.name),
            created_at: wire(file.created_at),
            updated_at: wire(file.updated_at),
            name: row.name,
            value: some(row.value),
            file_id: row.file_id.0,
            is_public: some(row.is_public),
            edges: NothingLoaded {},
        }
    }
}

/// A direct link.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(super) struct StoredDirectLink {
    pub(super) id: i64,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
    pub(super) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) downloads: Option<i64>,
    pub(super) file_id: i64,
    /// Bytes a second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) speed: Option<i64>,
    pub(super) edges: NothingLoaded,
}

impl From<&direct_link::Model> for StoredDirectLink {
    fn from(row: &direct_link::Model) -> Self {
        Self {
            id: row.id.0,
            created_at: wire(row.created_at),
            updated_at: wire(row.updated_at),
            name: row.name.clone(),
            downloads: some(row.downloads),
            file_id: row.file_id.0,
            speed: some(row.speed_limit),
            edges: NothingLoaded {},
        }
    }
}

/// A share, in short.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(super) struct StoredShareRow {
    pub(super) id: i64,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) views: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) downloads: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) expires: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) remain_downloads: Option<i64>,
    pub(super) edges: NothingLoaded,
}

impl From<&share::Model> for StoredShareRow {
    fn from(row: &share::Model) -> Self {
        Self {
            id: row.id.0,
            created_at: wire(row.created_at),
            updated_at: wire(row.updated_at),
            views: some(row.views),
            downloads: some(row.downloads),
            expires: row.expires_at.map(wire),
            remain_downloads: row.remaining_downloads,
            edges: NothingLoaded {},
        }
    }
}
