//! What those who work on tasks ask while they do.

use crate::{Store, StoreResult};
use entity::{NodeId, TaskId, Timestamp, UserStatus, task, user};
use sea_orm::{
    ColumnTrait, EntityTrait, FromQueryResult, JoinType, QueryFilter, QuerySelect, RelationDef,
};

/// What may have become of a task in hand.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Standing {
    pub id: TaskId,
    pub lease_owner: Option<String>,
    pub cancel_requested_at: Option<Timestamp>,
    /// Of the account that it is for.
    pub owner_status: Option<UserStatus>,
}

/// The standing of these tasks; those that are gone are missing.
pub async fn standing(store: &Store, ids: &[TaskId]) -> StoreResult<Vec<Standing>> {
    let to_owner: RelationDef = task::Entity::belongs_to(user::Entity)
        .from(task::Column::OwnerId)
        .to(user::Column::Id)
        .into();
    Ok(task::Entity::find()
        .select_only()
        .columns([
            task::Column::Id,
            task::Column::LeaseOwner,
            task::Column::CancelRequestedAt,
        ])
        .column_as(user::Column::Status, "owner_status")
        .join(JoinType::LeftJoin, to_owner)
        .filter(task::Column::Id.is_in(ids.iter().copied()))
        .into_model::<Standing>()
        .all(store.read())
        .await?)
}

/// This server as the node that does work which asks for `capability`; `None`: it is switched off,
/// or is not to do that.
pub async fn able_node(store: &Store, capability: u8) -> StoreResult<Option<NodeId>> {
    Ok(crate::nodes::able(store.read(), capability)
        .await?
        .map(|node| node.id))
}
