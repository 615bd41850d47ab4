//! Passkeys of accounts.

use super::{Connection, StoreResult};
use entity::{PasskeyId, Timestamp, UserId, passkey};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
};

/// A passkey to write.
#[derive(Clone, Debug)]
pub struct NewPasskey {
    pub user: UserId,
    /// Standard base64.
    pub credential_id: String,
    pub name: String,
    /// JSON text.
    pub credential: String,
}

/// Writes a passkey.
/// # Errors
/// A duplicate if somebody registered that credential before.
pub async fn insert(
    db: &Connection,
    new: NewPasskey,
    now: Timestamp,
) -> StoreResult<passkey::Model> {
    let row = passkey::ActiveModel {
        id: NotSet,
        user_id: Set(new.user),
        credential_id: Set(new.credential_id.clone()),
        name: Set(new.name.clone()),
        credential: Set(new.credential.clone()),
        used_at: Set(None),
        created_at: Set(now),
    };
    let id = passkey::Entity::insert(row).exec(db).await?.last_insert_id;
    Ok(passkey::Model {
        id,
        user_id: new.user,
        credential_id: new.credential_id,
        name: new.name,
        credential: new.credential,
        used_at: None,
        created_at: now,
    })
}

/// Passkeys of an account, oldest first.
pub async fn of_user(db: &Connection, user: UserId) -> StoreResult<Vec<passkey::Model>> {
    Ok(passkey::Entity::find()
        .filter(passkey::Column::UserId.eq(user))
        .order_by_asc(passkey::Column::Id)
        .all(db)
        .await?)
}

/// Whether an account has one.
pub async fn has_any(db: &Connection, user: UserId) -> StoreResult<bool> {
    let count = passkey::Entity::find()
        .filter(passkey::Column::UserId.eq(user))
        .count(db)
        .await?;
    Ok(count > 0)
}

/// An account's passkey with this credential.
pub async fn find(
    db: &Connection,
    user: UserId,
    credential_id: &str,
) -> StoreResult<Option<passkey::Model>> {
    Ok(passkey::Entity::find()
        .filter(passkey::Column::CredentialId.eq(credential_id))
        .filter(passkey::Column::UserId.eq(user))
        .one(db)
        .await?)
}

/// Remembers a use: when, and the counter that moved on. `false` if the passkey is gone, or was
/// used since `seen` was read.
pub async fn used(
    db: &Connection,
    seen: &passkey::Model,
    credential: String,
    now: Timestamp,
) -> StoreResult<bool> {
    let done = passkey::Entity::update_many()
        .col_expr(passkey::Column::Credential, Expr::value(credential))
        .col_expr(passkey::Column::UsedAt, Expr::value(now.0))
        .filter(passkey::Column::Id.eq(seen.id))
        .filter(passkey::Column::Credential.eq(&seen.credential))
        .exec(db)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Removes an account's passkey; `false` if there is no such.
pub async fn remove(db: &Connection, user: UserId, id: PasskeyId) -> StoreResult<bool> {
    let gone = passkey::Entity::delete_many()
        .filter(passkey::Column::Id.eq(id))
        .filter(passkey::Column::UserId.eq(user))
        .exec(db)
        .await?;
    Ok(gone.rows_affected == 1)
}
