//! What members of mirrors lack: written down before a blob counts as stored, and forgotten when they
//! have it.

use super::{Connection, StoreResult};
use entity::{PolicyId, Timestamp, blob, mirror_gap};
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict, Query};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, ConnectionTrait as _, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};

/// Writes down that members of a mirror lack a blob; once for each. What was written down before has
/// another time then: who judged it by what was known earlier does not forget it.
pub async fn note(
    db: &Connection,
    (mirror, key): (PolicyId, &str),
    members: &[PolicyId],
    at: Timestamp,
) -> StoreResult<()> {
    let noted = || Expr::col((mirror_gap::Entity, mirror_gap::Column::NotedAt));
    // Another one even within the same microsecond, or where a clock was set back.
    let anew = Expr::case(noted().lt(at), at).finally(noted().add(1i64));
    let renewed = OnConflict::columns(ONCE)
        .value(mirror_gap::Column::NotedAt, anew)
        .to_owned();
    insert(db, (mirror, key), members, (at, renewed)).await
}

/// The same where it was seen of bytes that are there for long: since when it is known stays as it is,
/// however often it is seen.
pub async fn note_found(
    db: &Connection,
    (mirror, key): (PolicyId, &str),
    members: &[PolicyId],
    at: Timestamp,
) -> StoreResult<()> {
    let kept = OnConflict::columns(ONCE)
        .do_nothing_on([mirror_gap::Column::Id])
        .to_owned();
    insert(db, (mirror, key), members, (at, kept)).await
}

/// Of these there is one of each.
const ONCE: [mirror_gap::Column; 3] = [
    mirror_gap::Column::PolicyId,
    mirror_gap::Column::MemberId,
    mirror_gap::Column::Key,
];

async fn insert(
    db: &Connection,
    (mirror, key): (PolicyId, &str),
    members: &[PolicyId],
    (at, known): (Timestamp, OnConflict),
) -> StoreResult<()> {
    let rows = members.iter().map(|member| mirror_gap::ActiveModel {
        id: NotSet,
        policy_id: Set(mirror),
        member_id: Set(*member),
        key: Set(key.to_owned()),
        noted_at: Set(at),
    });
    mirror_gap::Entity::insert_many(rows)
        .on_conflict(known)
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

/// It is closed, or about nothing that is kept. One that was noted anew since it was read stays: it is
/// about other bytes.
pub async fn forget(db: &Connection, gap: &mirror_gap::Model) -> StoreResult<()> {
    mirror_gap::Entity::delete_many()
        .filter(mirror_gap::Column::Id.eq(gap.id))
        .filter(mirror_gap::Column::NotedAt.eq(gap.noted_at))
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{self as store, Store};

    const POLICIES: &str = "INSERT INTO storage_policies \
        (id, name, kind, server, bucket_name, is_private, access_key, secret_key, max_size, \
         dir_name_rule, file_name_rule, settings, created_at, updated_at) \
        VALUES (1, 'mirror', 'local', '', '', 1, '', '', 0, '', '', '{}', 0, 0), \
               (2, 'member', 'local', '', '', 1, '', '', 0, '', '', '{}', 0, 0)";

    async fn note_at(store: &Store, at: i64) -> mirror_gap::Model {
        let tx = store.begin().await.unwrap();
        let noted = note(tx.db(), (PolicyId(1), "k"), &[PolicyId(2)], Timestamp(at)).await;
        noted.unwrap();
        tx.commit().await.unwrap();
        let all = page(store.read(), 0, 9).await.unwrap();
        assert_eq!(all.len(), 1);
        all.into_iter().next().unwrap()
    }

    #[tokio::test]
    async fn what_is_seen_again_is_known_since_it_was_first_seen() {
        let data = tempfile::tempdir().unwrap();
        let store = store::open(None, data.path()).await.unwrap();
        let tx = store.begin().await.unwrap();
        tx.db().execute_unprepared(POLICIES).await.unwrap();
        for at in [5, 70] {
            // The mirror itself stands for another member.
            let members = [PolicyId(2), PolicyId(1)];
            let members = &members[..if at == 5 { 1 } else { 2 }];
            let noted = note_found(tx.db(), (PolicyId(1), "k"), members, Timestamp(at)).await;
            noted.unwrap();
        }
        // All of them are known.
        let again = note_found(tx.db(), (PolicyId(1), "k"), &[PolicyId(2)], Timestamp(80)).await;
        again.unwrap();
        tx.commit().await.unwrap();
        let mut all = since(store.read(), (PolicyId(1), "k")).await.unwrap();
        all.sort();
        let expected = [(PolicyId(1), Timestamp(70)), (PolicyId(2), Timestamp(5))];
        assert_eq!(all, expected);
    }

    #[tokio::test]
    async fn what_was_noted_again_is_not_forgotten_by_who_saw_it_before() {
        let data = tempfile::tempdir().unwrap();
        let store = store::open(None, data.path()).await.unwrap();
        let tx = store.begin().await.unwrap();
        tx.db().execute_unprepared(POLICIES).await.unwrap();
        tx.commit().await.unwrap();
        let mut seen = note_at(&store, 5).await;
        // At the same time, by a clock that was set back, and later.
        for at in [5, 3, 70] {
            let again = note_at(&store, at).await;
            assert_eq!(again.id, seen.id);
            assert!(again.noted_at > seen.noted_at);
            let tx = store.begin().await.unwrap();
            forget(tx.db(), &seen).await.unwrap();
            tx.commit().await.unwrap();
            let kept = page(store.read(), 0, 9).await.unwrap();
            assert_eq!(kept, std::slice::from_ref(&again));
            seen = again;
        }
        assert_eq!(seen.noted_at, Timestamp(70));
        let tx = store.begin().await.unwrap();
        forget(tx.db(), &seen).await.unwrap();
        tx.commit().await.unwrap();
        assert!(page(store.read(), 0, 9).await.unwrap().is_empty());
    }
}
