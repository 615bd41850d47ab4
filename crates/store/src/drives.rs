//! The account row as mutex, version stamp and quota counter of its drive.
//!
//! A change of a drive begins here and nowhere else: whoever gets the transaction has taken the
//! drive, so whatever it reads is what it may decide by.

use super::at_once::{OfRow, Row};
use super::quota::quota;
use super::{Connection, Store, StoreResult, Tx, files};
use entity::{FileId, UserId, file, group, lock, user};
use sea_orm::sea_query::{Expr, ExprTrait, Query, SimpleExpr, UpdateStatement};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseBackend, EntityTrait, JoinType, QueryFilter, QuerySelect,
    QueryTrait as _,
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

/// What is known of a drive that was taken.
#[derive(Clone, Copy, Debug)]
pub struct Taken {
    /// Whether it may have locks.
    pub has_locks: bool,
    /// Whether the space that was asked for is reserved. If not, it would pass the quota.
    pub has_room: bool,
}

/// Begins a change of one drive, in which others stay as they are, and reserves space in it, if
/// there is room. All who take several take them in the same order. `None`: one of them does not
/// exist. `before`: goes on with a transaction that changed other drives.
pub async fn begin_beside(
    store: &Store,
    before: Option<Tx>,
    owner: UserId,
    others: &[UserId],
    bytes: i64,
) -> StoreResult<Option<(Tx, Taken)>> {
    let mut drives = others.to_vec();
    drives.push(owner);
    drives.sort_unstable();
    drives.dedup();
    let tx = match before {
        Some(tx) => tx,
        None => store.begin().await?,
    };
    let mut own = None;
    for drive in drives {
        let wanted = if drive == owner { bytes } else { 0 };
        let Some(taken) = take_with_room(tx.db(), drive, wanted).await? else {
            return Ok(None);
        };
        if drive == owner {
            own = Some(taken);
        }
    }
    Ok(own.map(|taken| (tx, taken)))
}

/// Takes the drive for this transaction and moves its version on. On SQLite the transaction is
/// the only writer anyway; elsewhere the row lock makes others on the same drive wait.
async fn take(db: &Connection, owner: UserId) -> StoreResult<()> {
    let statement = db.get_database_backend().build(&taking(owner));
    db.execute_raw(statement).await?;
    Ok(())
}

/// Takes the drive and reserves space in the same statement, if there is room.
async fn take_with_room(db: &Connection, owner: UserId, bytes: i64) -> StoreResult<Option<Taken>> {
    if bytes > 0 {
        let mut query = taking(owner);
        let used = Expr::col(user::Column::UsedBytes);
        query
            .value(user::Column::UsedBytes, used.clone().add(bytes))
            .and_where(used.lte(quota().sub(bytes)));
        if let Some(has_locks) = has_taken(db, query).await? {
            return Ok(Some(Taken {
                has_locks,
                has_room: true,
            }));
        }
    }
    let has_locks = has_taken(db, taking(owner)).await?;
    Ok(has_locks.map(|has_locks| Taken {
        has_locks,
        has_room: bytes <= 0,
    }))
}

fn taking(owner: UserId) -> UpdateStatement {
    Query::update()
        .table(user::Entity)
        .value(
            user::Column::TreeVersion,
            Expr::col(user::Column::TreeVersion).add(1),
        )
        .and_where(Expr::col((user::Entity, user::Column::Id)).eq(owner))
        .take()
}

/// Takes a drive by a statement, and tells whether it may have locks. `None`: there is no such
/// account.
async fn has_taken(db: &Connection, mut query: UpdateStatement) -> StoreResult<Option<bool>> {
    let backend = db.get_database_backend();
    if backend != DatabaseBackend::Sqlite {
        // A statement that waited for the row still sees the locks of before it waited.
        let done = db.execute_raw(backend.build(&query)).await?;
        return Ok((done.rows_affected() == 1).then_some(true));
    }
    let locks = Query::select()
        .expr(Expr::value(1))
        .from(lock::Entity)
        .and_where(
            Expr::col((lock::Entity, lock::Column::OwnerId))
                .equals((user::Entity, user::Column::Id)),
        )
        .take();
    let has_locks: SimpleExpr = Expr::exists(locks);
    query.returning(Query::returning().expr(has_locks));
    let row = db.query_one_raw(backend.build(&query)).await?;
    Ok(row.map(|row| row.try_get_by_index(0)).transpose()?)
}

/// The account with its group.
pub async fn owner(
    db: &Connection,
    id: UserId,
) -> StoreResult<Option<(user::Model, group::Model)>> {
    let query = user::Entity::find_by_id(id)
        .join(JoinType::InnerJoin, group_of_user())
        .select_also(group::Entity);
    if let Some(rows) = db.at_once(&query.build(db.get_database_backend())) {
        return Ok(rows
            .into_iter()
            .next()
            .map(|Owner(user, group)| (user, group)));
    }
    let found = query.one(db).await?;
    Ok(found.and_then(|(user, group)| Some((user, group?))))
}

struct Owner(user::Model, group::Model);

impl OfRow for Owner {
    /// The prefixes are those of `select_also`.
    fn of_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        let user = user::Model::of_row(&row.with_prefix("A_"))?;
        Ok(Self(user, group::Model::of_row(&row.with_prefix("B_"))?))
    }
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
