//! Groups: rights and limits of accounts.

use crate::{GroupId, PolicyId, Timestamp};
use sea_orm::{FromJsonQueryResult, entity::prelude::*};
use serde::{Deserialize, Serialize};

/// Rights and limits shared by the accounts in it.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "groups")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: GroupId,
    pub name: String,
    /// Quota of each member, bytes.
    pub max_storage: i64,
    /// Download speed in bytes a second; 0 = unlimited.
    pub speed_limit: i64,
    /// Permission bit set, little-endian bytes.
    pub permissions: Vec<u8>,
    pub storage_policy_id: Option<PolicyId>,
    pub settings: Settings,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// Limits that are never searched for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(default)]
pub struct Settings {
    pub compress_size: i64,
    pub decompress_size: i64,
    /// Direct links made at once.
    pub source_batch: i64,
    pub aria2_batch: i64,
    /// Items a recursive walk may visit.
    pub max_walked_files: i64,
    /// Seconds an item stays in the trash.
    pub trash_retention: i64,
    pub redirected_source: bool,
    /// Policies that members may choose instead of the group's own.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub other_policies: Vec<PolicyId>,
    /// What this version does not know: kept for the one that wrote it.
    #[serde(flatten)]
    pub other: std::collections::BTreeMap<String, Json>,
}

impl ActiveModelBehavior for ActiveModel {}

/// What members of a group may choose from: its own policy first. Nothing without one of its own,
/// for then they do not upload.
#[must_use]
pub fn policies(own: Option<PolicyId>, settings: &Settings) -> Vec<PolicyId> {
    let Some(own) = own else {
        return Vec::new();
    };
    let others = settings.other_policies.iter().copied();
    let mut all = vec![own];
    all.extend(others.filter(|other| *other != own));
    all
}

impl Model {
    /// What members may choose from: the group's own policy first.
    #[must_use]
    pub fn policies(&self) -> Vec<PolicyId> {
        policies(self.storage_policy_id, &self.settings)
    }
}
