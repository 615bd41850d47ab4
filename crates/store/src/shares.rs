//! Rows of shares.

use super::at_once::{self, OfRow, Row, rows_of};
use super::{Connection, StoreResult};
use crate::files::BATCH;
use entity::{
    FileId, GroupId, PolicyId, ShareId, Timestamp, UserId, UserStatus, group, share, user,
};
use sea_orm::sea_query::{Expr, ExprTrait, Func, SimpleExpr};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, Condition, DbErr, EntityTrait, FromQueryResult, JoinType, Order, PaginatorTrait,
    QueryFilter, QueryOrder, QueryResult, QuerySelect, RelationDef, Select,
};
use serde::{Deserialize, Serialize};

/// A share and what tells whether it is open: read by one query with each request.
#[derive(Clone, Debug)]
pub struct FoundShare {
    pub share: share::Model,
    pub owner_status: UserStatus,
    /// Moves with every change below the owner's drive.
    pub tree_version: i64,
    pub owner_updated: Timestamp,
    pub owner_group: GroupId,
    pub group_updated: Timestamp,
    /// Where uploads into the owner's drive may go, the usual one first.
    pub policies: Vec<PolicyId>,
}

impl FromQueryResult for FoundShare {
    fn from_query_result(row: &QueryResult, prefix: &str) -> Result<Self, DbErr> {
        let own: Option<PolicyId> = row.try_get(prefix, "policy")?;
        let settings: group::Settings = row.try_get(prefix, "group_settings")?;
        Ok(Self {
            policies: group::policies(own, &settings),
            share: share::Model::from_query_result(row, prefix)?,
            owner_status: row.try_get(prefix, "owner_status")?,
            tree_version: row.try_get(prefix, "tree_version")?,
            owner_updated: row.try_get(prefix, "owner_updated")?,
            owner_group: row.try_get(prefix, "owner_group")?,
            group_updated: row.try_get(prefix, "group_updated")?,
        })
    }
}

rows_of! {
    share::Model {
        id, public_number, owner_id, file_id, password_sealed, password_hash, views, downloads,
        remaining_downloads, expires_at, share_view, show_readme, permissions, revision, created_at,
        updated_at,
    }
}

impl OfRow for FoundShare {
    fn of_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            share: share::Model::of_row(row)?,
            owner_status: row.get("owner_status")?,
            tree_version: row.get("tree_version")?,
            owner_updated: row.get("owner_updated")?,
            owner_group: row.get("owner_group")?,
            group_updated: row.get("group_updated")?,
            policies: group::policies(row.get("policy")?, &row.get("group_settings")?),
        })
    }
}

/// The share that a link names.
pub async fn find(db: &Connection, public_number: i64) -> StoreResult<Option<FoundShare>> {
    at_once::one(db, &with_owner(public_number)).await
}

fn with_owner(public_number: i64) -> Select<share::Entity> {
    let to_owner: RelationDef = share::Entity::belongs_to(user::Entity)
        .from(share::Column::OwnerId)
        .to(user::Column::Id)
        .into();
    let to_group: RelationDef = user::Entity::belongs_to(group::Entity)
        .from(user::Column::GroupId)
        .to(group::Column::Id)
        .into();
    share::Entity::find()
        .column_as(user::Column::Status, "owner_status")
        .column_as(user::Column::TreeVersion, "tree_version")
        .column_as(user::Column::UpdatedAt, "owner_updated")
        .column_as(user::Column::GroupId, "owner_group")
        .column_as(group::Column::UpdatedAt, "group_updated")
        .column_as(group::Column::StoragePolicyId, "policy")
        .column_as(group::Column::Settings, "group_settings")
        .join(JoinType::InnerJoin, to_owner)
        .join(JoinType::InnerJoin, to_group)
        .filter(share::Column::PublicNumber.eq(public_number))
}

/// How many shares an account has.
pub async fn count_of(db: &Connection, owner: UserId) -> StoreResult<u64> {
    Ok(share::Entity::find()
        .filter(share::Column::OwnerId.eq(owner))
        .count(db)
        .await?)
}

/// A share that does not exist yet.
#[derive(Clone, Debug)]
pub struct NewShare {
    pub public_number: i64,
    pub owner: UserId,
    pub file: FileId,
    pub password_sealed: Option<String>,
    pub password_hash: Option<String>,
    pub terms: Terms,
}

/// What the owner may change about a share later.
#[derive(Clone, Debug)]
pub struct Terms {
    pub remaining_downloads: Option<i64>,
    pub expires_at: Option<Timestamp>,
    pub share_view: bool,
    pub show_readme: bool,
    /// JSON text.
    pub permissions: Option<String>,
}

/// Adds a row; a public number that exists makes it fail as duplicate.
pub async fn insert(db: &Connection, new: NewShare, at: Timestamp) -> StoreResult<ShareId> {
    let row = share::ActiveModel {
        id: NotSet,
        public_number: Set(new.public_number),
        owner_id: Set(new.owner),
        file_id: Set(new.file),
        password_sealed: Set(new.password_sealed),
        password_hash: Set(new.password_hash),
        views: Set(0),
        downloads: Set(0),
        revision: Set(1),
        created_at: Set(at),
        updated_at: Set(at),
        ..under(new.terms)
    };
    Ok(share::Entity::insert(row).exec(db).await?.last_insert_id)
}

/// Writes other terms.
pub async fn update(
    db: &Connection,
    id: ShareId,
    terms: Terms,
    revision: i64,
    at: Timestamp,
) -> StoreResult<()> {
    let row = share::ActiveModel {
        revision: Set(revision),
        updated_at: Set(at),
        ..under(terms)
    };
    share::Entity::update_many()
        .set(row)
        .filter(share::Column::Id.eq(id))
        .exec(db)
        .await?;
    Ok(())
}

fn under(terms: Terms) -> share::ActiveModel {
    share::ActiveModel {
        remaining_downloads: Set(terms.remaining_downloads),
        expires_at: Set(terms.expires_at),
        share_view: Set(terms.share_view),
        show_readme: Set(terms.show_readme),
        permissions: Set(terms.permissions),
        ..Default::default()
    }
}

/// Removes shares.
pub async fn delete(db: &Connection, ids: &[ShareId]) -> StoreResult<()> {
    for batch in ids.chunks(BATCH) {
        share::Entity::delete_many()
            .filter(share::Column::Id.is_in(batch.iter().copied()))
            .exec(db)
            .await?;
    }
    Ok(())
}

/// Removes the shares of files that go for good.
pub async fn delete_of_files(db: &Connection, files: &[FileId]) -> StoreResult<()> {
    for batch in files.chunks(BATCH) {
        share::Entity::delete_many()
            .filter(share::Column::FileId.is_in(batch.iter().copied()))
            .exec(db)
            .await?;
    }
    Ok(())
}

/// Adds one to the views.
pub async fn count_view(db: &Connection, id: ShareId) -> StoreResult<()> {
    share::Entity::update_many()
        .col_expr(
            share::Column::Views,
            Expr::col(share::Column::Views).add(1i64),
        )
        .filter(share::Column::Id.eq(id))
        .exec(db)
        .await?;
    Ok(())
}

/// Takes downloads of a share, unless fewer are left: one statement, so no race can pass the
/// limit. Answers whether there were enough.
pub async fn take_downloads(db: &Connection, id: ShareId, count: i64) -> StoreResult<bool> {
    let left = share::Column::RemainingDownloads;
    let done = share::Entity::update_many()
        .col_expr(
            share::Column::Downloads,
            Expr::col(share::Column::Downloads).add(count),
        )
        // Nothing minus something stays nothing: unlimited.
        .col_expr(left, Expr::col(left).sub(count))
        .filter(share::Column::Id.eq(id))
        .filter(Condition::any().add(left.is_null()).add(left.gte(count)))
        .exec(db)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Shares of one file, newest first.
pub async fn of_file(db: &Connection, file: FileId) -> StoreResult<Vec<share::Model>> {
    Ok(share::Entity::find()
        .filter(share::Column::FileId.eq(file))
        .order_by_desc(share::Column::Id)
        .all(db)
        .await?)
}

/// Which of these files have a share: one query a page of a listing.
pub async fn shared_of(db: &Connection, files: &[FileId]) -> StoreResult<Vec<FileId>> {
    let mut shared = Vec::new();
    for batch in files.chunks(BATCH) {
        let some: Vec<FileId> = share::Entity::find()
            .select_only()
            .column(share::Column::FileId)
            .distinct()
            .filter(super::metadata::among(db, share::Column::FileId, batch))
            .into_tuple()
            .all(db)
            .await?;
        shared.extend(some);
    }
    Ok(shared)
}

/// What a list of shares is sorted by; ties by id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderBy {
    #[default]
    Id,
    Views,
    Downloads,
    Remaining,
}

/// A complete order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sort {
    pub by: OrderBy,
    pub descending: bool,
}

/// Where the page before ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharePosition {
    pub value: i64,
    pub id: ShareId,
}

/// Unlimited downloads sort behind every limit.
const UNLIMITED: i64 = i64::MAX;

impl SharePosition {
    /// The position of a row in an order.
    pub fn of(row: &share::Model, sort: Sort) -> Self {
        let value = match sort.by {
            OrderBy::Id => row.id.0,
            OrderBy::Views => row.views,
            OrderBy::Downloads => row.downloads,
            OrderBy::Remaining => row.remaining_downloads.unwrap_or(UNLIMITED),
        };
        Self { value, id: row.id }
    }
}

fn sorted_by(sort: Sort) -> SimpleExpr {
    match sort.by {
        OrderBy::Id => Expr::col(share::Column::Id),
        OrderBy::Views => Expr::col(share::Column::Views),
        OrderBy::Downloads => Expr::col(share::Column::Downloads),
        OrderBy::Remaining => Func::coalesce([
            Expr::col(share::Column::RemainingDownloads),
            Expr::value(UNLIMITED),
        ])
        .into(),
    }
}

/// Which shares of an account a list shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    All,
    /// Those for whoever has the link, with or without a password.
    ForAnybody,
    /// Those for whoever has the link, without a password.
    Open,
}

/// Up to `limit` shares of an account behind a position.
pub async fn page(
    db: &Connection,
    owner: UserId,
    shown: Shown,
    sort: Sort,
    after: Option<SharePosition>,
    limit: u64,
) -> StoreResult<Vec<share::Model>> {
    let mut query = share::Entity::find().filter(share::Column::OwnerId.eq(owner));
    if shown != Shown::All {
        query = query.filter(share::Column::Permissions.is_null());
    }
    if shown == Shown::Open {
        query = query.filter(share::Column::PasswordHash.is_null());
    }
    let id = || Expr::col(share::Column::Id);
    if let Some(SharePosition { value, id: last }) = after {
        let column = || sorted_by(sort);
        let (passes, passes_id) = if sort.descending {
            (column().lt(value), id().lt(last.0))
        } else {
            (column().gt(value), id().gt(last.0))
        };
        let ties = Condition::all().add(column().eq(value)).add(passes_id);
        query = query.filter(Condition::any().add(passes).add(ties));
    }
    let direction = if sort.descending {
        Order::Desc
    } else {
        Order::Asc
    };
    Ok(query
        .order_by(sorted_by(sort), direction.clone())
        .order_by(id(), direction)
        .limit(limit)
        .all(db)
        .await?)
}

/// Shares by their ids.
pub async fn by_ids(db: &Connection, ids: &[ShareId]) -> StoreResult<Vec<share::Model>> {
    Ok(share::Entity::find()
        .filter(share::Column::Id.is_in(ids.iter().copied()))
        .all(db)
        .await?)
}

/// Shares by their public numbers.
pub async fn by_numbers(db: &Connection, numbers: &[i64]) -> StoreResult<Vec<share::Model>> {
    let mut all = Vec::new();
    for batch in numbers.chunks(BATCH) {
        let rows = share::Entity::find()
            .filter(share::Column::PublicNumber.is_in(batch.iter().copied()))
            .all(db)
            .await?;
        all.extend(rows);
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use sea_orm::{ConnectionTrait as _, DatabaseBackend, QueryTrait, Statement};

    #[tokio::test]
    async fn looking_a_share_up_walks_through_no_table() {
        let data = tempfile::TempDir::new().unwrap();
        let store = crate::open(None, data.path()).await.unwrap();
        let mut plan = with_owner(1 << 62).build(DatabaseBackend::Sqlite);
        plan.sql.insert_str(0, "EXPLAIN QUERY PLAN ");
        let plan =
            Statement::from_sql_and_values(DatabaseBackend::Sqlite, plan.sql, plan.values.unwrap());
        let steps = store.read().query_all_raw(plan).await.unwrap();
        assert_eq!(steps.len(), 3);
        for step in steps {
            let step: String = step.try_get("", "detail").unwrap();
            assert!(step.starts_with("SEARCH "), "{step}");
        }
    }
}
