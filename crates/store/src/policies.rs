//! Storage policies.

use super::{Connection, StoreResult};
use entity::{PolicyId, storage_policy};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveModelTrait as _, EntityTrait, IntoActiveModel as _};

/// The row with this id.
pub async fn by_id(db: &Connection, id: PolicyId) -> StoreResult<Option<storage_policy::Model>> {
    Ok(storage_policy::Entity::find_by_id(id).one(db).await?)
}

/// Writes a policy, unless there is one of that id.
pub async fn insert_absent(db: &Connection, row: storage_policy::Model) -> StoreResult<()> {
    let absent = OnConflict::column(storage_policy::Column::Id)
        .do_nothing_on([storage_policy::Column::Id])
        .to_owned();
    storage_policy::Entity::insert(row.into_active_model().reset_all())
        .on_conflict(absent)
        .exec_without_returning(db)
        .await?;
    Ok(())
}
