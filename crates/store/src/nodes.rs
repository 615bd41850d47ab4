//! Nodes.

use super::{Connection, StoreResult};
use entity::{NodeId, node};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait, EntityTrait, IntoActiveModel as _, QueryFilter, QuerySelect,
};

/// Whether there is a node of this kind.
pub async fn has_any(db: &Connection, kind: &str) -> StoreResult<bool> {
    let found: Option<NodeId> = node::Entity::find()
        .select_only()
        .column(node::Column::Id)
        .filter(node::Column::Kind.eq(kind))
        .into_tuple()
        .one(db)
        .await?;
    Ok(found.is_some())
}

/// Writes a node, unless there is one of that id.
pub async fn insert_absent(db: &Connection, row: node::Model) -> StoreResult<()> {
    let absent = OnConflict::column(node::Column::Id)
        .do_nothing_on([node::Column::Id])
        .to_owned();
    node::Entity::insert(row.into_active_model().reset_all())
        .on_conflict(absent)
        .exec_without_returning(db)
        .await?;
    Ok(())
}
