//! Pages of folders: keyset on one index for every order, so any page costs the same.

use super::{Connection, StoreResult, json_rows, metadata, page_at_once, shares};
use crate::metadata::Metadata;
use entity::{FileId, FileKind, UserId, file};
use sea_orm::sea_query::{Expr, ExprTrait, Func, SimpleExpr};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseBackend, EntityTrait, Order, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, Select,
};
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};

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

/// Where in a source reading begins.
#[derive(Clone, Copy, Debug)]
pub enum Begin<'a> {
    Start,
    Behind(&'a ListPosition),
    /// By number in the order.
    Offset(u64),
}

/// What a listing wants to know of each row besides.
#[derive(Clone, Copy, Debug, Default)]
pub struct Extras {
    /// Public metadata.
    pub metadata: bool,
    /// Whether it has a share.
    pub shares: bool,
}

/// A row with what was wanted besides; the rest is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub file: file::Model,
    pub metadata: Metadata,
    pub is_shared: bool,
}

/// Up to `limit` rows of these sources, one after the other: on SQLite right here, or by one
/// statement, since asking another thread costs more than reading. `None` if a position does not fit
/// the order.
pub async fn page(
    db: &Connection,
    sources: &[(Source, Begin<'_>)],
    sort: Sort,
    limit: u64,
    extras: Extras,
) -> StoreResult<Option<Vec<Listed>>> {
    let mut parts = Vec::with_capacity(sources.len());
    for (source, begin) in sources {
        let (mut query, mut offset) = (select(*source), 0);
        match begin {
            Begin::Start => {}
            Begin::Behind(position) => match behind(sort, position) {
                Some(condition) => query = query.filter(condition),
                None => return Ok(None),
            },
            Begin::Offset(number) => offset = *number,
        }
        parts.push((sorted(query, sort), offset));
    }
    if db.get_database_backend() == DatabaseBackend::Sqlite {
        if let Some(rows) = page_at_once::read(db, &parts, limit, extras) {
            return Ok(Some(rows));
        }
        return Ok(Some(json_rows::read(db, parts, limit, extras).await?));
    }
    let mut rows: Vec<file::Model> = Vec::new();
    for (query, offset) in parts {
        let rest = limit - rows.len() as u64;
        if rest == 0 {
            break;
        }
        rows.extend(query.limit(rest).offset(offset).all(db).await?);
    }
    Ok(Some(with_extras(db, rows, extras).await?))
}

/// Rows with what is wanted besides: one query a kind of thing.
pub async fn with_extras(
    db: &Connection,
    rows: Vec<file::Model>,
    extras: Extras,
) -> StoreResult<Vec<Listed>> {
    let ids: Vec<FileId> = rows.iter().map(|row| row.id).collect();
    let (mut all, mut shared) = (HashMap::new(), HashSet::new());
    if extras.metadata && !ids.is_empty() {
        all = metadata::public_of(db, &ids).await?;
    }
    if extras.shares && !ids.is_empty() {
        shared.extend(shares::shared_of(db, &ids).await?);
    }
    let rows = rows.into_iter().map(|file| Listed {
        metadata: all.remove(&file.id).unwrap_or_default(),
        is_shared: shared.contains(&file.id),
        file,
    });
    Ok(rows.collect())
}

/// How many rows there are.
pub async fn count(db: &Connection, source: Source) -> StoreResult<u64> {
    Ok(select(source).count(db).await?)
}
