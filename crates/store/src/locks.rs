//! Rows of locks.

use super::at_once::{self, rows_of};
use super::{Connection, StoreResult};
use entity::{Timestamp, UserId, lock};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, Condition, EntityTrait, QueryFilter,
};

/// Locks in force on a drive.
pub async fn of_drive(
    db: &Connection,
    owner: UserId,
    now: Timestamp,
) -> StoreResult<Vec<lock::Model>> {
    let locks = lock::Entity::find()
        .filter(lock::Column::OwnerId.eq(owner))
        .filter(
            Condition::any()
                .add(lock::Column::ExpiresAt.is_null())
                .add(lock::Column::ExpiresAt.gt(now)),
        );
    at_once::all(db, &locks).await
}

rows_of! {
    lock::Model {
        id, token, owner_id, path, is_deep, is_folder, is_shared, user_id, application, detail,
        expires_at, created_at,
    }
}

/// A lock to add.
#[derive(Clone, Debug)]
pub struct NewLock {
    pub token: String,
    pub owner: UserId,
    pub path: String,
    pub is_deep: bool,
    pub is_folder: bool,
    pub user: UserId,
    pub application: &'static str,
    pub detail: Option<String>,
    pub expires_at: Option<Timestamp>,
    pub at: Timestamp,
}

/// Adds a lock; who adds it has checked for conflicts in the same transaction.
pub async fn insert(db: &Connection, new: NewLock) -> StoreResult<()> {
    insert_as(db, new, false).await
}

/// Adds a lock that others may hold as well, or (as [`insert`] does) one that nobody else may.
pub async fn insert_as(db: &Connection, new: NewLock, is_shared: bool) -> StoreResult<()> {
    let row = lock::ActiveModel {
        id: NotSet,
        token: Set(new.token),
        owner_id: Set(new.owner),
        path: Set(new.path),
        is_deep: Set(new.is_deep),
        is_folder: Set(new.is_folder),
        is_shared: Set(is_shared),
        user_id: Set(new.user),
        application: Set(new.application.to_owned()),
        detail: Set(new.detail),
        expires_at: Set(new.expires_at),
        created_at: Set(new.at),
    };
    lock::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// The lock with this token.
pub async fn by_token(db: &Connection, token: &str) -> StoreResult<Option<lock::Model>> {
    let lock = lock::Entity::find().filter(lock::Column::Token.eq(token));
    at_once::one(db, &lock).await
}

/// Removes a lock. Answers whether it was there.
pub async fn remove(db: &Connection, token: &str) -> StoreResult<bool> {
    let done = lock::Entity::delete_many()
        .filter(lock::Column::Token.eq(token))
        .exec(db)
        .await?;
    Ok(done.rows_affected == 1)
}

/// A new end for a lock. Answers whether it was there.
pub async fn prolong(
    db: &Connection,
    token: &str,
    expires_at: Option<Timestamp>,
) -> StoreResult<bool> {
    let done = lock::Entity::update_many()
        .col_expr(lock::Column::ExpiresAt, Expr::value(expires_at))
        .filter(lock::Column::Token.eq(token))
        .exec(db)
        .await?;
    Ok(done.rows_affected == 1)
}
