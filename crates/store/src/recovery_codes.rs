//! Recovery codes that were not used yet.

use super::{Connection, StoreResult};
use entity::{Timestamp, UserId, recovery_code};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter,
};

/// Replaces the codes of an account by these hashes.
pub async fn replace(
    db: &Connection,
    user: UserId,
    hashes: Vec<String>,
    now: Timestamp,
) -> StoreResult<()> {
    remove_all(db, user).await?;
    let rows = hashes.into_iter().map(|hash| recovery_code::ActiveModel {
        id: NotSet,
        user_id: Set(user),
        code_hash: Set(hash),
        created_at: Set(now),
    });
    recovery_code::Entity::insert_many(rows)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Removes every code of an account.
pub async fn remove_all(db: &Connection, user: UserId) -> StoreResult<()> {
    recovery_code::Entity::delete_many()
        .filter(recovery_code::Column::UserId.eq(user))
        .exec(db)
        .await?;
    Ok(())
}

/// Uses a code up: of several who try, on any replica, one gets it.
pub async fn take(db: &Connection, user: UserId, hash: &str) -> StoreResult<bool> {
    let gone = recovery_code::Entity::delete_many()
        .filter(recovery_code::Column::UserId.eq(user))
        .filter(recovery_code::Column::CodeHash.eq(hash))
        .exec(db)
        .await?;
    Ok(gone.rows_affected == 1)
}

/// How many codes an account has left.
pub async fn left(db: &Connection, user: UserId) -> StoreResult<u64> {
    Ok(recovery_code::Entity::find()
        .filter(recovery_code::Column::UserId.eq(user))
        .count(db)
        .await?)
}
