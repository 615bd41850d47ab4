//! Accounts as administrators list them.

use super::accounts::{escape, lower};
use super::{Connection, StoreResult};
use entity::{GroupId, UserId, UserStatus, group, passkey, user};
use sea_orm::sea_query::{Expr, ExprTrait, LikeExpr};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, JoinType, Order, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, RelationDef,
};
use std::collections::HashMap;

/// Which accounts are wanted.
#[derive(Clone, Debug, Default)]
pub struct AccountFilter {
    pub status: Option<UserStatus>,
    pub group: Option<GroupId>,
    /// A part of the name, in any case.
    pub nick: Option<String>,
    /// A part of the address, in any case.
    pub email: Option<String>,
}

/// By what accounts are ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountOrder {
    Id,
    Nick,
    Email,
    UsedBytes,
    Updated,
}

impl AccountFilter {
    fn condition(&self) -> Condition {
        let like =
            |part: &str| LikeExpr::new(format!("%{}%", escape(&part.to_lowercase()))).escape('\\');
        Condition::all()
            .add_option(self.status.map(|status| user::Column::Status.eq(status)))
            .add_option(self.group.map(|group| user::Column::GroupId.eq(group)))
            .add_option(self.nick.as_deref().map(|part| {
                // Not every database knows small letters beyond ASCII.
                let exact = LikeExpr::new(format!("%{}%", escape(part))).escape('\\');
                Condition::any()
                    .add(lower(user::Column::Nick).like(like(part)))
                    .add(Expr::col(user::Column::Nick).like(exact))
            }))
            .add_option(
                self.email
                    .as_deref()
                    .map(|part| Expr::col(user::Column::Email).like(like(part))),
            )
    }
}

/// Accounts in an order, from `offset` on, each with its group. What is passed over is not read,
/// only counted in an index.
pub async fn page(
    db: &Connection,
    filter: &AccountFilter,
    (order, descending): (AccountOrder, bool),
    (offset, limit): (u64, u64),
) -> StoreResult<Vec<(user::Model, group::Model)>> {
    let direction = if descending { Order::Desc } else { Order::Asc };
    let column = match order {
        AccountOrder::Id => user::Column::Id,
        AccountOrder::Nick => user::Column::Nick,
        AccountOrder::Email => user::Column::Email,
        AccountOrder::UsedBytes => user::Column::UsedBytes,
        AccountOrder::Updated => user::Column::UpdatedAt,
    };
    let mut found = user::Entity::find()
        .select_only()
        .column(user::Column::Id)
        .filter(filter.condition())
        .order_by(column, direction.clone());
    // No two have one address: its index alone knows the whole order.
    if !matches!(column, user::Column::Id | user::Column::Email) {
        found = found.order_by(user::Column::Id, direction);
    }
    let ids: Vec<UserId> = found
        .offset(offset)
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?;
    let to_group: RelationDef = user::Entity::belongs_to(group::Entity)
        .from(user::Column::GroupId)
        .to(group::Column::Id)
        .into();
    let rows = user::Entity::find()
        .join(JoinType::InnerJoin, to_group)
        .select_also(group::Entity)
        .filter(user::Column::Id.is_in(ids.iter().copied()))
        .all(db)
        .await?;
    let rows = rows.into_iter();
    let mut rows: HashMap<UserId, (user::Model, group::Model)> = rows
        .filter_map(|(user, group)| Some((user.id, (user, group?))))
        .collect();
    Ok(ids.iter().filter_map(|id| rows.remove(id)).collect())
}

/// How many there are.
pub async fn count(db: &Connection, filter: &AccountFilter) -> StoreResult<u64> {
    let found = user::Entity::find().filter(filter.condition());
    Ok(found.count(db).await?)
}

/// The passkeys of accounts, oldest first.
pub async fn passkeys(
    db: &Connection,
    users: &[UserId],
) -> StoreResult<HashMap<UserId, Vec<passkey::Model>>> {
    let rows = passkey::Entity::find()
        .filter(passkey::Column::UserId.is_in(users.iter().copied()))
        .order_by_asc(passkey::Column::Id)
        .all(db)
        .await?;
    let mut by_user: HashMap<UserId, Vec<passkey::Model>> = HashMap::new();
    for row in rows {
        by_user.entry(row.user_id).or_default().push(row);
    }
    Ok(by_user)
}
