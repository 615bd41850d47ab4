//! Blobs that nobody holds, on their way out.
//!
//! A blob is linked to a file only while some file holds it (`reference_count > 0`), so one that
//! fell to 0 stays there. Recycling claims it by moving the count to [`CLAIMED`] in a transaction
//! that looks once more whether anything points at it; from then on no link can succeed and its
//! bytes may go. The row goes last. A crash before the claim leaves row and bytes; after it, a
//! claimed row that nobody can read, and the next pass removes what is left of both.

use super::{Connection, Store, StoreResult};
use crate::files::BATCH;
use entity::{BlobId, PolicyId, Timestamp, blob, file, file_blob, upload_session};
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use std::collections::{BTreeMap, HashSet};

/// `reference_count` of a blob whose bytes may be gone already.
pub const CLAIMED: i64 = -1;

/// A claimed blob.
#[derive(Clone, Debug)]
pub struct Unheld {
    pub id: BlobId,
    pub policy: PolicyId,
    pub key: String,
    pub unlink_only: bool,
}

/// What one look found.
#[derive(Clone, Debug, Default)]
pub struct Claim {
    pub blobs: Vec<Unheld>,
    /// Where the next look begins; `None`: there is no more.
    pub next: Option<(Timestamp, BlobId)>,
}

/// Claims up to `limit` blobs that nobody holds, longest unheld first, behind a position.
pub async fn claim(
    store: &Store,
    now: Timestamp,
    behind: (Timestamp, BlobId),
    limit: u64,
) -> StoreResult<Claim> {
    let found = unheld(now, behind, limit).all(store.read()).await?;
    if found.is_empty() {
        return Ok(Claim::default());
    }
    let (kept, goes): (Vec<_>, Vec<_>) = found.iter().partition(|row| is_kept(row, now));
    put_off(store, &kept).await?;
    let ids: Vec<BlobId> = goes.iter().map(|row| row.id).collect();
    let rows = claim_rows(store, &ids, now).await?;
    let full = found.len() as u64 == limit;
    let last = found.last().filter(|_| full);
    Ok(Claim {
        next: last.map(|row| (row.unlinked_at.unwrap_or_default(), row.id)),
        blobs: rows.into_iter().map(of_row).collect(),
    })
}

/// Whether a blob that nobody holds stays for links that were handed out. That is said while somebody
/// holds it, and stays as it is afterwards.
pub(crate) fn is_kept(row: &blob::Model, now: Timestamp) -> bool {
    row.reference_count == 0 && row.props.kept_until.is_some_and(|until| until > now)
}

/// Has the next passes find what is kept for links when those have run out, and not before.
async fn put_off(store: &Store, kept: &[&blob::Model]) -> StoreResult<()> {
    let mut by_end: BTreeMap<Timestamp, Vec<BlobId>> = BTreeMap::new();
    for row in kept {
        by_end
            .entry(row.props.kept_until.unwrap_or_default())
            .or_default()
            .push(row.id);
    }
    if by_end.is_empty() {
        return Ok(());
    }
    let tx = store.begin().await?;
    for (until, ids) in by_end {
        for batch in ids.chunks(BATCH) {
            blob::Entity::update_many()
                .col_expr(blob::Column::UnlinkedAt, Expr::value(until))
                .filter(blob::Column::Id.is_in(batch.iter().copied()))
                .filter(blob::Column::ReferenceCount.eq(0i64))
                .exec(tx.db())
                .await?;
        }
    }
    tx.commit().await
}

/// Claims those of these blobs that nobody holds and nobody is about to.
pub async fn claim_these(
    store: &Store,
    ids: &[BlobId],
    now: Timestamp,
) -> StoreResult<Vec<Unheld>> {
    let rows = claim_rows(store, ids, now).await?;
    Ok(rows.into_iter().map(of_row).collect())
}

async fn claim_rows(
    store: &Store,
    ids: &[BlobId],
    now: Timestamp,
) -> StoreResult<Vec<blob::Model>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let tx = store.begin().await?;
    // The same rows again, as they are now; SQLite needs no lock for that.
    let mut rows = blob::Entity::find()
        .filter(blob::Column::Id.is_in(ids.iter().copied()))
        .filter(blob::Column::ReferenceCount.lte(0))
        .filter(blob::Column::UnlinkedAt.lte(now))
        .lock(LockType::Update)
        .all(tx.db())
        .await?;
    let ids: Vec<BlobId> = rows.iter().map(|row| row.id).collect();
    let linked: Vec<BlobId> = file_blob::Entity::find()
        .filter(file_blob::Column::BlobId.is_in(ids.clone()))
        .select_only()
        .column(file_blob::Column::BlobId)
        .into_tuple()
        .all(tx.db())
        .await?;
    let uploading: Vec<BlobId> = upload_session::Entity::find()
        .filter(upload_session::Column::BlobId.is_in(ids))
        .select_only()
        .column(upload_session::Column::BlobId)
        .into_tuple()
        .all(tx.db())
        .await?;
    let current: Vec<Option<BlobId>> = file::Entity::find()
        .filter(file::Column::CurrentBlobId.is_in(rows.iter().map(|row| row.id)))
        .select_only()
        .column(file::Column::CurrentBlobId)
        .into_tuple()
        .all(tx.db())
        .await?;
    let needed: HashSet<BlobId> = linked
        .into_iter()
        .chain(current.into_iter().flatten())
        .collect();
    if !needed.is_empty() {
        tracing::error!(blobs = ?needed, "blobs in use are counted as unheld; run the doctor");
    }
    let busy: HashSet<BlobId> = needed.into_iter().chain(uploading).collect();
    rows.retain(|row| !busy.contains(&row.id));
    blob::Entity::update_many()
        .col_expr(blob::Column::ReferenceCount, Expr::value(CLAIMED))
        .filter(blob::Column::Id.is_in(rows.iter().map(|row| row.id)))
        .exec(tx.db())
        .await?;
    // Rows that say otherwise must not come back once the bytes are gone.
    tx.commit_durably().await?;
    Ok(rows)
}

fn unheld(now: Timestamp, behind: (Timestamp, BlobId), limit: u64) -> Select<blob::Entity> {
    let (at, id) = behind;
    let same_time = Condition::all()
        .add(blob::Column::UnlinkedAt.eq(at))
        .add(blob::Column::Id.gt(id));
    blob::Entity::find()
        .filter(blob::Column::ReferenceCount.lte(0))
        // Also says "not null", so that the index is used.
        .filter(blob::Column::UnlinkedAt.gte(at))
        // Later: on its way in, see `blobs::reserve`.
        .filter(blob::Column::UnlinkedAt.lte(now))
        .filter(
            Condition::any()
                .add(blob::Column::UnlinkedAt.gt(at))
                .add(same_time),
        )
        .order_by_asc(blob::Column::UnlinkedAt)
        .order_by_asc(blob::Column::Id)
        .limit(limit)
}

fn of_row(row: blob::Model) -> Unheld {
    Unheld {
        id: row.id,
        policy: row.policy_id,
        key: row.key,
        unlink_only: row.props.unlink_only,
    }
}

/// Those of these blobs that are claimed, and that nobody has forgotten yet.
pub async fn still_claimed(db: &Connection, ids: &[BlobId]) -> StoreResult<HashSet<BlobId>> {
    let mut claimed = HashSet::with_capacity(ids.len());
    for batch in ids.chunks(BATCH) {
        let found = blob::Entity::find()
            .filter(blob::Column::Id.is_in(batch.iter().copied()))
            .filter(blob::Column::ReferenceCount.eq(CLAIMED))
            .select_only()
            .column(blob::Column::Id);
        claimed.extend(found.into_tuple::<BlobId>().all(db).await?);
    }
    Ok(claimed)
}

/// Forgets claimed blobs whose bytes are gone.
pub async fn forget(store: &Store, ids: &[BlobId]) -> StoreResult<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let tx = store.begin().await?;
    blob::Entity::delete_many()
        .filter(blob::Column::Id.is_in(ids.iter().copied()))
        .filter(blob::Column::ReferenceCount.eq(CLAIMED))
        .exec(tx.db())
        .await?;
    tx.commit().await
}
