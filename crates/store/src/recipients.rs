//! Whom shares name, and what somebody was given that way.

use super::{Connection, StoreResult};
use entity::share_recipient::{KIND_ACCOUNT, KIND_GROUP};
use entity::{GroupId, ShareId, Timestamp, UserId, UserStatus, share, share_recipient, user};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, EntityTrait, JoinType, Order, QueryFilter,
    QueryOrder, QuerySelect, RelationDef, Select,
};
use serde::{Deserialize, Serialize};

/// Kind and id of somebody who is named.
pub type Named = (i16, i64);

/// Makes `named` all whom a share names. Who was named before keeps the time of that. Answers
/// whether anything changed.
pub async fn replace(
    db: &Connection,
    share: ShareId,
    named: &[Named],
    now: Timestamp,
) -> StoreResult<bool> {
    let known = share_recipient::Entity::find()
        .filter(share_recipient::Column::ShareId.eq(share))
        .all(db)
        .await?;
    let known: Vec<Named> = known
        .into_iter()
        .map(|row| (row.kind, row.recipient_id))
        .collect();
    let gone: Vec<&Named> = known.iter().filter(|who| !named.contains(who)).collect();
    let new: Vec<&Named> = named.iter().filter(|who| !known.contains(who)).collect();
    for kind in [KIND_ACCOUNT, KIND_GROUP] {
        let ids: Vec<i64> = gone
            .iter()
            .filter(|who| who.0 == kind)
            .map(|who| who.1)
            .collect();
        if ids.is_empty() {
            continue;
        }
        share_recipient::Entity::delete_many()
            .filter(share_recipient::Column::ShareId.eq(share))
            .filter(share_recipient::Column::Kind.eq(kind))
            .filter(share_recipient::Column::RecipientId.is_in(ids))
            .exec(db)
            .await?;
    }
    for batch in new.chunks(200) {
        let rows = batch.iter().map(|(kind, id)| share_recipient::ActiveModel {
            share_id: Set(share),
            kind: Set(*kind),
            recipient_id: Set(*id),
            named_at: Set(now),
        });
        share_recipient::Entity::insert_many(rows)
            .exec_without_returning(db)
            .await?;
    }
    Ok(!gone.is_empty() || !new.is_empty())
}

/// Where a page of received shares ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceivedPosition {
    pub named_at: i64,
    pub share: ShareId,
}

/// Up to `limit` shares of others that name this account, or its group, and neither time nor
/// downloads nor their owner's state have ended; newest first. Whom a share names in both ways is
/// told of it once.
pub async fn received(
    db: &Connection,
    (me, group): (UserId, GroupId),
    now: Timestamp,
    after: Option<ReceivedPosition>,
    limit: u64,
) -> StoreResult<Vec<(ShareId, Timestamp)>> {
    let mut all: Vec<(ShareId, Timestamp)> = page(KIND_ACCOUNT, me.0, me, now, after, limit)
        .into_tuple()
        .all(db)
        .await?;
    let to_me = Query::select()
        .column(share_recipient::Column::ShareId)
        .from(share_recipient::Entity)
        .and_where(share_recipient::Column::Kind.eq(KIND_ACCOUNT))
        .and_where(share_recipient::Column::RecipientId.eq(me.0))
        .to_owned();
    let to_group: Vec<(ShareId, Timestamp)> = page(KIND_GROUP, group.0, me, now, after, limit)
        .filter(share_recipient::Column::ShareId.not_in_subquery(to_me))
        .into_tuple()
        .all(db)
        .await?;
    all.extend(to_group);
    all.sort_unstable_by_key(|(share, at)| std::cmp::Reverse((*at, *share)));
    all.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(all)
}

fn page(
    kind: i16,
    recipient: i64,
    me: UserId,
    now: Timestamp,
    after: Option<ReceivedPosition>,
    limit: u64,
) -> Select<share_recipient::Entity> {
    let to_share: RelationDef = share_recipient::Entity::belongs_to(share::Entity)
        .from(share_recipient::Column::ShareId)
        .to(share::Column::Id)
        .into();
    let to_owner: RelationDef = share::Entity::belongs_to(user::Entity)
        .from(share::Column::OwnerId)
        .to(user::Column::Id)
        .into();
    let left = share::Column::RemainingDownloads;
    let ends = share::Column::ExpiresAt;
    let (at, share) = (
        share_recipient::Column::NamedAt,
        share_recipient::Column::ShareId,
    );
    let mut query = share_recipient::Entity::find()
        .select_only()
        .column(share)
        .column(at)
        .join(JoinType::InnerJoin, to_share)
        .join(JoinType::InnerJoin, to_owner)
        .filter(share_recipient::Column::Kind.eq(kind))
        .filter(share_recipient::Column::RecipientId.eq(recipient))
        .filter(share::Column::OwnerId.ne(me))
        .filter(user::Column::Status.eq(UserStatus::Active))
        .filter(Condition::any().add(ends.is_null()).add(ends.gt(now)))
        .filter(Condition::any().add(left.is_null()).add(left.gt(0i64)));
    if let Some(ReceivedPosition {
        named_at,
        share: last,
    }) = after
    {
        let tie = Condition::all().add(at.eq(named_at)).add(share.lt(last));
        query = query.filter(Condition::any().add(at.lt(named_at)).add(tie));
    }
    query
        .order_by(at, Order::Desc)
        .order_by(share, Order::Desc)
        .limit(limit)
}

/// Moves whenever somebody is named, or named no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Received {
    count: i64,
    newest: Option<i64>,
}

/// What an account, and the group it is in by now, were given so far.
pub async fn stamp(db: &Connection, me: UserId) -> StoreResult<Received> {
    let group = Query::select()
        .column(user::Column::GroupId)
        .from(user::Entity)
        .and_where(user::Column::Id.eq(me))
        .take();
    let named = |kind: i16| Condition::all().add(share_recipient::Column::Kind.eq(kind));
    let id = share_recipient::Column::RecipientId;
    let found: Option<(i64, Option<i64>)> = share_recipient::Entity::find()
        .select_only()
        .column_as(Expr::col(share_recipient::Column::ShareId).count(), "count")
        .column_as(Expr::col(share_recipient::Column::NamedAt).max(), "newest")
        .filter(
            Condition::any()
                .add(named(KIND_ACCOUNT).add(id.eq(me.0)))
                .add(named(KIND_GROUP).add(id.in_subquery(group))),
        )
        .into_tuple()
        .one(db)
        .await?;
    let (count, newest) = found.unwrap_or_default();
    Ok(Received { count, newest })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use sea_orm::{ConnectionTrait as _, DatabaseBackend, QueryTrait, Statement};

    #[tokio::test]
    async fn what_somebody_was_given_is_found_in_order_without_sorting() {
        let data = tempfile::TempDir::new().unwrap();
        let store = crate::open(None, data.path()).await.unwrap();
        let after = Some(ReceivedPosition {
            named_at: 5,
            share: ShareId(5),
        });
        let query = page(KIND_ACCOUNT, 1, UserId(1), Timestamp(1), after, 10);
        let mut plan = query.build(DatabaseBackend::Sqlite);
        plan.sql.insert_str(0, "EXPLAIN QUERY PLAN ");
        let plan =
            Statement::from_sql_and_values(DatabaseBackend::Sqlite, plan.sql, plan.values.unwrap());
        let steps = store.read().query_all_raw(plan).await.unwrap();
        assert!(!steps.is_empty());
        for step in steps {
            let step: String = step.try_get("", "detail").unwrap();
            assert!(
                step.starts_with("SEARCH ") || step.starts_with("MULTI-INDEX OR"),
                "{step}"
            );
        }
    }
}
