//! Old entries of the journal, and those who followed it.

use crate::{Store, StoreResult, Tx};
use entity::{
    FileId, JournalId, SubscriptionId, Timestamp, UserId, event_subscription, file, journal,
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, JoinType, QueryFilter, QueryOrder, QuerySelect,
};
use std::collections::BTreeMap;

/// What the journal keeps.
#[derive(Clone, Copy, Debug)]
pub struct JournalLimits<'a> {
    /// The category of which entries go when older than `before`,
    pub followed: &'a str,
    pub before: Timestamp,
    /// and all others when older than this.
    pub kept_before: Timestamp,
}

/// Removes up to `limit` old entries behind a position; returns the last one, `None` if there was
/// no more. Subscribers who were not told of a removed entry are forgotten in the same
/// transaction: they begin anew instead of missing it.
pub async fn prune_journal(
    store: &Store,
    limits: JournalLimits<'_>,
    behind: (Timestamp, JournalId),
    limit: u64,
) -> StoreResult<Option<(Timestamp, JournalId)>> {
    let (at, id) = behind;
    let same_time = Condition::all()
        .add(journal::Column::At.eq(at))
        .add(journal::Column::Id.gt(id));
    let kept = journal::Column::Category.ne(limits.followed);
    let old = Condition::any()
        .add(
            Condition::all()
                .add(kept.clone().not())
                .add(journal::Column::At.lt(limits.before)),
        )
        .add(
            Condition::all()
                .add(kept)
                .add(journal::Column::At.lt(limits.kept_before)),
        );
    let rows: Vec<(JournalId, Timestamp, UserId)> = journal::Entity::find()
        .select_only()
        .column(journal::Column::Id)
        .column(journal::Column::At)
        .column(journal::Column::OwnerId)
        .filter(journal::Column::At.gte(at))
        .filter(journal::Column::At.lt(Ord::max(limits.before, limits.kept_before)))
        .filter(
            Condition::any()
                .add(journal::Column::At.gt(at))
                .add(same_time),
        )
        .filter(old)
        .order_by_asc(journal::Column::At)
        .order_by_asc(journal::Column::Id)
        .limit(limit)
        .into_tuple()
        .all(store.read())
        .await?;
    let Some(&(id, at, _)) = rows.last() else {
        return Ok(None);
    };
    let tx = store.begin().await?;
    let mut newest: BTreeMap<UserId, JournalId> = BTreeMap::new();
    for &(id, _, owner) in &rows {
        let newest = newest.entry(owner).or_insert(id);
        *newest = Ord::max(id, *newest);
    }
    for (owner, newest) in newest {
        forget_behind(&tx, owner, newest).await?;
    }
    journal::Entity::delete_many()
        .filter(journal::Column::Id.is_in(rows.iter().map(|row| row.0)))
        .exec(tx.db())
        .await?;
    tx.commit().await?;
    Ok(Some((at, id)))
}

async fn forget_behind(tx: &Tx, owner: UserId, position: JournalId) -> StoreResult<()> {
    // Rare rows first: most drives have no subscriber far behind.
    let behind: Vec<(SubscriptionId, FileId)> = event_subscription::Entity::find()
        .select_only()
        .column(event_subscription::Column::Id)
        .column(event_subscription::Column::FolderId)
        .join(
            JoinType::InnerJoin,
            event_subscription::Entity::belongs_to(file::Entity)
                .from(event_subscription::Column::FolderId)
                .to(file::Column::Id)
                .into(),
        )
        .filter(file::Column::OwnerId.eq(owner))
        .filter(event_subscription::Column::Position.lt(position))
        .into_tuple()
        .all(tx.db())
        .await?;
    if !behind.is_empty() {
        event_subscription::Entity::delete_many()
            .filter(event_subscription::Column::Id.is_in(behind.into_iter().map(|row| row.0)))
            .exec(tx.db())
            .await?;
    }
    Ok(())
}

/// Forgets up to `limit` subscribers who were not seen since; returns how many went.
pub async fn forget_subscribers(
    store: &Store,
    unseen_since: Timestamp,
    limit: u64,
) -> StoreResult<u64> {
    let tx = store.begin().await?;
    let ids: Vec<SubscriptionId> = event_subscription::Entity::find()
        .select_only()
        .column(event_subscription::Column::Id)
        .filter(event_subscription::Column::LastSeenAt.lt(unseen_since))
        .limit(limit)
        .into_tuple()
        .all(tx.db())
        .await?;
    if ids.is_empty() {
        return Ok(0);
    }
    let gone = event_subscription::Entity::delete_many()
        .filter(event_subscription::Column::Id.is_in(ids))
        .exec(tx.db())
        .await?;
    tx.commit().await?;
    Ok(gone.rows_affected)
}
