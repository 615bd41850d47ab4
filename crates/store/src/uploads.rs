//! Upload sessions and the chunks they have.

use super::{Connection, StoreError, StoreResult};
use entity::{FileId, ShareId, Timestamp, UserId, lock, share, upload_part, upload_session};
use sea_orm::sea_query::{Expr, LockType, OnConflict, Query};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect,
};

/// The session with this id.
pub async fn by_id(db: &Connection, id: &str) -> StoreResult<Option<upload_session::Model>> {
    Ok(upload_session::Entity::find_by_id(id).one(db).await?)
}

/// Sessions that write into these files.
pub async fn of_files(
    db: &Connection,
    files: &[FileId],
) -> StoreResult<Vec<upload_session::Model>> {
    Ok(upload_session::Entity::find()
        .filter(upload_session::Column::FileId.is_in(files.iter().copied()))
        .all(db)
        .await?)
}

/// Adds a session.
pub async fn insert(db: &Connection, session: upload_session::Model) -> StoreResult<()> {
    upload_session::Entity::insert(sea_orm::ActiveModelTrait::reset_all(
        session.into_active_model(),
    ))
    .exec_without_returning(db)
    .await?;
    Ok(())
}

/// Ends sessions that came in through these shares, and their locks; the next sweep gives back
/// what they reserved.
pub async fn end_through(db: &Connection, shares: &[ShareId], now: Timestamp) -> StoreResult<()> {
    let through = upload_session::Column::ShareId.is_in(shares.iter().copied());
    let tokens = Query::select()
        .column(upload_session::Column::LockToken)
        .from(upload_session::Entity)
        .and_where(through.clone())
        .take();
    lock::Entity::update_many()
        .col_expr(lock::Column::ExpiresAt, Expr::value(now))
        .filter(lock::Column::Token.in_subquery(tokens))
        .exec(db)
        .await?;
    upload_session::Entity::update_many()
        .col_expr(upload_session::Column::ExpiresAt, Expr::value(now))
        .filter(through)
        .filter(upload_session::Column::ExpiresAt.gt(now))
        .exec(db)
        .await?;
    Ok(())
}

/// How many sessions an account has in drives of its own.
pub async fn count_of(db: &Connection, user: UserId) -> StoreResult<u64> {
    Ok(upload_session::Entity::find()
        .filter(upload_session::Column::UserId.eq(user))
        .filter(upload_session::Column::ShareId.is_null())
        .count(db)
        .await?)
}

/// How many sessions visitors of a share have: all of them, and those from one address.
pub async fn count_through(
    db: &Connection,
    share: ShareId,
    address: Option<&str>,
) -> StoreResult<(u64, u64)> {
    let of_share = upload_session::Entity::find()
        .select_only()
        .column(upload_session::Column::VisitorAddress)
        .filter(upload_session::Column::ShareId.eq(share));
    let all: Vec<Option<String>> = of_share.into_tuple().all(db).await?;
    let same = all.iter().filter(|other| other.as_deref() == address);
    Ok((all.len() as u64, same.count() as u64))
}

/// Bytes that visitors of somebody's shares hold back for what has not come.
pub async fn reserved_through_shares(db: &Connection, owner: UserId) -> StoreResult<i64> {
    let shares = Query::select()
        .column(share::Column::Id)
        .from(share::Entity)
        .and_where(share::Column::OwnerId.eq(owner))
        .take();
    let sizes: Vec<i64> = upload_session::Entity::find()
        .select_only()
        .column(upload_session::Column::SizeBytes)
        .filter(upload_session::Column::ShareId.in_subquery(shares))
        .into_tuple()
        .all(db)
        .await?;
    Ok(sizes.into_iter().fold(0, i64::saturating_add))
}

/// Lets a session and its lock last until then.
pub async fn extend(
    db: &Connection,
    session: &upload_session::Model,
    now: Timestamp,
    until: Timestamp,
) -> StoreResult<bool> {
    let done = upload_session::Entity::update_many()
        .col_expr(upload_session::Column::ExpiresAt, Expr::value(until))
        .filter(upload_session::Column::Id.eq(session.id.as_str()))
        .filter(upload_session::Column::ExpiresAt.gt(now))
        .exec(db)
        .await?;
    if done.rows_affected == 0 {
        return Ok(false);
    }
    lock::Entity::update_many()
        .col_expr(lock::Column::ExpiresAt, Expr::value(until))
        .filter(lock::Column::Token.eq(session.lock_token.as_str()))
        .exec(db)
        .await?;
    Ok(true)
}

/// The time of a session is over now.
pub async fn run_out(db: &Connection, id: &str, now: Timestamp) -> StoreResult<()> {
    upload_session::Entity::update_many()
        .col_expr(upload_session::Column::ExpiresAt, Expr::value(now))
        .filter(upload_session::Column::Id.eq(id))
        .filter(upload_session::Column::ExpiresAt.gt(now))
        .exec(db)
        .await?;
    Ok(())
}

/// Saves what the storage driver wants to be told again. Answers whether the session is there.
pub async fn set_details(
    db: &Connection,
    id: &str,
    details: upload_session::Details,
) -> StoreResult<bool> {
    let done = upload_session::Entity::update_many()
        .col_expr(upload_session::Column::Details, Expr::value(details))
        .filter(upload_session::Column::Id.eq(id))
        .exec(db)
        .await?;
    Ok(done.rows_affected == 1)
}

/// A session as it is until the transaction ends: whoever records a chunk is waited for, and later
/// ones wait.
pub async fn locked(db: &Connection, id: &str) -> StoreResult<Option<upload_session::Model>> {
    let row = upload_session::Entity::find_by_id(id).lock(LockType::Update);
    Ok(row.one(db).await?)
}

/// Removes a session and its chunk rows. Answers whether it was there: of two that finish the
/// same session, one hears yes.
pub async fn remove(db: &Connection, id: &str) -> StoreResult<bool> {
    if locked(db, id).await?.is_none() {
        return Ok(false);
    }
    upload_part::Entity::delete_many()
        .filter(upload_part::Column::SessionId.eq(id))
        .exec(db)
        .await?;
    let done = upload_session::Entity::delete_by_id(id).exec(db).await?;
    Ok(done.rows_affected == 1)
}

/// Chunks received so far, in order.
pub async fn parts(db: &Connection, id: &str) -> StoreResult<Vec<upload_part::Model>> {
    Ok(upload_part::Entity::find()
        .filter(upload_part::Column::SessionId.eq(id))
        .order_by_asc(upload_part::Column::Part)
        .all(db)
        .await?)
}

/// Records a chunk; a repeated one replaces the first. Answers whether the session was there.
pub async fn put_part(
    db: &Connection,
    session: &str,
    part: i64,
    size_bytes: i64,
    digest: Vec<u8>,
    at: Timestamp,
) -> StoreResult<bool> {
    let row = upload_part::ActiveModel {
        session_id: Set(session.to_owned()),
        part: Set(part),
        size_bytes: Set(size_bytes),
        digest: Set(digest),
        received_at: Set(at),
    };
    let replace = OnConflict::columns([upload_part::Column::SessionId, upload_part::Column::Part])
        .update_columns([upload_part::Column::Digest, upload_part::Column::ReceivedAt])
        .to_owned();
    let added = upload_part::Entity::insert(row)
        .on_conflict(replace)
        .exec_without_returning(db)
        .await
        .map_err(StoreError);
    match added {
        Err(error) if error.is_dangling() => Ok(false),
        other => other.map(|_| true),
    }
}
