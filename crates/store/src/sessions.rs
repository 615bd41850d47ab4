//! Sessions: begun, prolonged, ended, and listed for their owner while they may still be used.

use super::{Connection, Store, StoreResult, oauth_codes};
use entity::{Timestamp, UserId, session, ticket};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};

/// Begins a session.
pub async fn insert(db: &Connection, session: session::Model) -> StoreResult<()> {
    let row: session::ActiveModel = session.into();
    // Every column counts as changed: a row is inserted, not updated.
    session::Entity::insert(row.reset_all())
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Begins many sessions.
pub async fn insert_all(db: &Connection, sessions: Vec<session::Model>) -> StoreResult<()> {
    for batch in sessions.chunks(100) {
        let rows = batch.iter().cloned().map(|session| {
            let row: session::ActiveModel = session.into();
            row.reset_all()
        });
        session::Entity::insert_many(rows)
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

/// Prolongs a session, unless it is missing or revoked. Answers whether it lives.
pub async fn prolong(
    db: &Connection,
    id: &str,
    user: UserId,
    now: Timestamp,
    expires_at: Timestamp,
) -> StoreResult<bool> {
    let done = session::Entity::update_many()
        .col_expr(session::Column::LastUsedAt, Expr::value(now))
        .col_expr(session::Column::ExpiresAt, Expr::value(expires_at))
        .filter(session::Column::Id.eq(id))
        .filter(session::Column::UserId.eq(user))
        .filter(session::Column::RevokedAt.is_null())
        .exec(db)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Living sessions of an account, the last used first.
pub async fn living(
    store: &Store,
    user: UserId,
    now: Timestamp,
    limit: u64,
) -> StoreResult<Vec<session::Model>> {
    Ok(session::Entity::find()
        .filter(session::Column::UserId.eq(user))
        .filter(session::Column::RevokedAt.is_null())
        .filter(session::Column::ExpiresAt.gt(now))
        .order_by_desc(session::Column::LastUsedAt)
        .limit(limit)
        .all(store.read())
        .await?)
}

/// Ends a session. Answers whether it was alive.
pub async fn end(db: &Connection, id: &str, now: Timestamp) -> StoreResult<bool> {
    let done = session::Entity::update_many()
        .col_expr(session::Column::RevokedAt, Expr::value(now))
        .filter(session::Column::Id.eq(id))
        .filter(session::Column::RevokedAt.is_null())
        .exec(db)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Ends one session of an account; `false` if there is no living one.
pub async fn end_of(db: &Connection, user: UserId, id: &str, now: Timestamp) -> StoreResult<bool> {
    let done = session::Entity::update_many()
        .col_expr(session::Column::RevokedAt, Expr::value(now))
        .filter(session::Column::Id.eq(id))
        .filter(session::Column::UserId.eq(user))
        .filter(session::Column::RevokedAt.is_null())
        .exec(db)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Ends every session of an account but one, and the codes that would begin others; returns how
/// many ended.
pub async fn end_all(
    db: &Connection,
    user: UserId,
    except: Option<&str>,
    now: Timestamp,
) -> StoreResult<u64> {
    // The codes first: one that is being used in this moment has become a session after that.
    ticket::Entity::delete_many()
        .filter(ticket::Column::UserId.eq(user))
        .filter(ticket::Column::Kind.eq(oauth_codes::UNUSED))
        .exec(db)
        .await?;
    let mut update = session::Entity::update_many()
        .col_expr(session::Column::RevokedAt, Expr::value(now))
        .filter(session::Column::UserId.eq(user))
        .filter(session::Column::RevokedAt.is_null());
    if let Some(kept) = except {
        update = update.filter(session::Column::Id.ne(kept));
    }
    Ok(update.exec(db).await?.rows_affected)
}
