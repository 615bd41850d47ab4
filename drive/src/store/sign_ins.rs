//! Sign-ins as their owner sees them: families of tokens that may still be used.

use super::{Store, StoreResult, codes};
use entity::{Timestamp, UserId, ticket, token_family};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

/// Living sign-ins of an account, the last used first.
pub async fn living(
    store: &Store,
    user: UserId,
    now: Timestamp,
    limit: u64,
) -> StoreResult<Vec<token_family::Model>> {
    Ok(token_family::Entity::find()
        .filter(token_family::Column::UserId.eq(user))
        .filter(token_family::Column::RevokedAt.is_null())
        .filter(token_family::Column::ExpiresAt.gt(now))
        .order_by_desc(token_family::Column::LastUsedAt)
        .limit(limit)
        .all(store.read())
        .await?)
}

/// Ends one sign-in of an account; `false` if there is no living one.
pub async fn end(
    db: &impl ConnectionTrait,
    user: UserId,
    id: &str,
    now: Timestamp,
) -> StoreResult<bool> {
    let done = token_family::Entity::update_many()
        .col_expr(token_family::Column::RevokedAt, Expr::value(now))
        .filter(token_family::Column::Id.eq(id))
        .filter(token_family::Column::UserId.eq(user))
        .filter(token_family::Column::RevokedAt.is_null())
        .exec(db)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Ends every sign-in of an account but one, and the codes that would begin others; returns how
/// many ended.
pub async fn end_all(
    db: &impl ConnectionTrait,
    user: UserId,
    except: Option<&str>,
    now: Timestamp,
) -> StoreResult<u64> {
    // The codes first: one that is being used in this moment has become a sign-in after that.
    ticket::Entity::delete_many()
        .filter(ticket::Column::UserId.eq(user))
        .filter(ticket::Column::Kind.eq(codes::UNUSED))
        .exec(db)
        .await?;
    let mut update = token_family::Entity::update_many()
        .col_expr(token_family::Column::RevokedAt, Expr::value(now))
        .filter(token_family::Column::UserId.eq(user))
        .filter(token_family::Column::RevokedAt.is_null());
    if let Some(kept) = except {
        update = update.filter(token_family::Column::Id.ne(kept));
    }
    Ok(update.exec(db).await?.rows_affected)
}
