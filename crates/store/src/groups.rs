//! Groups.

use super::{Connection, Store, StoreResult};
use entity::{GroupId, Timestamp, group, share_recipient, storage_policy, user};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::NotSet, ColumnTrait, EntityTrait, IntoActiveModel as _,
    Order, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, RelationDef,
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

/// By what groups are ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupOrder {
    Id,
    Name,
    MaxStorage,
}

/// A group with the policy of its members' files.
pub type WithPolicy = (group::Model, Option<storage_policy::Model>);

/// Groups in an order, from `offset` on, each with its policy.
pub async fn page(
    db: &Connection,
    (order, descending): (GroupOrder, bool),
    offset: u64,
    limit: u64,
) -> StoreResult<Vec<WithPolicy>> {
    let direction = if descending { Order::Desc } else { Order::Asc };
    let column = match order {
        GroupOrder::Id => group::Column::Id,
        GroupOrder::Name => group::Column::Name,
        GroupOrder::MaxStorage => group::Column::MaxStorage,
    };
    let to_policy: RelationDef = group::Entity::belongs_to(storage_policy::Entity)
        .from(group::Column::StoragePolicyId)
        .to(storage_policy::Column::Id)
        .into();
    Ok(group::Entity::find()
        .join(sea_orm::JoinType::LeftJoin, to_policy)
        .select_also(storage_policy::Entity)
        .order_by(column, direction.clone())
        .order_by(group::Column::Id, direction)
        .offset(offset)
        .limit(limit)
        .all(db)
        .await?)
}

/// How many groups there are.
pub async fn count(db: &Connection) -> StoreResult<u64> {
    Ok(group::Entity::find().count(db).await?)
}

/// How many accounts are in a group.
pub async fn members(db: &Connection, id: GroupId) -> StoreResult<u64> {
    let members = user::Entity::find().filter(user::Column::GroupId.eq(id));
    Ok(members.count(db).await?)
}

/// Adds a group; its id is not looked at.
/// # Errors
/// Dangling if its policy does not exist.
pub async fn insert(db: &Connection, row: group::Model) -> StoreResult<GroupId> {
    let row = group::ActiveModel {
        id: NotSet,
        ..row.into_active_model().reset_all()
    };
    Ok(group::Entity::insert(row).exec(db).await?.last_insert_id)
}

/// Replaces a group. Its time moves on, so that nobody keeps using what they remember of it.
/// # Errors
/// Dangling if its policy does not exist.
pub async fn replace(db: &Connection, old: &group::Model, new: group::Model) -> StoreResult<()> {
    let at = Ord::max(new.updated_at, Timestamp(old.updated_at.0 + 1));
    let row = group::ActiveModel {
        updated_at: sea_orm::ActiveValue::Set(at),
        ..new.into_active_model().reset_all()
    };
    group::Entity::update(row).exec(db).await?;
    Ok(())
}

/// Removes a group that nobody is in, and what shares granted to it.
/// # Errors
/// Dangling if somebody is.
pub async fn remove(db: &Connection, id: GroupId) -> StoreResult<()> {
    share_recipient::Entity::delete_many()
        .filter(share_recipient::Column::Kind.eq(share_recipient::KIND_GROUP))
        .filter(share_recipient::Column::RecipientId.eq(id.0))
        .exec(db)
        .await?;
    group::Entity::delete_by_id(id).exec(db).await?;
    Ok(())
}
