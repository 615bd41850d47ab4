//! Keys that sign identity tokens.

use super::{Connection, Store, StoreResult};
use entity::{Timestamp, signing_key};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait, Condition, EntityTrait, IntoActiveModel as _, QueryFilter,
    QueryOrder,
};

/// The key that signs: the newest that is not retired.
pub async fn current(db: &Connection) -> StoreResult<Option<signing_key::Model>> {
    Ok(signing_key::Entity::find()
        .filter(signing_key::Column::RetiredAt.is_null())
        .order_by_desc(signing_key::Column::CreatedAt)
        .order_by_asc(signing_key::Column::Kid)
        .one(db)
        .await?)
}

/// Keys whose signatures are still to be believed, newest first.
pub async fn believed(
    store: &Store,
    retired_after: Timestamp,
) -> StoreResult<Vec<signing_key::Model>> {
    let believed = Condition::any()
        .add(signing_key::Column::RetiredAt.is_null())
        .add(signing_key::Column::RetiredAt.gt(retired_after));
    Ok(signing_key::Entity::find()
        .filter(believed)
        .order_by_desc(signing_key::Column::CreatedAt)
        .all(store.read())
        .await?)
}

pub async fn insert(db: &Connection, key: signing_key::Model) -> StoreResult<()> {
    signing_key::Entity::insert(key.into_active_model().reset_all())
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Retires every key, and removes those retired before `retired_before`.
pub async fn retire_all(
    db: &Connection,
    now: Timestamp,
    retired_before: Timestamp,
) -> StoreResult<()> {
    signing_key::Entity::delete_many()
        .filter(signing_key::Column::RetiredAt.lt(retired_before))
        .exec(db)
        .await?;
    signing_key::Entity::update_many()
        .col_expr(signing_key::Column::RetiredAt, Expr::value(now))
        .filter(signing_key::Column::RetiredAt.is_null())
        .exec(db)
        .await?;
    Ok(())
}
