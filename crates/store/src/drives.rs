//! The account row as mutex, version stamp and quota counter of its drive.
//!
//! A change of a drive begins here and nowhere else: whoever gets the transaction has taken the
//! drive, so whatever it reads is what it may decide by.

use super::quota::quota;
use super::{Connection, Store, StoreResult, Tx, files};
use entity::{FileId, UserId, file, group, user};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseBackend, EntityTrait, JoinType, QueryFilter, QuerySelect,
    Statement,
};

/// Begins a change of a drive.
pub async fn begin(store: &Store, owner: UserId) -> StoreResult<Tx> {
    let tx = store.begin().await?;
    take(tx.db(), owner).await?;
    Ok(tx)
}

/// Begins a change of the drive that a file is in. Answers the file as it is then; `None` if it is
/// gone.
#[expect(clippy::disallowed_methods, reason = "a part of the same")]
pub async fn begin_with_file(store: &Store, id: FileId) -> StoreResult<Option<(Tx, file::Model)>> {
    // Outside: on some databases a transaction goes on seeing what it saw first. Only the owner is
    // taken from here, and files stay in their drive.
    let Some(found) = files::by_id(store.read(), id).await? else {
        return Ok(None);
    };
    let tx = begin(store, found.owner_id).await?;
    let file = files::by_id(tx.db(), id).await?;
    Ok(file.map(|file| (tx, file)))
}

/// Begins a change of one drive, in which others stay as they are. All who take several take them
/// in the same order. Tells whether the one that changes may have locks; `None`: one of them does
/// not exist.
pub async fn begin_beside(
    store: &Store,
    owner: UserId,
    others: &[UserId],
) -> StoreResult<Option<(Tx, bool)>> {
    let mut drives = others.to_vec();
    drives.push(owner);
    drives.sort_unstable();
    drives.dedup();
    let tx = store.begin().await?;
    let mut has_locks = false;
    for drive in drives {
        let Some(locked) = take_with_locks(tx.db(), drive).await? else {
            return Ok(None);
        };
        has_locks |= locked && drive == owner;
    }
    Ok(Some((tx, has_locks)))
}

/// Takes the drive for this transaction and moves its version on. On SQLite the transaction is
/// the only writer anyway; elsewhere the row lock makes others on the same drive wait.
/// Answers whether the account exists.
async fn take(db: &Connection, owner: UserId) -> StoreResult<bool> {
    let done = user::Entity::update_many()
        .col_expr(
            user::Column::TreeVersion,
            Expr::col(user::Column::TreeVersion).add(1),
        )
        .filter(user::Column::Id.eq(owner))
        .exec(db)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Like [`take`], and tells whether the drive may have locks. `None`: there is no such account.
async fn take_with_locks(db: &Connection, owner: UserId) -> StoreResult<Option<bool>> {
    let backend = db.get_database_backend();
    if backend != DatabaseBackend::Sqlite {
        // A statement that waited for the row still sees the locks of before it waited.
        return Ok(take(db, owner).await?.then_some(true));
    }
    let sql = "UPDATE users SET tree_version = tree_version + 1 WHERE id = ? \
               RETURNING EXISTS (SELECT 1 FROM locks WHERE owner_id = users.id) AS has_locks";
    let statement = Statement::from_sql_and_values(backend, sql, [owner.into()]);
    let row = db.query_one_raw(statement).await?;
    Ok(row.map(|row| row.try_get("", "has_locks")).transpose()?)
}

/// The account with its group.
pub async fn owner(
    db: &Connection,
    id: UserId,
) -> StoreResult<Option<(user::Model, group::Model)>> {
    let found = user::Entity::find_by_id(id)
        .join(JoinType::InnerJoin, group_of_user())
        .select_also(group::Entity)
        .one(db)
        .await?;
    Ok(found.and_then(|(user, group)| Some((user, group?))))
}

fn group_of_user() -> sea_orm::RelationDef {
    user::Entity::belongs_to(group::Entity)
        .from(user::Column::GroupId)
        .to(group::Column::Id)
        .into()
}

/// Adds to what the account holds, unless that would pass its quota: one statement, so no race can
/// pass it. Answers whether there was room.
pub async fn reserve(db: &Connection, owner: UserId, bytes: i64) -> StoreResult<bool> {
    if bytes == 0 {
        return Ok(true);
    }
    let done = user::Entity::update_many()
        .col_expr(
            user::Column::UsedBytes,
            Expr::col(user::Column::UsedBytes).add(bytes),
        )
        .filter(user::Column::Id.eq(owner))
        // Not the sum of what is used and what is asked for, which could be too large a number.
        .filter(Expr::col(user::Column::UsedBytes).lte(quota().sub(bytes)))
        .exec(db)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Takes from what the account holds.
pub async fn release(db: &Connection, owner: UserId, bytes: i64) -> StoreResult<()> {
    if bytes != 0 {
        user::Entity::update_many()
            .col_expr(
                user::Column::UsedBytes,
                Expr::col(user::Column::UsedBytes).sub(bytes),
            )
            .filter(user::Column::Id.eq(owner))
            .exec(db)
            .await?;
    }
    Ok(())
}

/// Remembers the root folder; only the first one counts. Answers whether it was this one.
pub async fn set_root(db: &Connection, owner: UserId, root: FileId) -> StoreResult<bool> {
    let done = user::Entity::update_many()
        .col_expr(user::Column::RootId, Expr::value(root))
        .filter(user::Column::Id.eq(owner))
        .filter(user::Column::RootId.is_null())
        .exec(db)
        .await?;
    Ok(done.rows_affected == 1)
}
