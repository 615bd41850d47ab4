//! Pages of folders: keyset on one index for every order, so any page costs the same.

use super::{Connection, StoreResult, json_rows};
use entity::{FileId, FileKind, UserId, file};
use sea_orm::sea_query::{Expr, ExprTrait, Func, SimpleExpr};
use sea_orm::{
    ColumnTrait, EntityTrait, Order, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};
use serde::{Deserialize, Serialize};

/// What a page is sorted by; ties by id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderBy {
    #[default]
    Id,
    Name,
    Size,
    UpdatedAt,
    CreatedAt,
}

/// A complete order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Sort {
    #[serde(rename = "b")]
    pub by: OrderBy,
    #[serde(rename = "d")]
    pub descending: bool,
}

/// Where the page before ended: the sort value (text or number) and the id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListPosition {
    #[serde(rename = "t", skip_serializing_if = "Option::is_none", default)]
    pub text: Option<String>,
    #[serde(rename = "n", skip_serializing_if = "Option::is_none", default)]
    pub number: Option<i64>,
    #[serde(rename = "i")]
    pub id: i64,
}

impl ListPosition {
    /// The position of a row in an order.
    pub fn of(row: &file::Model, sort: Sort) -> Self {
        let (text, number) = match sort.by {
            OrderBy::Id => (None, None),
            OrderBy::Name => (Some(row.name.clone()), None),
            OrderBy::Size => (None, Some(row.size_bytes)),
            OrderBy::UpdatedAt => (None, Some(row.updated_at.0)),
            OrderBy::CreatedAt => (None, Some(row.created_at.0)),
        };
        Self {
            text,
            number,
            id: row.id.0,
        }
    }
}

/// What is paged through.
#[derive(Clone, Copy, Debug)]
pub enum Source {
    /// Children of one kind.
    Children { parent: FileId, kind: FileKind },
    /// The trash of an account.
    Trash { owner: UserId },
    /// Shortcuts of an account to what others share with it.
    Shortcuts { owner: UserId },
}

fn select(source: Source) -> Select<file::Entity> {
    let find = file::Entity::find();
    match source {
        Source::Children { parent, kind } => find
            .filter(file::Column::ParentId.eq(parent))
            .filter(file::Column::Kind.eq(kind)),
        Source::Trash { owner } => find
            .filter(file::Column::OwnerId.eq(owner))
            .filter(file::Column::TrashedAt.is_not_null())
            .filter(not_being_purged()),
        Source::Shortcuts { owner } => find
            .filter(file::Column::IsSymbolic.eq(true))
            .filter(file::Column::OwnerId.eq(owner))
            .filter(file::Column::TrashedAt.is_null()),
    }
}

/// What bears this name in an account's trash.
pub async fn trashed(
    db: &Connection,
    owner: UserId,
    name: &str,
) -> StoreResult<Option<file::Model>> {
    Ok(file::Entity::find()
        .filter(file::Column::ParentId.is_null())
        .filter(file::Column::Name.eq(name))
        .filter(file::Column::OwnerId.eq(owner))
        .filter(file::Column::TrashedAt.is_not_null())
        .filter(not_being_purged())
        .one(db)
        .await?)
}

/// Some of an account's trash.
pub async fn some_trash(
    db: &Connection,
    owner: UserId,
    most: u64,
) -> StoreResult<Vec<file::Model>> {
    Ok(file::Entity::find()
        .filter(file::Column::OwnerId.eq(owner))
        .filter(file::Column::TrashedAt.is_not_null())
        .filter(not_being_purged())
        .limit(most)
        .all(db)
        .await?)
}

/// Not being deleted for good right now, which 0 says. Written so that no index serves it: the one
/// of when to purge what leads through the trash of everybody.
fn not_being_purged() -> SimpleExpr {
    let at = Expr::col((file::Entity, file::Column::PurgeAt));
    let at: SimpleExpr = Func::coalesce([at, Expr::value(0i64)]).into();
    at.gt(0i64)
}

fn column(sort: Sort) -> file::Column {
    match sort.by {
        OrderBy::Id => file::Column::Id,
        OrderBy::Name => file::Column::Name,
        OrderBy::Size => file::Column::SizeBytes,
        OrderBy::UpdatedAt => file::Column::UpdatedAt,
        OrderBy::CreatedAt => file::Column::CreatedAt,
    }
}

/// Sorts a query.
pub fn sorted(select: Select<file::Entity>, sort: Sort) -> Select<file::Entity> {
    let order = if sort.descending {
        Order::Desc
    } else {
        Order::Asc
    };
    let select = select.order_by(column(sort), order.clone());
    // Names are unique in a folder: one more column would only hide the index.
    if matches!(sort.by, OrderBy::Id | OrderBy::Name) {
        select
    } else {
        select.order_by(file::Column::Id, order)
    }
}

/// Rows behind a position, as a condition that reads one range of the index.
pub fn behind(sort: Sort, position: &ListPosition) -> Option<SimpleExpr> {
    let column = column(sort);
    let id = FileId(position.id);
    let pass = |column: file::Column, value: sea_orm::Value| {
        let column = Expr::col(column);
        if sort.descending {
            column.lt(value)
        } else {
            column.gt(value)
        }
    };
    Some(match sort.by {
        OrderBy::Id => pass(column, id.into()),
        OrderBy::Name => pass(column, position.text.clone()?.into()),
        _ => {
            let value: sea_orm::Value = position.number?.into();
            let edge = Expr::col(column);
            let edge = if sort.descending {
                edge.lte(value.clone())
            } else {
                edge.gte(value.clone())
            };
            let tie = pass(file::Column::Id, id.into());
            edge.and(pass(column, value).or(tie))
        }
    })
}

/// Up to `limit` rows behind a position; `None` if the position does not fit the order.
pub async fn page(
    db: &Connection,
    source: Source,
    sort: Sort,
    after: Option<&ListPosition>,
    limit: u64,
) -> StoreResult<Option<Vec<file::Model>>> {
    let mut query = select(source);
    if let Some(position) = after {
        let Some(condition) = behind(sort, position) else {
            return Ok(None);
        };
        query = query.filter(condition);
    }
    let query = sorted(query, sort).limit(limit);
    Ok(Some(json_rows::all(db, query).await?))
}

/// Rows by their number in the order.
pub async fn page_at(
    db: &Connection,
    source: Source,
    sort: Sort,
    offset: u64,
    limit: u64,
) -> StoreResult<Vec<file::Model>> {
    let query = sorted(select(source), sort).offset(offset).limit(limit);
    json_rows::all(db, query).await
}

/// How many rows there are.
pub async fn count(db: &Connection, source: Source) -> StoreResult<u64> {
    Ok(select(source).count(db).await?)
}
