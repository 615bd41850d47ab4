//! Short-lived secrets: true until they expire or are used.

use super::{Connection, Store, StoreResult};
use entity::{Timestamp, UserId, ticket};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

/// A ticket to write.
#[derive(Clone, Debug)]
pub struct NewTicket {
    pub id: String,
    /// A ticket of one kind never serves another.
    pub kind: &'static str,
    pub user: Option<UserId>,
    /// JSON text.
    pub value: String,
    pub expires_at: Timestamp,
}

/// Writes a ticket.
pub async fn put(db: &Connection, new: NewTicket) -> StoreResult<()> {
    let row = ticket::ActiveModel {
        id: Set(new.id),
        kind: Set(new.kind.to_owned()),
        user_id: Set(new.user),
        value: Set(new.value),
        expires_at: Set(new.expires_at),
    };
    ticket::Entity::insert(row)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// The value of a ticket that may be used again; `None` if it is unknown or expired.
pub async fn peek(
    store: &Store,
    kind: &str,
    id: &str,
    now: Timestamp,
) -> StoreResult<Option<ticket::Model>> {
    let row = ticket::Entity::find_by_id(id).one(store.read()).await?;
    Ok(row.filter(|row| row.kind == kind && row.expires_at > now))
}

/// Uses a ticket up: of several takers, on any replica, one gets it.
pub async fn take(
    db: &Connection,
    kind: &str,
    id: &str,
    now: Timestamp,
) -> StoreResult<Option<ticket::Model>> {
    let Some(row) = ticket::Entity::find_by_id(id).one(db).await? else {
        return Ok(None);
    };
    if row.kind != kind {
        return Ok(None);
    }
    let gone = ticket::Entity::delete_by_id(id).exec(db).await?;
    Ok((gone.rows_affected == 1 && row.expires_at > now).then_some(row))
}

/// Writes a ticket in the place of any of the same id.
pub async fn replace(db: &Connection, new: NewTicket) -> StoreResult<()> {
    remove(db, &new.id).await?;
    put(db, new).await
}

/// The ticket as it is seen inside a transaction.
pub async fn find(
    db: &Connection,
    kind: &str,
    id: &str,
    now: Timestamp,
) -> StoreResult<Option<ticket::Model>> {
    let row = ticket::Entity::find_by_id(id).one(db).await?;
    Ok(row.filter(|row| row.kind == kind && row.expires_at > now))
}

/// Removes a ticket, if it is there.
pub async fn remove(db: &Connection, id: &str) -> StoreResult<()> {
    ticket::Entity::delete_by_id(id).exec(db).await?;
    Ok(())
}

/// Writes another value into a ticket that is still there.
pub async fn set_value(db: &Connection, id: &str, value: String) -> StoreResult<()> {
    ticket::Entity::update_many()
        .col_expr(ticket::Column::Value, Expr::value(value))
        .filter(ticket::Column::Id.eq(id))
        .exec(db)
        .await?;
    Ok(())
}

/// Makes a ticket one of another kind, with another value: of several who try, on any replica,
/// one succeeds.
pub async fn turn(
    db: &Connection,
    (from, to): (&str, &str),
    id: &str,
    value: &str,
    expires_at: Timestamp,
) -> StoreResult<bool> {
    let turned = ticket::Entity::update_many()
        .col_expr(ticket::Column::Kind, Expr::value(to))
        .col_expr(ticket::Column::Value, Expr::value(value))
        .col_expr(ticket::Column::ExpiresAt, Expr::value(expires_at))
        .filter(ticket::Column::Id.eq(id))
        .filter(ticket::Column::Kind.eq(from))
        .exec(db)
        .await?;
    Ok(turned.rows_affected == 1)
}
