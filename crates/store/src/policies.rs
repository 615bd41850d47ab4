//! Storage policies.

use super::{Connection, StoreResult};
use entity::{PolicyId, storage_policy};
use sea_orm::sea_query::{LockType, OnConflict};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, EntityTrait, IntoActiveModel as _, QueryOrder,
    QuerySelect,
};

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

/// Every policy; there are few.
pub async fn all(db: &Connection) -> StoreResult<Vec<storage_policy::Model>> {
    let rows = storage_policy::Entity::find();
    Ok(rows
        .order_by_asc(storage_policy::Column::Id)
        .all(db)
        .await?)
}

/// The row as it is until the transaction ends.
pub async fn locked(db: &Connection, id: PolicyId) -> StoreResult<Option<storage_policy::Model>> {
    let row = storage_policy::Entity::find_by_id(id).lock(LockType::Update);
    Ok(row.one(db).await?)
}

/// Writes keys, and settings with the secrets among them.
pub async fn set_secrets(db: &Connection, row: &storage_policy::Model) -> StoreResult<()> {
    let changed = storage_policy::ActiveModel {
        id: Set(row.id),
        access_key: Set(row.access_key.clone()),
        secret_key: Set(row.secret_key.clone()),
        settings: Set(row.settings.clone()),
        ..Default::default()
    };
    storage_policy::Entity::update(changed).exec(db).await?;
    Ok(())
}
