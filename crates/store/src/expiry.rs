//! Rows whose time is over.

mod journal;

pub use journal::{JournalLimits, forget_subscribers, prune_journal};

use super::{Store, StoreResult};
use entity::storage_policy::LOAD_BALANCE;
use entity::upload_session::Details;
use entity::{
    BlobKind, FileId, LockId, PolicyId, Timestamp, UserId, blob, file, file_blob, lock, rate_limit,
    session, storage_policy, ticket, upload_session,
};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, JoinType, QueryFilter, QueryOrder, QuerySelect,
};

/// Trashed files to be removed by `now`, in that order behind a position.
pub async fn trash(
    store: &Store,
    now: Timestamp,
    behind: (Timestamp, FileId),
    limit: u64,
) -> StoreResult<Vec<(Timestamp, FileId)>> {
    let (at, id) = behind;
    let same_time = Condition::all()
        .add(file::Column::PurgeAt.eq(at))
        .add(file::Column::Id.gt(id));
    let rows: Vec<(Option<Timestamp>, FileId)> = file::Entity::find()
        .select_only()
        .column(file::Column::PurgeAt)
        .column(file::Column::Id)
        .filter(file::Column::TrashedAt.is_not_null())
        .filter(file::Column::PurgeAt.gte(at))
        .filter(file::Column::PurgeAt.lte(now))
        .filter(
            Condition::any()
                .add(file::Column::PurgeAt.gt(at))
                .add(same_time),
        )
        .order_by_asc(file::Column::PurgeAt)
        .order_by_asc(file::Column::Id)
        .limit(limit)
        .into_tuple()
        .all(store.read())
        .await?;
    Ok(rows
        .into_iter()
        .map(|(at, id)| (at.unwrap_or_default(), id))
        .collect())
}

/// Upload sessions that expired before `now`, in that order behind a position.
pub async fn upload_sessions(
    store: &Store,
    now: Timestamp,
    behind: (Timestamp, &str),
    limit: u64,
) -> StoreResult<Vec<(Timestamp, String)>> {
    let (at, id) = behind;
    let same_time = Condition::all()
        .add(upload_session::Column::ExpiresAt.eq(at))
        .add(upload_session::Column::Id.gt(id));
    Ok(upload_session::Entity::find()
        .select_only()
        .column(upload_session::Column::ExpiresAt)
        .column(upload_session::Column::Id)
        .filter(upload_session::Column::ExpiresAt.gte(at))
        .filter(upload_session::Column::ExpiresAt.lt(now))
        .filter(
            Condition::any()
                .add(upload_session::Column::ExpiresAt.gt(at))
                .add(same_time),
        )
        .order_by_asc(upload_session::Column::ExpiresAt)
        .order_by_asc(upload_session::Column::Id)
        .limit(limit)
        .into_tuple()
        .all(store.read())
        .await?)
}

/// Which of these upload sessions exist.
pub async fn existing_upload_sessions(store: &Store, ids: Vec<String>) -> StoreResult<Vec<String>> {
    Ok(upload_session::Entity::find()
        .select_only()
        .column(upload_session::Column::Id)
        .filter(upload_session::Column::Id.is_in(ids))
        .into_tuple()
        .all(store.read())
        .await?)
}

/// The vendors' names of the uploads of all sessions, whatever their policy: several may share a
/// bucket.
pub async fn vendor_states(store: &Store) -> StoreResult<Vec<String>> {
    let all: Vec<Details> = upload_session::Entity::find()
        .select_only()
        .column(upload_session::Column::Details)
        .into_tuple()
        .all(store.read())
        .await?;
    let states = all.into_iter().filter_map(|details| details.vendor_state);
    Ok(states.collect())
}

/// Every storage policy that keeps bytes.
pub async fn policies(store: &Store) -> StoreResult<Vec<PolicyId>> {
    Ok(storage_policy::Entity::find()
        .filter(storage_policy::Column::Kind.ne(LOAD_BALANCE))
        .select_only()
        .column(storage_policy::Column::Id)
        .order_by_asc(storage_policy::Column::Id)
        .into_tuple()
        .all(store.read())
        .await?)
}

/// A lock that ran out holds nobody up, but tells for a while longer where an upload was.
const LOCK_GRACE_SECS: i64 = 86_400;

/// Removes up to `limit` rows each of tickets and sessions that expired before `now`, of allowances
/// that are full again, and of locks that expired a day before; returns the most that one of them
/// had.
pub async fn remove_expired(store: &Store, now: Timestamp, limit: u64) -> StoreResult<u64> {
    let tx = store.begin().await?;
    let locks: Vec<LockId> = lock::Entity::find()
        .select_only()
        .column(lock::Column::Id)
        .filter(lock::Column::ExpiresAt.lt(now.plus_secs(-LOCK_GRACE_SECS)))
        .limit(limit)
        .into_tuple()
        .all(tx.db())
        .await?;
    let tickets: Vec<String> = ticket::Entity::find()
        .select_only()
        .column(ticket::Column::Id)
        .filter(ticket::Column::ExpiresAt.lt(now))
        .limit(limit)
        .into_tuple()
        .all(tx.db())
        .await?;
    let sessions: Vec<String> = session::Entity::find()
        .select_only()
        .column(session::Column::Id)
        .filter(session::Column::ExpiresAt.lt(now))
        .limit(limit)
        .into_tuple()
        .all(tx.db())
        .await?;
    let rate_limits: Vec<String> = rate_limit::Entity::find()
        .select_only()
        .column(rate_limit::Column::Id)
        .filter(rate_limit::Column::FullAt.lt(now))
        .limit(limit)
        .into_tuple()
        .all(tx.db())
        .await?;
    let counts = [
        locks.len(),
        tickets.len(),
        sessions.len(),
        rate_limits.len(),
    ];
    let most = counts.into_iter().fold(0, usize::max) as u64;
    if most == 0 {
        return Ok(0);
    }
    lock::Entity::delete_many()
        .filter(lock::Column::Id.is_in(locks))
        .exec(tx.db())
        .await?;
    ticket::Entity::delete_many()
        .filter(ticket::Column::Id.is_in(tickets))
        .exec(tx.db())
        .await?;
    session::Entity::delete_many()
        .filter(session::Column::Id.is_in(sessions))
        .exec(tx.db())
        .await?;
    // Unless somebody used it meanwhile.
    rate_limit::Entity::delete_many()
        .filter(rate_limit::Column::Id.is_in(rate_limits))
        .filter(rate_limit::Column::FullAt.lt(now))
        .exec(tx.db())
        .await?;
    tx.commit().await?;
    Ok(most)
}

/// Files of an account with more than one version, by id behind a position.
pub async fn files_with_versions(
    store: &Store,
    owner: UserId,
    behind: FileId,
    limit: u64,
) -> StoreResult<Vec<FileId>> {
    let to_file = file_blob::Entity::belongs_to(file::Entity)
        .from(file_blob::Column::FileId)
        .to(file::Column::Id)
        .into();
    let to_blob = file_blob::Entity::belongs_to(blob::Entity)
        .from(file_blob::Column::BlobId)
        .to(blob::Column::Id)
        .into();
    Ok(file_blob::Entity::find()
        .select_only()
        .column(file_blob::Column::FileId)
        .join(JoinType::InnerJoin, to_file)
        .join(JoinType::InnerJoin, to_blob)
        .filter(file::Column::OwnerId.eq(owner))
        .filter(blob::Column::Kind.eq(BlobKind::Version))
        .filter(file_blob::Column::FileId.gt(behind))
        .group_by(file_blob::Column::FileId)
        .having(
            Expr::col((file_blob::Entity, file_blob::Column::BlobId))
                .count()
                .gt(1),
        )
        .order_by_asc(file_blob::Column::FileId)
        .limit(limit)
        .into_tuple()
        .all(store.read())
        .await?)
}
