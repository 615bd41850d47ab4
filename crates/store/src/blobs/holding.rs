//! Files take hold of blobs and let go of them; how many do is counted with the blob.

use super::Hold;
use crate::files::BATCH;
use crate::{Connection, StoreError, StoreResult, Tx};
use entity::{BlobId, BlobKind, FileId, PolicyId, Timestamp, UserId, blob, file_blob};
use sea_orm::sea_query::{Expr, ExprTrait, LockType, SimpleExpr};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, Insert, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait, UpdateMany,
};
use std::collections::{BTreeMap, HashMap};

/// Lets files hold blobs that others hold already.
pub async fn link(db: &Connection, links: &[(FileId, BlobId)], at: Timestamp) -> StoreResult<()> {
    for batch in links.chunks(BATCH) {
        let rows = batch.iter().map(|(file, blob)| file_blob::ActiveModel {
            file_id: Set(*file),
            blob_id: Set(*blob),
        });
        file_blob::Entity::insert_many(rows)
            .exec_without_returning(db)
            .await?;
    }
    count(db, links.iter().map(|(_, blob)| *blob), 1, at).await
}

/// Makes files let go of blobs; what nobody holds any more is marked for recycling.
pub async fn unlink(db: &Connection, links: &[(FileId, BlobId)], at: Timestamp) -> StoreResult<()> {
    let mut by_file: BTreeMap<FileId, Vec<BlobId>> = BTreeMap::new();
    for (file, blob) in links {
        by_file.entry(*file).or_default().push(*blob);
    }
    for (file, blobs) in by_file {
        file_blob::Entity::delete_many()
            .filter(file_blob::Column::FileId.eq(file))
            .filter(file_blob::Column::BlobId.is_in(blobs))
            .exec(db)
            .await?;
    }
    count(db, links.iter().map(|(_, blob)| *blob), -1, at).await
}

/// Makes files let go of everything they hold: `holds` must be all of it.
pub async fn unlink_all(
    db: &Connection,
    files: &[FileId],
    holds: &[Hold],
    at: Timestamp,
) -> StoreResult<()> {
    for batch in files.chunks(BATCH) {
        file_blob::Entity::delete_many()
            .filter(file_blob::Column::FileId.is_in(batch.iter().copied()))
            .exec(db)
            .await?;
    }
    count(db, holds.iter().map(|hold| hold.blob_id), -1, at).await
}

/// Moves reference counts by `step` for each mention; counts that reach 0 are marked.
pub(super) async fn count(
    db: &Connection,
    blobs: impl Iterator<Item = BlobId>,
    step: i64,
    at: Timestamp,
) -> StoreResult<()> {
    let mut mentions: BTreeMap<BlobId, i64> = BTreeMap::new();
    for blob in blobs {
        *mentions.entry(blob).or_default() += step;
    }
    let mut by_change: BTreeMap<i64, Vec<BlobId>> = BTreeMap::new();
    for (blob, change) in mentions {
        by_change.entry(change).or_default().push(blob);
    }
    for (change, blobs) in by_change {
        for batch in blobs.chunks(BATCH) {
            let counted = Expr::col(blob::Column::ReferenceCount).add(change);
            let mark: SimpleExpr = if step < 0 {
                Expr::case(Expr::col(blob::Column::ReferenceCount).lte(-change), at)
                    .finally(Expr::col(blob::Column::UnlinkedAt))
                    .into()
            } else {
                Expr::value(None::<i64>)
            };
            let mut update = blob::Entity::update_many()
                // First the mark: MySQL already sees the new count in later expressions.
                .col_expr(blob::Column::UnlinkedAt, mark)
                .col_expr(blob::Column::ReferenceCount, counted)
                .filter(blob::Column::Id.is_in(batch.iter().copied()));
            if step > 0 {
                // What nobody holds is about to be recycled, and must not come back.
                update = update.filter(blob::Column::ReferenceCount.gt(0));
            }
            let done = update.exec(db).await?;
            if step > 0 && done.rows_affected != batch.len() as u64 {
                return Err(StoreError(DbErr::RecordNotUpdated));
            }
        }
    }
    Ok(())
}

/// Keep the bytes of these blobs when their rows go. Those stay as long as links need them.
pub async fn keep_bytes(db: &Connection, blobs: &[BlobId]) -> StoreResult<()> {
    for batch in blobs.chunks(BATCH) {
        let unheld = blob::Entity::find()
            .filter(blob::Column::Id.is_in(batch.iter().copied()))
            .filter(blob::Column::ReferenceCount.lte(0))
            .order_by_asc(blob::Column::Id);
        let mut by_end: BTreeMap<Option<Timestamp>, Vec<BlobId>> = BTreeMap::new();
        for row in unheld.lock(LockType::Update).all(db).await? {
            by_end.entry(row.props.kept_until).or_default().push(row.id);
        }
        for (kept_until, blobs) in by_end {
            let props = blob::Props {
                unlink_only: true,
                kept_until,
                ..blob::Props::default()
            };
            blob::Entity::update_many()
                .col_expr(blob::Column::Props, Expr::value(props))
                .filter(blob::Column::Id.is_in(blobs))
                .exec(db)
                .await?;
        }
    }
    Ok(())
}

/// Keep the bytes at the key of a blob whose own never got there: they are somebody else's.
pub async fn spare_bytes(db: &Connection, id: BlobId) -> StoreResult<()> {
    let spared = blob::Props {
        unlink_only: true,
        ..blob::Props::default()
    };
    let not_there = Condition::any()
        .add(blob::Column::UploadSessionId.is_not_null())
        .add(blob::Column::ReferenceCount.lte(0));
    blob::Entity::update_many()
        .col_expr(blob::Column::Props, Expr::value(spared))
        .filter(blob::Column::Id.eq(id))
        .filter(not_there)
        .exec(db)
        .await?;
    Ok(())
}

/// Which of these keys blobs of these policies have that files hold.
pub async fn keys_held(
    db: &Connection,
    policies: &[PolicyId],
    keys: &[String],
) -> StoreResult<Vec<String>> {
    let mut held = Vec::new();
    for batch in keys.chunks(BATCH) {
        let found = blob::Entity::find()
            .filter(blob::Column::PolicyId.is_in(policies.iter().copied()))
            .filter(blob::Column::Key.is_in(batch))
            .filter(blob::Column::ReferenceCount.gt(0))
            .select_only()
            .column(blob::Column::Key);
        held.extend(found.into_tuple::<String>().all(db).await?);
    }
    Ok(held)
}

/// A blob that no file holds yet: its bytes are on their way to `key`.
#[derive(Clone, Debug)]
pub struct IncomingBlob {
    pub kind: BlobKind,
    pub policy: PolicyId,
    pub key: String,
    pub created_by: Option<UserId>,
    pub props: blob::Props,
    pub at: Timestamp,
    /// When it is recycled, unless [`link_reserved`] came before.
    pub until: Timestamp,
}

/// Adds rows of blobs before their bytes, so that bytes of a write that was cut off are found.
/// Answers their ids, in the same order.
pub(super) async fn insert_unheld(
    db: &Connection,
    all: Vec<IncomingBlob>,
) -> StoreResult<Vec<BlobId>> {
    insert_rows(db, all.into_iter().map(unheld).collect()).await
}

/// Adds rows of blobs. Answers their ids, in the same order.
pub(super) async fn insert_rows(
    db: &Connection,
    all: Vec<blob::ActiveModel>,
) -> StoreResult<Vec<BlobId>> {
    let mut ids = Vec::with_capacity(all.len());
    if all.len() < 2 || !db.get_database_backend().support_returning() {
        for new in all {
            let added = blob::Entity::insert(new).exec(db).await?;
            ids.push(added.last_insert_id);
        }
        return Ok(ids);
    }
    let key = |new: &blob::ActiveModel| (*new.policy_id.as_ref(), new.key.as_ref().clone());
    let keys: Vec<_> = all.iter().map(key).collect();
    let mut by_key = HashMap::with_capacity(all.len());
    for batch in all.chunks(BATCH) {
        let added = blob::Entity::insert_many(batch.iter().cloned());
        // Databases may answer in another order.
        for row in added.exec_with_returning(db).await? {
            by_key.insert((row.policy_id, row.key), row.id);
        }
    }
    let found = keys.iter().map(|key| by_key.get(key).copied());
    let found: Option<Vec<_>> = found.collect();
    Ok(found.ok_or(DbErr::RecordNotInserted)?)
}

fn unheld(new: IncomingBlob) -> blob::ActiveModel {
    blob::ActiveModel {
        id: NotSet,
        kind: Set(new.kind),
        policy_id: Set(new.policy),
        key: Set(new.key),
        size_bytes: Set(0),
        blake3: Set(None),
        reference_count: Set(0),
        upload_session_id: Set(None),
        created_by: Set(new.created_by),
        unlinked_at: Set(Some(new.until)),
        verified_at: Set(None),
        props: Set(new.props),
        created_at: Set(new.at),
        updated_at: Set(new.at),
    }
}

/// Bytes that are in place, as the row of their blob is to say.
#[derive(Clone, Debug)]
pub struct StoredBytes {
    pub blob: BlobId,
    pub size_bytes: i64,
    pub blake3: Option<Vec<u8>>,
}

/// Gives a blob whose bytes are in place to a file. Answers whether it still was there to give.
pub async fn link_reserved(
    db: &Connection,
    file: FileId,
    bytes: StoredBytes,
    at: Timestamp,
) -> StoreResult<bool> {
    let link = held_by(file, bytes.blob);
    if holding(bytes, at).exec(db).await?.rows_affected != 1 {
        return Ok(false);
    }
    link.exec_without_returning(db).await?;
    Ok(true)
}

/// The same when the transaction commits, which fails if the blob is not there to give.
pub fn link_at_last(tx: &mut Tx, file: FileId, bytes: StoredBytes, at: Timestamp) {
    let backend = tx.db().get_database_backend();
    let link = held_by(file, bytes.blob).build(backend);
    tx.at_last(holding(bytes, at).build(backend), 1);
    tx.at_last(link, 1);
}

/// The first to hold a blob.
fn holding(bytes: StoredBytes, at: Timestamp) -> UpdateMany<blob::Entity> {
    blob::Entity::update_many()
        .col_expr(blob::Column::ReferenceCount, Expr::value(1i64))
        .col_expr(blob::Column::UnlinkedAt, Expr::value(None::<i64>))
        .col_expr(blob::Column::SizeBytes, Expr::value(bytes.size_bytes))
        .col_expr(
            blob::Column::VerifiedAt,
            super::seen_at(bytes.blake3.as_deref(), at),
        )
        .col_expr(blob::Column::Blake3, Expr::value(bytes.blake3))
        .col_expr(blob::Column::UpdatedAt, Expr::value(at))
        .filter(blob::Column::Id.eq(bytes.blob))
        .filter(blob::Column::ReferenceCount.eq(0i64))
}

fn held_by(file: FileId, blob: BlobId) -> Insert<file_blob::ActiveModel> {
    file_blob::Entity::insert(file_blob::ActiveModel {
        file_id: Set(file),
        blob_id: Set(blob),
    })
}

/// Leaves a blob that nobody came to hold to recycling. Answers whether it was there: recycling may
/// have come first, if its bytes took longer than was foreseen.
pub async fn give_up(db: &Connection, id: BlobId, now: Timestamp) -> StoreResult<bool> {
    set_until(db, id, now).await
}

/// Says until when a blob that nobody holds yet is not recycled. Answers whether it is there.
pub(super) async fn set_until(db: &Connection, id: BlobId, until: Timestamp) -> StoreResult<bool> {
    let set = blob::Entity::update_many()
        .col_expr(blob::Column::UnlinkedAt, Expr::value(until))
        .filter(blob::Column::Id.eq(id))
        .filter(blob::Column::ReferenceCount.eq(0i64));
    Ok(set.exec(db).await?.rows_affected == 1)
}
