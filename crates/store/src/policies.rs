//! Storage policies.

use super::{Connection, StoreResult};
use entity::{BlobId, PolicyId, blob, group, storage_policy};
use sea_orm::sea_query::{LockType, OnConflict};
use sea_orm::{
    ActiveModelTrait as _,
    ActiveValue::{NotSet, Set},
    ColumnTrait, EntityTrait, IntoActiveModel as _, QueryFilter, QueryOrder, QuerySelect,
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

/// The same, which others may look at, too.
pub async fn unchanged(
    db: &Connection,
    id: PolicyId,
) -> StoreResult<Option<storage_policy::Model>> {
    let row = storage_policy::Entity::find_by_id(id).lock(LockType::Share);
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

/// Adds a policy. Its keys must be set when its id is known.
pub async fn insert(db: &Connection, row: storage_policy::Model) -> StoreResult<PolicyId> {
    let mut row = row.into_active_model().reset_all();
    row.id = NotSet;
    let added = storage_policy::Entity::insert(row).exec(db).await?;
    Ok(added.last_insert_id)
}

/// Writes all of a policy.
pub async fn replace(db: &Connection, row: storage_policy::Model) -> StoreResult<()> {
    let row = row.into_active_model().reset_all();
    storage_policy::Entity::update(row).exec(db).await?;
    Ok(())
}

/// Removes a policy that nothing uses.
pub async fn remove(db: &Connection, id: PolicyId) -> StoreResult<()> {
    storage_policy::Entity::delete_by_id(id).exec(db).await?;
    Ok(())
}

/// Groups whose members may choose one of these policies, their group's own among them.
pub async fn groups_of(db: &Connection, ids: &[PolicyId]) -> StoreResult<Vec<group::Model>> {
    // There are few, and what they offer besides is text.
    let mut all = group::Entity::find()
        .order_by_asc(group::Column::Id)
        .all(db)
        .await?;
    all.retain(|group| {
        let others = &group.settings.other_policies;
        let own = group.storage_policy_id.iter();
        own.chain(others).any(|policy| ids.contains(policy))
    });
    Ok(all)
}

/// Whether a policy keeps anything, or is about to.
pub async fn is_in_use(db: &Connection, id: PolicyId) -> StoreResult<bool> {
    let blob: Option<BlobId> = blob::Entity::find()
        .filter(blob::Column::PolicyId.eq(id))
        .select_only()
        .column(blob::Column::Id)
        .into_tuple()
        .one(db)
        .await?;
    Ok(blob.is_some())
}
