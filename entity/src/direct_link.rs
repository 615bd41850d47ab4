//! Direct links: the content of one file for everybody, without a page around it.

use crate::{DirectLinkId, FileId, Timestamp};
use sea_orm::entity::prelude::*;

/// One link. Deleting it deletes the row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "direct_links")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: DirectLinkId,
    /// What its public id encodes: random and large, or small for links of an imported site.
    pub public_number: i64,
    pub file_id: FileId,
    /// The file's name when the link was made; part of the address ever since.
    pub name: String,
    /// Bytes a second; 0 = unlimited.
    pub speed_limit: i64,
    pub downloads: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
