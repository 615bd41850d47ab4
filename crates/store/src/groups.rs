//! Names of groups.

use super::{Store, StoreResult};
use entity::{GroupId, group};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

/// Every group but one, by name.
pub async fn names_without(
    store: &Store,
    left_out: GroupId,
) -> StoreResult<Vec<(GroupId, String)>> {
    Ok(group::Entity::find()
        .select_only()
        .columns([group::Column::Id, group::Column::Name])
        .filter(group::Column::Id.ne(left_out))
        .order_by_asc(group::Column::Name)
        .order_by_asc(group::Column::Id)
        .into_tuple()
        .all(store.read())
        .await?)
}
