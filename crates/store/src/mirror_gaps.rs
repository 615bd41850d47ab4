//! What members of mirrors lack: written down before a blob counts as stored, and forgotten when they
//! have it.

use super::{Connection, StoreResult};
use entity::{PolicyId, Timestamp, blob, mirror_gap};
use sea_orm::sea_query::{Expr, OnConflict, Query};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, ConnectionTrait as _, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};

/// Writes down that members of a mirror lack a blob; once for each.
pub async fn note(
    db: &Connection,
    (mirror, key): (PolicyId, &str),
    members: &[PolicyId],
    at: Timestamp,
) -> StoreResult<()> {
    let rows = members.iter().map(|member| mirror_gap::ActiveModel {
        id: NotSet,
        policy_id: Set(mirror),
        member_id: Set(*member),
        key: Set(key.to_owned()),
        noted_at: Set(at),
    });
    let once = OnConflict::columns([
        mirror_gap::Column::PolicyId,
        mirror_gap::Column::MemberId,
        mirror_gap::Column::Key,
    ])
    .do_nothing_on([mirror_gap::Column::Id])
    .to_owned();
    mirror_gap::Entity::insert_many(rows)
        .on_conflict(once)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// A storage that becomes a member of a mirror lacks all that the mirror keeps.
pub async fn note_all(
    db: &Connection,
    (mirror, member): (PolicyId, PolicyId),
    at: Timestamp,
) -> StoreResult<()> {
    forget_member(db, mirror, member).await?;
    let all = Query::select()
        .expr(Expr::value(mirror))
        .expr(Expr::value(member))
        .column(blob::Column::Key)
        .expr(Expr::value(at))
        .from(blob::Entity)
        .and_where(blob::Column::PolicyId.eq(mirror))
        // Those on their way in, too.
        .and_where(blob::Column::ReferenceCount.gte(0i64))
        .to_owned();
    let mut insert = Query::insert();
    insert.into_table(mirror_gap::Entity).columns([
        mirror_gap::Column::PolicyId,
        mirror_gap::Column::MemberId,
        mirror_gap::Column::Key,
        mirror_gap::Column::NotedAt,
    ]);
    // As many columns as are selected.
    if insert.select_from(all).is_ok() {
        db.execute(&insert).await?;
    }
    Ok(())
}

/// What is written down of one that is no member any more.
pub async fn forget_member(db: &Connection, mirror: PolicyId, member: PolicyId) -> StoreResult<()> {
    mirror_gap::Entity::delete_many()
        .filter(mirror_gap::Column::PolicyId.eq(mirror))
        .filter(mirror_gap::Column::MemberId.eq(member))
        .exec(db)
        .await?;
    Ok(())
}

/// Gaps in the order in which they were noted, behind one.
pub async fn page(db: &Connection, after: i64, limit: u64) -> StoreResult<Vec<mirror_gap::Model>> {
    Ok(mirror_gap::Entity::find()
        .filter(mirror_gap::Column::Id.gt(after))
        .order_by_asc(mirror_gap::Column::Id)
        .limit(limit)
        .all(db)
        .await?)
}

/// The members that lack a blob.
pub async fn of(db: &Connection, (mirror, key): (PolicyId, &str)) -> StoreResult<Vec<PolicyId>> {
    Ok(mirror_gap::Entity::find()
        .select_only()
        .column(mirror_gap::Column::MemberId)
        .filter(mirror_gap::Column::PolicyId.eq(mirror))
        .filter(mirror_gap::Column::Key.eq(key))
        .into_tuple()
        .all(db)
        .await?)
}

/// The same, and since when that is written down.
pub async fn since(
    db: &Connection,
    (mirror, key): (PolicyId, &str),
) -> StoreResult<Vec<(PolicyId, Timestamp)>> {
    Ok(mirror_gap::Entity::find()
        .select_only()
        .column(mirror_gap::Column::MemberId)
        .column(mirror_gap::Column::NotedAt)
        .filter(mirror_gap::Column::PolicyId.eq(mirror))
        .filter(mirror_gap::Column::Key.eq(key))
        .into_tuple()
        .all(db)
        .await?)
}

/// They are closed, or about nothing that is kept.
pub async fn forget(db: &Connection, ids: &[i64]) -> StoreResult<()> {
    mirror_gap::Entity::delete_many()
        .filter(mirror_gap::Column::Id.is_in(ids.iter().copied()))
        .exec(db)
        .await?;
    Ok(())
}

/// How many there are of each mirror.
pub async fn counts(db: &Connection) -> StoreResult<Vec<(PolicyId, i64)>> {
    Ok(mirror_gap::Entity::find()
        .select_only()
        .column(mirror_gap::Column::PolicyId)
        .column_as(mirror_gap::Column::Id.count(), "gaps")
        .group_by(mirror_gap::Column::PolicyId)
        .into_tuple()
        .all(db)
        .await?)
}

/// How much members of a mirror lack that are not `leaving`.
pub async fn left_without(
    db: &Connection,
    mirror: PolicyId,
    leaving: &[PolicyId],
) -> StoreResult<u64> {
    let others = mirror_gap::Entity::find()
        .filter(mirror_gap::Column::PolicyId.eq(mirror))
        .filter(mirror_gap::Column::MemberId.is_not_in(leaving.iter().copied()));
    Ok(others.count(db).await?)
}

/// These members have a blob.
pub async fn forget_these(
    db: &Connection,
    (mirror, key): (PolicyId, &str),
    members: &[PolicyId],
) -> StoreResult<()> {
    mirror_gap::Entity::delete_many()
        .filter(mirror_gap::Column::PolicyId.eq(mirror))
        .filter(mirror_gap::Column::MemberId.is_in(members.iter().copied()))
        .filter(mirror_gap::Column::Key.eq(key))
        .exec(db)
        .await?;
    Ok(())
}
