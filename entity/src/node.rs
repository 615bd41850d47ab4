//! Nodes: this server and its helpers.

use crate::{NodeId, SecretText, Timestamp};
use sea_orm::entity::prelude::*;

/// A machine that serves or works for the site.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "nodes")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: NodeId,
    pub name: String,
    /// `master` or `slave`.
    pub kind: String,
    /// `active` or `suspended`.
    pub status: String,
    pub server: String,
    pub slave_key: SecretText,
    /// Capability bit set, little-endian bytes.
    pub capabilities: Vec<u8>,
    pub weight: i64,
    pub settings: Json,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
