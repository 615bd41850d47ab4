//! Groups.

use super::{Connection, Store, StoreResult};
use entity::{GroupId, group};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait, EntityTrait, IntoActiveModel as _, QueryFilter, QueryOrder,
    QuerySelect,
};

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

/// Writes a group, unless there is one of that id.
pub async fn insert_absent(db: &Connection, row: group::Model) -> StoreResult<()> {
    let absent = OnConflict::column(group::Column::Id)
        .do_nothing_on([group::Column::Id])
        .to_owned();
    group::Entity::insert(row.into_active_model().reset_all())
        .on_conflict(absent)
        .exec_without_returning(db)
        .await?;
    Ok(())
}
