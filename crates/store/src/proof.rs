//! When blobs were last seen whole, and which are not what they were.

use super::{Connection, StoreResult};
use entity::{BlobId, Damage, PolicyId, Timestamp, blob, damaged_blob};
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait, Condition, EntityTrait,
    IntoActiveModel as _, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};

/// Where a pass over the blobs of a policy stands: when the last one was seen whole, and its id.
pub type Place = (Timestamp, BlobId);

fn stored(policy: PolicyId) -> Select<blob::Entity> {
    blob::Entity::find()
        .filter(blob::Column::PolicyId.eq(policy))
        .filter(blob::Column::ReferenceCount.gt(0i64))
        .filter(blob::Column::UploadSessionId.is_null())
}

/// Blobs of a policy that were seen whole at `until` at the latest, longest ago first, behind a place.
pub async fn due(
    db: &Connection,
    (policy, until): (PolicyId, Timestamp),
    (at, id): Place,
    limit: u64,
) -> StoreResult<Vec<blob::Model>> {
    let same_time = Condition::all()
        .add(blob::Column::VerifiedAt.eq(at))
        .add(blob::Column::Id.gt(id));
    let behind = Condition::any()
        .add(blob::Column::VerifiedAt.gt(at))
        .add(same_time);
    Ok(stored(policy)
        .filter(blob::Column::VerifiedAt.gte(at))
        .filter(blob::Column::VerifiedAt.lte(until))
        .filter(behind)
        .order_by_asc(blob::Column::VerifiedAt)
        .order_by_asc(blob::Column::Id)
        .limit(limit)
        .all(db)
        .await?)
}

/// Blobs of a policy that have been without a hash since `before` or longer, by their ids.
pub async fn unhashed(
    db: &Connection,
    (policy, before): (PolicyId, Timestamp),
    after: BlobId,
    limit: u64,
) -> StoreResult<Vec<blob::Model>> {
    Ok(stored(policy)
        .filter(blob::Column::VerifiedAt.is_null())
        .filter(blob::Column::Id.gt(after))
        .filter(blob::Column::CreatedAt.lte(before))
        .order_by_asc(blob::Column::Id)
        .limit(limit)
        .all(db)
        .await?)
}

/// They were seen whole.
pub async fn seen(db: &Connection, ids: &[BlobId], at: Timestamp) -> StoreResult<()> {
    if ids.is_empty() {
        return Ok(());
    }
    blob::Entity::update_many()
        .col_expr(blob::Column::VerifiedAt, Expr::value(at))
        .filter(blob::Column::Id.is_in(ids.iter().copied()))
        .filter(blob::Column::VerifiedAt.is_not_null())
        .exec(db)
        .await?;
    Ok(())
}

/// Notes what is wrong with a blob, unless it was moved or let go of meanwhile. Answers whether it
/// was not known before.
pub async fn quarantine(
    db: &Connection,
    seen: &blob::Model,
    damage: Damage,
    at: Timestamp,
) -> StoreResult<bool> {
    let row = locked(db, seen.id).await?;
    let is_same = |row: &blob::Model| {
        row.policy_id == seen.policy_id && row.key == seen.key && row.reference_count > 0
    };
    let Some(row) = row.filter(is_same).filter(|row| !row.props.damaged) else {
        return Ok(false);
    };
    set_damaged(db, &row, true).await?;
    let noted = damaged_blob::ActiveModel {
        blob_id: Set(row.id),
        policy_id: Set(row.policy_id),
        damage: Set(damage),
        found_at: Set(at),
    };
    damaged_blob::Entity::delete_by_id(row.id).exec(db).await?;
    damaged_blob::Entity::insert(noted)
        .exec_without_returning(db)
        .await?;
    Ok(true)
}

/// The row as it is until the transaction ends: it may be about to move.
async fn locked(db: &Connection, id: BlobId) -> StoreResult<Option<blob::Model>> {
    let row = blob::Entity::find_by_id(id).lock(LockType::Update);
    Ok(row.one(db).await?)
}

/// A blob is what it was again. Answers whether it was not.
pub async fn release(db: &Connection, id: BlobId) -> StoreResult<bool> {
    let row = locked(db, id).await?;
    let Some(row) = row.filter(|row| row.props.damaged) else {
        return Ok(false);
    };
    set_damaged(db, &row, false).await?;
    damaged_blob::Entity::delete_by_id(id).exec(db).await?;
    Ok(true)
}

async fn set_damaged(db: &Connection, row: &blob::Model, damaged: bool) -> StoreResult<()> {
    let mut changed = row.clone().into_active_model();
    changed.props = Set(blob::Props {
        damaged,
        ..row.props.clone()
    });
    changed.update(db).await?;
    Ok(())
}

/// Takes the bytes of a blob for what they are.
pub async fn accept(
    db: &Connection,
    id: BlobId,
    blake3: Vec<u8>,
    at: Timestamp,
) -> StoreResult<()> {
    blob::Entity::update_many()
        .col_expr(blob::Column::Blake3, Expr::value(blake3))
        .col_expr(blob::Column::VerifiedAt, Expr::value(at))
        .filter(blob::Column::Id.eq(id))
        .exec(db)
        .await?;
    Ok(())
}

/// What is known of the bytes of a policy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Proof {
    /// Every blob that has a hash was seen whole since then; `None`: there is none.
    pub since: Option<Timestamp>,
    /// Blobs without a hash.
    pub unhashed: u64,
    pub damaged: u64,
}

/// What is known of the bytes of a policy.
pub async fn of_policy(db: &Connection, policy: PolicyId) -> StoreResult<Proof> {
    let since: Option<Option<Timestamp>> = stored(policy)
        .filter(blob::Column::VerifiedAt.is_not_null())
        .order_by_asc(blob::Column::VerifiedAt)
        .select_only()
        .column(blob::Column::VerifiedAt)
        .into_tuple()
        .one(db)
        .await?;
    let unhashed = stored(policy).filter(blob::Column::VerifiedAt.is_null());
    let damaged = damaged_blob::Entity::find().filter(damaged_blob::Column::PolicyId.eq(policy));
    Ok(Proof {
        since: since.flatten(),
        unhashed: unhashed.count(db).await?,
        damaged: damaged.count(db).await?,
    })
}

/// How many blobs are damaged.
pub async fn damaged_count(db: &Connection) -> StoreResult<u64> {
    Ok(damaged_blob::Entity::find().count(db).await?)
}

/// Damaged blobs by id, behind one.
pub async fn damaged(
    db: &Connection,
    after: BlobId,
    limit: u64,
) -> StoreResult<Vec<(damaged_blob::Model, blob::Model)>> {
    let notes = damaged_blob::Entity::find()
        .filter(damaged_blob::Column::BlobId.gt(after))
        .order_by_asc(damaged_blob::Column::BlobId)
        .limit(limit)
        .all(db)
        .await?;
    let ids = notes.iter().map(|note| note.blob_id);
    let rows = blob::Entity::find().filter(blob::Column::Id.is_in(ids));
    let mut rows = rows.all(db).await?;
    let with_row = notes.into_iter().filter_map(|note| {
        let at = rows.iter().position(|row| row.id == note.blob_id)?;
        Some((note, rows.swap_remove(at)))
    });
    Ok(with_row.collect())
}
