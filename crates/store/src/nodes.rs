//! Nodes.

use super::{Connection, StoreResult};
use entity::{NodeId, node, task};
use sea_orm::sea_query::{Expr, LockType, OnConflict};
use sea_orm::{
    ActiveModelTrait as _,
    ActiveValue::{NotSet, Set},
    ColumnTrait, EntityTrait, IntoActiveModel as _, QueryFilter, QueryOrder, QuerySelect,
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

/// Every node; there are few.
pub async fn all(db: &Connection) -> StoreResult<Vec<node::Model>> {
    let rows = node::Entity::find();
    Ok(rows.order_by_asc(node::Column::Id).all(db).await?)
}

/// The row as it is until the transaction ends.
pub async fn locked(db: &Connection, id: NodeId) -> StoreResult<Option<node::Model>> {
    let row = node::Entity::find_by_id(id).lock(LockType::Update);
    Ok(row.one(db).await?)
}

/// Writes the key, and settings with the secrets among them.
pub async fn set_secrets(db: &Connection, row: &node::Model) -> StoreResult<()> {
    let changed = node::ActiveModel {
        id: Set(row.id),
        slave_key: Set(row.slave_key.clone()),
        settings: Set(row.settings.clone()),
        ..Default::default()
    };
    node::Entity::update(changed).exec(db).await?;
    Ok(())
}

/// Adds a node. Its keys must be set when its id is known.
pub async fn insert(db: &Connection, row: node::Model) -> StoreResult<NodeId> {
    let mut row = row.into_active_model().reset_all();
    row.id = NotSet;
    Ok(node::Entity::insert(row).exec(db).await?.last_insert_id)
}

/// Writes all of a node.
pub async fn replace(db: &Connection, row: node::Model) -> StoreResult<()> {
    let row = row.into_active_model().reset_all();
    node::Entity::update(row).exec(db).await?;
    Ok(())
}

/// Removes a node that no policy uses. Tasks that it worked on forget it.
pub async fn remove(db: &Connection, id: NodeId) -> StoreResult<()> {
    task::Entity::update_many()
        .col_expr(task::Column::NodeId, Expr::value(None::<i64>))
        .filter(task::Column::NodeId.eq(id))
        .exec(db)
        .await?;
    node::Entity::delete_by_id(id).exec(db).await?;
    Ok(())
}

/// This server as the node that does work which asks for `capability`, if it is switched on for it.
pub async fn able(db: &Connection, capability: u8) -> StoreResult<Option<node::Model>> {
    let nodes = node::Entity::find()
        .filter(node::Column::Kind.eq("master"))
        .filter(node::Column::Status.eq("active"))
        .order_by_asc(node::Column::Id)
        .all(db)
        .await?;
    let is_able = |node: &node::Model| {
        let byte = node.capabilities.get(usize::from(capability / 8));
        byte.is_some_and(|byte| byte >> (capability % 8) & 1 == 1)
    };
    Ok(nodes.into_iter().find(is_able))
}
